import Foundation
import PhotoIndex
import Testing

@testable import gpsindex

@Suite final class SiteTests {
  let shop: Workshop
  init() throws { shop = try Workshop(filled: false) }

  @Test func addsListsShowsAndRemovesSites() throws {
    let added = try shop.run(
      "site", "add", "nas", "sftp://drone@nas:2222/my%20photos", "--identity", "keys/id",
      "--known-hosts", "/etc/hosts", "--accept-new", "--timeout", "12.5", "--transport", "ssh",
      "--no-test")
    #expect(added.status == 0 && added.outputBytes.isEmpty)
    #expect(
      added.errorLines == [
        "gpsindex: nas keeps accept_new: later syncs accept an unknown host key without asking, too",
        "gpsindex: site nas added; next: gpsindex sync nas",
      ])
    let shown = try #require(try json(shop.run("site", "show", "nas", "--json")) as? [String: Any])
    #expect(shown["site"] as? String == "nas")
    #expect(shown["location"] as? String == "sftp://drone@nas:2222/my%20photos")
    #expect(shown["identity"] as? String == shop.path("keys/id"))
    #expect(shown["known_hosts"] as? String == "/etc/hosts")
    #expect(shown["accept_new"] as? Bool == true)
    #expect(shown["timeout"] as? Double == 12.5)
    #expect(shown["transport"] as? String == "ssh")
    #expect(shown["last_sync"] is NSNull)
    let list = try #require(try json(shop.run("site", "list", "--json")) as? [[String: Any]])
    #expect(list.map { $0["site"] as? String } == ["nas"])
    let removed = try shop.run("site", "remove", "nas", "--yes", "--json")
    #expect(removed.output == "{\"site\":\"nas\",\"removed\":0}\n")
    #expect(try shop.run("site", "list", "--json").output == "[]\n")
  }

  @Test func setChangesStoredSettings() throws {
    #expect(
      try shop.run(
        "site", "add", "nas", "sftp://nas/p", "--identity", "/keys/a", "--timeout", "9", "--no-test"
      ).status == 0)
    let key = shop.path("b")
    let missing = try shop.run("site", "set", "nas", "--identity", key)
    #expect(missing.status == 78 && missing.errors.contains(key), "\(missing.errors)")
    try Data().write(to: URL(filePath: key))
    let set = try shop.run(
      "site", "set", "nas", "--transport", "ssh", "--identity", key, "--connections", "2",
      "--json")
    #expect(set.status == 0 && set.errors.contains("changed site nas"), "\(set.errors)")
    var site = try IndexReader(path: shop.index).site(named: "nas")
    let settings = SiteSettings(
      identity: key, transport: "ssh", timeoutSeconds: 9, connections: 2)
    #expect(site.settings == settings)
    let used = try shop.run("config", "show", "nas", "--json").output
    #expect(used.contains(key) && !used.contains("/keys/a"), "\(used)")
    let origin = try shop.run("config", "show", "nas", "--origin").output
    #expect(origin.contains("site add or site set"), "\(origin)")
    #expect(try shop.run("site", "set", "nas", "--unset", "identity,connections").status == 0)
    site = try IndexReader(path: shop.index).site(named: "nas")
    #expect(site.settings == SiteSettings(transport: "ssh", timeoutSeconds: 9))
    // The user's word ends what earlier runs found out.
    site.settings = SiteSettings(needsSSHProgram: "libssh2/1.10.0 gpsindex/0.1.0")
    try IndexWriter(path: shop.index).updateSite(site)
    #expect(try shop.run("site", "show", "nas").output.contains("auto (the ssh program)"))
    #expect(try shop.run("site", "set", "nas", "--transport", "auto").status == 0)
    #expect(
      try IndexReader(path: shop.index).site(named: "nas").settings
        == SiteSettings(transport: "auto"))
  }

  @Test func keepsWhatASyncLooksAt() throws {
    let photos = shop.path("photos")
    try FileManager.default.createDirectory(
      atPath: photos + "/raw", withIntermediateDirectories: true)
    for name in ["a.jpg", "b.insv", "c.png", "raw/d.jpg"] {
      try Data([1, 2, 3, 4]).write(to: URL(filePath: photos + "/" + name))
    }
    func listed(_ arguments: [String]) throws -> Int? {
      let run = try shop.run(["sync", "--json", "--progress", "none"] + arguments)
      return try #require(try json(run) as? [String: Any])["listed"] as? Int
    }
    #expect(
      try shop.run("site", "add", "card", photos, "--exclude", "raw/**,*.png").status == 0)
    #expect(try listed(["card"]) == 1)
    // A run overrides both lists; an empty value is none.
    #expect(try listed(["card", "--exclude", ""]) == 3)
    #expect(try listed(["card", "--include-ext", ".INSV"]) == 2)
    #expect(try listed(["card"]) == 1)
    let set = try shop.run(
      "site", "set", "card", "--include-ext", "insv", "--exclude", "*.png", "--json")
    #expect(set.status == 0, "\(set.errors)")
    let site = try IndexReader(path: shop.index).site(named: "card")
    #expect(site.settings == SiteSettings(exclude: ["*.png"], includedExtensions: ["insv"]))
    #expect(try shop.run("site", "show", "card").output.contains("*.png"))
    #expect(try listed(["card"]) == 3)
    let test = try shop.run("site", "test", "card", "--exclude", "*", "--json")
    let found = try #require(try json(test) as? [String: Any])
    #expect(found["photos"] as? Int == 0 && found["folders"] as? Int == 0)
    #expect(try shop.run("site", "set", "card", "--unset", "exclude,include_ext").status == 0)
    #expect(try listed(["card"]) == 3)
    #expect(try IndexReader(path: shop.index).site(named: "card").settings == SiteSettings())
    // A location that becomes a site keeps them.
    let other = shop.path("other")
    try FileManager.default.copyItem(atPath: photos, toPath: other)
    #expect(try listed([other, "--exclude", "*.jpg"]) == 1)
    #expect(
      try IndexReader(path: shop.index).site(named: "other").settings.exclude == ["*.jpg"])
  }

  @Test(arguments: [
    (["--exclude", "/"], "--exclude “/”"), (["--include-ext", "xmp"], "--include-ext “xmp”"),
    (["--include-ext", "a/b"], "--include-ext “a/b”"),
    (["--include-ext", "muchtoolong"], "1 to 8 letters"),
    (["--exclude", String(repeating: "a", count: 4097)], "--exclude"),
  ])
  func refusesPatternsAndExtensions(arguments: [String], word: String) throws {
    for command in [["site", "add", "x", "/", "--no-test"], ["sync", "/nowhere-at-all"]] {
      let result = try shop.run(command + arguments)
      #expect(result.status == 64 && result.errors.contains(word), "\(result.errors)")
    }
  }

  @Test(arguments: [
    (["nosuch", "--timeout", "3"], 66, "nosuch"), (["nas"], 64, "no setting given"),
    (["nas", "--compression"], 64, "does not store --compression"),
    (["nas", "--timeout", "0"], 64, "--timeout"), (["nas", "--connections", "99"], 64, "1…16"),
    (["nas", "--unset", "colour"], 64, "colour"), (["card", "--timeout", "3"], 64, "local folder"),
    (["nas", "--transport", "telnet"], 64, "libssh2"),
  ])
  func setRefusesInvalidSettings(arguments: [String], status: Int32, word: String) throws {
    let writer = try IndexWriter(path: shop.index)
    let sites = [
      try writer.addSite(SiteRecord(name: "nas", location: "nas:p")),
      try writer.addSite(SiteRecord(name: "card", location: "/card")),
    ]
    let result = try shop.run(["site", "set"] + arguments)
    #expect(result.status == status && result.errors.contains(word), "\(result.errors)")
    #expect(try writer.sites().map(\.settings) == sites.map(\.settings))
  }

  @Test func newIndexIsPrivate() throws {
    let index = shop.path("new/deep/index.gpkg")
    #expect(try shop.run("site", "add", "a", "host:", "--index", index, "--no-test").status == 0)
    let manager = FileManager.default
    #expect(try manager.attributesOfItem(atPath: index)[.posixPermissions] as? Int == 0o600)
    let folder = try manager.attributesOfItem(atPath: shop.path("new/deep"))
    #expect(folder[.posixPermissions] as? Int == 0o700)
  }

  @Test func storesLocalFoldersAsAbsolutePaths() throws {
    let place = shop.folder.resolvingSymlinksInPath()
    try FileManager.default.createDirectory(
      at: place.appending(path: "my photos/sub"), withIntermediateDirectories: true)
    for (number, text) in ["my photos", "./my photos/", "my photos/sub/..", "~/my photos"]
      .enumerated()
    {
      #expect(try shop.run("site", "add", "s\(number)", text).status == 0)
      let site = try IndexReader(path: shop.index).site(named: "s\(number)")
      #expect(
        URL(filePath: site.location).resolvingSymlinksInPath().path == place.path + "/my photos")
      #expect(!site.location.contains("..") && !site.location.hasSuffix("/"))
    }
  }

  @Test func removesOneSiteOnly() throws {
    let filled = try Workshop()
    #expect(try filled.run("site", "remove", "empty", "--yes").status == 0)
    #expect(try filled.run("query", "--count").output == "5\n")
    let result = try filled.run("site", "remove", "nas", "-y")
    #expect(result.errors.contains("7 photos") && result.errors.contains("the files are unchanged"))
    #expect(try filled.run("query", "--count").output == "0\n")
    #expect(try filled.run("check").status == 0)
  }

  @Test func statusCountsAddUp() throws {
    let filled = try Workshop()
    let list = try #require(try json(filled.run("status", "--json")) as? [[String: Any]])
    #expect(list.map { $0["site"] as? String } == ["empty", "nas"])
    let nas = try #require(list.last)
    #expect(nas["photos"] as? Int == 7 && nas["located"] as? Int == 5)
    #expect(nas["without_position"] as? Int == 1 && nas["failed"] as? Int == 1)
    #expect(nas["reasons"] as? [String: Int] == ["no-gps": 1, "damaged": 1])
    #expect(nas["last_sync"] is NSNull)
    let table = try filled.run("status", "nas", "-f", "csv")
    #expect(table.output.contains("no-gps 1, damaged 1"))
  }

  @Test func folderCountsAddUp() throws {
    let filled = try Workshop()
    let rows = try #require(try json(filled.run("folders", "nas", "--json")) as? [[String: Any]])
    #expect(rows.map { $0["photos"] as? Int } == [4, 1, 2])
    #expect(rows.map { $0["located"] as? Int } == [2, 1, 2])
    let boxed = try filled.run("folders", "--bbox", "8", "47", "8.505", "48", "-f", "csv")
    let lines = boxed.output.split(separator: "\r\n")
    #expect(lines.count == 2 && lines[1].hasPrefix("nas,flight1,1,1,0,0,8.5000000,47.4"))
    let none = try filled.run("folders", "--bbox", "1,1,2,2", "--json")
    #expect(none.output == "[]\n" && none.status == 0)
  }

  @Test func problemsPrintTheReason() throws {
    let filled = try Workshop()
    let rows = try #require(try json(filled.run("problems", "--json")) as? [[String: Any]])
    #expect(rows.map { $0["reason"] as? String } == ["no-gps", "damaged"])
    #expect(rows.map { $0["status"] as? String } == ["without-position", "failed"])
    let none = try filled.run("problems", "--folder", "flight2")
    #expect(none.status == 0 && none.errors.hasPrefix("gpsindex: no problems found"))
  }

  @Test func showPrintsAllFields() throws {
    let filled = try Workshop()
    let photo = try #require(
      try json(filled.run("show", "nas/flight1/DJI_0001.JPG", "--json")) as? [String: Any])
    #expect(photo["lon"] as? Double == 8.5 && photo["lat"] as? Double == 47.4)
    #expect(photo["taken_at"] as? String == "2024-05-01T10:00:00Z")
    #expect(photo["location"] as? String == "file:///photos/flight1/DJI_0001.JPG")
    #expect(photo["serial_number"] as? String == "S\u{1B}1")
    #expect(photo["size"] as? Int64 == 5_000_000_000)
    #expect(photo.keys.contains("rtk_flag"))
    let text = try filled.run("show", "flight1/DJI_0001.JPG").output
    #expect(text.contains("serial_number") && text.contains(#"S\x1b1"#))
    #expect(!text.contains("rtk_flag"))
    #expect(text.hasPrefix("field ") && text.contains("source"))
    let odd = try filled.run("show", Workshop.oddName)
    #expect(odd.status == 0 && odd.output.contains(#"odd\x1b[31m/=1+1\n.jpg"#))
  }
}
