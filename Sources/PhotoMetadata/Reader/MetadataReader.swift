public import PhotoModel

/// Which format rules a row was read by: rows of an older version are read again.
public let parserVersion = 8

/// What to ask for in the first flight; learned per folder from earlier photos.
public struct ReadHint: Sendable, Equatable {
  /// Byte ranges of the file; at most 8 and 32 KiB in all are heeded.
  public var ranges: [Range<Int64>]
  /// Bytes to ask for at the place right behind the Exif segment, where XMP usually stands.
  public var afterExif: Int64

  /// - Parameter afterExif: left out, with the head of ``initial`` less than 3 KB for a position alone.
  public init(ranges: [Range<Int64>], afterExif: Int64 = 784) {
    self.ranges = ranges
    self.afterExif = afterExif
  }

  /// For a photo of which nothing is known: 2 KiB hold the position of drones' own files
  /// (DJI ends at 1,190…1,755) and of two thirds of all other photos.
  public static let initial = ReadHint(ranges: [0..<2048])
}

/// State machine that reads one photo: says which bytes it needs, takes them, ends with a record. It
/// does no I/O and has no clock, and its record depends on the file alone, not on the order of the answers
/// and not on the hint.
///
///     var reader = MetadataReader(fileSize: size, hint: .initial)
///     while case .need(let ranges) = reader.next() {
///       for range in ranges { reader.receive(range, read(range)) }
///     }
public struct MetadataReader: Sendable {
  /// What the machine wants.
  public enum Step: Sendable, Equatable {
    /// Ask for these ranges together; they never overlap what has arrived or is under way. Empty:
    /// answers are still due.
    case need([Range<Int64>])
    case done(PhotoRecord)
  }

  /// The most that is asked for per photo.
  static let maxBytes: Int64 = 262_144
  private static let maxHintBytes: Int64 = 32_768
  /// Flights that ask for what is wanted and no more.
  private static let narrowFlights = 3
  private static let wideRange: Int64 = 4096
  private static let bytesBefore: Int64 = 128

  /// All bytes asked for so far; never more than 262,144.
  public private(set) var bytesAsked: Int64 = 0
  /// How often ranges were asked for: each time is a round trip of the link.
  public private(set) var flights = 0

  private var held: HeldBytes
  private var due: [Range<Int64>] = []
  private var stage = Stage.start
  /// Set as soon as the format is known.
  private var container: ContainerRead?
  /// At the end.
  private var result: PhotoRecord?
  private let hint: ReadHint
  /// What may still be read ahead. It is what the hint leaves of its share, so that no read ahead takes bytes that
  /// a container may demand: the record stays the same.
  private var aheadLeft = Self.maxHintBytes
  private let seeksPreview: Bool

  private enum Stage: Sendable { case start, kind, container }

  /// - Parameters:
  ///   - fileSize: bytes, nil when the listing did not say; nothing is asked for behind it.
  ///   - seeksPreview: goes on to the index of a Multi-Picture file, which mostly stands behind all that a
  ///     sync reads. ``PhotoRecord/preview`` may then be known where it is not in the index.
  public init(fileSize: Int64?, hint: ReadHint = .initial, seeksPreview: Bool = false) {
    self.seeksPreview = seeksPreview
    held = HeldBytes(end: fileSize.map { max(0, $0) })
    self.hint = hint
  }

  /// What to do now.
  public mutating func next() -> Step {
    if let ranges = nextRanges() { return .need(ranges) }
    return .done(result ?? PhotoRecord(outcome: .failed(.damaged)))
  }

  /// ``next()`` without a copy of the record: nil when there is one.
  package mutating func nextRanges() -> [Range<Int64>]? {
    if result != nil { return nil }
    if !due.isEmpty { return [] }
    while true {
      var wanted = [Range<Int64>]()
      advance(&wanted)
      if result != nil { return nil }
      let ranges = ask(for: wanted)
      if !ranges.isEmpty { return ranges }
    }
  }

  /// The answer to one needed range; fewer bytes than asked for mean that the file ends there.
  /// Answers may come in any order; one to a range that is not due is ignored.
  public mutating func receive(_ range: Range<Int64>, _ bytes: [UInt8]) {
    guard let place = due.firstIndex(of: range) else { return }
    due.remove(at: place)
    let count = range.count
    let answer = bytes.count > count ? Array(bytes[..<count]) : bytes
    held.insert(answer, at: range.lowerBound, isLast: answer.count < count)
  }

