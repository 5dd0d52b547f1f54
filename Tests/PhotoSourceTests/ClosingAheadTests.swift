import Foundation
import PhotoModel
import SFTP
import SSHTransport
import Testing

@testable import PhotoSource

/// CLOSE in the same flight as the last READs, at servers whose handles cannot be predicted.
@Suite struct ClosingAheadTests {
  typealias Request = FileReading.Request

  private let first = Handle([1])
  private let second = Handle([2])

  private func ability(flights: Int) -> FileReading.Ability {
    FileReading.Ability(
      maximumRead: 40, hasAttributes: true, closing: .withLastFlight, expectedFlights: flights)
  }

  private func reading(_ ranges: [Range<Int64>]) -> FileReading {
    FileReading(
      job: FileReadingTests.job(), reader: PieceReader(ranges), opening: Opening())
  }

  private func read(
    _ file: FileReading, _ range: Range<Int64>, _ ability: FileReading.Ability
  ) -> [Request] {
    let offset = range.lowerBound
    let bytes = [UInt8](repeating: 1, count: range.count)
    return file.handle(
      .data(part: 0, offset: offset, length: range.count, bytes), ability)
  }

  private var same: FileReading.Event {
    .attributes(FileAttributes(size: 100, modificationTime: 7))
  }

  private func expectRead(_ file: FileReading) {
    guard file.state == .finished, !file.isClosedTooEarly, case .read? = file.result().outcome
    else {
      Issue.record("\(file.state), \(file.result())")
      return
    }
  }

  @Test func closesWithTheFlightThatIsExpectedToBeTheLast() {
    let ability = ability(flights: 2)
    let file = reading([0..<30, 60..<90])
    #expect(file.handle(.sent(isPredicted: false), ability).isEmpty)
    #expect(
      file.handle(.opened(first, isAsPredicted: false), ability)
        == [.data(part: 0, offset: 0, length: 30)])
    #expect(
      read(file, 0..<30, ability)
        == [.data(part: 0, offset: 60, length: 30), .attributes, .close(first)])
    #expect(file.state == .closing && file.openHandle == nil)
    #expect(read(file, 60..<90, ability).isEmpty)
    #expect(file.handle(same, ability).isEmpty)
    expectRead(file)
  }

  @Test func aReaderThatWantsMoreHasItsFileOpenedAgain() {
    let ability = ability(flights: 1)
    let file = reading([0..<30, 60..<90])
    _ = file.handle(.sent(isPredicted: false), ability)
    #expect(
      file.handle(.opened(first, isAsPredicted: false), ability)
        == [.data(part: 0, offset: 0, length: 30), .attributes, .close(first)])
    _ = read(file, 0..<30, ability)
    #expect(file.handle(same, ability).isEmpty && file.state == .reopening)
    #expect(file.handle(.sent(isPredicted: false), ability).isEmpty)
    #expect(
      file.handle(.opened(second, isAsPredicted: false), ability)
        == [.data(part: 0, offset: 60, length: 30), .attributes, .close(second)])
    _ = read(file, 60..<90, ability)
    _ = file.handle(same, ability)
    expectRead(file)
    #expect(file.flights == 2)
  }

  /// Without FSTAT behind its ranges a file would not be known to be the listed one.
  @Test func aReaderThatWantsLessIsCheckedAllTheSame() {
    let ability = ability(flights: 2)
    let file = reading([0..<30])
    _ = file.handle(.sent(isPredicted: false), ability)
    _ = file.handle(.opened(first, isAsPredicted: false), ability)
    #expect(read(file, 0..<30, ability) == [.attributes, .close(first)])
    _ = file.handle(.attributes(FileAttributes(size: 101, modificationTime: 7)), ability)
    #expect(file.state == .finished && file.result().outcome == nil && file.flights == 1)
  }

  /// A server that closes before it has read, or reads a part.
  @Test func whatIsNotReadBeforeTheCloseIsReadAgain() {
    for event in [
      FileReading.Event.noData(Status(code: .failure, message: "invalid handle")),
      .data(part: 0, offset: 0, length: 30, [1, 2, 3]),
    ] {
      let ability = ability(flights: 1)
      let file = reading([0..<30])
      _ = file.handle(.sent(isPredicted: false), ability)
      _ = file.handle(.opened(first, isAsPredicted: false), ability)
      #expect(file.handle(event, ability).isEmpty)
      #expect(file.handle(.noAttributes, ability).isEmpty)
      #expect(file.state == .finished && file.isClosedTooEarly)
    }
  }

  /// Any way to close, any number of flights: the same bytes, and each handle is closed once, at its end.
  @Test(arguments: 0..<200) func deliversTheBytesAskedFor(seed: Int) {
    var random = SplitMix(UInt64(seed))
    let content = (0..<1_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    let ranges = (0..<random.below(5)).map { _ in
      let start = random.below(990)
      return Int64(start)..<Int64(start + 1 + random.below(1_000 - start))
    }
    let closing = [FileReading.Closing.whenDone, .withLastFlight][random.below(2)]
    let ability = FileReading.Ability(
      maximumRead: 1 + random.below(300), hasAttributes: random.below(2) == 0,
      closing: closing, expectedFlights: 1 + random.below(4))
    let reader = PieceReader(ranges)
    let file = FileReading(
      job: FileReadingTests.job(size: 1_000), reader: reader, opening: Opening())
    var opens = 0
    var closes = 0
    while file.state != .finished, opens < 20 {
      opens += 1
      var pending = file.handle(.sent(isPredicted: false), ability)
      pending += file.handle(
        .opened(Handle([UInt8(opens)]), isAsPredicted: false), ability)
      while !pending.isEmpty {
        #expect(closes < opens, "a request on a closed handle")
        switch pending.removeFirst() {
        case .attributes:
          pending += file.handle(
            .attributes(FileAttributes(size: 1_000, modificationTime: 7)), ability)
        case .close(let handle):
          closes += 1
          #expect(pending.isEmpty && handle == Handle([UInt8(opens)]))
        case .data(let part, let offset, let length):
          let bytes = Array(content[Int(offset)..<Int(offset) + length])
          pending += file.handle(
            .data(part: part, offset: offset, length: length, bytes), ability)
        }
      }
    }
    expectRead(file)
    #expect(opens == closes && (closing != .whenDone || opens == 1))
    #expect(reader.bytes == ranges.flatMap { content[Int($0.lowerBound)..<Int($0.upperBound)] })
  }

  @Test func theExpectedNumberOfFlightsIsTheUsualOne() {
    var habit = FlightHabit()
    #expect(habit.expected == 2)
    for flights in [1, 1, 1] { habit.note(flights) }
    #expect(habit.expected == 1)
    for flights in [2, 3, 2, 2, 2, 2] { habit.note(flights) }
    #expect(habit.expected == 2)
    for _ in 0..<9 { habit.note(3) }
    #expect(habit.expected == 3)
  }

  @Test func repliesOutOfOrderAreNoticed() {
    var client = SFTPClient()
    let ids = (0..<3).map { _ in client.realPath([0x2F]) }
    var order = ReplyOrder()
    for id in ids { order.note(id) }
    #expect(order.isKept)
    order.note(ids[1])
    #expect(!order.isKept)
  }
}

