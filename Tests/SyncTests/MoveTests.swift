import Foundation
import PhotoIndex
import PhotoModel
import PhotoSource
import TestSupport
import Testing

@testable import Sync

/// A photo found again under another path keeps its row when that is proved, and only then.
@Suite struct MoveTests {
  /// A folder goes, another comes; name, size and second of the photo are the same, its place is not.
  @Test func anotherPhotoOfTheSameNameSizeAndSecondIsNotTheMovedOne() throws {
    let setting = try LocalSetting()
    try setting.write("flight1/DJI_0001.JPG", latitude: 10, size: 9_000)
    try setting.sync()
    let old = try #require(try setting.ids().values.first)
    try setting.remove("flight1")
    try setting.write("flight2/DJI_0001.JPG", latitude: 60, size: 9_000)
    let summary = try setting.sync()
    #expect(summary.moved == 0 && summary.new == 1 && summary.removed == 1)
    let row = try #require(try setting.rows()["flight2/DJI_0001.JPG"])
    #expect(abs((row.record.position?.latitude ?? 0) - 60) < 1e-6)
    #expect(row.id != old)
    #expect(try setting.rows().count == 1 && setting.check() == [])
  }

  @Test func aMovedPhotoIsProvedByItsHeadAndKeepsItsNumber() throws {
    let setting = try LocalSetting()
    try setting.writeFolders(1, photos: 5)
    try setting.sync()
    let before = try setting.ids()
    try setting.move("f0", to: "archive/2024/f0")
    let summary = try setting.sync()
    #expect(summary.moved == 5 && summary.new == 0 && summary.removed == 0)
    #expect(summary.statistics.filesOpened == 5)
    #expect(try setting.ids()["archive/2024/f0/DJI_3.JPG"] == before["f0/DJI_3.JPG"])
    #expect(try setting.check() == [])
    #expect(try setting.sync().statistics.filesOpened == 0)
  }

  @Test func aWholeFolderProvesItsPhotosWithoutReadingThem() throws {
    let setting = try LocalSetting()
    for number in 0..<12 {
      try setting.write("a/P\(number).JPG", latitude: Double(number), size: 9_000 + number * 7)
    }
    try setting.sync()
    let before = try setting.ids()
    try setting.move("a", to: "b")
    let summary = try setting.sync()
    #expect(summary.moved == 12 && summary.statistics.filesOpened == 0)
    #expect(try setting.ids()["b/P11.JPG"] == before["a/P11.JPG"])
    #expect(try setting.check() == [])
  }

  enum Difference: CaseIterable, Sendable { case oneMore, oneLess, oneTouched, fewSizes }

  /// What differs in the folder leaves the heads to prove each photo.
  @Test(arguments: Difference.allCases)
  func aFolderThatDiffersProvesNothing(difference: Difference) throws {
    let setting = try LocalSetting()
    for number in 0..<12 {
      let sizes = difference == .fewSizes ? 7 : 12
      try setting.write(
        "a/P\(number).JPG", latitude: Double(number), size: 9_000 + number % sizes * 7)
    }
    try setting.sync()
    let before = try setting.ids()
    try setting.move("a", to: "b")
    // Another photo takes the place of one of them, with its name, size and second.
    try setting.write("b/P3.JPG", latitude: 70, size: 9_000 + 3 * 7)
    switch difference {
    case .oneMore: try setting.write("b/Q.JPG", latitude: 1)
    case .oneLess: try setting.remove("b/P5.JPG")
    case .oneTouched: try setting.write("b/P5.JPG", latitude: 5, size: 20_000, mtime: 1_600_000_001)
    case .fewSizes: break
    }
    let summary = try setting.sync()
    let after = try setting.rows()
    #expect(abs((after["b/P3.JPG"]?.record.position?.latitude ?? 0) - 70) < 1e-6)
    #expect(after["b/P3.JPG"]?.id != before["a/P3.JPG"])
    #expect(after["b/P4.JPG"]?.id == before["a/P4.JPG"])
    #expect(summary.moved == (difference == .oneLess || difference == .oneTouched ? 10 : 11))
    #expect(summary.listed == summary.unchanged + summary.new + summary.changed + summary.moved)
    #expect(try setting.check() == [])
  }

  /// The new folder comes before the old one in the order of names, and the other way round.
  @Test(arguments: [("a", "z"), ("z", "a")])
  func theOrderOfFoldersDoesNotMatter(from: String, to: String) throws {
    let setting = try LocalSetting()
    try setting.write("\(from)/flight/A.JPG", latitude: 1)
    try setting.write("\(from)/other/B.JPG", latitude: 2)
    try setting.write("\(to)/other/C.JPG", latitude: 3)
    try setting.sync()
    let before = try setting.ids()
    try setting.move("\(from)/flight", to: "\(to)/flight")
    #expect(try setting.sync().moved == 1)
    #expect(try setting.ids()["\(to)/flight/A.JPG"] == before["\(from)/flight/A.JPG"])
  }

  @Test func aMovedPhotoThatCannotBeUnderstoodAnyMoreIsNotTheOldOne() throws {
    let setting = try LocalSetting()
    try setting.write("a/P.JPG", latitude: 1, size: 9_000)
    try setting.sync()
    try setting.remove("a")
    try FileManager.default.createDirectory(
      atPath: setting.root + "/b", withIntermediateDirectories: true)
    try Data(repeating: 0, count: 9_000).write(to: URL(filePath: setting.root + "/b/P.JPG"))
    try SiteBuilder.setTimes(of: setting.root + "/b/P.JPG", to: 1_600_000_000)
    let summary = try setting.sync()
    #expect(summary.moved == 0 && summary.new == 1 && summary.failed == 1 && summary.located == 0)
    #expect(try setting.rows()["b/P.JPG"]?.record.position == nil)
  }

