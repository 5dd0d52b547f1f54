import Foundation
import PhotoModel
import ShareLinks
import Testing

@testable import gpsindex

@Suite final class ShareCommandTests {
  let shop: Workshop
  init() throws { shop = try Workshop() }

  @Test func addsListsAndRevokesLinks() throws {
    let added = try shop.run("share", "add", "pit", "--folder", "flight1", "--expires", "30d")
    #expect(added.status == 0, "\(added.errors)")
    let token = try #require(added.output.split(separator: "=").last).trimmingCharacters(
      in: .newlines)
    #expect(added.output == "/#share=\(token)\n" && token.hasPrefix("share-"))
    #expect(added.errors.contains("the link pit shows 4 photos; its token is not shown again"))
    let full = try shop.run(
      "share", "add", "islands", "--bbox", "179", "-18", "-179", "-17", "--with-paths",
      "--server", "http://nas:8470/")
    #expect(full.output.hasPrefix("http://nas:8470/#share=share-"), "\(full.errors)")
    #expect(full.errors.contains("shows 2 photos"))
    let listed = try shop.run("share", "list", "--json")
    let list = try #require(try json(listed) as? [[String: Any]])
    #expect(list.map { $0["name"] as? String } == ["pit", "islands"])
    #expect(
      list.map { $0["filter"] as? String } == ["folder flight1", "bbox 179,-18,-179,-17"])
    #expect(list.map { $0["with_paths"] as? Bool } == [false, true])
    #expect(list.allSatisfy { $0["state"] as? String == "valid" })
    #expect(list[0]["expires"] is String && list[1]["expires"] is NSNull)
    for output in [listed.output, try shop.run("share", "list").output] {
      #expect(!output.contains(token) && !output.contains(ShareToken.prefix + "0"))
    }
    #expect(try shop.run("share", "revoke", "pit").status == 0)
    #expect(try shop.run("share", "list", "--json").output.contains("islands"))
    let again = try shop.run("share", "revoke", "pit")
    #expect(again.status == 66 && again.errors.contains("there is no link “pit”"))
    #expect(again.errors.contains("try: gpsindex share list"))
  }

  @Test(arguments: [
    (["pit", "--limit", "5"], "cannot have --limit"), (["--", "-x"], "not a valid name"),
    (["pit", "--expires", "2020-01-01"], "not a time in the future"),
    (["pit", "--expires", "soon"], "not a time in the future"),
    (["pit", "--bbox", "1"], "--bbox"), (["pit", "--server", "nas"], "is not an address"),
    (["pit", "--missing", "--bbox", "1,2,3,4"], "excludes photos without a position"),
    (["pit", "--site", "nobody"], "nobody"), (["a\nb"], "not a valid name"),
    (["pit", "--polygon", "missing.geojson"], "missing.geojson"),
  ])
  func refusesWhatALinkCannotBe(words: [String], message: String) throws {
    let result = try shop.run(["share", "add"] + words)
    #expect(result.status != 0 && result.output.isEmpty)
    #expect(result.errors.lowercased().contains(message.lowercased()), "\(result.errors)")
    #expect(try shop.run("share", "list", "--json").output == "[]\n")
  }

  @Test func aNameIsTakenOnce() throws {
    #expect(try shop.run("share", "add", "pit").status == 0)
    let second = try shop.run("share", "add", "pit")
    #expect(second.status == 64 && second.output.isEmpty && second.errors.contains("exists"))
  }

  @Test func aDamagedFileIsNamedAndKept() throws {
    try Data("{".utf8).write(to: URL(filePath: shop.index + ".shares"))
    for words in [["share", "list"], ["share", "add", "a"], ["share", "revoke", "a"]] {
      let result = try shop.run(words)
      #expect(result.status == 65 && result.errors.contains("index.gpkg.shares"), "\(words)")
    }
    #expect(try String(contentsOfFile: shop.index + ".shares", encoding: .utf8) == "{")
  }

  @Test func expiryMeansTheFuture() throws {
    let now = FilterClock(milliseconds: 1_714_557_600_000, offsetMinutes: 0)
    #expect(
      try ShareExpiry.milliseconds("2d", now) == now.milliseconds + 2 * 86_400_000)
    #expect(
      try ShareExpiry.milliseconds("2024-05-01T10:00:01Z", now) == now.milliseconds + 1000)
    for text in ["now", "yesterday", "2024-05-01T10:00:00Z", "0d", ""] {
      #expect(throws: CommandFailure.self) { try ShareExpiry.milliseconds(text, now) }
    }
  }
}
