import Foundation
import SSHTransport
import TestSupport
import Testing

/// Known-hosts files as OpenSSH reads them. Where ssh-keygen finds a host (`-F`), so must we.
@Suite(.enabled(if: Command.find("ssh-keygen") != nil, "ssh-keygen is not installed"))
struct KnownHostsTests {
  enum Outcome { case match, unknown, changed, revoked }

  struct Keys {
    let folder: TemporaryFolder
    /// `ssh-ed25519 AAAA…`
    let right: String
    let other: String
    let blob: [UInt8]

    init() throws {
      let folder = try TemporaryFolder()
      func make(_ name: String) throws -> String {
        let file = folder.file(name)
        let keygen = try #require(Command.find("ssh-keygen"))
        let made = try Command.run(keygen, ["-q", "-t", "ed25519", "-N", "", "-f", file])
        try #require(made.exitCode == 0)
        let text = try String(contentsOfFile: file + ".pub", encoding: .utf8)
        return text.split(separator: " ").prefix(2).joined(separator: " ")
      }
      self.folder = folder
      right = try make("right")
      other = try make("other")
      let base64 = try #require(right.split(separator: " ").last)
      blob = Array(try #require(Data(base64Encoded: String(base64))))
    }
  }

  static let host = "[127.0.0.1]:23022"
  static let p256 =
    "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBAAAAAAAAAAA"
  static let hardware =
    "sk-ssh-ed25519@openssh.com AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2guY29tAAAA"
  /// What stands in the file (R: the right key, W: another of the same type), what is to come
  /// out, and whether ssh-keygen finds the host there.
  static let cases: [(String, Outcome, Bool)] = [
    ("\(host) R\n", .match, true),
    ("\(host) \(p256)\n\(host) R\n", .match, true),
    ("# a comment\n\n@cert-authority *.x.org W\n\(host) R\n", .match, true),
    ("@revoked \(host) R\n\(host) R\n", .revoked, true),
    ("\(host) R\n@revoked * R\n", .revoked, true),
    ("@revoked \(host) W\n\(host) R\n", .match, true),
    ("\(host),nas R\n", .match, true),
    ("\(host) W\n", .changed, true),
    ("\(host) W\n\(host) R\n", .match, true),
    ("*.foo,\(host) R\n", .match, true),
    ("\(host) \(hardware)\n\(host) R\n", .match, true),
    ("127.0.0.1 R\n", .unknown, false),
    ("127.0.0.* R\n", .unknown, false),
    ("\(host) this is no key\n\(host) R\n", .match, true),
    ("[127.0.0.*]:23022 R\n", .match, true),
    ("[127.0.0.1]:* R\n", .match, true),
    ("![127.0.0.1]:23022,[127.0.0.*]:23022 R\n", .unknown, false),
    ("@cert-authority \(host) R\n", .unknown, true),
    ("\(host) R a comment\r\n", .match, true),
    ("127.0.0.1:23022 R\n", .unknown, false),
    ("[127.0.0.1]:2302? R", .match, true),
    ("", .unknown, false),
  ]

  @Test(arguments: cases) func likeOpenSSH(text: String, outcome: Outcome, found: Bool) throws {
    let keys = try Keys()
    let filled = text.replacing(" R", with: " " + keys.right).replacing(
      " W", with: " " + keys.other)
    let file = try keys.folder.write(filled, to: "known_hosts")
    try check(keys, file, outcome, found)
  }

  @Test(arguments: [true, false]) func hashedNames(right: Bool) throws {
    let keys = try Keys()
    let file = try keys.folder.write(
      "\(Self.host) \(right ? keys.right : keys.other)\nelse \(keys.other)\n", to: "known_hosts")
    let hashed = try Command.run(try #require(Command.find("ssh-keygen")), ["-H", "-f", file])
    try #require(hashed.exitCode == 0)
    #expect(try String(contentsOfFile: file, encoding: .utf8).hasPrefix("|1|"))
    try check(keys, file, right ? .match : .changed, true)
  }

  @Test func severalFilesCountTogether() throws {
    let keys = try Keys()
    let first = try keys.folder.write("\(Self.host) \(keys.right)\n", to: "first")
    let second = try keys.folder.write("@revoked * \(keys.right)\n", to: "second")
    let hosts = KnownHosts(files: [first, keys.folder.file("missing"), second])
    #expect(outcome(of: hosts.verdict(name: Self.host, key: keys.blob)) == .revoked)
  }

  @Test func keyTypesInFileOrder() {
    let hosts = KnownHosts(
      text: """
        \(Self.host) \(Self.p256)
        @revoked \(Self.host) ssh-rsa AAAAB3NzaC1yc2EAAAADAQAB
        other ssh-dss AAAAB3NzaC1kc3MAAACBAAAA
        \(Self.host) ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA
        \(Self.host) \(Self.p256)
        """)
    #expect(hosts.keyTypes(name: Self.host) == ["ecdsa-sha2-nistp256", "ssh-ed25519"])
  }

  @Test func patternsCostNoExponentialTime() {
    let pattern = String(repeating: "*a", count: 1_000) + "b"
    let name = String(repeating: "a", count: 2_000)
    let hosts = KnownHosts(text: "\(pattern) ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA\n")
    #expect(hosts.keyTypes(name: name).isEmpty)
  }

  private func check(_ keys: Keys, _ file: String, _ wanted: Outcome, _ found: Bool) throws {
    let verdict = KnownHosts(files: [file]).verdict(name: Self.host, key: keys.blob)
    #expect(outcome(of: verdict) == wanted)
    let keygen = try #require(Command.find("ssh-keygen"))
    let openSSH = try Command.run(keygen, ["-F", Self.host, "-f", file])
    #expect((openSSH.exitCode == 0) == found, "\(openSSH.errorText)")
  }

  private func outcome(of verdict: KnownHosts.Verdict) -> Outcome {
    switch verdict {
    case .match: .match
    case .unknown: .unknown
    case .changed: .changed
    case .revoked: .revoked
    }
  }
}
