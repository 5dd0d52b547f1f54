import Foundation
import PhotoModel
import SQLite
import TestSupport
import Testing

@testable import PhotoIndex

@Suite struct IndexWriterTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  @Test func everyFieldComesBackAsItWasStored() throws {
    var g = SplitMix64(seed: 1)
    let writer = try IndexWriter(path: folder.index)
    let site = try writer.addSite(SiteRecord(name: "s", location: "/p")).id
    var batch = FolderChanges(site: site, folder: PathBytes("a/b".utf8))
    for number in 0..<500 {
      batch.inserts.append(Samples.change(Samples.name(number, &g), &g))
    }
    try writer.apply(batch)
    let stored = try IndexReader(path: folder.index).everything()
    let expected = batch.inserts.sorted { $0.file.name < $1.file.name }
    #expect(stored.map(\.record) == expected.map(\.record))
    #expect(stored.map(\.size) == expected.map(\.file.size))
    #expect(stored.map(\.mtime) == expected.map(\.file.mtime))
    #expect(stored.map { PathBytes(text: $0.file) } == expected.map(\.file.name))
  }

  @Test func whatNoColumnCanHoldIsStoredAsAbsent() throws {
    let writer = try IndexWriter(path: folder.index)
    let site = try writer.addSite(SiteRecord(name: "s", location: "/p")).id
    var nowhere = located(.nan, 7)
    nowhere.altitude = .infinity
    nowhere.takenAt = .max
    try writer.apply(
      changes(site, "f") {
        $0.inserts = [photo("a", nowhere), photo("b", located(91, 0)), photo("c", located(1, 2))]
      })
    let rows = try writer.reader.everything().map(\.record)
    #expect(rows[0] == PhotoRecord(outcome: .withoutPosition(.outOfRange)))
    #expect(rows[1].outcome == .withoutPosition(.outOfRange))
    #expect(rows[2] == located(1, 2))
    #expect(try writer.reader.check().isEmpty)
  }

  /// Counters, extents, R*Trees and table of contents equal a recomputation (`check`) after random
  /// inserts, updates, deletes and moves, and the rows equal a model.
  @Test(arguments: 0..<6) func randomChangesKeepEverythingInStep(seed: UInt64) throws {
    var g = SplitMix64(seed: seed)
    let writer = try IndexWriter(path: folder.index)
    var model = Model()
    var sites: [(id: Int64, name: String)] = []
    for name in ["b site", "a"] {
      sites.append((try writer.addSite(SiteRecord(name: name, location: "/\(name)")).id, name))
    }
    let paths = ["", "x", "x/y", "z"].map { PathBytes($0.utf8) } + [PathBytes([0x80, 0x41])]
    var number = 0
    for _ in 0..<40 {
      let site = g.pick(sites)
      var batch: [FolderChanges] = []
      var keys = model.rows.keys.filter { $0.site == site.name }.sorted()
      keys.shuffle(using: &g)
      for path in paths where g.chance(0.6) {
        var changes = FolderChanges(site: site.id, folder: path)
        for _ in 0..<Int.random(in: 0...6, using: &g) {
          number += 1
          changes.inserts.append(Samples.change(Samples.name(number, &g), &g))
        }
        for _ in 0..<Int.random(in: 0...3, using: &g) {
          guard let at = keys.firstIndex(where: { $0.folder == path }) else { break }
          let key = keys.remove(at: at)
          guard let row = model.rows[key] else { continue }
          switch Int.random(in: 0..<3, using: &g) {
          case 0:
            changes.deletes.append(row.fid)
            model.rows[key] = nil
          case 1:
            let change = g.chance(0.2) ? row.change : Samples.change(key.file, &g)
            changes.updates.append(.init(fid: row.fid, change: change))
            model.rows[key] = (row.fid, change)
          default: break
          }
        }
        for _ in 0..<Int.random(in: 0...2, using: &g) {
          guard let key = keys.popLast(), var row = model.rows[key] else { break }
          number += 1
          row.change.file.name = Samples.name(number, &g)
          changes.moves.append(.init(fid: row.fid, file: row.change.file))
          model.rows[key] = nil
          let to = Model.Key(site: site.name, folder: path, file: row.change.file.name)
          model.rows[to] = row
        }
        changes.removeFolderIfEmpty = g.chance(0.5)
        batch.append(changes)
      }
      try writer.apply(batch)
      for changes in batch {
        let id = try writer.folderID(site: site.id, path: changes.folder)
        let known = try writer.reader.knownPhotos(id)
        for insert in changes.inserts {
          let row = try #require(known.first { $0.name == insert.file.name })
          let key = Model.Key(site: site.name, folder: changes.folder, file: insert.file.name)
          model.rows[key] = (row.fid, insert)
        }
      }
      #expect(try writer.reader.check() == [])
    }
    let rows = try writer.reader.everything()
    #expect(rows == model.sorted)
    #expect(rows.count > 100)
  }

  @Test func foldersCanSwapTheirPhotos() throws {
    let writer = try IndexWriter(path: folder.index)
    let site = try writer.addSite(SiteRecord(name: "s", location: "/p")).id
    for (name, latitude) in [("a", 1.0), ("b", 2.0)] {
      try writer.apply(
        changes(site, name) {
          $0.inserts = [photo("1", located(latitude, 0)), photo("2", located(latitude, 1))]
        })
    }
    let known = try writer.reader.knownFolders(site).map { try writer.reader.knownPhotos($0.id) }
    let file = { (photo: KnownPhoto) in
      ListedFile(name: photo.name, size: photo.size, mtime: photo.mtime)
    }
    try writer.apply([
      changes(site, "a") { $0.moves = known[1].map { .init(fid: $0.fid, file: file($0)) } },
      changes(site, "b") { $0.moves = known[0].map { .init(fid: $0.fid, file: file($0)) } },
    ])
    let rows = try writer.reader.everything()
    #expect(rows.map(\.path) == ["a/1", "a/2", "b/1", "b/2"])
    #expect(rows.map { $0.record.position?.latitude } == [2, 2, 1, 1])
    #expect(rows.map(\.id) == (known[1] + known[0]).map(\.fid))
    #expect(try writer.reader.check() == [])
  }

  @Test func anUnchangedSyncWritesNoByte() throws {
    var g = SplitMix64(seed: 7)
    var inserts: [PhotoChange] = []
    for number in 0..<200 { inserts.append(Samples.change(Samples.name(number, &g), &g)) }
    var summary = SiteSummary(finishedAt: 1_700_000_000_000, complete: true, seconds: 2)
    summary.listed = 200
    do {
      let writer = try IndexWriter(path: folder.index)
      let site = try writer.addSite(SiteRecord(name: "s", location: "/p")).id
      try writer.apply(changes(site, "f") { $0.inserts = inserts })
      try writer.finishSync(site: site, summary: summary, changed: true)
      try writer.checkpoint()
    }
    let before = try folder.state()
    #expect(before.keys.sorted() == ["index.gpkg"])
    do {
      let writer = try IndexWriter(path: folder.index)
      let site = try writer.site(named: "s")
      let lease = try writer.lease(site: site.id)
      let known = try writer.reader.knownPhotos(
        writer.folderID(site: site.id, path: PathBytes("f".utf8)))
      let byName = Dictionary(uniqueKeysWithValues: known.map { ($0.name, $0.fid) })
      try writer.apply(
        changes(site.id, "f") { changes in
          changes.updates = inserts.compactMap { insert in
            byName[insert.file.name].map { .init(fid: $0, change: insert) }
          }
          #expect(changes.updates.count == 200)
          changes.removeFolderIfEmpty = true
        })
      try writer.updateSite(site)
      summary.finishedAt += 1_000_000
      summary.seconds = 0.1
      try writer.finishSync(site: site.id, summary: summary, changed: false)
      try writer.checkpoint()
      // While the writer is still there: no frame in the log.
      let log = try Data(contentsOf: URL(filePath: "\(folder.index)-wal"))
      #expect(log.isEmpty)
      withExtendedLifetime(lease) {}
    }
    #expect(try folder.state() == before)
  }

  @Test(arguments: ["complete", "listed", "failed", "reasons", "changed"])
  func aSyncWithNewsIsKept(_ news: String) throws {
    let writer = try IndexWriter(path: folder.index)
    let site = try writer.addSite(SiteRecord(name: "s", location: "/p")).id
    var first = SiteSummary(
      finishedAt: 1_700_000_000_123, complete: true, seconds: 2.5, roundTripMilliseconds: 48.5,
      connections: 3)
    first.listed = 12
    first.new = 5
    first.changed = 2
    first.moved = 1
    first.removed = 4
    first.located = 9
    first.withoutPosition = 2
    first.failed = 1
    first.reasons = ["no-gps": 2, "damaged": 1]
    first.filesOpened = 7
    first.dataRequests = 11
    first.bytesReceived = 1 << 40
    first.bytesSent = 12_345
    try writer.finishSync(site: site, summary: first, changed: false)
    #expect(try writer.site(named: "s").lastSync == first)
    #expect(first.unchanged == 4)

    var second = first
    second.finishedAt += 60_000
    try writer.finishSync(site: site, summary: second, changed: false)
    #expect(try writer.site(named: "s").lastSync == first)
    switch news {
    case "complete": second.complete = false
    case "listed": second.listed = 13
    case "failed": second.failed = 2
    case "reasons": second.reasons = ["no-gps": 1, "zero": 1, "it's \"odd\"": 1]
    default: break
    }
    try writer.finishSync(site: site, summary: second, changed: news == "changed")
    #expect(try writer.site(named: "s").lastSync == second)
  }

  @Test func sitesAreAddedChangedAndRemoved() throws {
    let writer = try IndexWriter(path: folder.index)
    let settings = SiteSettings(
      identity: "~/.ssh/nas", knownHosts: "/k", transport: "ssh", timeoutSeconds: 12.5,
      connections: 4, inFlight: 64, acceptNew: true)
    var nas = try writer.addSite(SiteRecord(name: "nas", location: "nas:/p", settings: settings))
    let other = try writer.addSite(SiteRecord(name: "Other", location: "/photos"))
    #expect(try writer.sites() == [other, nas])
    #expect(throws: IndexError.self) {
      try writer.addSite(SiteRecord(name: "nas", location: "/elsewhere"))
    }
    nas.location = "sftp://nas/q"
    nas.settings.connections = nil
    try writer.updateSite(nas)
    #expect(try writer.site(named: "nas") == nas)
    nas.settings.transport = nil
    nas.settings.needsSSHProgram = "libssh2/1.10.0 gpsindex/0.1.0"
    try writer.updateSite(nas)
    #expect(try writer.site(named: "nas") == nas)
    for site in [nas, other] {
      try writer.apply(
        changes(site.id, "f") {
          $0.inserts = [photo("1", located(Double(site.id), 5)), photo("2", located(0, 0))]
        })
    }
    #expect(try writer.removeSite(named: "nas") == 2)
    #expect(try writer.sites() == [other])
    #expect(try writer.reader.everything().map(\.site) == ["Other", "Other"])
    #expect(try writer.reader.check() == [])
    let error = #expect(throws: IndexError.self) { try writer.removeSite(named: "nas") }
    #expect(error?.kind == .notFound)
  }

  @Test func oneSyncPerSiteAtATime() throws {
    let writer = try IndexWriter(path: folder.index)
    let site = try writer.addSite(SiteRecord(name: "s", location: "/p")).id
    let other = try writer.addSite(SiteRecord(name: "t", location: "/q")).id
    do {
      let lease = try writer.lease(site: site)
      let second = try IndexWriter(path: folder.index)
      let error = #expect(throws: IndexError.self) { _ = try second.lease(site: site) }
      #expect(error?.kind == .busy(pid: ProcessInfo.processInfo.processIdentifier))
      #expect(throws: IndexError.self) { try second.removeSite(named: "s") }
      _ = try second.lease(site: other)
      withExtendedLifetime(lease) {}
    }
    _ = try writer.lease(site: site)
    #expect(!folder.names.contains { $0.hasSuffix(".lock") })
  }

  /// A lock file that a killed process left behind stops nobody.
  @Test func aLeftLeaseFileIsTakenOver() throws {
    let writer = try IndexWriter(path: folder.index)
    let site = try writer.addSite(SiteRecord(name: "s", location: "/p")).id
    try Data("99999\n".utf8).write(to: URL(filePath: "\(folder.index).site\(site).lock"))
    _ = try writer.lease(site: site)
  }

  @Test func aSecondWriterWaitsAndThenNamesTheFirst() throws {
    let first = try IndexWriter(path: folder.index)
    let second = try IndexWriter(path: folder.index)
    second.connection.setBusyTimeout(milliseconds: 20)
    try first.connection.execute("BEGIN IMMEDIATE")
    let error = #expect(throws: IndexError.self) {
      try second.addSite(SiteRecord(name: "s", location: "/p"))
    }
    #if os(Linux)
      #expect(error?.kind == .busy(pid: ProcessInfo.processInfo.processIdentifier))
    #endif
    try first.connection.execute("ROLLBACK")
    try second.addSite(SiteRecord(name: "s", location: "/p"))
  }

  @Test func readersSeeWholeTransactionsWhileAWriterWrites() async throws {
    let writer = try IndexWriter(path: folder.index)
    let site = try writer.addSite(SiteRecord(name: "s", location: "/p")).id
    let path = folder.index
    let reading = Task {
      var counts: [Int] = []
      while counts.last != 2000 {
        let reader = try IndexReader(path: path)
        counts.append(try reader.count(PhotoFilter()))
        let rows = try reader.folders().reduce(0) { $0 + $1.photos }
        counts.append(rows)
      }
      return counts
    }
    for number in 0..<20 {
      try writer.apply(
        changes(site, "f\(number)") { changes in
          changes.inserts = (0..<100).map { photo("\($0)", located(Double(number), Double($0))) }
        })
    }
    let counts = try await reading.value
    #expect(counts.allSatisfy { $0 % 100 == 0 })
    #expect(counts == counts.sorted())
    // A question that is not finished does not hold up the writer, and sees one state throughout.
    let reader = try IndexReader(path: path)
    var seen = 0
    try reader.photos(PhotoFilter()) { _ in
      if seen == 0 {
        try writer.apply(changes(site, "g") { $0.inserts = [photo("1", located(0, 0))] })
      }
      seen += 1
    }
    #expect(seen == 2000)
    #expect(try reader.count(PhotoFilter()) == 2001)
  }

  @Test func aFailedTransactionLeavesNoTrace() throws {
    let writer = try IndexWriter(path: folder.index)
    let site = try writer.addSite(SiteRecord(name: "s", location: "/p")).id
    try writer.apply(changes(site, "f") { $0.inserts = [photo("1", located(1, 1))] })
    let error = #expect(throws: IndexError.self) {
      try writer.apply(
        changes(site, "f") { $0.inserts = [photo("2", located(2, 2)), photo("1", located(3, 3))] })
    }
    #expect(error?.kind == .unexpected)
    #expect(try writer.reader.everything().map(\.file) == ["1"])
    #expect(try writer.reader.check() == [])
  }

  /// Rows that another program deleted meanwhile do not stop a sync.
  @Test func vanishedRowsAreMadeAnewOrSkipped() throws {
    let writer = try IndexWriter(path: folder.index)
    let site = try writer.addSite(SiteRecord(name: "s", location: "/p")).id
    let ghost = photo("g", located(4, 4))
    try writer.apply(
      changes(site, "f") {
        $0.updates = [.init(fid: 77, change: ghost)]
        $0.deletes = [78]
        $0.moves = [.init(fid: 79, file: ghost.file)]
      })
    #expect(try writer.reader.everything().map(\.file) == ["g"])
    #expect(try writer.reader.check() == [])
  }
}
