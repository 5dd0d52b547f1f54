import Foundation
import PhotoIndex
import TestSupport
import Testing

/// The last attempt in `status`, with the real program.
@Suite struct AttemptTests {
  let shop: Workshop
  var root: String { shop.path("site") }

  init() throws {
    shop = try Workshop(filled: false)
    _ = try SiteBuilder(photos: 3, fileSize: 50_000, seed: 2).write(to: shop.path("site"))
  }

  private func attempt() throws -> [String: Any]? {
    let list = try json(shop.run("status", "--json")) as? [[String: Any]]
    return list?.first?["last_attempt"] as? [String: Any]
  }

  private func bytes() throws -> Data { try Data(contentsOf: URL(filePath: shop.index)) }

  @Test func recordsEveryAttemptWithoutWritingToTheIndex() throws {
    #expect(try shop.run("sync", root).status == 0)
    let first = try #require(try attempt())
    #expect(first["outcome"] as? String == "complete" && first["message"] is NSNull)
    let before = try bytes()
    #expect(try shop.run("sync", "site").status == 0)
    let second = try #require(try attempt())
    #expect((second["at"] as? String ?? "") > (first["at"] as? String ?? "~"))

    try FileManager.default.moveItem(atPath: root, toPath: shop.path("away"))
    let failed = try shop.run("sync", "site")
    #expect(failed.status != 0)
    let third = try #require(try attempt())
    #expect(third["outcome"] as? String == "failed")
    #expect((third["message"] as? String)?.isEmpty == false)
    #expect(try bytes() == before)
    let table = try shop.run("status").output
    #expect(table.contains("failed: "), "\(table)")
    #expect(try shop.run("sync", "site", "--dry-run").status != 0)
    try FileManager.default.moveItem(atPath: shop.path("away"), toPath: root)
    #expect(try shop.run("sync", "site", "--dry-run").status == 0)
    #expect(try attempt()?["outcome"] as? String == "failed")
    #expect(try shop.run("sync", "site").status == 0)
    #expect(try attempt()?["outcome"] as? String == "complete")
    #expect(try bytes() == before)
    #expect(try shop.run("check").status == 0)
  }

  /// The lock file shows runs that could not record their outcome.
  @Test func showsRunningAndKilledSyncs() throws {
    #expect(try shop.run("sync", root).status == 0)
    do {
      let writer = try IndexWriter(path: shop.index)
      let lease = try writer.lease(site: try writer.site(named: "site").id)
      defer { withExtendedLifetime(lease) {} }
      #expect(try attempt()?["outcome"] as? String == "running")
      // A refused sync is not an attempt.
      #expect(try shop.run("sync", "site").status == 75)
      #expect(try attempt()?["outcome"] as? String == "running")
    }
    #expect(try attempt()?["outcome"] as? String == "complete")
    // What a killed run leaves: a lock file that nobody holds.
    let id = try IndexReader(path: shop.index).site(named: "site").id
    let lock = "\(shop.index).site\(id).lock"
    try Data("1\n".utf8).write(to: URL(filePath: lock))
    try SiteBuilder.setTimes(of: lock, to: Int64(Date.now.timeIntervalSince1970) + 5)
    #expect(try attempt()?["outcome"] as? String == "killed")
    #expect(try shop.run("sync", "site").status == 0)
    #expect(try attempt()?["outcome"] as? String == "complete")
  }

  @Test func newSiteDoesNotInheritTheAttemptOfARemovedOne() throws {
    #expect(try shop.run("sync", root).status == 0)
    #expect(try shop.run("site", "remove", "site", "-y").status == 0)
    #expect(try shop.run("site", "add", "other", root).status == 0)
    #expect(try attempt() == nil)
    let names = try FileManager.default.contentsOfDirectory(atPath: shop.folder.path)
    #expect(!names.contains { $0.hasSuffix(".last") })
  }
}
