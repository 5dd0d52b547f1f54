import PhotoModel
import SFTP
import Testing

@testable import PhotoSource

/// A whole file, with a server that answers as it likes.
@Suite struct FileDownloadTests {
  private final class Taker: FileTaker {
    let start: Int64
    var bytes: [UInt8] = []
    init(start: Int64 = 0) { self.start = start }
    func take(_ bytes: [UInt8]) { self.bytes += bytes }
  }

  private static let handle = Handle([1])
  private let content: [UInt8] = (0..<1_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
  private let mtime: UInt32 = 1_700_000_000

  private func attributes(_ size: Int, mtime: UInt32? = nil) -> FileReading.Event {
    .attributes(FileAttributes(size: UInt64(size), modificationTime: mtime ?? self.mtime))
  }

  private func file(
    _ taker: Taker, size: Int64? = 1_000, fill: @escaping FileDownload.Fill = { _, _ in [] }
  ) -> FileDownload {
    let listed = ListedFile(
      name: PathBytes(Array("a.jpg".utf8)), size: size, mtime: size == nil ? nil : Int64(mtime))
    return FileDownload(
      job: ReadJob(file: listed, folder: .empty), taker: taker, opening: Opening(), fill: fill)
  }

  private func ability(_ has: Bool = true) -> FileReading.Ability {
    var ability = FileReading.Ability()
    ability.hasAttributes = has
    return ability
  }

  /// Asks for all there is now.
  private func ask(
    _ file: FileDownload, _ length: Int = 100, _ has: Bool = true
  ) -> [FileReading.Request] {
    var requests: [FileReading.Request] = []
    while let next = file.next(length, ability(has), now: 0) { requests.append(next) }
    return requests
  }

  /// Answers requests in a random order, in pieces of random lengths, until nothing is asked for.
  private func serve(
    _ file: FileDownload, _ content: [UInt8], _ random: inout SplitMix, has: Bool = true,
    stated: (Int, UInt32)? = nil
  ) {
    var waiting: [FileReading.Request] = []
    var turns = 0
    while file.state != .finished, turns < 10_000 {
      turns += 1
      waiting += ask(file, 100, has)
      guard !waiting.isEmpty else { return }
      let request = waiting.remove(at: random.below(waiting.count))
      switch request {
      case .data(_, let offset, let length):
        _ = file.answered(offset, length, now: 1)
        let rest = content.dropFirst(Int(offset)).prefix(length)
        if rest.isEmpty {
          waiting += file.handle(
            .noData(Status(code: .endOfFile, message: "")), ability(has))
        } else {
          let piece = Array(rest.prefix(1 + random.below(rest.count)))
          waiting += file.handle(
            .data(part: 0, offset: offset, length: length, piece), ability(has))
        }
      case .attributes:
        let (size, time) = stated ?? (content.count, mtime)
        waiting += file.handle(attributes(size, mtime: time), ability(has))
      case .close: break
      }
    }
  }

  @Test(arguments: [0, 1, 99, 100, 101, 1_000], [true, false])
  func takesAllBytesInOrder(_ size: Int, hasAttributes: Bool) {
    var random = SplitMix(UInt64(size) + 1)
    for _ in 0..<50 {
      let taker = Taker()
      let file = file(taker, size: Int64(size))
      _ = file.handle(.sent(isPredicted: false), ability(hasAttributes))
      _ = file.handle(.opened(Self.handle, isAsPredicted: false), ability(hasAttributes))
      serve(file, Array(content.prefix(size)), &random, has: hasAttributes)
      #expect(file.state == .finished)
      #expect(taker.bytes == Array(content.prefix(size)))
      guard case .read = file.result().outcome else {
        Issue.record("not read")
        return
      }
      #expect(file.bytesInFlight == 0)
    }
  }

  @Test(arguments: [true, false]) func takesAFileOfUnknownSize(hasAttributes: Bool) {
    var random = SplitMix(9)
    let taker = Taker()
    let file = file(taker, size: nil)
    _ = file.handle(.sent(isPredicted: false), ability(hasAttributes))
    _ = file.handle(.opened(Self.handle, isAsPredicted: false), ability(hasAttributes))
    // Without a size it is read until the server says that it ends: then the window bounds what is asked for.
    var turns = 0
    var waiting: [FileReading.Request] = []
    while file.state != .finished, turns < 100 {
      turns += 1
      if waiting.count < 3, let next = file.next(100, ability(hasAttributes), now: 0) {
        waiting.append(next)
      }
      guard !waiting.isEmpty else { break }
      switch waiting.remove(at: random.below(waiting.count)) {
      case .data(_, let offset, let length):
        _ = file.answered(offset, length, now: 1)
        let rest = Array(content.dropFirst(Int(offset)).prefix(length))
        let event: FileReading.Event =
          rest.isEmpty
          ? .noData(Status(code: .endOfFile, message: ""))
          : .data(part: 0, offset: offset, length: length, rest)
        waiting += file.handle(event, ability(hasAttributes))
      case .attributes: waiting += file.handle(attributes(1_000), ability(hasAttributes))
      case .close: break
      }
    }
    #expect(taker.bytes == content)
    #expect(file.state == .finished)
  }

  @Test func goesOnBehindWhatIsThere() {
    var random = SplitMix(3)
    let taker = Taker(start: 700)
    let file = file(taker)
    _ = file.handle(.opened(Self.handle, isAsPredicted: false), ability())
    serve(file, content, &random)
    #expect(taker.bytes == Array(content[700...]))
  }

  @Test(arguments: [(400, 1_700_000_000 as UInt32), (1_000, 1_700_000_001), (1_400, 1_700_000_000)])
  func aChangedFileIsReadAgain(_ size: Int, _ time: UInt32) {
    var random = SplitMix(4)
    let file = file(Taker())
    _ = file.handle(.opened(Self.handle, isAsPredicted: false), ability())
    let now =
      size <= 1_000 ? Array(content.prefix(size)) : content + [UInt8](repeating: 1, count: 400)
    serve(file, now, &random, stated: (size, time))
    #expect(file.state == .finished)
    let (job, outcome) = file.result()
    #expect(outcome == nil && job.changes == 1)
    #expect(job.file.size == Int64(size) && job.file.mtime == Int64(time))
  }

  @Test func aFileThatIsShorterThanTheServerStatesFails() {
    var random = SplitMix(5)
    let file = file(Taker())
    _ = file.handle(.opened(Self.handle, isAsPredicted: false), ability())
    serve(file, Array(content.prefix(400)), &random, stated: (1_000, mtime))
    guard case .failed(.changing, _) = file.result().outcome else {
      Issue.record("accepted")
      return
    }
  }

  @Test func aWrongPredictionStartsAgain() {
    var random = SplitMix(6)
    let taker = Taker()
    let file = file(taker) { file, _ in
      (0..<3).compactMap { _ in file.next(100, FileReading.Ability(), now: 0) }
    }
    #expect(file.handle(.sent(isPredicted: true), ability()).count == 3)
    #expect(file.bytesInFlight == 300)
    _ = file.handle(.opened(Self.handle, isAsPredicted: false), ability())
    #expect(file.bytesInFlight == 0)
    serve(file, content, &random)
    #expect(taker.bytes == content)
  }

  @Test func aFailedReadEndsTheFile() {
    let file = file(Taker())
    _ = file.handle(.opened(Self.handle, isAsPredicted: false), ability())
    let first = ask(file, 600)
    #expect(first.count == 3)
    _ = file.answered(0, 600, now: 1)
    #expect(file.handle(.noData(Status(code: .failure, message: "disk")), ability()) == [])
    _ = file.answered(600, 400, now: 1)
    _ = file.handle(.data(part: 0, offset: 600, length: 400, Array(content[600...])), ability())
    #expect(file.handle(attributes(1_000), ability()) == [.close(Self.handle)])
    guard case .failed(.serverError, _) = file.result().outcome else {
      Issue.record("accepted")
      return
    }
  }
}
