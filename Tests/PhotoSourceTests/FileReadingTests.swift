import PhotoModel
import SFTP
import Testing

@testable import PhotoSource

/// The reading of one file without a server: events in, requests out.
@Suite struct FileReadingTests {
  typealias Request = FileReading.Request

  static let handle = Handle([1])

  static func job(size: Int64? = 100, mtime: Int64? = 7) -> ReadJob {
    ReadJob(
      file: ListedFile(name: PathBytes(text: "a.jpg"), size: size, mtime: mtime),
      folder: .empty)
  }

  private func reading(_ ranges: [Range<Int64>], size: Int64? = 100) -> FileReading {
    FileReading(job: Self.job(size: size), reader: PieceReader(ranges), opening: Opening())
  }

  private let small = FileReading.Ability(maximumRead: 40, hasAttributes: true)

  @Test func theFirstRangeTravelsWithAPredictedOpen() {
    let file = reading([0..<90, 95..<100])
    let first: [Request] = [
      .data(part: 0, offset: 0, length: 40), .data(part: 0, offset: 40, length: 40),
      .data(part: 0, offset: 80, length: 10), .attributes,
    ]
    #expect(file.handle(.sent(isPredicted: true), small) == first)
    #expect(file.handle(.opened(Self.handle, isAsPredicted: true), small).isEmpty)
    for case .data(let part, let offset, let length) in first {
      let bytes = [UInt8](repeating: 1, count: length)
      let event = FileReading.Event.data(part: part, offset: offset, length: length, bytes)
      #expect(file.handle(event, small).isEmpty)
    }
    #expect(
      file.handle(.attributes(FileAttributes(size: 100, modificationTime: 7)), small)
        == [.data(part: 0, offset: 95, length: 5), .attributes])
  }

  @Test func aWrongPredictionAsksAgain() {
    let file = reading([0..<30])
    let requests: [Request] = [.data(part: 0, offset: 0, length: 30), .attributes]
    #expect(file.handle(.sent(isPredicted: true), small) == requests)
    #expect(file.handle(.opened(Self.handle, isAsPredicted: false), small) == requests)
  }

  @Test func aReaderThatWantsNothingIsOpenedAndClosed() {
    let file = reading([])
    #expect(file.handle(.sent(isPredicted: true), small).isEmpty)
    #expect(
      file.handle(.opened(Self.handle, isAsPredicted: true), small) == [.close(Self.handle)])
    guard case .read? = file.result().outcome else {
      Issue.record("\(file.result())")
      return
    }
  }

  @Test func aServerWithoutFstatIsNotAskedForIt() {
    let file = reading([0..<30])
    let plain = FileReading.Ability(maximumRead: 40, hasAttributes: false)
    _ = file.handle(.sent(isPredicted: false), plain)
    #expect(
      file.handle(.opened(Self.handle, isAsPredicted: false), plain)
        == [.data(part: 0, offset: 0, length: 30)])
  }

  /// Size or time after reading: (size, time), and whether the file is read again.
  @Test(
    arguments: [
      (100, 7, false), (101, 7, true), (100, 8, true), (nil, nil, false),
    ] as [(UInt64?, UInt32?, Bool)])
  func aChangedFileIsReadAgainOnce(_ size: UInt64?, _ mtime: UInt32?, _ isChanged: Bool) {
    var job = Self.job()
    for round in 0..<2 {
      let file = FileReading(job: job, reader: PieceReader([]), opening: Opening())
      _ = file.handle(.sent(isPredicted: false), small)
      // A reader that asks for nothing has no FSTAT: give it one range.
      let asking = FileReading(job: job, reader: PieceReader([0..<1]), opening: Opening())
      _ = asking.handle(.sent(isPredicted: false), small)
      _ = asking.handle(.opened(Self.handle, isAsPredicted: false), small)
      _ = asking.handle(.data(part: 0, offset: 0, length: 1, [1]), small)
      var after = FileAttributes(size: size, modificationTime: mtime)
      if isChanged { after.size = after.size.map { $0 + UInt64(round) } }
      #expect(asking.handle(.attributes(after), small) == [.close(Self.handle)])
      let (next, outcome) = asking.result()
      switch outcome {
      case nil: #expect(isChanged && round == 0)
      case .read?: #expect(!isChanged)
      case .failed(let failure, _)?: #expect(isChanged && round == 1 && failure == .changing)
      }
      job = next
      if !isChanged { return }
    }
  }

  @Test(arguments: [
    (Status.Code.noSuchFile, Failure.vanished), (.permissionDenied, .unreadable),
    (.failure, .serverError),
  ])
  func aFailedReadIsTheFilesFailure(_ code: Status.Code, _ wanted: Failure) {
    let file = reading([0..<30, 30..<60])
    _ = file.handle(.sent(isPredicted: false), small)
    _ = file.handle(.opened(Self.handle, isAsPredicted: false), small)
    #expect(file.handle(.noData(Status(code: code, message: "")), small).isEmpty)
    #expect(file.handle(.noAttributes, small) == [.close(Self.handle)])
    guard case .failed(let failure, _)? = file.result().outcome else {
      Issue.record("\(file.result())")
      return
    }
    #expect(failure == wanted)
  }

  /// A server that sends any part of what it is asked for, in any order.
  @Test(arguments: 0..<200) func deliversTheBytesAskedForWhateverTheOrder(seed: Int) {
    var random = SplitMix(UInt64(seed))
    let content = (0..<(1 + random.below(2_000))).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    let ranges = (0..<random.below(6)).map { _ in
      let start = random.below(content.count + 50)
      return Int64(start)..<Int64(start + 1 + random.below(500))
    }
    let ability = FileReading.Ability(
      maximumRead: 1 + random.below(300), hasAttributes: random.below(2) == 0)
    let reader = PieceReader(ranges)
    let file = FileReading(
      job: Self.job(size: Int64(content.count)), reader: reader, opening: Opening())
    let isPredicted = random.below(2) == 0
    var pending = file.handle(.sent(isPredicted: isPredicted), ability)
    let isRight = isPredicted && random.below(2) == 0
    if !isRight { pending = [] }
    pending += file.handle(.opened(Self.handle, isAsPredicted: isRight), ability)
    var closes = 0
    while !pending.isEmpty {
      switch pending.remove(at: random.below(pending.count)) {
      case .attributes:
        let now = FileAttributes(size: UInt64(content.count), modificationTime: 7)
        pending += file.handle(.attributes(now), ability)
      case .close:
        closes += 1
        #expect(pending.isEmpty, "closed while replies are awaited")
      case .data(let part, let offset, let length):
        let start = Int(offset)
        guard start < content.count else {
          pending += file.handle(.noData(FolderListingTests.end), ability)
          continue
        }
        let whole = content[start..<min(content.count, start + length)]
        let bytes = Array(whole.prefix(1 + random.below(whole.count)))
        let event = FileReading.Event.data(
          part: part, offset: offset, length: length, bytes)
        pending += file.handle(event, ability)
      }
    }
    #expect(closes == 1 && file.state == .finished)
    let wanted = ranges.flatMap { range in
      let end = min(content.count, Int(range.upperBound))
      return Int(range.lowerBound) < end ? Array(content[Int(range.lowerBound)..<end]) : []
    }
    #expect(reader.bytes == wanted)
  }
}
