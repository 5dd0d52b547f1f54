import PhotoModel
import SFTP

/// A whole file that is open or being opened; sans I/O. Its READs are asked for one by one, in file order, as the window
/// allows; the taker gets their bytes in that order, whatever the order of the replies.
///
/// OPEN, READs, and one FSTAT behind the last: if size and time are still the expected ones, the bytes belong to that
/// file. A long file, and one of unknown size, begins with an FSTAT, too.
final class FileDownload: FileReading {
  /// Longer files are asked for their size first: reading an old size to its end would cost too much.
  private static let short: Int64 = 1 << 20

  /// What may be asked for at once, as far as the window has room.
  typealias Fill = (FileDownload, Ability) -> [Request]

  private let taker: any FileTaker
  private let fill: Fill
  /// The first byte that is not asked for; behind the last: the end is asked for its attributes.
  private var asked: Int64
  /// All bytes before it are with the taker.
  private var taken: Int64
  /// Replies that came before others that lie before them.
  private var early: [Int64: [UInt8]] = [:]
  /// READs without an answer.
  private var reads = 0
  private(set) var bytesInFlight = 0
  /// Those of ``bytesInFlight`` that the window counts.
  var bytesCounted = 0
  /// When READs were sent, by their offsets.
  private var sentAt: [Int64: Double] = [:]
  /// FSTATs without an answer.
  private var questions = 0
  private var hasAskedAtStart = false
  private var hasAskedAtEnd = false
  /// Behind the file's last byte; nil: not known yet.
  private var end: Int64?
  /// The server shows another size or time than expected, or no byte where there should be one.
  private var isOther = false
  /// READs are under way on a predicted handle.
  private(set) var isAhead = false

  init(job: ReadJob, taker: any FileTaker, opening: Opening, fill: @escaping Fill) {
    self.taker = taker
    self.fill = fill
    asked = taker.start
    taken = taker.start
    end = job.file.size
    super.init(job: job, reader: taker, opening: opening)
  }

  /// Bytes that are still to be asked for; the start of a file of unknown size counts as one READ.
  var unasked: Int64 { isStopped ? 0 : max(0, (end ?? asked + 32_768) - asked) }
  /// ``next(_:_:now:)`` has something, now or later.
  var hasMore: Bool { !isStopped && (asked < end ?? .max || !hasAskedAtEnd) }

  private var isStopped: Bool { failure != nil || isOther }

  /// What to ask next on its handle; nil: nothing now.
  /// - Parameter length: bytes of one READ at most.
  func next(_ length: Int, _ ability: Ability, now: Double) -> Request? {
    if isStopped { return nil }
    if !hasAskedAtStart {
      hasAskedAtStart = true
      if ability.hasAttributes, end == nil || (job.file.size ?? 0) - taken > Self.short {
        questions += 1
        return .attributes
      }
      if end == nil { end = .max }
    }
    guard let end else { return nil }
    if asked < end {
      let count = Int(min(Int64(max(1, min(length, ability.maximumRead))), end - asked))
      defer { asked += Int64(count) }
      sentAt[asked] = now
      return read(asked, count)
    }
    if !hasAskedAtEnd {
      hasAskedAtEnd = true
      guard ability.hasAttributes else { return nil }
      questions += 1
      return .attributes
    }
    return nil
  }

  private func read(_ offset: Int64, _ count: Int) -> Request {
    reads += 1
    bytesInFlight += count
    return .data(part: 0, offset: offset, length: count)
  }

  /// A READ was answered.
  /// - Returns: the seconds it took, where that is known.
  func answered(_ offset: Int64, _ length: Int, now: Double) -> Double? {
    reads -= 1
    bytesInFlight -= length
    return sentAt.removeValue(forKey: offset).map { now - $0 }
  }

  /// Nothing that is in flight comes any more.
  func abandon() { bytesInFlight = 0 }

  /// Nothing that was asked for counts; it is to be asked for again.
  private func startAgain() {
    asked = taken
    reads = 0
    questions = 0
    bytesInFlight = 0
    sentAt = [:]
    hasAskedAtStart = false
    hasAskedAtEnd = false
    end = job.file.size
  }

  override func handle(_ event: Event, _ ability: Ability) -> [Request] {
    switch event {
    case .sent(let isPredicted):
      isAhead = isPredicted
      state = .opening(isAhead: isPredicted)
      // Only directly behind their OPEN: see ``HandlePrediction``.
      return isPredicted ? fill(self, ability) : []
    case .opened(let handle, let isAsPredicted):
      if isAhead, !isAsPredicted { startAgain() }
      isAhead = false
      state = .reading(handle)
    case .data(_, let offset, let length, let bytes):
      if let request = data(offset, length, bytes) { return [request] }
    case .noData(let status):
      noData(status)
      if isOther, failure == nil, !hasAskedAtEnd, ability.hasAttributes {
        hasAskedAtEnd = true
        questions += 1
        return [.attributes]
      }
    case .attributes(let attributes):
      questions -= 1
      learn(attributes)
    case .noAttributes:
      questions -= 1
      if end == nil { end = .max }
    }
    return close(ability)
  }

  /// - Returns: a READ for the rest, where the reply is shorter than asked: legal before the file's end.
  private func data(_ offset: Int64, _ length: Int, _ bytes: [UInt8]) -> Request? {
    guard !bytes.isEmpty else {
      failure = (.serverError, "the server sent no bytes and no end of file")
      return nil
    }
    if isStopped { return nil }
    if offset == taken { give(bytes) } else { early[offset] = bytes }
    guard bytes.count < length, offset + Int64(bytes.count) < end ?? .max else { return nil }
    return read(offset + Int64(bytes.count), length - bytes.count)
  }

  private func give(_ bytes: [UInt8]) {
    taker.take(bytes)
    taken += Int64(bytes.count)
    while let next = early.removeValue(forKey: taken) {
      taker.take(next)
      taken += Int64(next.count)
    }
    // What makes progress is not what breaks connections.
    job.attempts = 0
  }

  private func noData(_ status: Status) {
    guard status.code == .endOfFile else {
      if failure == nil { failure = Self.failure(status) }
      lostItsHandle = ![.noSuchFile, .permissionDenied].contains(status.code)
      return
    }
    // Without a known size, this is how the end shows.
    if end != .max { isOther = true }
    asked = .max
  }

  private func learn(_ attributes: FileAttributes) {
    after = attributes
    if end == nil {
      job.file.size = attributes.size.flatMap { Int64(exactly: $0) }
      job.file.mtime = attributes.modificationTime.map(Int64.init)
      end = job.file.size ?? .max
    }
    if hasChanged(attributes) { isOther = true }
  }

  /// CLOSE, when nothing more is to come.
  private func close(_ ability: Ability) -> [Request] {
    guard case .reading(let handle) = state, reads == 0, questions == 0 else { return [] }
    let isWhole = end.map { asked >= $0 } ?? false
    guard isStopped || isWhole && (hasAskedAtEnd || !ability.hasAttributes) else { return [] }
    if isOther, failure == nil, after.map(hasChanged) != true {
      failure = (.changing, "shorter than the server states")
    }
    if !isStopped, !early.isEmpty { failure = (.serverError, "the server left out bytes") }
    state = .finished
    return [.close(handle)]
  }
}
