import PhotoModel
import SFTP

/// One file that is open or being opened: events of the server in, requests out; sans I/O.
///
/// OPEN, the ranges that the reader asks for with one FSTAT behind them, and so on until the reader
/// wants no more; then CLOSE. Where the handle is predicted, the first ranges travel with the OPEN. Where
/// ``Closing`` allows it, CLOSE travels with the last ranges; a reader that wants more all the same has its
/// file opened again.
class FileReading {
  enum State: Equatable {
    case waiting
    /// - Parameter isAhead: the first ranges were asked for on a predicted handle.
    case opening(isAhead: Bool)
    case reading(Handle)
    /// CLOSE was sent behind READs that have no answer yet.
    case closing
    /// Closed, and to be opened once more.
    case reopening
    case finished
  }

  enum Event {
    /// OPEN was sent, and its handle may be predicted.
    case sent(isPredicted: Bool)
    case opened(Handle, isAsPredicted: Bool)
    case data(part: Int, offset: Int64, length: Int, [UInt8])
    /// A READ has no data: the end of the file, or a failure.
    case noData(Status)
    case attributes(FileAttributes)
    case noAttributes
  }

  enum Request: Equatable {
    case data(part: Int, offset: Int64, length: Int)
    case attributes
    case close(Handle)
  }

  /// When CLOSE is sent.
  enum Closing {
    /// When the reader wants no more.
    case whenDone
    /// With the ranges that are expected to be the last ones.
    case withLastFlight
  }

  /// What the connection can do.
  struct Ability {
    /// Bytes of one READ.
    var maximumRead = SFTPClient.safeReadLength
    /// False where the server does not know FSTAT.
    var hasAttributes = true
    var closing = Closing.whenDone
    /// Where CLOSE does not wait for the reader: how often it is expected to ask for ranges. FSTAT goes with the
    /// last ones alone.
    var expectedFlights = 1
  }

  final var job: ReadJob
  final var opening: Opening
  final var state = State.waiting
  /// A READ on its handle failed, and not for a reason of the file's own.
  final var lostItsHandle = false
  final let reader: any FileReader
  private var parts: [Part] = []
  private var outstanding = 0
  /// How often ranges were asked for.
  private(set) final var flights = 0
  /// FSTAT was asked for behind the last ranges.
  private var isChecked = false
  private var readerIsDone = false
  /// The server did not read all of what it was asked for before its CLOSE.
  private(set) final var isClosedTooEarly = false
  /// What the last FSTAT said.
  final var after: FileAttributes?
  final var failure: (Failure, String)?

  init(job: ReadJob, reader: any FileReader, opening: Opening) {
    self.job = job
    self.reader = reader
    self.opening = opening
  }

  final var isSidecar: Bool { ListingRules.sidecar(job.file.name.bytes) != nil }
  /// Granted, and not closed.
  var openHandle: Handle? { if case .reading(let handle) = state { handle } else { nil } }

  func handle(_ event: Event, _ ability: Ability) -> [Request] {
    switch event {
    case .sent(let isPredicted):
      if isPredicted, flights == 0 { parts = Self.parts(reader.nextRanges()) }
      let isAhead = isPredicted && !parts.isEmpty
      state = .opening(isAhead: isAhead)
      return isAhead ? request(ability) : []
    case .opened(let handle, let isAsPredicted):
      let isAhead = state == .opening(isAhead: true)
      state = .reading(handle)
      if isAhead {
        if isAsPredicted { return [] }
        outstanding = 0
        flights -= 1
      }
      return parts.isEmpty ? step(ability) : request(ability)
    case .data(let part, let offset, let length, let bytes):
      return data(part, offset, length, bytes, ability)
    case .noData(let status):
      if status.code != .endOfFile {
        failure = Self.failure(status)
        lostItsHandle = ![.noSuchFile, .permissionDenied].contains(status.code)
        if state == .closing, lostItsHandle { isClosedTooEarly = true }
      }
    case .attributes(let attributes): after = attributes
    case .noAttributes: break
    }
    outstanding -= 1
    return step(ability)
  }

  private static func parts(_ ranges: [Range<Int64>]) -> [Part] {
    ranges.filter { !$0.isEmpty && $0.lowerBound >= 0 }.map { Part($0) }
  }

