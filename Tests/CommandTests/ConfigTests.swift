import ArgumentParser
import Foundation
import PhotoIndex
import TestSupport
import Testing

@testable import gpsindex

/// The configuration file: its contents, the order of precedence, and that queries never need it.
@Suite final class ConfigTests {
  let shop: Workshop
  let folder: URL
  init() throws {
    shop = try Workshop(filled: false)
    folder = shop.folder.resolvingSymlinksInPath()
    try FileManager.default.createDirectory(
      at: folder.appending(path: ".config/gpsindex"), withIntermediateDirectories: true)
  }

  private var place: String { shop.path(".config/gpsindex/config.toml") }

  private func write(_ text: String) throws { try Data(text.utf8).write(to: URL(filePath: place)) }

  private func run(
    _ arguments: [String], _ variables: [String: String] = [:]
  ) throws -> Program.Result {
    try Program.run(
      arguments,
      environment: ["GPSINDEX_INDEX": shop.index, "HOME": shop.folder.path].merging(variables) {
        $1
      },
      folder: shop.folder)
  }

  private func setting(
    _ name: String, _ words: [String], _ variables: [String: String] = [:]
  ) throws -> String {
    let result = try run(["config", "show", "--origin", "--json"] + words, variables)
    #expect(result.status == 0, "\(result.errors)")
    let rows = try #require(try json(result) as? [[String: Any]])
    let row = try #require(rows.first { $0["setting"] as? String == name }, "\(result.output)")
    return "\(row["value"] as? String ?? "") by \(row["origin"] as? String ?? "")"
  }

  @Test func appliesTheOrderOfPrecedence() throws {
    #expect(try setting("connections", []) == "4 by default")
    try write("[defaults]\nconnections = 6\n[sites.nas]\nlocation = 'nas:x'\nconnections = 8\n")
    #expect(try setting("connections", []) == "6 by \(place):2")
    #expect(try setting("connections", ["nas"]) == "8 by \(place):5")
    let variable = ["GPSINDEX_CONNECTIONS": "9"]
    #expect(try setting("connections", ["nas"], variable) == "9 by GPSINDEX_CONNECTIONS")
    // What site add stored ranks between the site's own table and the defaults.
    try IndexWriter(path: shop.index).addSite(
      SiteRecord(
        name: "far", location: "far:x", settings: SiteSettings(timeoutSeconds: 5, connections: 2)))
    #expect(try setting("connections", ["far"]) == "2 by index (site add or site set)")
    #expect(try setting("timeout", ["far"]) == "5 by index (site add or site set)")
    #expect(try setting("location", ["nas"]) == "nas:x by \(place):3")
    // The option has precedence.
    let settings = try Settings(ConfigFile(parsing: "[defaults]\ntimeout = 7", path: "/c"))
    let kept = try settings.settings(of: SiteRecord(name: "x", location: "x:"))
    #expect(kept.timeoutSeconds == 7)
    #expect(try SSHOptions.parse(["--timeout", "9"]).settings(over: kept).timeoutSeconds == 9)
  }

