import ArgumentParser
import Foundation
import PhotoIndex
import PhotoModel
import TestSupport
import Testing

@testable import gpsindex

/// Settings of an index that choose keys, files and checks count only if they were set on this machine.
@Suite final class TrustTests {
  let folder: TemporaryFolder
  let home: String
  init() throws {
    folder = try TemporaryFolder()
    home = try folder.folder("home")
  }

  private var index: String { folder.file("index.gpkg") }
  private var state: String { home + "/.local/state/gpsindex" }

  private func run(
    _ arguments: [String], _ variables: [String: String] = [:]
  ) throws -> Program.Result {
    try Program.run(
      arguments,
      environment: ["GPSINDEX_INDEX": index, "HOME": home].merging(variables) { $1 })
  }

  private static let options = [
    "--identity", "/keys/mine", "--known-hosts", "/keys/hosts", "--accept-new", "--transport",
    "ssh",
    "--timeout", "7",
  ]

  private func add(_ variables: [String: String] = [:]) throws -> Program.Result {
    try run(["site", "add", "nas", "nas:x", "--no-test"] + Self.options, variables)
  }

  /// The effective settings of a sync.
  private func used(_ variables: [String: String] = [:]) throws -> [String: String] {
    let result = try run(["config", "show", "nas", "--json"], variables)
    let rows = try #require(try json(result) as? [[String: Any]], "\(result.errors)")
    return rows.reduce(into: [:]) { $0[$1["setting"] as? String ?? ""] = $1["value"] as? String }
  }

  private func expectAll(_ isTrusted: Bool, _ variables: [String: String] = [:]) throws {
    let used = try used(variables)
    #expect(used["identity"] == (isTrusted ? "/keys/mine" : nil))
    #expect(used["known_hosts"] == (isTrusted ? "/keys/hosts" : nil))
    #expect(used["accept_new"] == (isTrusted ? "true" : "false"))
    #expect(used["transport"] == (isTrusted ? "ssh" : "auto"))
    // Settings without security relevance always count.
    #expect(used["timeout"] == "7")
  }

  @Test func usesSettingsTypedOnThisMachine() throws {
    #expect(try add().errors.contains("site nas added"))
    try expectAll(true)
    // Only the user can access the trust file.
    let manager = FileManager.default
    let modes = try [state, state + "/trust"].map {
      try manager.attributesOfItem(atPath: $0)[.posixPermissions] as? Int
    }
    #expect(modes == [0o700, 0o600])
    // A copy is another index; a symbolic link is not.
    try manager.createSymbolicLink(atPath: folder.file("link.gpkg"), withDestinationPath: index)
    try expectAll(true, ["GPSINDEX_INDEX": folder.file("link.gpkg")])
    try manager.copyItem(atPath: index, toPath: folder.file("copy.gpkg"))
    try expectAll(false, ["GPSINDEX_INDEX": folder.file("copy.gpkg")])
  }

  static let changes: [@Sendable (inout SiteRecord) -> Void] = [
    { $0.location = "evil:x" }, { $0.name = "other" }, { $0.settings.identity = "/keys/other" },
    { $0.settings.knownHosts = "/home/me/.ssh/authorized_keys" },
  ]

  @Test(arguments: changes.indices) func ignoresSettingsChangedElsewhere(number: Int) throws {
    #expect(try add().status == 0)
    let writer = try IndexWriter(path: index)
    var site = try writer.site(named: "nas")
    Self.changes[number](&site)
    try writer.updateSite(site)
    let kept = try writer.sites()[0]
    let own = SiteTrust(index: index, environment: { $0 == "HOME" ? self.home : nil }).own(kept)
    #expect(own.foreign.count == (number < 2 ? 4 : 1))
    if number < 2 {
      #expect(own.site.settings == SiteSettings(timeoutSeconds: 7))
    }
  }

  @Test func ignoresSettingsOfAForeignIndex() throws {
    let settings = SiteSettings(
      identity: "/keys/mine", knownHosts: "/keys/hosts", transport: "ssh", timeoutSeconds: 7,
      acceptNew: true)
    try IndexWriter(path: index).addSite(
      SiteRecord(name: "nas", location: "nas:x", settings: settings))
    try expectAll(false)
    let shown = try run(["config", "show", "nas"])
    #expect(shown.errors.contains("gpsindex site trust nas"), "\(shown.errors)")
    #expect(shown.errors.contains("known_hosts /keys/hosts"))
    // An option overrides the ignored setting, so there is no message about it.
    let site = try SyncTargets.resolve(
      ["nas"], ssh: try SSHOptions.parse(["--identity", "/keys/mine"]),
      settings: Settings(ConfigFile(path: "/nowhere"), environment: { _ in nil }),
      indexPath: index, keepsNew: true)
    #expect(site.targets.first?.settings.identity == "/keys/mine")
    #expect(site.targets.first?.settings.knownHosts == nil)
    #expect(site.remarks[ExactText("nas")]?.contains("identity") == false)
    #expect(site.remarks[ExactText("nas")]?.contains("accept_new true") == true)
    // The index is unchanged.
    #expect(try IndexReader(path: index).site(named: "nas").settings == settings)
    let trusted = try run(["site", "trust", "nas"])
    #expect(trusted.status == 0 && trusted.errors.contains("identity /keys/mine"))
    try expectAll(true)
    #expect(try run(["site", "trust", "nosuch"]).status == 66)
  }

  /// Settings of a stranger's index do not become trusted beside one that is set here.
  @Test func setTrustsOnlyWhatItSets() throws {
    try IndexWriter(path: index).addSite(
      SiteRecord(
        name: "nas", location: "nas:x",
        settings: SiteSettings(identity: "/keys/theirs", transport: "ssh", acceptNew: true)))
    let set = try run(["site", "set", "nas", "--known-hosts", "/keys/mine"])
    #expect(set.status == 0, "\(set.errors)")
    let used = try used()
    #expect(used["known_hosts"] == "/keys/mine")
    #expect(used["identity"] == nil && used["accept_new"] == "false")
    #expect(used["transport"] == "auto")
  }

