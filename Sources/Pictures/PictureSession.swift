import PhotoModel
package import PhotoSource
import Platform
import SSHTransport
import Synchronization

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Reads pictures of one site on a thread of its own, over connections that stay open while pictures are wanted.
final class PictureSession: Sendable {
  /// Where a site lies, and how to reach it.
  typealias Reach = PictureReach

  /// The picture of a job, or why there is none; from the session's thread.
  typealias Report = @Sendable (PictureQueue.Job, Result<[UInt8], PictureFailure>) -> Void

  /// Seconds without a wish, after which the connections are closed.
  private static let idle = 300.0
  /// Seconds in which a place that could not be reached is not tried again.
  private static let pause = 5.0

  private struct State {
    var queue = PictureQueue()
    var runs = false
    var isClosed = false
    /// When the last wish came or was fulfilled.
    var lastUse = 0.0
    /// Why the place could not be reached, and until when that holds.
    var failure: (PictureFailure, until: Double)?
  }

  let reach: Reach
  private let report: Report
  private let state = Mutex(State())
  private let wake: WakePipe

  init(_ reach: Reach, wake: WakePipe, report: @escaping Report) {
    self.reach = reach
    self.report = report
    self.wake = wake
  }

  /// Asks for a picture; ``Report`` gets it, and its failure, too.
  func want(_ job: PictureQueue.Job) {
    let now = SystemClock.now()
    let (starts, refusal) = state.withLock { state -> (Bool, PictureFailure?) in
      if state.isClosed { return (false, Self.closed) }
      if let (failure, until) = state.failure, now < until { return (false, failure) }
      state.failure = nil
      guard state.queue.add(job) else {
        return (false, PictureFailure(.busy, "too many pictures wait"))
      }
      state.lastUse = now
      defer { state.runs = true }
      return (!state.runs, nil)
    }
    if let refusal { return report(job, .failure(refusal)) }
    wake.signal()
    if starts, !SystemThread.start({ self.run() }) {
      fail(PictureFailure(.busy, "the system grants no more threads"), for: 0)
    }
  }

  func cancel(_ number: UInt64) { state.withLock { $0.queue.cancel(number) } }

  func forgetAhead() { state.withLock { $0.queue.forgetAhead() } }

  /// Ends the thread as soon as it looks; what waits fails.
  func close() {
    state.withLock { $0.isClosed = true }
    wake.signal()
  }

  private static let closed = PictureFailure(
    .cancelled, "pictures of this site are not read any more")

  // MARK: The thread

  private func run() {
    while true {
      let visitor = Visitor(self)
      let source = openPieces(
        reach.place, access: reach.access, options: reach.options, visitor: visitor)
      do {
        try source.run()
      } catch {
        let (failure, pause) = Self.failure(error)
        fail(failure, for: pause)
      }
      let (ends, isClosed) = state.withLock { state in
        state.runs = !state.queue.isEmpty && !state.isClosed
        return (!state.runs, state.isClosed)
      }
      if isClosed { fail(Self.closed, for: 0) }
      if ends { return }
    }
  }

  /// - Returns: the failure, and for how many seconds it holds.
  private static func failure(_ error: any Error) -> (PictureFailure, Double) {
    switch error {
    case let error as TransportError:
      let kind: PictureFailure.Kind =
        switch error.kind {
        case .connectTimeout: .timeout
        case .authentication: .refused
        case .hostKeyUnknown, .hostKeyChanged, .hostKeyRevoked: .hostKey
        default: .unreachable
        }
      let failure = PictureFailure(kind, error.message, advice: error.advice)
      switch error.kind {
      // A login that the server refused is not tried again: a few of them, and it shuts this address out.
      case .authentication, .hostKeyChanged, .hostKeyRevoked, .hostKeyUnknown, .configuration:
        return (failure, .infinity)
      default: return (failure, pause)
      }
    case SourceError.gaveUp(let message, let advice):
      return (PictureFailure(.timeout, message, advice: advice), pause)
    case SourceError.protocolViolation(let message, let advice):
      return (PictureFailure(.serverError, message, advice: advice), pause)
    case SourceError.rootMissing(let message), SourceError.rootUnreadable(let message),
      SourceError.rootFailed(let message):
      return (PictureFailure(.unreachable, message), pause)
    default: return (PictureFailure(.serverError, "\(error)"), pause)
    }
  }

  private func fail(_ failure: PictureFailure, for seconds: Double) {
    let jobs = state.withLock { state in
      state.failure = (failure, SystemClock.now() + seconds)
      return state.queue.takeAll()
    }
    for job in jobs { report(job, .failure(failure)) }
  }

