import Foundation
import TestSupport
import Testing

/// Findings of doctor on a private server, with and without problems.
@Suite(.enabled(if: PrivateSSHD.isAvailable, "no OpenSSH server is installed"))
final class DoctorTests {
  let folder: TemporaryFolder
  let server: PrivateSSHD
  let home: String

  init() throws {
    folder = try TemporaryFolder()
    home = try folder.folder("home")
    server = try PrivateSSHD()
    _ = try SiteBuilder(photos: 4, folders: 2, fileSize: 300_000, seed: 6).write(
      to: folder.file("site"))
  }

  private func run(
    _ arguments: [String], _ variables: [String: String] = [:]
  ) throws -> Program.Result {
    try Program.run(
      arguments,
      environment: ["GPSINDEX_INDEX": folder.file("index.gpkg"), "HOME": home].merging(variables) {
        $1
      })
  }

  private func add(identity: String? = nil, knownHosts: String? = nil) throws {
    var words = [
      "site", "add", "nas", server.location(folder.file("site")), "--known-hosts",
      knownHosts ?? server.knownHosts, "--no-test",
    ]
    if let identity { words += ["--identity", identity] }
    #expect(try run(words).status == 0)
  }

  private func findings(
    _ result: Program.Result
  ) throws -> [String: (grade: String, text: String, next: String?)] {
    let list = try #require(try json(result) as? [[String: Any]], "\(result.errors)")
    var out: [String: (grade: String, text: String, next: String?)] = [:]
    for entry in list {
      let check = try #require(entry["check"] as? String)
      out[check] = (
        entry["grade"] as? String ?? "", entry["text"] as? String ?? "", entry["try"] as? String
      )
    }
    return out
  }

  @Test func reportsNoProblemOfAGoodSite() throws {
    try add(identity: server.identity)
    let result = try run(["doctor", "nas", "--json"])
    #expect(result.status == 0, "\(result.output)\(result.errors)")
    let found = try findings(result)
    for check in [
      "index", "config", "address", "key", "known_hosts", "server", "host key", "algorithms",
      "root",
      "limits", "round trip", "bandwidth", "settings",
    ] {
      #expect(found[check]?.grade == "ok", "\(check): \(String(describing: found[check]))")
    }
    #expect(found["server"]?.text.hasPrefix("SSH-2.0-OpenSSH") == true)
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.file("site"))
    #expect(found["root"]?.text.hasPrefix("\(names.count) folder") == true)
    #expect(found["root"]?.text.hasSuffix(" and 0 photos") == true)
    #expect(found["host key"]?.text.contains("SHA256:") == true)
    #expect(found["limits"]?.text.contains("open files") == true)
    #expect(found["settings"]?.text.contains("transport auto, timeout 30 s") == true)
    let text = try run(["doctor", "nas"])
    #expect(text.output.contains("ok    server        SSH-2.0-OpenSSH"), "\(text.output)")
    #expect(!text.output.contains("\u{1B}"))
  }

  @Test func everyProblemHasANextStep() throws {
    let locked = folder.file("locked")
    let made = try Command.run(
      "ssh-keygen", ["-q", "-t", "ed25519", "-N", "secret", "-f", locked])
    try #require(made.exitCode == 0)
    try add(identity: locked, knownHosts: try folder.write("", to: "empty"))
    let result = try run(["doctor", "nas", "--json"])
    #expect(result.status == 1)
    let found = try findings(result)
    #expect(found["key"]?.grade == "warn" && found["key"]?.next?.contains("ssh-add") == true)
    #expect(found["known_hosts"]?.grade == "warn")
    #expect(found["connection"]?.grade == "fail")
    #expect(found["connection"]?.next?.isEmpty == false)
  }

  @Test func reportsReadableKeysAndSilentAgents() throws {
    try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: server.identity)
    try add(identity: server.identity)
    let found = try findings(try run(["doctor", "nas", "--json"]))
    #expect(found["key"]?.grade == "fail")
    #expect(found["key"]?.next == "chmod 600 \(server.identity)")
    let other = try PrivateSSHD()
    #expect(
      try run([
        "site", "add", "two", other.location("/"), "--known-hosts", other.knownHosts, "--no-test",
      ]).status == 0)
    let second = try findings(
      try run(["doctor", "two", "--json"], ["SSH_AUTH_SOCK": folder.file("nosuch")]))
    #expect(second["agent"]?.grade == "warn" && second["connection"]?.grade == "fail")
  }

  @Test func worksWithoutAnIndex() throws {
    let result = try run(["doctor"])
    #expect(result.status == 0)
    #expect(result.output.contains("try: gpsindex site add NAME LOCATION"), "\(result.output)")
    #expect(try run(["doctor", "nas"]).status == 66)
    let password = try run(["doctor", "--password-command", "true"])
    #expect(password.status == 64 && password.errors.contains("gpsindex site add"))
  }
}
