import Foundation
import PhotoModel
import Synchronization
import TestSupport
import Testing

@testable import PhotoIndex

/// Two readers of one state.
@Suite struct PartsTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  private static func batch(_ site: Int64, _ number: Int) -> FolderChanges {
    changes(site, "f\(number % 7)") { changes in
      changes.inserts = (0..<20).map { photo("\(number)-\($0)", located(Double($0), 7)) }
    }
  }

  /// Whatever a writer does meanwhile.
  @Test func bothReadersSeeTheSameStateBesideAWriter() throws {
    let writer = try IndexWriter(path: folder.index)
    let site = try writer.addSite(SiteRecord(name: "s", location: "/p")).id
    let path = folder.index
    let isDone = Mutex(false)
    let thread = Thread {
      var number = 0
      while !isDone.withLock({ $0 }), number < 3000, let other = try? IndexWriter(path: path) {
        for _ in 0..<20 {
          try? other.apply(Self.batch(site, number))
          number += 1
        }
      }
    }
    thread.start()
    let reader = try IndexReader(path: folder.index)
    var counts: Set<Int> = []
    var pairs = 0
    for _ in 0..<5000 where pairs < 60 || counts.count < 10 {
      try reader.readingTwice { handed in
        guard let twin = handed?.reader else { return }
        pairs += 1
        for _ in 0..<3 {
          let mine = try reader.count(PhotoFilter())
          #expect(try twin.count(PhotoFilter()) == mine)
          counts.insert(mine)
        }
      }
    }
    isDone.withLock { $0 = true }
    #expect(pairs >= 60 && counts.count >= 10, "\(pairs) pairs saw \(counts.count) states")
  }

  @Test func partsAreTheAnswerInItsOrder() throws {
    let writer = try IndexWriter(path: folder.index)
    let site = try writer.addSite(SiteRecord(name: "s", location: "/p")).id
    for number in 0..<1100 { try writer.apply(Self.batch(site, number)) }
    let reader = try IndexReader(path: folder.index)
    let filter = PhotoFilter.with { $0.box = BoundingBox(west: 0, south: 0, east: 10, north: 50) }
    let parts = try #require(try reader.parts(filter, photos: 500))
    // 3,143 photos per folder: also folders are cut.
    #expect(parts.count == 7 * 7)
    var ids: [Int64] = []
    for part in parts { try reader.photos(part, detail: .shown) { ids.append($0.id) } }
    #expect(ids == (try reader.all(filter).map(\.id)))
    // Names that SQLite sorts otherwise than bytes keep their folder whole.
    try writer.apply(
      changes(site, "f3") { $0.inserts = [photo("\u{FFFD}80", located(1, 7))] })
    let whole = try #require(try reader.parts(filter, photos: 500))
    #expect(whole.count == 6 * 7 + 1)
    var again: [Int64] = []
    for part in whole { try reader.photos(part, detail: .shown) { again.append($0.id) } }
    #expect(again == (try reader.all(filter).map(\.id)) && again.count == ids.count + 1)
    #expect(try reader.parts(.with { $0.limit = 1_000_000 }) == nil)
    #expect(
      try reader.parts(.with { $0.box = BoundingBox(west: 8, south: 0, east: 9, north: 1) }) == nil)
  }
}
