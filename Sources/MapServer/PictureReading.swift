import PhotoModel
import Platform
import Synchronization

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Gets pictures from a child process `gpsindex pictures`, which reaches the sites as a sync does. It is started with the first
/// request; when it ends, what waits for it fails, and the next request starts another. Thread-safe.
package final class PictureReading: Sendable {
  /// More requests than pages of a few clients make.
  private static let mostWaiting = 1024

  private typealias Waiting = CheckedContinuation<PictureAnswer, Never>

  private struct State {
    /// Standard input of the child; nil: there is none.
    var input: Int32?
    var pid: pid_t = 0
    /// Counts the children: a late end of one must not fail requests of the next.
    var generation = 0
    var lastNumber: UInt64 = 0
    var waiting: [UInt64: Waiting] = [:]
    var isClosed = false
  }

  private let program: String
  private let arguments: [String]
  private let state = Mutex(State())

  /// - Parameters:
  ///   - program: the path of gpsindex.
  ///   - cache: `--picture-cache`; nil: the default.
  package init(program: String, index: String, cache: String? = nil) {
    self.program = program
    arguments =
      ["pictures", "--index", index] + (cache.map { ["--picture-cache=\($0)"] } ?? [])
  }

  /// Cancelling the task gives the request up.
  /// - Parameter known: the tag that the client has; 0: none.
  func get(_ photo: Int64, _ kind: PictureKind, known: UInt64) async -> PictureAnswer {
    let number = state.withLock { state in
      state.lastNumber += 1
      return state.lastNumber
    }
    return await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let failure = state.withLock { state -> PictureFailure? in
          if Task.isCancelled { return PictureFailure(.cancelled, "the client is gone") }
          guard state.waiting.count < Self.mostWaiting else {
            return PictureFailure(.busy, "too many pictures wait")
          }
          state.waiting[number] = continuation
          let request = PictureRequest.get(number: number, photo: photo, kind: kind, known: known)
          if let failure = send(request, &state) {
            state.waiting[number] = nil
            return failure
          }
          return nil
        }
        if let failure { continuation.resume(returning: .failure(failure)) }
      }
    } onCancel: {
      let given = state.withLock { state -> Waiting? in
        guard let given = state.waiting.removeValue(forKey: number) else { return nil }
        _ = send(.cancel(number: number), &state)
        return given
      }
      given?.resume(returning: .failure(PictureFailure(.cancelled, "the client is gone")))
    }
  }

  /// Has the thumbnails of photos read into the cache, in place of those of an earlier call that are not begun.
  func readAhead(_ photos: [Int64]) {
    state.withLock { state in
      guard send(.forgetAhead, &state) == nil else { return }
      for photo in photos { _ = send(.readAhead(photo: photo, kind: .thumbnail), &state) }
    }
  }

  /// Ends the child.
  package func close() {
    state.withLock { state in
      state.isClosed = true
      if let input = state.input { _ = closeDescriptor(input) }
      state.input = nil
    }
  }

  // MARK: The child

  private func send(_ request: PictureRequest, _ state: inout State) -> PictureFailure? {
    if state.isClosed { return PictureFailure(.cancelled, "the server ends") }
    if state.input == nil, let failure = start(&state) { return failure }
    guard let input = state.input else { return PictureFailure(.serverError, "no process") }
    let bytes = request.bytes
    // A pipe takes up to 4 KiB at once or nothing. The child reads without waiting for anything.
    let count = bytes.withUnsafeBytes { write(input, $0.baseAddress, $0.count) }
    guard count == bytes.count else {
      return PictureFailure(.busy, "the process that reads pictures does not answer")
    }
    return nil
  }

  private func start(_ state: inout State) -> PictureFailure? {
    guard let requests = ChildProgram.pipe() else {
      return PictureFailure(.busy, "the server has no more file descriptors")
    }
    guard let answers = ChildProgram.pipe() else {
      for end in [requests.reading, requests.writing] { _ = closeDescriptor(end) }
      return PictureFailure(.busy, "the server has no more file descriptors")
    }
    defer { for end in [requests.reading, answers.writing] { _ = closeDescriptor(end) } }
    do throws(ChildProgram.StartFailure) {
      state.pid = try ChildProgram.start(
        program, arguments, input: requests.reading, output: answers.writing)
    } catch {
      for end in [requests.writing, answers.reading] { _ = closeDescriptor(end) }
      return PictureFailure(.serverError, error.description)
    }
    state.generation += 1
    state.input = requests.writing
    setNonBlocking(requests.writing)
    let (generation, pid) = (state.generation, state.pid)
    if !SystemThread.start({ self.receive(answers.reading, generation, pid) }) {
      _ = closeDescriptor(requests.writing)
      _ = closeDescriptor(answers.reading)
      state.input = nil
      return PictureFailure(.busy, "the system grants no more threads")
    }
    return nil
  }

  /// A thread of its own, until the child ends.
  private func receive(_ descriptor: Int32, _ generation: Int, _ pid: pid_t) {
    while let head = Self.read(descriptor, PictureAnswer.headLength),
      let (number, length) = PictureAnswer.head(head[...]),
      let content = Self.read(descriptor, length),
      let answer = PictureAnswer((head + content)[...])
    {
      let waiting = state.withLock { $0.waiting.removeValue(forKey: number) }
      waiting?.resume(returning: answer)
    }
    _ = closeDescriptor(descriptor)
    let left = state.withLock { state -> [UInt64: Waiting] in
      guard state.generation == generation else { return [:] }
      if let input = state.input { _ = closeDescriptor(input) }
      state.input = nil
      defer { state.waiting = [:] }
      return state.waiting
    }
    let failure = PictureFailure(.serverError, "the process that reads pictures has ended")
    for waiting in left.values { waiting.resume(returning: .failure(failure)) }
    var status: Int32 = 0
    while waitpid(pid, &status, 0) < 0, errno == EINTR {}
  }

  /// - Returns: nil at the end.
  private static func read(_ descriptor: Int32, _ count: Int) -> [UInt8]? {
    var isWhole = true
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      while filled < count {
        let got = systemRead(descriptor, buffer.baseAddress?.advanced(by: filled), count - filled)
        if got < 0, errno == EINTR { continue }
        guard got > 0 else {
          isWhole = false
          return
        }
        filled += got
      }
    }
    return isWhole ? bytes : nil
  }
}

/// `read` is also a method's name.
private func systemRead(
  _ descriptor: Int32, _ buffer: UnsafeMutableRawPointer?, _ count: Int
) -> Int {
  read(descriptor, buffer, count)
}
