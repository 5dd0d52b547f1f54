import PhotoModel
import PhotoSource
import Testing

@testable import Sync

/// Photos that the user leaves out, and their rows of earlier syncs.
@Suite struct ExcludedPhotoTests {
  static func excluding(_ patterns: String...) -> (inout SyncOptions) -> Void {
    { $0.source.rules = ListingRules(excluded: patterns) }
  }

  @Test func rowsOfExcludedPhotosGo() throws {
    let setting = try LocalSetting()
    try setting.writeFolders(3, photos: 10)
    try setting.sync()
    let ids = try setting.ids()
    let run = try setting.sync(Self.excluding("f1/", "DJI_7.JPG"))
    #expect(run.removed == 12 && run.kept == 0 && run.listed == 18 && run.isComplete)
    #expect(run.skipped.excluded == ["f1/": 1, "DJI_7.JPG": 2])
    let wanted = ids.filter { !$0.key.contains("f1/") && !$0.key.contains("DJI_7") }
    #expect(try setting.ids() == wanted && setting.check().isEmpty)
    // Without the patterns they are new photos: no id is given again.
    let again = try setting.sync()
    #expect(again.new == 12 && again.removed == 0)
    #expect(
      try setting.ids().values.filter { !wanted.values.contains($0) }.allSatisfy { id in
        !ids.values.contains(id)
      })
  }

  /// A mistyped pattern, such as `**`, must not empty the index.
  @Test func theDeletionGuardKeepsMostOfASite() throws {
    let setting = try LocalSetting()
    try setting.writeFolders(3, photos: 10)
    try setting.sync()
    let ids = try setting.ids()
    let run = try setting.sync(Self.excluding("f0", "f1"))
    #expect(run.removed == 20 && run.kept == 0, "20 photos may always go")
    try setting.sync()
    try setting.pass(hours: 25)
    let most = try setting.sync(Self.excluding("f0", "f1", "DJI_0.JPG"))
    #expect(most.removed == 0 && most.kept == 21 && !most.isComplete)
    #expect(
      setting.notes.contains {
        $0.contains("(21 of them because they are excluded), more than half")
      },
      "\(setting.notes)")
    let all = try setting.sync(Self.excluding("**"))
    #expect(all.removed == 0 && all.kept == 30 && !all.isComplete)
    #expect(
      setting.notes.contains {
        $0.contains(
          "9 of the site's photos are no longer there (9 of them because they are excluded)")
          && $0.contains("--allow-mass-delete")
      }, "\(setting.notes)")
    #expect(try setting.ids().count == ids.count)
    // Nothing is lost: without the pattern the rows go on.
    let back = try setting.sync()
    #expect(back.kept == 0 && back.new == 0 && back.isComplete)
    let meant = try setting.sync {
      Self.excluding("f0", "f1", "f2")(&$0)
      $0.allowMassDelete = true
    }
    #expect(meant.removed == 30 && meant.kept == 0)
  }

  @Test func reportsTheMostFlightsOfAPhoto() throws {
    let setting = try LocalSetting()
    try setting.writeFolders(1, photos: 3)
    let first = try setting.sync()
    #expect((1...6).contains(first.mostFlights))
    #expect(try setting.sync().mostFlights == 0)
  }
}
