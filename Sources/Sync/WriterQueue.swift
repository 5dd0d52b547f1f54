import Dispatch
import PhotoIndex
import PhotoModel
import Synchronization

/// Hands finished changes to the one writer, which works on a thread of its own. Bounded: when the
/// disk is slower than the link, the link waits.
final class WriterQueue: Sendable {
  typealias Job = @Sendable (IndexWriter) throws(IndexError) -> Void

  private struct State {
    var jobs: [(job: Job, afterwards: @Sendable () -> Void)] = []
    var isClosed = false
    var error: IndexError?
    var rowsChanged = false
  }

  private static let capacity = 4

  private let state = Mutex(State())
  private let items = DispatchSemaphore(value: 0)
  /// Starts at 0 and is raised: libdispatch ends the process when a semaphore is freed below its initial value.
  private let room = DispatchSemaphore(value: 0)
  private let done = DispatchSemaphore(value: 0)
  private let queue = DispatchQueue(label: "gpsindex.writer")

  /// Opens the index for writing and starts to serve.
  /// - Parameter site: whose sync the changes belong to.
  init(indexPath: String, site: SiteRecord) {
    for _ in 0..<Self.capacity { room.signal() }
    queue.async { [self] in serve(indexPath, site) }
  }

  var error: IndexError? { state.withLock { $0.error } }
  var hasWritten: Bool { state.withLock { $0.rowsChanged } }

  func append(_ batch: [FolderChanges]) {
    guard !batch.isEmpty else { return }
    enqueue { [self] (writer) throws(IndexError) in
      try writer.apply(batch)
      state.withLock { $0.rowsChanged = true }
    }
  }

  /// Does `job` when all that came before is written; it may write.
  func later(_ job: @escaping Job) {
    enqueue { [self] (writer) throws(IndexError) in
      try job(writer)
      state.withLock { $0.rowsChanged = true }
    }
  }

  /// Waits until all that came before is written, and `job` done.
  /// - Throws: the writer's first error; what was committed before stays, and what came after it was not done.
  func perform(_ job: @escaping Job = { _ in }) throws(IndexError) {
    let isDone = DispatchSemaphore(value: 0)
    enqueue(job) { isDone.signal() }
    isDone.wait()
    if let error { throw error }
  }

  /// Waits until all is written and in the file itself, so that it is whole when copied, and the next sync has nothing
  /// to move. May be called again.
  /// - Throws: the writer's first error; what was committed before stays.
  func finish() throws(IndexError) {
    state.withLock { $0.isClosed = true }
    items.signal()
    done.wait()
    done.signal()
    if let error { throw error }
  }

  private func enqueue(_ job: @escaping Job, afterwards: @escaping @Sendable () -> Void = {}) {
    room.wait()
    state.withLock { $0.jobs.append((job, afterwards)) }
    items.signal()
  }

  private func serve(_ path: String, _ site: SiteRecord) {
    defer { done.signal() }
    var writer: IndexWriter?
    do throws(IndexError) {
      writer = try IndexWriter(path: path)
      writer?.beginRun(site)
    } catch {
      state.withLock { $0.error = error }
    }
    while true {
      items.wait()
      let (next, isClosed) = state.withLock { state in
        state.jobs.isEmpty ? (nil, state.isClosed) : (state.jobs.removeFirst(), false)
      }
      guard let next else {
        if isClosed { break }
        continue
      }
      // After an error the rest is taken and dropped, so that nobody waits for room for ever.
      if let writer, error == nil {
        do throws(IndexError) {
          try next.job(writer)
        } catch {
          state.withLock { $0.error = error }
        }
      }
      room.signal()
      next.afterwards()
    }
    do throws(IndexError) {
      try writer?.checkpoint()
    } catch {
      state.withLock { $0.error = $0.error ?? error }
    }
  }
}
