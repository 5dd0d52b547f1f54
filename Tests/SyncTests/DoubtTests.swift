import Foundation
import PhotoIndex
import PhotoModel
import PhotoSource
import Synchronization
import TestSupport
import Testing

@testable import Sync

/// A doubt never deletes a row, and never makes one true that was not read.
@Suite struct DoubtTests {
  final class Setting {
    let folder: TemporaryFolder
    let root: String
    let truth: [SiteBuilder.Photo]
    let index: String
    let site: SiteRecord
    var notes: [String] = []

    init(photos: Int, folders: Int = 3) throws {
      folder = try TemporaryFolder()
      root = folder.file("site")
      truth = try SiteBuilder(photos: photos, folders: folders, fileSize: 40_000, seed: 9).write(
        to: root)
      index = folder.file("index.gpkg")
      site = try IndexWriter(path: index).addSite(SiteRecord(name: "s", location: root))
    }

    func sync(_ options: SyncOptions = SyncOptions()) throws -> SyncSummary {
      var run = SyncRun(
        site: site, place: .folder(Array(root.utf8)), access: AccessOptions(), indexPath: index)
      run.options = options
      return try run.run { if case .note(let text) = $0 { self.notes.append(text) } }
    }

    func rows() throws -> [String: PhotoRow] { try rowsByPath(index) }
  }

  /// Acts once, when a sync asks for the given time whether it is to stop: a moment within the sync that does
  /// not depend on the clock.
  final class Moment: Sendable {
    private let left: Mutex<Int>
    private let act: @Sendable () -> Void
    init(_ number: Int, _ act: @escaping @Sendable () -> Void) {
      left = Mutex(number)
      self.act = act
    }
    var hasCome: Bool { left.withLock { $0 <= 0 } }
    func options(full: Bool) -> SyncOptions {
      var options = SyncOptions()
      options.full = full
      options.isCancelled = { [self] in
        let isNow = left.withLock { left in
          left -= 1
          return left == 0
        }
        if isNow { act() }
        return false
      }
      return options
    }
  }

  /// At each moment of a sync once; also after the listing has shown all photos, when no file opens any more.
  @Test(arguments: [12, 60]) func rowsStayWhenADiskLeavesInMidSync(photos: Int) throws {
    let setting = try Setting(photos: photos, folders: 1)
    _ = try setting.sync()
    let before = try setting.rows()
    #expect(before.count == photos)
    let (root, away) = (setting.root, setting.folder.file("away"))
    var allMissed = 0
    for number in 1...1_000 {
      setting.notes = []
      let moment = Moment(number) { rename(root, away) }
      var summary: SyncSummary?
      do {
        summary = try setting.sync(moment.options(full: true))
      } catch is SourceError {}  // the root was gone before it was listed
      if !moment.hasCome { break }
      rename(away, root)
      try #require(try setting.rows().keys.sorted() == before.keys.sorted(), "moment \(number)")
      guard let summary, summary.keptUnproved == photos else { continue }
      allMissed += 1
      #expect(summary.removed == 0 && summary.isComplete == (photos <= 20))
      #expect(setting.notes.contains { $0.contains("which stay") })
      // The other moments are those between two photos.
      if photos > 20 { break }
    }
    #expect(allMissed > 0)
  }

  @Test func fullReadsEvenWhatLooksMoved() throws {
    let setting = try Setting(photos: 12)
    _ = try setting.sync()
    let folder = try #require(setting.truth.map { PathBytes(text: $0.path).parent.text }.min())
    let other = PathBytes(text: folder).parent.appending(PathBytes(text: "other")).text
    try FileManager.default.moveItem(
      atPath: setting.root + "/" + folder, toPath: setting.root + "/" + other)
    let moved = setting.truth.filter { PathBytes(text: $0.path).parent.text == folder }
    // Another photo under the name, with its size and time: only its bytes tell.
    let name = (moved[0].path as NSString).lastPathComponent
    let path = setting.root + "/" + other + "/" + name
    let time = try FileManager.default.attributesOfItem(atPath: path)[.modificationDate]
    let elsewhere = try #require(
      setting.truth.first { PathBytes(text: $0.path).parent.text != folder })
    var bytes = try Data(contentsOf: URL(filePath: setting.root + "/" + elsewhere.path))
    let size = try Data(contentsOf: URL(filePath: path)).count
    bytes.append(Data(repeating: 0, count: max(0, size - bytes.count)))
    try bytes.prefix(size).write(to: URL(filePath: path))
    try FileManager.default.setAttributes(
      [.modificationDate: try #require(time)], ofItemAtPath: path)
    var options = SyncOptions()
    options.full = true
    let summary = try setting.sync(options)
    #expect(summary.moved == 0 && summary.statistics.filesOpened == 12)
    let row = try #require(try setting.rows()[other + "/" + name])
    #expect(abs((row.record.position?.latitude ?? 99) - elsewhere.latitude) < 1e-6)
    #expect(try setting.rows().count == 12)
  }

  @Test func aPhotoWithoutPositionThatCannotBeReadIsCountedOnce() throws {
    let setting = try Setting(photos: 3)
    let plain = setting.root + "/plain.jpg"
    let bytes = Data(JpegBuilder(latitude: nil, longitude: nil, altitude: nil).build())
    try bytes.write(to: URL(filePath: plain))
    let first = try setting.sync()
    #expect(first.located == 3 && first.withoutPosition == 1 && first.failed == 0)
    // Touched, and since the listing a link, which is not followed. The moments are tried from the last one on,
    // so that the one between listing and reading comes before those ahead of the listing.
    for number in (1...30).reversed() {
      try? FileManager.default.removeItem(atPath: plain)
      try bytes.write(to: URL(filePath: plain))
      try FileManager.default.setAttributes(
        [.modificationDate: Date(timeIntervalSince1970: 1_000_000_000 + Double(number))],
        ofItemAtPath: plain)
      let moment = Moment(number) {
        unlink(plain)
        symlink("/nowhere", plain)
      }
      let summary = try setting.sync(moment.options(full: false))
      guard summary.failed > 0 else { continue }
      #expect(summary.located == 3 && summary.withoutPosition == 0)
      #expect(summary.failed == 1 && summary.keptUnread == 1)
      #expect(summary.reasons == ["server-error": 1], "\(first.reasons)")
      return
    }
    Issue.record("the photo was read at every moment")
  }
}
