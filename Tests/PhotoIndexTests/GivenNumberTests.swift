import Foundation
import PhotoModel
import SQLite
import TestSupport
import Testing

@testable import PhotoIndex

/// A number of a photo or of a site belongs to it for ever, also when it is gone.
@Suite struct GivenNumberTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  private func photo(_ name: String) -> PhotoChange {
    PhotoChange(
      file: ListedFile(name: PathBytes(text: name), size: 1, mtime: 1),
      record: PhotoRecord(outcome: .withoutPosition(.noGPS)), racy: false, parserVersion: 1)
  }

  private func insert(_ names: [String], site: Int64, _ writer: IndexWriter) throws -> [Int64] {
    var changes = FolderChanges(site: site, folder: PathBytes(text: "f"))
    changes.inserts = names.map(photo)
    try writer.apply(changes)
    let id = try writer.folderID(site: site, path: PathBytes(text: "f"))
    return try writer.reader.knownPhotos(id).filter { names.contains($0.name.text) }.map(\.fid)
  }

  @Test func aRemovedPhotosNumberIsNotGivenAgain() throws {
    let writer = try IndexWriter(path: folder.index)
    let site = try writer.addSite(SiteRecord(name: "s", location: "/s")).id
    let first = try insert(["a", "b", "c"], site: site, writer)
    var changes = FolderChanges(site: site, folder: PathBytes(text: "f"))
    changes.deletes = [first[1], first[2]]
    try writer.apply(changes)
    let second = try insert(["d", "e"], site: site, writer)
    #expect(Set(first).isDisjoint(with: second) && second.allSatisfy { $0 > first[2] })
    // All go, in one transaction with what comes.
    changes.deletes = [first[0]] + second
    changes.inserts = [photo("g")]
    try writer.apply(changes)
    let folderID = try writer.folderID(site: site, path: PathBytes(text: "f"))
    let last = try #require(try writer.reader.knownPhotos(folderID).first?.fid)
    #expect(second.allSatisfy { last > $0 })
  }

  @Test func aRemovedSitesNumbersAreNotGivenAgain() throws {
    let writer = try IndexWriter(path: folder.index)
    let first = try writer.addSite(SiteRecord(name: "a", location: "/a")).id
    let second = try writer.addSite(SiteRecord(name: "b", location: "/b")).id
    let photos = try insert(["x", "y"], site: second, writer)
    try writer.removeSite(named: "b")
    let third = try writer.addSite(SiteRecord(name: "b", location: "/b")).id
    #expect(third > second && second > first)
    #expect(try insert(["x", "y"], site: third, writer).allSatisfy { $0 > (photos.max() ?? 0) })
  }

  /// Another process may have synced a site since it was seen without photos.
  @Test func aSiteThatShouldBeEmptyIsNotRemovedWithPhotos() throws {
    let writer = try IndexWriter(path: folder.index)
    let site = try writer.addSite(SiteRecord(name: "a", location: "/a")).id
    _ = try insert(["x"], site: site, writer)
    #expect(throws: IndexError.self) { try writer.removeSite(named: "a", onlyIfEmpty: true) }
    #expect(try writer.sites().map(\.name) == ["a"])
    try writer.removeSite(named: "a")
    _ = try writer.addSite(SiteRecord(name: "b", location: "/b"))
    try writer.removeSite(named: "b", onlyIfEmpty: true)
    #expect(try writer.sites().isEmpty)
  }

  @Test func theHighestNumberOfAllLeavesRoomForNewPhotos() throws {
    let writer = try IndexWriter(path: folder.index)
    let site = try writer.addSite(SiteRecord(name: "s", location: "/s")).id
    _ = try insert(["a"], site: site, writer)
    try writer.connection.execute("UPDATE photos SET fid = \(Int64.max)")
    #expect(try insert(["b"], site: site, writer).count == 1)
  }
}
