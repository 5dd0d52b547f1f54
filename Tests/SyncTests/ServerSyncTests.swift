import Foundation
import PhotoIndex
import PhotoModel
import PhotoSource
import SSHTransport
import TestSupport
import Testing

@testable import Sync

/// Whole syncs over a real OpenSSH server on loopback.
@Suite(.serialized) struct ServerSyncTests {
  final class Setting {
    let folder: TemporaryFolder
    let server: PrivateSSHD
    let truth: [SiteBuilder.Photo]
    let root: String
    let index: String
    var site: SiteRecord
    var access = AccessOptions()
    var notes: [String] = []

    init(photos: Int = 60, server options: PrivateSSHD.Options = PrivateSSHD.Options()) throws {
      folder = try TemporaryFolder()
      server = try PrivateSSHD(options)
      root = folder.file("site")
      truth = try SiteBuilder(photos: photos, folders: 4, fileSize: 200_000, seed: 3)
        .write(to: root)
      index = folder.file("index.gpkg")
      site = try IndexWriter(path: index)
        .addSite(SiteRecord(name: "s", location: server.location(root)))
      access.identity = server.identity
      access.knownHosts = server.knownHosts
      access.home = folder.path
    }

    func sync(
      _ options: SyncOptions = SyncOptions(), keeper: ConnectionKeeper? = nil
    ) throws -> SyncSummary {
      let place = SitePlace.server(
        ServerPlace(
          user: server.user, host: server.host, port: server.port, path: Array(root.utf8)))
      var run = SyncRun(site: site, place: place, access: access, indexPath: index)
      run.options = options
      run.connections = keeper
      return try run.run { if case .note(let text) = $0 { self.notes.append(text) } }
    }

    func rows() throws -> [String: PhotoRow] { try rowsByPath(index) }
  }

  @Test func everyPositionIsTrueAndASecondSyncTouchesNothing() throws {
    let setting = try Setting()
    let first = try setting.sync()
    #expect(first.listed == 60 && first.new == 60 && first.located == 60 && first.failed == 0)
    let rows = try setting.rows()
    #expect(setting.truth.count == 60)
    for photo in setting.truth {
      let position = rows[photo.path]?.record.position
      #expect(abs((position?.latitude ?? 999) - photo.latitude) < 1e-6)
      #expect(abs((position?.longitude ?? 999) - photo.longitude) < 1e-6)
    }
    let before = try Data(contentsOf: URL(fileURLWithPath: setting.index))
    let second = try setting.sync()
    #expect(second.unchanged == 60 && second.statistics.filesOpened == 0)
    #expect(second.statistics.dataRequests == 0)
    #expect(try Data(contentsOf: URL(fileURLWithPath: setting.index)) == before)
  }

  @Test func changesAreFollowedOneByOne() throws {
    let setting = try Setting()
    _ = try setting.sync()
    let files = FileManager.default
    let paths = setting.truth.map(\.path).sorted()
    try files.removeItem(atPath: setting.root + "/" + paths[0])
    try files.setAttributes(
      [.modificationDate: Date(timeIntervalSince1970: 1_600_000_000)],
      ofItemAtPath: setting.root + "/" + paths[1])
    let folder = PathBytes(text: paths[59]).parent.text
    try files.moveItem(
      atPath: setting.root + "/" + folder, toPath: setting.root + "/renamed")
    let moved = setting.truth.count { PathBytes(text: $0.path).parent.text == folder }
    let summary = try setting.sync()
    #expect(summary.removed == 1 && summary.changed == 1 && summary.new == 0)
    #expect(summary.moved == moved && moved > 0)
    // The folder as a whole proves the moved ones.
    #expect(summary.statistics.filesOpened == 1)
    let rows = try setting.rows()
    #expect(rows.count == 59 && rows[paths[0]] == nil)
    #expect(rows.keys.count { $0.hasPrefix("renamed/") } == moved)
    #expect(try IndexReader(path: setting.index).check().isEmpty)
  }

  @Test func anEmptiedSiteKeepsItsRows() throws {
    let setting = try Setting()
    _ = try setting.sync()
    try FileManager.default.removeItem(atPath: setting.root)
    try FileManager.default.createDirectory(
      atPath: setting.root, withIntermediateDirectories: true)
    let guarded = try setting.sync()
    #expect(guarded.kept == 60 && guarded.removed == 0 && !guarded.isComplete)
    #expect(try setting.rows().count == 60)
    var options = SyncOptions()
    options.allowMassDelete = true
    #expect(try setting.sync(options).removed == 60)
    #expect(try setting.rows().isEmpty)
  }

  @Test(arguments: [false, true]) func sitesOfOneServerShareALogin(dies: Bool) throws {
    let setting = try Setting()
    let keeper = ConnectionKeeper()
    #expect(try setting.sync(keeper: keeper).located == 60)
    if dies {
      setting.server.signalSessions(SIGKILL)
      #expect(Poll.until(seconds: 60) { setting.server.sessionProcesses.isEmpty })
    }
    var options = SyncOptions()
    options.full = true
    let second = try setting.sync(options, keeper: keeper)
    #expect(second.located == 60 && second.statistics.filesOpened == 60 && second.isComplete)
    let logins = setting.server.log.components(separatedBy: "Accepted publickey").count - 1
    #expect(logins == (dies ? 2 : 1))
    // Another login name, key or option is another connection.
    setting.access.acceptNewHostKey = true
    #expect(try setting.sync(keeper: keeper).unchanged == 60)
    #expect(
      setting.server.log.components(separatedBy: "Accepted publickey").count - 1 == logins + 1)
  }

  /// The time of the server's first line decides on compression; what comes slowly after it must not
  /// change one side's mind.
  @Test func aPauseAfterTheFirstLineChangesNothing() throws {
    let setting = try Setting(photos: 4)
    let proxy = try PausingProxy(to: setting.server.port, pause: 0.08)
    setting.access.knownHosts = try setting.server.knownHosts(port: proxy.port)
    let access = ServerAccess(
      ServerPlace(
        user: setting.server.user, host: "127.0.0.1", port: proxy.port,
        path: Array(setting.root.utf8)), setting.access, timeout: 10)
    let walk = try SyncWalk(
      site: setting.site, reader: nil, writer: nil, options: SyncOptions()
    ) { _ in }
    let source = SFTPSource(
      root: Array(setting.root.utf8), label: "s", options: SourceOptions(), visitor: walk
    ) { () throws(TransportError) in try access.makeChannel(.onLongLinks) }
    try source.run()
    #expect(walk.report.counters.listed == 4)
    #expect(!setting.server.log.contains("dispatch_protocol_error"))
  }

  @Test func anUnknownHostKeyIsRefusedBeforeLogin() throws {
    let setting = try Setting(photos: 1)
    setting.access.knownHosts = setting.folder.file("none")
    let error = #expect(throws: (any Error).self) { try setting.sync() }
    #expect("\(String(describing: error))".contains("SHA256:"))
    #expect(!setting.server.log.contains("Accepted publickey"))
  }
}