  /// What the reader wants next, or the end when it wants no more.
  private func step(_ ability: Ability) -> [Request] {
    guard outstanding == 0, openHandle != nil || state == .closing else { return [] }
    if isClosedTooEarly {
      state = .finished
      return []
    }
    for part in parts { reader.receive(part.range, part.bytes()) }
    parts = []
    let ranges = failure == nil && !readerIsDone ? reader.nextRanges() : []
    readerIsDone = ranges.isEmpty
    parts = Self.parts(ranges)
    let wantsCheck = failure == nil && flights > 0 && !isChecked && ability.hasAttributes
    if !ranges.isEmpty || wantsCheck {
      if state == .closing {
        state = .reopening
        return []
      }
      let requests = request(ability)
      // A reader that asks for nothing but empty ranges would never end.
      if !requests.isEmpty { return requests }
    }
    let handle = openHandle
    state = .finished
    return handle.map { [.close($0)] } ?? []
  }

  /// Asks for all parts, and for size and time behind them: if those are still the listing's, the
  /// bytes belong to it.
  private func request(_ ability: Ability) -> [Request] {
    var requests: [Request] = []
    for (part, range) in parts.map(\.range).enumerated() {
      var offset = range.lowerBound
      while offset < range.upperBound {
        let length = Int(min(Int64(ability.maximumRead), range.upperBound - offset))
        requests.append(.data(part: part, offset: offset, length: length))
        offset += Int64(length)
      }
    }
    if !parts.isEmpty { flights += 1 }
    let isLast =
      readerIsDone || ability.closing == .whenDone || flights >= ability.expectedFlights
    isChecked = isLast && ability.hasAttributes
    if isChecked { requests.append(.attributes) }
    outstanding += requests.count
    if ability.closing == .withLastFlight, isLast, let handle = openHandle, !requests.isEmpty {
      requests.append(.close(handle))
      state = .closing
    }
    return requests
  }

  private func data(
    _ part: Int, _ offset: Int64, _ length: Int, _ bytes: [UInt8], _ ability: Ability
  ) -> [Request] {
    outstanding -= 1
    let end = offset + Int64(bytes.count)
    if bytes.isEmpty {
      failure = (.serverError, "the server sent no bytes and no end of file")
    } else if parts.indices.contains(part) {
      parts[part].pieces.append((offset, bytes))
      // Shorter than asked before the file's end: legal on some servers; ask for the rest.
      if bytes.count < length, end < job.file.size ?? .max, failure == nil {
        if state == .closing {
          isClosedTooEarly = true
        } else {
          outstanding += 1
          return [.data(part: part, offset: end, length: length - bytes.count)]
        }
      }
    }
    return step(ability)
  }

  /// How a finished file ends: its outcome, or nil when it changed meanwhile and is to be read again.
  func result() -> (job: ReadJob, outcome: FileOutcome?) {
    if let (failure, detail) = failure { return (job, .failed(failure, detail: detail)) }
    guard let after, hasChanged(after) else { return (job, .read(reader)) }
    var job = job
    job.file.size = after.size.flatMap { Int64(exactly: $0) } ?? job.file.size
    job.file.mtime = after.modificationTime.map(Int64.init) ?? job.file.mtime
    job.changes += 1
    if job.changes > 1 {
      return (job, .failed(.changing, detail: "changed while it was read, twice"))
    }
    job.accessTime = nil
    return (job, nil)
  }

  final func hasChanged(_ now: FileAttributes) -> Bool {
    if let size = job.file.size, let newSize = now.size, UInt64(exactly: size) != newSize {
      return true
    }
    if let mtime = job.file.mtime, let newTime = now.modificationTime, Int64(newTime) != mtime {
      return true
    }
    return false
  }

  static func failure(_ status: Status) -> (Failure, String) {
    switch status.code {
    case .noSuchFile: (.vanished, "no longer there")
    case .permissionDenied: (.unreadable, "permission denied")
    default:
      (.serverError, status.message.isEmpty ? "the server said \(status.code)" : status.message)
    }
  }

  /// One range that the reader asked for, in pieces of at most the server's read length.
  private struct Part {
    let range: Range<Int64>
    var pieces: [(offset: Int64, bytes: [UInt8])] = []

    init(_ range: Range<Int64>) { self.range = range }

    /// All bytes from the range's start without a gap.
    func bytes() -> [UInt8] {
      if pieces.count == 1, let only = pieces.first, only.offset == range.lowerBound {
        return only.bytes
      }
      var out: [UInt8] = []
      for piece in pieces.sorted(by: { $0.offset < $1.offset }) {
        guard piece.offset == range.lowerBound + Int64(out.count) else { break }
        out.append(contentsOf: piece.bytes)
      }
      return out
    }
  }
}