  /// Runs the machine to its end with a function that reads one range at a time: for files at hand,
  /// where no range is worth waiting for together with others.
  ///
  /// - Parameter read: the bytes of a range; fewer than asked for mean that the file ends there.
  public mutating func record(
    _ read: (Range<Int64>) throws -> [UInt8]
  ) rethrows -> PhotoRecord {
    while true {
      switch next() {
      case .done(let record): return record
      case .need(let ranges):
        for range in ranges { receive(range, try read(range)) }
      }
    }
  }

  private mutating func advance(_ wanted: inout [Range<Int64>]) {
    switch stage {
    case .start:
      stage = .kind
      if held.end == 0 {
        finish(PhotoRecord(outcome: .failed(.damaged)))
      } else {
        let ranges = Self.heeded(hint)
        aheadLeft -= ranges.reduce(0) { $0 + $1.upperBound - $1.lowerBound }
        wanted = ranges + [0..<FileKind.bytesNeeded]
      }
    case .kind:
      guard let head = held.bytes(0..<FileKind.bytesNeeded) else {
        wanted = [0..<FileKind.bytesNeeded]
        return
      }
      switch FileKind(head: head) {
      case .read(let format):
        stage = .container
        container = ContainerRead(
          format.walk(), kind: format.kind, bytesBehindExif: hint.afterExif,
          seeksPreview: seeksPreview)
      case .otherImage: finish(PhotoRecord(outcome: .withoutPosition(.unsupported)))
      case .notAnImage: finish(PhotoRecord(outcome: .failed(.notAnImage)))
      case .cutShort: finish(PhotoRecord(outcome: .failed(.damaged)))
      }
    case .container:
      if container?.advance(held, wanted: &wanted) == true { finishContainer() }
    }
  }

  private mutating func finishContainer() {
    guard let values = container?.values else { return }
    finish(RecordBuilder.record(values))
  }

  private mutating func finish(_ record: PhotoRecord) {
    result = record
    held = HeldBytes(end: held.end)
  }

  /// The hint as far as it fits the ceilings.
  private static func heeded(_ hint: ReadHint) -> [Range<Int64>] {
    var left = maxHintBytes
    var out = [Range<Int64>]()
    for range in hint.ranges.merged(gap: 0).prefix(8) where range.lowerBound >= 0 {
      let count = min(range.upperBound - range.lowerBound, left)
      if count <= 0 { continue }
      out.append(range.lowerBound..<(range.lowerBound + count))
      left -= count
    }
    return out
  }

  /// Registers what is missing of `wanted`, as far as the photo's ceiling allows.
  private mutating func ask(for wanted: [Range<Int64>]) -> [Range<Int64>] {
    var out = [Range<Int64>]()
    for range in widened(wanted.merged(gap: 64)) {
      for part in held.missing(in: range) {
        let count = min(part.upperBound - part.lowerBound, Self.maxBytes - bytesAsked)
        if count <= 0 { continue }
        out.append(part.lowerBound..<(part.lowerBound + count))
        bytesAsked += count
      }
    }
    if out.isEmpty && !wanted.isEmpty { giveUp() }
    if !out.isEmpty { flights += 1 }
    due = out
    return out
  }

  /// A photo that needs a fourth flight goes from place to place, and often by small steps. From there on, the first
  /// two ranges of a flight are wider where they are small: 4 KiB, then 8, then 12.
  private mutating func widened(_ ranges: [Range<Int64>]) -> [Range<Int64>] {
    guard flights >= Self.narrowFlights, aheadLeft > 0 else { return ranges }
    var out = ranges
    let size = Self.wideRange * Int64(min(flights - Self.narrowFlights + 1, 3))
    for i in out.indices.prefix(2) {
      let missing = size - (out[i].upperBound - out[i].lowerBound)
      guard missing > 0 else { continue }
      // Values often stand right before the directory that names them.
      let before = min(Self.bytesBefore, out[i].lowerBound, missing, aheadLeft)
      let behind = min(missing, aheadLeft) - before
      aheadLeft -= before + behind
      out[i] = (out[i].lowerBound - before)..<(out[i].upperBound + behind)
    }
    return out.merged(gap: 64)
  }

  /// Ends with what is known: only reached when the ceiling is used up.
  private mutating func giveUp() {
    if container == nil {
      finish(PhotoRecord(outcome: .failed(.damaged)))
    } else {
      finishContainer()
    }
  }

  /// The record and ``usage`` without a copy; the machine is of no use any more.
  package mutating func takeResult() -> (record: PhotoRecord?, usage: LayoutUsage?) {
    let usage = usage
    container = nil
    return (result.take(), usage)
  }

  /// What the file turned out to need; nil before the end, for failures and for formats that teach nothing.
  public var usage: LayoutUsage? {
    switch result?.outcome {
    case nil, .failed: nil
    case .located, .withoutPosition: container?.usage
    }
  }
}
