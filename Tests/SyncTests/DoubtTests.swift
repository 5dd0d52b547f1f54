import Foundation
import PhotoIndex
import PhotoModel
import PhotoSource
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

    init(photos: Int) throws {
      folder = try TemporaryFolder()
      root = folder.file("site")
      truth = try SiteBuilder(photos: photos, folders: 3, fileSize: 40_000, seed: 9).write(to: root)
      index = folder.file("index.gpkg")
      site = try IndexWriter(path: index).addSite(SiteRecord(name: "s", location: root))
    }

    func sync(_ options: SyncOptions = SyncOptions()) throws -> SyncSummary {
      try runSync(
        site: site, place: .folder(Array(root.utf8)), access: AccessOptions(), indexPath: index,
        options: options
      ) { if case .note(let text) = $0 { self.notes.append(text) } }
    }

    func rows() throws -> [String: PhotoRow] { try rowsByPath(index) }
  }

  /// The listing showed all of them; then the disk left, and no file opens any more.
  @Test(arguments: [12, 60]) func rowsStayWhenADiskLeavesWhileItsPhotosAreRead(photos: Int) throws {
    let setting = try Setting(photos: photos)
    _ = try setting.sync()
    let before = try setting.rows()
    #expect(before.count == photos)
    var options = SyncOptions()
    options.full = true
    let reader = try IndexReader(path: setting.index)
    let writer = WriterQueue(indexPath: setting.index)
    let walk = try SyncWalk(
      site: setting.site, reader: reader, writer: writer, options: options
    ) { if case .note(let text) = $0 { setting.notes.append(text) } }
    let source = LocalSource(root: Array(setting.root.utf8), options: options.source, visitor: walk)
    walk.serverTime = { ServerTime() }
    // Every folder is listed first, as over SFTP; what is wanted is read when the root is gone.
    let lister = Lister(walk)
    try LocalSource(root: Array(setting.root.utf8), options: options.source, visitor: lister).run()
    #expect(lister.wanted.count == photos)
    for (folder, file) in lister.wanted {
      walk.didRead(file, in: folder, .failed(.vanished, detail: "No such file or directory"))
    }
    walk.removeVanished()
    walk.noteKept()
    walk.flush()
    try writer.finish()
    walk.finish(seconds: 1, statistics: source.statistics, status: nil)
    #expect(try setting.rows().keys.sorted() == before.keys.sorted())
    #expect(walk.summary.removed == 0 && walk.summary.keptUnproved == photos)
    #expect(walk.summary.isComplete == (photos <= 20))
    #expect(setting.notes.contains { $0.contains("which stay") })
  }

  /// Hands the listing on, and keeps back what is to be read.
  final class Lister: SourceVisitor {
    let walk: SyncWalk
    var wanted: [(PathBytes, ListedFile)] = []
    init(_ walk: SyncWalk) { self.walk = walk }
    var knownFolders: [KnownFolderHint] { walk.knownFolders }
    var isCancelled: Bool { false }
    func didList(_ files: [ListedFile], in folder: PathBytes) -> [Int] {
      for index in walk.didList(files, in: folder) { wanted.append((folder, files[index])) }
      return []
    }
    func didFinishListing(_ folder: PathBytes, _ outcome: ListingOutcome) {
      walk.didFinishListing(folder, outcome)
    }
    func didVanish(_ folder: PathBytes) { walk.didVanish(folder) }
    func makeReader(for file: ListedFile, in folder: PathBytes) -> any FileReader {
      walk.makeReader(for: file, in: folder)
    }
    func didRead(_ file: ListedFile, in folder: PathBytes, _ outcome: FileOutcome) {}
    func note(_ text: String) {}
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
    try Data(JpegBuilder(latitude: nil, longitude: nil, altitude: nil).build()).write(
      to: URL(filePath: plain))
    let first = try setting.sync()
    #expect(first.located == 3 && first.withoutPosition == 1 && first.failed == 0)
    let reasons = first.reasons
    let reader = try IndexReader(path: setting.index)
    let walk = try SyncWalk(
      site: setting.site, reader: reader, writer: nil, options: SyncOptions()
    ) { _ in }
    // Touched, and unreadable since.
    let file = ListedFile(name: PathBytes(text: "plain.jpg"), size: 5, mtime: 5)
    #expect(walk.didList([file], in: PathBytes([])) == [0])
    walk.didRead(file, in: PathBytes([]), .failed(.unreadable, detail: "Permission denied"))
    walk.finish(
      seconds: 1, statistics: SourceStatistics(), status: try reader.status(site: "s").first)
    #expect(walk.summary.located == 3 && walk.summary.withoutPosition == 0)
    #expect(walk.summary.failed == 1 && walk.summary.keptUnread == 1)
    #expect(walk.summary.reasons == ["unreadable": 1], "\(reasons)")
  }
}
