import Foundation
import Synchronization
import TestSupport

@testable import MapServer

/// A listener in the process of the tests, with limits of its own, and a client of it.
///
/// Both run on threads of their own. The tasks of a thousand other tests hold the common ones for minutes, and limits
/// of time would then end what is meant to go on.
struct OwnListener: Sendable {
  private let listener: MapListener
  var port: Int { listener.port }

  static func with(
    _ place: Place, _ times: ConnectionWatch.Times = .init(),
    _ limits: ConnectionTable.Limits = .init(),
    _ body: @escaping @Sendable (OwnListener) throws -> Void
  ) async throws {
    let thread = OwnThread()
    defer { thread.end() }
    let task = Task(executorPreference: thread) {
      let workers = Workers(threads: 4)
      let listener = try await MapListener.bind(
        address: "127.0.0.1", port: 0, workers: workers, times, limits)
      let service = place.service(port: listener.port, workers: workers)
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await listener.run(service) }
        defer { group.cancelAll() }
        try await offThePool { try body(OwnListener(listener: listener)) }
      }
    }
    try await task.value
  }

  /// Data that the server sent before it closed the connection may still arrive.
  func isClosed() -> Bool {
    Poll.until(seconds: 300) { listener.openConnections == 0 }
  }

  func request(_ target: String) -> String {
    "GET \(target) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nConnection: close\r\n\r\n"
  }

  func get(_ target: String) throws -> String {
    let client = try RawClient(port: port)
    try client.send(request(target))
    return try client.read(most: .max)
  }

  private static func offThePool(_ body: @escaping @Sendable () throws -> Void) async throws {
    try await withCheckedThrowingContinuation { continuation in
      Thread { continuation.resume(with: Result { try body() }) }.start()
    }
  }
}

/// Runs tasks on one thread.
final class OwnThread: TaskExecutor {
  private let jobs = Mutex<[UnownedJob]>([])
  private let isEnded = Atomic(false)
  private let signal = DispatchSemaphore(value: 0)

  init() { Thread { [self] in work() }.start() }

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    jobs.withLock { $0.append(job) }
    signal.signal()
  }

  /// No task may be left.
  func end() {
    isEnded.store(true, ordering: .releasing)
    signal.signal()
  }

  private func work() {
    while true {
      signal.wait()
      if let job = jobs.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) {
        job.runSynchronously(on: asUnownedTaskExecutor())
      } else if isEnded.load(ordering: .acquiring) {
        return
      }
    }
  }
}
