import Platform
import Foundation
import PhotoIndex
import PhotoModel
import Testing

@testable import Sync

/// When rows of vanished photos go, and when they stay.
@Suite struct DeletionGuardTests {
  struct Row: Sendable {
    var vanished: Int
    var rows: Int
    var kept = 0
    var removed = 0
    var most: Int?
    var rootIsEmpty = false
    var allow = false
    var wanted: DeletionGuard.Verdict
  }

  static let table: [Row] = [
    Row(vanished: 0, rows: 1_000, wanted: .allowed),
    Row(vanished: 0, rows: 1_000, rootIsEmpty: true, wanted: .allowed),
    Row(vanished: 0, rows: 1_000, kept: 900, wanted: .allowed),
    Row(vanished: 500, rows: 1_000, wanted: .allowed),
    Row(vanished: 501, rows: 1_000, wanted: .tooMany(gone: 501, of: 1_000)),
    Row(vanished: 501, rows: 1_000, allow: true, wanted: .allowed),
    Row(vanished: 1_000, rows: 1_000, rootIsEmpty: true, wanted: .rootEmpty),
    Row(vanished: 1, rows: 1, rootIsEmpty: true, wanted: .rootEmpty),
    Row(vanished: 1, rows: 1, rootIsEmpty: true, allow: true, wanted: .allowed),
    // Few photos: more than half is no catastrophe.
    Row(vanished: 20, rows: 20, wanted: .allowed),
    Row(vanished: 21, rows: 21, wanted: .tooMany(gone: 21, of: 21)),
    Row(vanished: 21, rows: 42, wanted: .allowed),
    Row(vanished: 21, rows: 41, wanted: .tooMany(gone: 21, of: 41)),
    // Several small removals of a day are one large one.
    Row(vanished: 10, rows: 60, removed: 40, most: 100, wanted: .allowed),
    Row(vanished: 11, rows: 60, removed: 40, most: 100, wanted: .tooMany(gone: 51, of: 100)),
    Row(vanished: 1, rows: 100, removed: 50, most: 100, wanted: .tooMany(gone: 51, of: 100)),
    // What is kept counts until somebody says what it is.
    Row(vanished: 1, rows: 61, kept: 30, wanted: .tooMany(gone: 31, of: 61)),
    Row(vanished: 1, rows: 61, kept: 29, wanted: .allowed),
    Row(vanished: 5, rows: 20, kept: 5, removed: 10, most: 40, wanted: .allowed),
    Row(vanished: 6, rows: 20, kept: 5, removed: 10, most: 40, wanted: .tooMany(gone: 21, of: 40)),
    // Of a hostile index: nothing overflows.
    Row(
      vanished: 1, rows: 1 << 48, kept: 1 << 48, removed: 1 << 48,
      wanted: .tooMany(gone: (1 << 49) + 1, of: 1 << 48)),
  ]

