import Foundation
import PhotoIndex
import PhotoModel
import PhotoSource
import TestSupport
import Testing

@testable import Sync

/// A sync works on the site that its caller looked up, or on none.
@Suite struct MeantSiteTests {
  enum Change: CaseIterable, Sendable { case removed, replaced, renamedByAnother, relocated }

  @Test(arguments: Change.allCases, [false, true])
  func refusesASiteThatIsAnotherByNow(change: Change, dryRun: Bool) throws {
    let setting = try LocalSetting(name: "b")
    try setting.writeFolders(1, photos: 3)
    let elsewhere = setting.folder.file("elsewhere")
    try FileManager.default.createDirectory(atPath: elsewhere, withIntermediateDirectories: true)
    let writer = try IndexWriter(path: setting.index)
    var expected: [String] = []
    switch change {
    case .removed: try writer.removeSite(named: "b")
    case .replaced:
      try writer.removeSite(named: "b")
      let new = try writer.addSite(SiteRecord(name: "b", location: elsewhere))
      #expect(new.id != setting.site.id)
      expected = ["b"]
    case .renamedByAnother:
      var other = setting.site
      other.name = "c"
      try writer.updateSite(other)
      expected = ["c"]
    case .relocated:
      var other = setting.site
      other.location = elsewhere
      try writer.updateSite(other)
      expected = ["b"]
    }
    let error = #expect(throws: IndexError.self) { try setting.sync { $0.dryRun = dryRun } }
    #expect(error?.kind == .siteGone)
    #expect(try setting.rows().isEmpty)
    #expect(try IndexReader(path: setting.index).sites().map(\.name) == expected)
  }
}