  /// Built-in values relax nothing, and a local folder needs no login.
  @Test func doesNotReportHarmlessSettings() throws {
    let writer = try IndexWriter(path: index)
    try writer.addSite(
      SiteRecord(
        name: "nas", location: "nas:x",
        settings: SiteSettings(transport: "auto", connections: 2, acceptNew: false)))
    try writer.addSite(
      SiteRecord(name: "card", location: "/card", settings: SiteSettings(identity: "/k")))
    for name in ["nas", "card"] {
      #expect(try run(["config", "show", name]).errors.isEmpty)
      #expect(try run(["site", "trust", "nas"]).status == 0)
    }
    #expect(!FileManager.default.fileExists(atPath: state))
  }

  @Test func siteAddedAgainHasNoOldTrust() throws {
    #expect(try add().status == 0)
    #expect(try run(["site", "remove", "nas", "--yes"]).status == 0)
    #expect(try String(contentsOfFile: state + "/trust", encoding: .utf8).isEmpty)
    #expect(try add().status == 0)
    #expect(try run(["site", "add", "two", "two:x", "--no-test", "--accept-new"]).status == 0)
    let lines = try String(contentsOfFile: state + "/trust", encoding: .utf8).split(separator: "\n")
    #expect(lines.count == 5)
  }

  @Test func reportsAnUnwritableTrustFile() throws {
    _ = try folder.write("", to: "home/file")
    let result = try add(["XDG_STATE_HOME": home + "/file"])
    #expect(result.status == 0)
    #expect(result.errors.contains("cannot record"), "\(result.errors)")
    #expect(result.errors.contains("--accept-new"))
    // Relative paths are ignored (XDG Base Directory Specification).
    #expect(try run(["site", "trust", "nas"], ["XDG_STATE_HOME": "state"]).status == 0)
    try expectAll(true)
    #expect(try run(["site", "trust", "nas"], ["XDG_STATE_HOME": home + "/xdg"]).status == 0)
    try expectAll(true, ["XDG_STATE_HOME": home + "/xdg"])
  }

  /// A trust file that others can write is ignored.
  @Test func ignoresATrustFileThatOthersCanWrite() throws {
    #expect(try add().status == 0)
    let manager = FileManager.default
    let note = state + "/trust"
    try manager.setAttributes([.posixPermissions: 0o620], ofItemAtPath: note)
    try expectAll(false)
    let refused = try run(["site", "trust", "nas"])
    #expect(refused.status == 77 && refused.errors.contains(note), "\(refused.errors)")
    try manager.setAttributes([.posixPermissions: 0o600], ofItemAtPath: note)
    try expectAll(true)
    try manager.moveItem(atPath: note, toPath: folder.file("moved"))
    try manager.createSymbolicLink(atPath: note, withDestinationPath: folder.file("moved"))
    try expectAll(false)
    try manager.removeItem(atPath: note)
    #expect(mkfifo(note, 0o600) == 0)
    try expectAll(false)
  }

  /// Names of an index can contain anything, but cannot imitate a line of the trust file.
  @Test func namesCannotForgeTrustLines() throws {
    let environment: (String) -> String? = { $0 == "HOME" ? self.home : nil }
    let trust = SiteTrust(index: index, environment: environment)
    let odd = "a\tb\nc%09"
    try trust.record(
      SiteRecord(name: odd, location: "h:\n\tx", settings: SiteSettings(identity: "/k\n/l")))
    let lines = try String(contentsOfFile: state + "/trust", encoding: .utf8).split(separator: "\n")
    #expect(lines.count == 1 && lines[0].split(separator: "\t").count == 5)
    let again = SiteTrust(index: index, environment: environment)
    func foreign(_ name: String, _ location: String, _ identity: String) -> Int {
      again.own(
        SiteRecord(
          name: name, location: location, settings: SiteSettings(identity: identity))
      ).foreign.count
    }
    #expect(foreign(odd, "h:\n\tx", "/k\n/l") == 0)
    #expect(foreign("a", "h:\n\tx", "/k\n/l") == 1 && foreign(odd, "h:x", "/k\n/l") == 1)
  }

  @Test func keepsParallelChangesOfTheTrustFile() async throws {
    let home = home
    let index = index
    try await withThrowingTaskGroup { group in
      for number in 0..<8 {
        group.addTask {
          try SiteTrust(index: index, environment: { $0 == "HOME" ? home : nil }).record(
            SiteRecord(
              name: "s\(number)", location: "h:x", settings: SiteSettings(identity: "/k")))
        }
      }
      try await group.waitForAll()
    }
    let lines = try String(contentsOfFile: state + "/trust", encoding: .utf8).split(separator: "\n")
    #expect(lines.count == 8)
  }

  /// A location of an index reaches no option of a program and no shell.
  @Test(arguments: [
    "-oProxyCommand=touch${IFS}/tmp/x:x", "sftp://-oProxyCommand=x/y", "u@-F/x:y", "-x@host:y",
    "sftp://h;id/x", "h$(id):x", "h`id`:x", "h|id:x", "a b:x", "sftp://u;id@h/x", "sftp://h\n/x",
  ])
  func refusesLocationsThatAreOptions(location: String) throws {
    try IndexWriter(path: index).addSite(SiteRecord(name: "nas", location: location))
    let result = try run(["sync", "nas", "--transport", "ssh", "--progress", "none"])
    #expect([64, 66].contains(result.status), "\(result.status) \(result.errors)")
  }
}