  @Test func findsTheConfigurationFile() throws {
    #expect(try run(["config", "path"]).output == place + "\n")
    let other = shop.path("other.toml")
    #expect(try run(["config", "path"], ["GPSINDEX_CONFIG": other]).output == other + "\n")
    #expect(
      try run(["config", "path", "--config", "a.toml"], ["GPSINDEX_CONFIG": other]).output
        == "\(folder.path)/a.toml\n")
    #expect(
      try run(["config", "path"], ["XDG_CONFIG_HOME": "/xdg"]).output
        == "/xdg/gpsindex/config.toml\n")
    // A missing file is an error only when it is named.
    let missing = try run(["config", "show"], ["GPSINDEX_CONFIG": other])
    #expect(missing.status == 78 && missing.errors.contains(other))
    #expect(try run(["config", "show"]).status == 0)
  }

  @Test func syncsASiteOfTheFileWithoutSiteAdd() throws {
    _ = try SiteBuilder(photos: 3, fileSize: 40_000, seed: 8).write(to: shop.path("photos"))
    try write("[sites.\"my card\"]\nlocation = '../../photos'  # below the home\n")
    let result = try run(["sync", "my card"])
    #expect(result.status == 0, "\(result.errors)")
    #expect(try run(["query", "--site", "my card", "--count"]).output == "3\n")
    // Now it is in the index, and the file is not needed.
    try FileManager.default.removeItem(atPath: place)
    #expect(try run(["sync"]).status == 0)
    #expect(try run(["status", "my card"]).status == 0)
    // The location of the file has precedence.
    try write("[sites.\"my card\"]\nlocation = '/nosuch'\n")
    #expect(try run(["sync", "my card"]).status == 66)
    #expect(try run(["sync", "my crad"]).errors.contains("my card"))
  }

  static let broken = [
    ("x = 1", 1, "table"), ("[defaults]\nconnections = 99", 2, "1…16"),
    ("[defaults]\nconections = 4", 2, "did you mean connections?"),
    ("[defaults]\n\n# c\ntransport = \"telnet\"", 4, "libssh2"), ("[default]", 1, "[defaults]"),
    ("[sites.a]\nidentity = 'x'", 1, "location"), ("[defaults\n", 1, "]"),
    ("[defaults]\ntimeout = soon", 2, "quotes"), ("[defaults]\ntimeout 5", 2, "="),
    ("[defaults]\ntimeout = 5\ntimeout = 6", 3, "duplicate"),
    ("[defaults]\n[defaults]", 2, "duplicate"),
    ("[defaults]\nidentity = \"a\\q\"", 2, "escape"),
    ("[defaults]\nidentity = 'a", 2, "unterminated"),
    ("[defaults]\nidentity = ['a']", 2, "lists"), ("[[sites]]", 1, "arrays"),
    ("[sites.\"a/b\"]\nlocation = 'x:'", 1, "name"),
    ("[defaults]\na = 1 2", 2, "unexpected text “2” after the value"),
    ("[defaults] a", 1, "unexpected text “a” after the table"),
    ("[sites.a]\nlocation = 'x:'\nprogress = 'none'", 3, "unknown"), ("[a\u{1}b]", 1, "control"),
    ("[sites.a]\nlocation = 'u:secret@h:p'\n", 1, "password"),
  ]

  @Test(arguments: broken)
  func namesFileAndLineOfAnError(text: String, line: Int, word: String) throws {
    try IndexWriter(path: shop.index).addSite(SiteRecord(name: "nas", location: "nas:x"))
    try write(text)
    let words = text.contains("secret") ? ["sync", "a"] : ["sync"]
    let result = try run(words)
    #expect(result.status == 78, "\(result.errors)")
    #expect(result.errorLines.count == 2)
    #expect(result.errors.contains("\(place), line \(line): "), "\(result.errors)")
    #expect(result.errors.contains(word), "\(result.errors)")
    #expect(!result.errors.contains("secret"))
    // Queries do not read it.
    #expect(try run(["query", "--count"]).output == "0\n")
    #expect(try run(["status"]).status == 0)
  }

  @Test func namesTheInvalidEnvironmentVariable() throws {
    try IndexWriter(path: shop.index).addSite(SiteRecord(name: "nas", location: "nas:x"))
    let result = try run(["sync"], ["GPSINDEX_CONNECTIONS": "many"])
    #expect(result.status == 78 && result.errors.contains("GPSINDEX_CONNECTIONS=many is not 1…16"))
    let progress = try run(["sync", "nas"], ["GPSINDEX_PROGRESS": "bra"])
    #expect(progress.status == 78, "\(progress.errors)")
  }

  /// Accepted text means the same to Python's parser, and refused text is refused by both.
  @Test(.enabled(if: Command.find("python3") != nil, "python3 is missing"))
  func tomlAgreesWithPython() throws {
    let values = [
      "\"a\\tb\\\\ \\u00e9\\U0001F681\"", "'C:\\x'", "1", "-1", "+7", "1_000", "2.5", "1e3",
      "-0.5E-2",
      "true", "false", "\"\"", "''", "0", "\"#\" # c", "01", "1__0", "_1", ".5", "1.", "0x1F",
      "tru",
      "\"", "\"\\ud800\"", "'a'b", "\"\"\"x\"\"\"", "[1]", "{a=1}", "1979-05-27", "1e", "True",
      "--1",
    ]
    let script = """
      import json, sys, tomllib
      out = []
      for value in json.load(sys.stdin):
        try: out.append(tomllib.loads('[t]\\nk = ' + value)['t']['k'])
        except Exception: out.append(None)
      print(json.dumps([None if isinstance(v, (list, dict)) or not isinstance(v, (str, bool, int, float)) else v for v in out]))
      """
    let input = try JSONSerialization.data(withJSONObject: values)
    let result = try Command.run("python3", ["-c", script], stdin: Array(input))
    try #require(result.exitCode == 0, "\(result.errorText)")
    let theirs = try #require(
      try JSONSerialization.jsonObject(with: Data(result.stdout)) as? [Any])
    let unsupported: Set = ["\"\"\"x\"\"\"", "[1]", "{a=1}", "1979-05-27", "0x1F"]
    for (value, other) in zip(values, theirs) {
      let ours = try? TOMLSubset.parse("[t]\nk = " + value).entries.first?.value
      switch ours {
      case .string(let text): #expect(other as? String == text, "\(value)")
      case .bool(let flag): #expect(other as? Bool == flag, "\(value)")
      case .number(let text):
        #expect((other as? NSNumber)?.doubleValue == Double(text), "\(value)")
      case nil: #expect(other is NSNull || unsupported.contains(value), "\(value)")
      }
    }
  }
}
