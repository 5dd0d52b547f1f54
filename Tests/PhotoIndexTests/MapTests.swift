import Foundation
import PhotoModel
import TestSupport
import Testing

@testable import PhotoIndex

/// What a map asks an index.
@Suite struct MapTests {
  static func counters() -> SyncCounters {
    var counters = SyncCounters()
    (counters.foldersListed, counters.listed, counters.new, counters.changed) = (1, 22, 3, 4)
    (counters.moved, counters.toRead, counters.read, counters.failed) = (5, 6, 7, 8)
    counters.bytesReceived = 999_999_999_999
    return counters
  }

  @Test func aLeaseTellsHowFarItsSyncIs() throws {
    let folder = try TemporaryFolder()
    let writer = try IndexWriter(path: folder.index)
    let site = try writer.addSite(SiteRecord(name: "nas", location: "/photos"))
    let reader = try IndexReader(path: folder.index)
    #expect(reader.runningSync(site) == nil)
    var lease: SiteLease? = try writer.lease(site: site.id)
    #expect(reader.runningSync(site)?.pid == getpid() && reader.runningSync(site)?.counters == nil)
    lease?.publish(Self.counters())
    #expect(reader.runningSync(site)?.counters == Self.counters())
    #expect(reader.runningSync(site)?.pid == getpid())
    withExtendedLifetime(lease) {}
    lease = nil
    #expect(reader.runningSync(site) == nil)
  }

  @Test(arguments: [
    "", "progress", "progress 1 2 3 .", "progress 1 22 3 4 5 6 7 8 99",
    "progress 1 22 3 4 5 6 7 8 x .",
    "progress 1 22 3 4 5 6 7 8 -9 .", "progress 1 22 3 4 5 6 7 8 99999999999999999999 .",
    // More than any sync counts, and parts that are more than the whole.
    "progress 1 22 3 4 5 6 7 8 9223372036854775807 .", "progress 1 2 3 4 5 6 7 8 9 .",
    "other 1 22 3 4 5 6 7 8 9 .",
  ])
  func halfALineIsNoProgress(line: String) {
    #expect(ProgressLine.counters(line[...]) == nil)
  }

  @Test func theStampTellsOfChanges() throws {
    let folder = try TemporaryFolder()
    try IndexWriter(path: folder.index).checkpoint()
    let before = IndexStamp(path: folder.index)
    #expect(IndexStamp(path: folder.index) == before)
    // Not of those who only read, while they do and when they have gone.
    var reader: IndexReader? = try IndexReader(path: folder.index)
    _ = try reader?.sites()
    #expect(IndexStamp(path: folder.index) == before)
    reader = nil
    #expect(IndexStamp(path: folder.index) == before)
    let writer = try IndexWriter(path: folder.index)
    _ = try writer.addSite(SiteRecord(name: "nas", location: "/photos"))
    #expect(IndexStamp(path: folder.index) != before)
  }

  /// Every page of every size is the same stretch of the whole answer.
  @Test(arguments: [1, 2, 7, 50, 1000]) func pagesAreStretchesOfTheAnswer(size: Int) throws {
    let folder = try TemporaryFolder()
    let writer = try IndexWriter(path: folder.index)
    let site = try writer.addSite(SiteRecord(name: "nas", location: "/photos"))
    for number in 0..<5 {
      var changes = FolderChanges(site: site.id, folder: PathBytes(text: "f\(number)"))
      for photo in 0..<(number * 4) {
        let position = Coordinate(latitude: Double(photo), longitude: Double(number))
        let record = PhotoRecord(
          outcome: photo % 5 == 4 ? .withoutPosition(.noGPS) : .located(position))
        let file = ListedFile(name: PathBytes(text: "\(100 + photo).jpg"), size: 1, mtime: 1)
        changes.inserts.append(
          PhotoChange(file: file, record: record, racy: false, parserVersion: 1))
      }
      try writer.apply(changes)
    }
    let reader = try IndexReader(path: folder.index)
    var filters = [PhotoFilter(), PhotoFilter(), PhotoFilter()]
    filters[1].which = .all
    filters[2].box = BoundingBox(west: 1, south: 2, east: 3, north: 9)
    for var filter in filters {
      var all: [Int64] = []
      try reader.photos(filter) { all.append($0.id) }
      filter.limit = size
      for offset in 0...(all.count + 1) {
        var page: [Int64] = []
        let told = try reader.page(filter, offset: offset) { page.append($0.id) }
        #expect(page == Array(all.dropFirst(offset).prefix(size)))
        #expect(told == PhotoPage(matched: all.count, returned: page.count))
      }
      filter.limit = nil
      var places: [Int64] = []
      var ends: [Int] = []
      try reader.places(
        filter, each: { places.append($0.id) }, endOfFolder: { _ in ends.append(places.count) })
      filter.which = .located
      var located: [Int64] = []
      try reader.photos(filter) { located.append($0.id) }
      #expect(places == located && ends.last == places.count && ends == ends.sorted())
    }
  }
}