  /// A sync that was stopped half way through a moved folder leaves the rest to the next one.
  @Test func theRestOfAMovedFolderMovesLater() throws {
    let setting = try LocalSetting()
    try setting.writeFolders(1, photos: 5)
    try setting.sync()
    for photo in 0..<2 { try setting.move("f0/DJI_\(photo).JPG", to: "b/DJI_\(photo).JPG") }
    try setting.sync()
    let before = try setting.ids()
    for photo in 2..<5 { try setting.move("f0/DJI_\(photo).JPG", to: "b/DJI_\(photo).JPG") }
    try setting.remove("f0")
    let summary = try setting.sync()
    #expect(summary.moved == 3 && summary.unchanged == 2 && summary.removed == 0)
    #expect(try setting.ids()["b/DJI_4.JPG"] == before["f0/DJI_4.JPG"])
    #expect(try setting.rows().count == 5 && setting.check() == [])
  }

  private static let xmp = Array(
    """
    <x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
    <rdf:Description xmlns:exif="http://ns.adobe.com/exif/1.0/" exif:GPSLatitude="47,0.0N"
    exif:GPSLongitude="8,0.0E"/></rdf:RDF></x:xmpmeta>
    """.utf8)

  /// Photos whose positions stand beside them, moved to `b`.
  private func movedWithSidecars(_ count: Int, sizes: Int) throws -> LocalSetting {
    let setting = try LocalSetting()
    for number in 0..<count {
      let bytes = JpegBuilder(latitude: nil, longitude: nil, altitude: nil).build()
      let path = setting.root + "/a/P\(number)"
      try FileManager.default.createDirectory(
        atPath: setting.root + "/a", withIntermediateDirectories: true)
      try Data(bytes + [UInt8](repeating: 0, count: 100 + number % sizes)).write(
        to: URL(filePath: path + ".JPG"))
      try Data(Self.xmp).write(to: URL(filePath: path + ".xmp"))
      try SiteBuilder.setTimes(of: path + ".JPG", to: 1_600_000_000)
      try SiteBuilder.setTimes(of: path + ".xmp", to: 1_600_000_000)
    }
    #expect(try setting.sync().located == count)
    try setting.move("a", to: "b")
    return setting
  }

  /// As in a folder that did not move: a side-car that a complete listing does not show is gone, and the position that
  /// came from it; it is back with the side-car. A folder as a whole keeps its rows; a single photo is not proved.
  @Test(arguments: [1, 10]) func sidecarsLeftBehindTakeTheirPositionsWithThem(sizes: Int) throws {
    let setting = try movedWithSidecars(10, sizes: sizes)
    for number in 0..<10 { try setting.move("b/P\(number).xmp", to: "../away/P\(number).xmp") }
    let before = try setting.ids()
    try setting.sync()
    let without = try setting.rows()
    #expect(without.count == 10 && without.keys.allSatisfy { $0.hasPrefix("b/") })
    #expect(without.values.allSatisfy { $0.record.position == nil })
    #expect((Set(without.values.map(\.id)) == Set(before.values)) == (sizes == 10))
    for number in 0..<10 { try setting.move("../away/P\(number).xmp", to: "b/P\(number).xmp") }
    try setting.sync()
    let after = try setting.rows()
    #expect(after.count == 10 && after.values.allSatisfy { $0.record.position != nil })
    #expect(Set(after.values.map(\.id)) == Set(without.values.map(\.id)))
    #expect(try setting.check() == [])
  }

  /// The walk's own calls: listings that do not come to their end, and photos that cannot be read.
  @Test(arguments: [false, true]) func aDoubtAboutAMovedPhotoKeepsItsRow(isListed: Bool) throws {
    let setting = try movedWithSidecars(2, sizes: 1)
    let before = try setting.rows()
    let (old, new) = (PathBytes(text: "a"), PathBytes(text: "b"))
    let reader = try IndexReader(path: setting.index)
    let writer = WriterQueue(indexPath: setting.index, site: setting.site)
    let walk = try SyncWalk(
      site: setting.site, reader: reader, writer: writer, options: SyncOptions()
    ) { _ in }
    let known = try reader.knownPhotos(
      try #require(reader.knownFolders(setting.site.id).first { $0.path == old }).id)
    let files = known.map { ListedFile(name: $0.name, size: $0.size, mtime: $0.mtime) }
    walk.didFinishListing(.empty, .complete)
    walk.didVanish(old)
    #expect(walk.didList(files, in: new) == [])
    if isListed { walk.didListSidecars(known.compactMap(\.sidecar), in: new) }
    let outcome: ListingOutcome = .incomplete(.serverError, detail: "Input/output error")
    let wanted = walk.wantedAtEnd(of: new, outcome)
    #expect(Set(files.map(\.name)).isSubset(of: wanted.map(\.name)))
    walk.didFinishListing(new, outcome)
    for file in wanted {
      walk.didRead(file, in: new, .failed(.unreadable, detail: "Permission denied"))
    }
    walk.vanished.settle(
      allowMassDelete: false, ListingRules(), walk.changes, walk.report)
    walk.changes.flush()
    try writer.finish()
    #expect(walk.report.counters.removed == 0 && walk.report.counters.moved == 0)
    #expect(try setting.rows() == before)
  }
}
