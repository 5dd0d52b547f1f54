import Foundation
import PhotoIndex
import PhotoMetadata
import PhotoModel
import PhotoSource
import TestSupport
import Testing

@testable import Sync

/// A newer parser reads again what an older one read, and nothing else.
@Suite struct ParserVersionTests {
  /// The version that another program, or an earlier one, left in a row.
  private func age(_ setting: DoubtTests.Setting, _ path: String, to version: Int) throws {
    let reader = try IndexReader(path: setting.index)
    let row = try #require(try reader.photo(site: "s", path: PathBytes(text: path)))
    var changes = FolderChanges(
      site: setting.site.id, folder: PathBytes(text: path).parent)
    let change = PhotoChange(
      file: ListedFile(name: PathBytes(text: row.file), size: row.size, mtime: row.mtime),
      record: row.record, racy: false, parserVersion: version)
    changes.updates = [.init(fid: row.id, change: change)]
    try IndexWriter(path: setting.index).apply(changes)
  }

  private func version(_ setting: DoubtTests.Setting, _ path: String) throws -> Int? {
    let reader = try IndexReader(path: setting.index)
    let row = try #require(try reader.photo(site: "s", path: PathBytes(text: path)))
    return try reader.state(of: row.id)?.parserVersion
  }

  @Test func onlyRowsOfAnOlderParserAreReadAgain() throws {
    let setting = try DoubtTests.Setting(photos: 12)
    // Without a position, and of a format that is known and not read.
    for (name, bytes) in [
      ("plain.jpg", JpegBuilder(latitude: nil, longitude: nil, altitude: nil).build()),
      ("big.tif", Array("II+\0".utf8) + [UInt8](repeating: 0, count: 60)),
    ] {
      let path = "\(setting.root)/\(name)"
      try Data(bytes).write(to: URL(filePath: path))
      try SiteBuilder.setTimes(of: path, to: 1_600_000_000)
    }
    let first = try setting.sync()
    #expect(first.new == 14 && first.reasons == ["no-gps": 1, "unsupported": 1])
    let calm = try setting.sync()
    #expect(calm.unchanged == 14 && calm.statistics.filesOpened == 0)

    let paths = setting.truth.map(\.path).sorted()
    let old = [paths[0], paths[5], "plain.jpg", "big.tif"]
    for path in old { try age(setting, path, to: parserVersion - 1) }
    // A newer program's row is left alone.
    try age(setting, paths[7], to: parserVersion + 1)
    let again = try setting.sync()
    #expect(again.unchanged == 14 && again.new == 0 && again.changed == 0)
    #expect(again.statistics.filesOpened == 4)
    for path in old { #expect(try version(setting, path) == parserVersion, "\(path)") }
    #expect(try version(setting, paths[7]) == parserVersion + 1)
    #expect(try setting.sync().statistics.filesOpened == 0)
  }

  @Test func failedRowsAreReadAgainInAnyCase() throws {
    let setting = try DoubtTests.Setting(photos: 3)
    let path = "\(setting.root)/empty.jpg"
    try Data().write(to: URL(filePath: path))
    try SiteBuilder.setTimes(of: path, to: 1_600_000_000)
    #expect(try setting.sync().failed == 1)
    let again = try setting.sync()
    #expect(again.failed == 1 && again.statistics.filesOpened == 1 && again.unchanged == 4)
    try age(setting, "empty.jpg", to: parserVersion - 1)
    #expect(try setting.sync().statistics.filesOpened == 1)
    #expect(try version(setting, "empty.jpg") == parserVersion)
  }
}