/// The same over a whole walk.
@Suite(.enabled(if: LocalServer.path != nil, "needs OpenSSH's sftp-server"))
struct ClosingAheadWalkTests {
  /// How many files were closed while a READ had no answer.
  private func closesAhead(
    _ channel: @autoclosure @escaping () -> any ByteChannel, failingRead: Int = 0
  ) throws -> Int {
    let tree = try Tree()
    for file in 0..<2_000 { tree.add("s/f\(file % 7)/\(file).jpg") }
    let recorder = Recorder()
    recorder.deadline = .now + .seconds(120)
    var options = SourceOptions()
    options.connections = 1
    var reads: [[UInt8]: Set<UInt32>] = [:]
    var ahead = 0
    var count = 0
    try SourceKind.sftp.run(tree, recorder, options: options) {
      JudgingChannel(
        channel(),
        judge: { message in
          let handle = JudgingChannel.string(message)
          let id = JudgingChannel.number(message[1..<5])
          if message[0] == 4, !(reads[handle] ?? []).isEmpty { ahead += 1 }
          guard message[0] == 5 else { return nil }
          count += 1
          if count == failingRead {
            return JudgingChannel.status(4, for: message)
          }
          reads[handle, default: []].insert(id)
          return nil
        },
        edit: { message in
          let id = JudgingChannel.number(message[1..<5])
          for handle in reads.keys { reads[handle]?.remove(id) }
          return message
        })
    }
    #expect(!recorder.isLate, "never ends")
    #expect(recorder.contents.count == 2_000 && recorder.failures.isEmpty)
    #expect(recorder.readTwice.isEmpty && recorder.endedTwice.isEmpty)
    return ahead
  }

  @Test func filesAreClosedWithTheirReads() throws {
    #expect(try closesAhead(LocalServer.channel()) > 1_400)
  }

  @Test func aServerThatFailsToReadSoIsAskedOneAfterTheOther() throws {
    #expect(try closesAhead(LocalServer.channel(), failingRead: 500) < 1_400)
  }

  /// Its files are opened and read in one flight.
  @Test func openSSHIsNotAskedSo() throws {
    #expect(try closesAhead(LocalServer.unannounced()) == 0)
  }
}