  @Test(arguments: table) func verdict(row: Row) {
    let history = RemovalHistory(
      rows: row.rows, kept: row.kept, removed: row.removed, mostRows: row.most)
    #expect(
      DeletionGuard.verdict(
        .init(vanished: row.vanished, history: history, rootIsEmpty: row.rootIsEmpty),
        allowMassDelete: row.allow) == row.wanted)
  }

  @Test func keptRowsStayAtEveryLaterSyncUntilTheUserSaysOtherwise() throws {
    let setting = try LocalSetting()
    try setting.writeFolders(1, photos: 30, prefix: "old")
    try setting.sync()
    let old = try setting.ids()
    try setting.remove("old0")
    try setting.writeFolders(1, photos: 31, prefix: "new", south: 40)
    let first = try setting.sync()
    #expect(first.kept == 30 && first.removed == 0 && first.new == 31)
    #expect(!first.isComplete && setting.notes.contains { $0.contains("--allow-mass-delete") })
    let bytes = try setting.bytes()
    for _ in 0..<3 {
      let later = try setting.sync()
      #expect(later.kept == 30 && later.removed == 0 && !later.isComplete)
    }
    #expect(try setting.bytes() == bytes, "a sync without news wrote to the index")
    #expect(try setting.rows().count == 61)
    // Marked, counted and shown.
    #expect(try setting.status()?.kept == 30)
    var filter = PhotoFilter()
    filter.flags = .fileGone
    var shown = 0
    _ = try IndexReader(path: setting.index).photos(filter) { row in
      shown += 1
      #expect(old[row.path] == row.id)
    }
    #expect(shown == 30)
    #expect(try setting.check() == [])
    let meant = try setting.sync { $0.allowMassDelete = true }
    #expect(meant.removed == 30 && meant.kept == 0 && meant.isComplete)
    #expect(try setting.rows().count == 31 && setting.status()?.kept == 0)
    #expect(try setting.check() == [])
  }

  /// More come than go, and are written before the walk ends: the loss is no smaller for that.
  @Test func newPhotosDoNotHideALoss() throws {
    let setting = try LocalSetting()
    try setting.writeFolders(1, photos: 300, prefix: "old")
    try setting.sync()
    try setting.remove("old0")
    try setting.writeFolders(1, photos: 1_000, prefix: "new", south: 40)
    let summary = try setting.sync()
    #expect(summary.kept == 300 && summary.removed == 0 && summary.new == 1_000)
  }

  /// What comes back is no loss any more, at that very sync.
  @Test(arguments: [false, true]) func keptRowsThatReturnDoNotTripTheGuard(moved: Bool) throws {
    let setting = try LocalSetting()
    try setting.writeFolders(5, photos: 10)
    try setting.sync()
    for folder in 0..<4 { try setting.move("f\(folder)", to: "../away/f\(folder)") }
    #expect(try setting.sync().kept == 40)
    for folder in 0..<4 {
      try setting.move("../away/f\(folder)", to: moved ? "elsewhere/f\(folder)" : "f\(folder)")
    }
    for photo in 0..<5 { try setting.remove("f4/DJI_\(photo).JPG") }
    let dry = try setting.sync { $0.dryRun = true }
    #expect(dry.kept == 0 && dry.removed == 5)
    let summary = try setting.sync()
    #expect(summary.removed == 5 && summary.kept == 0 && summary.isComplete)
    #expect(summary.moved == (moved ? 40 : 0))
    #expect(try setting.rows().count == 45 && setting.check() == [])
  }

  @Test func keptRowsComeBackToLifeWithTheirFiles() throws {
    let setting = try LocalSetting()
    try setting.writeFolders(3, photos: 10)
    try setting.sync()
    let before = try setting.rows()
    try setting.move("f0", to: "../away/f0")
    try setting.move("f1", to: "../away/f1")
    try setting.move("f2", to: "../away/f2")
    #expect(try setting.sync().kept == 30)
    #expect(try setting.rows()["f1/DJI_3.JPG"]?.record.flags == .fileGone)
    // One comes back as it was, one with another photo under a name, one not at all.
    try setting.move("../away/f0", to: "f0")
    try setting.move("../away/f1", to: "f1")
    try setting.write("f1/DJI_3.JPG", latitude: 55, size: 9_000)
    let back = try setting.sync()
    #expect(back.unchanged == 19 && back.changed == 1 && back.new == 0 && back.kept == 10)
    let after = try setting.rows()
    #expect(after["f0/DJI_0.JPG"] == before["f0/DJI_0.JPG"])
    #expect(after["f1/DJI_3.JPG"]?.id == before["f1/DJI_3.JPG"]?.id)
    #expect(after["f1/DJI_3.JPG"]?.record.flags == [])
    #expect(abs((after["f1/DJI_3.JPG"]?.record.position?.latitude ?? 0) - 55) < 1e-6)
    #expect(after["f2/DJI_9.JPG"]?.record.flags == .fileGone)
    try setting.move("../away/f2", to: "f2")
    #expect(try setting.sync().isComplete)
    #expect(try setting.rows()["f2/DJI_9.JPG"] == before["f2/DJI_9.JPG"])
    #expect(try setting.status()?.kept == 0 && setting.check() == [])
  }

  @Test func aKeptPhotoThatTurnsUpElsewhereKeepsItsNumber() throws {
    let setting = try LocalSetting()
    try setting.writeFolders(3, photos: 10)
    try setting.sync()
    let before = try setting.ids()
    for folder in 0..<3 { try setting.move("f\(folder)", to: "../away/f\(folder)") }
    #expect(try setting.sync().kept == 30)
    try setting.move("../away/f1", to: "archive/f1")
    let summary = try setting.sync()
    #expect(summary.moved == 10 && summary.kept == 20)
    let row = try setting.rows()["archive/f1/DJI_4.JPG"]
    #expect(row?.id == before["f1/DJI_4.JPG"] && row?.record.flags == [])
    #expect(try setting.check() == [])
  }

  @Test func aShareThatVanishesFolderByFolderWithinADayIsKept() throws {
    let setting = try LocalSetting()
    try setting.writeFolders(10, photos: 10)
    try setting.sync()
    var removed = 0
    for folder in 0..<10 {
      try setting.remove("f\(folder)")
      removed += try setting.sync().removed
      try setting.pass(hours: 2)
    }
    #expect(removed == 50)
    #expect(try setting.rows().count == 50 && setting.status()?.kept == 50)
  }

  @Test func aShareThatComesAndGoesIsKept() throws {
    let setting = try LocalSetting()
    try setting.writeFolders(10, photos: 10)
    try setting.sync()
    var removed = 0
    // One folder is away at a time, and back at the next sync: a new row each time, until half is full.
    for folder in 0..<10 {
      if folder > 0 { try setting.move("../away\(folder - 1)", to: "f\(folder - 1)") }
      try setting.move("f\(folder)", to: "../away\(folder)")
      removed += try setting.sync().removed
      try setting.pass(hours: 1)
    }
    #expect(removed == 50)
    let ids = try setting.ids()
    try setting.move("../away9", to: "f9")
    #expect(try setting.sync().isComplete)
    #expect(
      try setting.ids().filter { $0.key.hasPrefix("f9/") }.allSatisfy { ids[$0.key] == $0.value })
    #expect(try setting.rows().count == 100)
  }

  @Test func aSlowCleanUpNeedsNoFlag() throws {
    let setting = try LocalSetting()
    try setting.writeFolders(10, photos: 25)
    try setting.sync()
    for folder in 0..<8 {
      try setting.remove("f\(folder)")
      let summary = try setting.sync()
      #expect(summary.removed == 25 && summary.isComplete, "folder \(folder)")
      try setting.pass(hours: 24 * 3)
    }
    #expect(try setting.rows().count == 50)
  }

  @Test func whatTheUserMeantIsNotHeldAgainstLaterSyncs() throws {
    let setting = try LocalSetting()
    try setting.writeFolders(10, photos: 10)
    try setting.sync()
    for folder in 0..<6 { try setting.remove("f\(folder)") }
    #expect(try setting.sync { $0.allowMassDelete = true }.removed == 60)
    try setting.remove("f6")
    #expect(try setting.sync().removed == 10)
  }

  /// What a sync removed is counted in the transaction in which it goes, once, and no more than that.
  @Test func removalsAreCountedWithTheRowsThatGo() throws {
    let setting = try LocalSetting()
    try setting.writeFolders(4, photos: 10)
    try setting.sync()
    let reader = try IndexReader(path: setting.index)
    let now = SystemClock.wall() * 1000
    for folder in 0..<2 {
      try setting.remove("f\(folder)")
      #expect(try setting.sync().removed == 10)
      let history = try reader.removalHistory(site: setting.site.id, now: now)
      #expect(history.removed == 10 * (folder + 1) && history.mostRows == 40)
    }
    try setting.remove("f2")
    try setting.sync { $0.allowMassDelete = true }
    #expect(try reader.removalHistory(site: setting.site.id, now: now) == .init(rows: 10))
  }

  @Test func aDryRunSaysWhatTheGuardWouldKeepAndWritesNothing() throws {
    let setting = try LocalSetting()
    try setting.writeFolders(3, photos: 10)
    try setting.sync()
    let bytes = try setting.bytes()
    for folder in 0..<3 { try setting.remove("f\(folder)") }
    let summary = try setting.sync { $0.dryRun = true }
    #expect(summary.kept == 30 && summary.removed == 0)
    #expect(try setting.bytes() == bytes)
  }
}