  fileprivate var isOver: Bool {
    let now = SystemClock.now()
    return state.withLock { state in
      state.isClosed || state.queue.isEmpty && now - state.lastUse > Self.idle
    }
  }

  fileprivate var wakeDescriptor: Int32 { wake.descriptor }

  fileprivate func next() -> PictureQueue.Job? {
    wake.drain()
    return state.withLock { $0.queue.next() }
  }

  fileprivate func running(_ name: PathBytes, in folder: PathBytes) -> PictureQueue.Job? {
    state.withLock { $0.queue.running(name, in: folder) }
  }

  fileprivate func finish(
    _ name: PathBytes, in folder: PathBytes, _ result: Result<[UInt8], PictureFailure>
  ) {
    let now = SystemClock.now()
    let job = state.withLock { state in
      state.lastUse = now
      return state.queue.finish(name, in: folder)
    }
    if let job { report(job, result) }
  }
}

/// Where a site lies, and how to reach it.
package struct PictureReach: Sendable {
  package var place: SitePlace
  package var access: AccessOptions
  package var options: SourceOptions

  package init(place: SitePlace, access: AccessOptions, options: SourceOptions) {
    self.place = place
    self.access = access
    self.options = options
  }
}

extension PictureSession {
  /// Between the session and its source; used on the session's thread only.
  private final class Visitor: PieceVisitor {
    private let session: PictureSession

    init(_ session: PictureSession) { self.session = session }

    var isCancelled: Bool { session.isOver }
    var wakeDescriptor: Int32 { session.wakeDescriptor }

    func nextPiece() -> WantedFile? {
      session.next().map { WantedFile(folder: $0.plan.folder, file: $0.plan.file) }
    }

    func makeReader(for file: ListedFile, in folder: PathBytes) -> any PieceReader {
      guard let job = session.running(file.name, in: folder) else { return NothingWanted() }
      return Piece(PictureReader(job.plan, file: file))
    }

    func didRead(_ file: ListedFile, in folder: PathBytes, _ outcome: FileOutcome) {
      session.finish(file.name, in: folder, Self.result(file, outcome))
    }

    func note(_ text: String) {}

    private static func result(
      _ file: ListedFile, _ outcome: FileOutcome
    ) -> Result<[UInt8], PictureFailure> {
      switch outcome {
      case .read(let reader):
        return (reader as? Piece)?.reader.result()
          ?? .failure(PictureFailure(.cancelled, "nobody waits for it"))
      case .failed(let failure, let detail):
        let kind: PictureFailure.Kind =
          switch failure {
          case .vanished: .gone
          case .unreadable: .unreadable
          case .changing: .changed
          case .transport: .timeout
          case .damaged, .notAnImage, .serverError: .serverError
          }
        return .failure(PictureFailure(kind, "cannot read \(file.name.text): \(detail)"))
      }
    }
  }

  /// A picture's reader as the source's.
  private final class Piece: PieceReader {
    let reader: PictureReader
    init(_ reader: PictureReader) { self.reader = reader }
    var expectedBytes: Int { reader.expectedBytes }
    func nextRanges() -> [Range<Int64>] { reader.nextRanges() }
    func receive(_ range: Range<Int64>, _ bytes: [UInt8]) { reader.receive(range, bytes) }
  }

  /// For a file whose job is gone.
  private final class NothingWanted: PieceReader {
    let expectedBytes = 0
    func nextRanges() -> [Range<Int64>] { [] }
    func receive(_ range: Range<Int64>, _ bytes: [UInt8]) {}
  }
}

/// A pipe that wakes a thread that waits for descriptors.
final class WakePipe: Sendable {
  /// Becomes readable by ``signal()``.
  let descriptor: Int32
  private let input: Int32
  private let isRaised = Atomic(false)

  /// - Returns: nil when the process has no more descriptors.
  init?() {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { return nil }
    (descriptor, input) = (ends[0], ends[1])
    setNonBlocking(descriptor)
    setNonBlocking(input)
  }

  deinit {
    _ = closeDescriptor(descriptor)
    _ = closeDescriptor(input)
  }

  func signal() {
    if isRaised.exchange(true, ordering: .sequentiallyConsistent) { return }
    var byte: UInt8 = 1
    _ = write(input, &byte, 1)
  }

  func drain() {
    // Before reading: a signal that comes in between is not lost.
    isRaised.store(false, ordering: .sequentiallyConsistent)
    var bytes = [UInt8](repeating: 0, count: 64)
    _ = read(descriptor, &bytes, bytes.count)
  }
}
