import Foundation
import PhotoIndex
import PhotoModel
import PhotoSource
import Platform
import TestSupport
import Testing

@testable import Sync

/// Photos of the last seconds on a server whose clock nobody sees.
@Suite struct ClockTests {
  private let file = ListedFile(name: PathBytes(text: "a.jpg"), size: 1, mtime: 999_999)

  /// Seconds since the index was changed, what it knows of the file, and whether it is read again next time.
  @Test(
    arguments: [
      (nil, 999_999, true), (1, 999_999, true), (4, 999_999, false), (86_000, 999_999, false),
      (4, 999_998, true), (4, nil, true),
    ] as [(Int64?, Int64?, Bool)])
  func anEarlierRunProvesAnUnchangedFile(_ sinceWritten: Int64?, _ known: Int64?, _ racy: Bool) {
    let rule = RacyRule(
      scanStart: 1_000_000, server: ServerTime(newest: 999_999), sinceWritten: sinceWritten)
    let before = known.map { ListedFile(name: file.name, size: 1, mtime: $0) }
    #expect(rule.isRacy(file, known: before) == racy)
    #expect(rule.isRacy(file) && rule.isRacy(file, known: nil))
  }

  @Test func aTimeInTheFutureProvesNothing() {
    let rule = RacyRule(scanStart: 1_000, server: ServerTime(newest: 1_000), sinceWritten: 100)
    #expect(rule.isRacy(file, known: file))
  }

  /// One photo that is as young as anything on its server.
  private final class OnePhoto: PhotoSource {
    let state = SourceState()
    private(set) var statistics = SourceStatistics()
    private let bytes: [UInt8]
    private let file: ListedFile
    private unowned let visitor: any SourceVisitor

    init(_ bytes: [UInt8], mtime: Int64, _ visitor: any SourceVisitor) {
      self.bytes = bytes
      self.visitor = visitor
      file = ListedFile(
        name: PathBytes(text: "a.jpg"), size: Int64(bytes.count), mtime: mtime)
      statistics.serverTime = ServerTime(newest: mtime)
    }

    func run() {
      if !visitor.didList([file], in: .empty).isEmpty {
        statistics.filesOpened += 1
        let reader = visitor.makeReader(for: file, in: .empty)
        while case let ranges = reader.nextRanges(), !ranges.isEmpty {
          for range in ranges {
            let here = range.clamped(to: 0..<Int64(bytes.count))
            reader.receive(range, Array(bytes[Int(here.lowerBound)..<Int(here.upperBound)]))
          }
        }
        visitor.didRead(file, in: .empty, .read(reader))
      }
      visitor.didFinishListing(.empty, .complete)
    }
  }

  /// An index with one site, synced with one photo at a time.
  private struct Bench {
    private let folder: TemporaryFolder
    private let index: String
    private let site: SiteRecord

    init() throws {
      folder = try TemporaryFolder()
      index = folder.file("index.gpkg")
      site = try IndexWriter(path: index).addSite(
        SiteRecord(name: "s", location: folder.file("")))
    }

    /// - Parameter time: of the photo, once the sync has begun.
    /// - Returns: how many files were opened.
    func sync(latitude: Double = 47.5, at time: () -> Int64) throws -> Int {
      let run = SyncRun(
        site: site, place: .folder([]), access: AccessOptions(), indexPath: index)
      let photo = JpegBuilder(latitude: latitude, longitude: 8.25).build()
      return try run.run { _ in
      } open: {
        OnePhoto(photo, mtime: time(), $0)
      }
      .statistics.filesOpened
    }

    /// Dates the index as if it had been written so many seconds later.
    func date(_ seconds: Int64) throws {
      for path in [index, index + "-wal"] where FileManager.default.fileExists(atPath: path) {
        try SiteBuilder.setTimes(of: path, to: SystemClock.wall() + seconds)
      }
    }

    /// The photo's, as the index has it.
    var latitude: Double? {
      get throws {
        let row = try IndexReader(path: index).photo(
          site: "s", path: PathBytes(text: "a.jpg"))
        guard case .located(let place) = row?.record.outcome else { return nil }
        return place.latitude
      }
    }
  }

  @Test func aPhotoOfAnHourAgoIsNotReadAgain() throws {
    let bench = try Bench()
    let mtime = SystemClock.wall() - 3_600
    #expect(try bench.sync { mtime } == 1)
    try bench.date(1_000)
    #expect(try bench.sync { mtime } == 0)
  }

  @Test func aPhotoRewrittenInTheSameSecondIsNoticed() throws {
    let bench = try Bench()
    var mtime: Int64 = 0
    #expect(
      try bench.sync {
        mtime = SystemClock.wall()
        return mtime
      } == 1)
    // Nothing is proved a moment later, whenever this machine comes to it.
    try bench.date(1_000)
    #expect(try bench.sync(latitude: 12.25) { mtime } == 1)
    #expect(try bench.latitude == 12.25)
    // Once the time has passed, one more reading proves it.
    try bench.date(-60)
    #expect(try bench.sync(latitude: 12.25) { mtime } <= 1)
    try bench.date(-60)
    #expect(try bench.sync(latitude: 12.25) { mtime } == 0)
  }
}
