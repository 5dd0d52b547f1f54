import Foundation
import TestSupport
import Testing

/// Rows of docs/faults.md: host keys, checked as OpenSSH's client checks them.
@Suite(.enabled(if: Setting.isPossible, "no OpenSSH server with an sftp-server is installed"))
struct HostKeyRows {
  /// H is the server's name, E and C are its keys, W is another key of E's type.
  ///
  /// In rows 10 and 11 ssh accepts more than its own ssh-keygen -F: a key that is recorded for the host without the
  /// port. gpsindex does not.
  static let cases: [(name: String, text: String, isAccepted: Bool)] = [
    ("1 Ed25519 only", "H E\n", true),
    ("2 ECDSA only", "H C\n", true),
    ("3 comment, blank line, authority", "# c\n\n@cert-authority *.x.org W\nH E\n", true),
    ("4 revoked", "@revoked H E\nH E\n", false),
    ("5 list", "H,nas E\n", true),
    ("6 hashed", "H E\n", true),
    ("7 changed", "H W\n", false),
    ("8 list with a wildcard", "*.foo,H E\n", true),
    (
      "9 hardware key", "H sk-ssh-ed25519@openssh.com AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5z\nH E\n", true
    ),
    ("10 without the port", "127.0.0.1 E\n", false),
    ("11 wildcard without the port", "127.0.0.* E\n", false),
    ("12 broken line", "H this is no key\nH E\n", true),
    ("13 wildcard in the host", "[127.0.0.*]:P E\n", true),
    ("13 wildcard for the port", "[127.0.0.1]:* E\n", true),
    ("14 negation", "!H,[127.0.0.*]:P E\n", false),
    ("15 authority only", "@cert-authority H E\n", false),
    ("16 CRLF and a comment", "H E me@here\r\n", true),
    ("17 port without brackets", "127.0.0.1:P E\n", false),
    ("another right key beside a wrong one", "H W\nH E\n", true),
    ("nothing", "", false),
  ]

  private func publicKey(_ file: String) throws -> String {
    try String(contentsOfFile: file + ".pub", encoding: .utf8).split(separator: " ").prefix(2)
      .joined(separator: " ")
  }

  @Test func s03_readsKnownHostsAsSSHDoes() throws {
    let setting = try Setting(photos: 1, hostKeys: [.ed25519, .ecdsa, .rsa])
    let server = setting.server
    let ssh = try #require(Command.find("ssh"))
    for (name, text, isAccepted) in Self.cases {
      var filled = ""
      for word in text.split(omittingEmptySubsequences: false, whereSeparator: { $0 == " " }) {
        filled += filled.isEmpty ? "" : " "
        filled += String(word)
          .replacing("H", with: "[127.0.0.1]:\(server.port)").replacing(
            ":P", with: ":\(server.port)"
          )
          .replacing(/^E/, with: try publicKey(server.hostKey(.ed25519)))
          .replacing(/^C/, with: try publicKey(server.hostKey(.ecdsa)))
          .replacing(/^W/, with: try publicKey(server.identity))
      }
      let file = try setting.folder.write(filled, to: "hosts")
      if name.hasPrefix("6") {
        _ = try Command.run(try #require(Command.find("ssh-keygen")), ["-q", "-H", "-f", file])
        #expect(try String(contentsOfFile: file, encoding: .utf8).hasPrefix("|1|"))
      }
      let theirs = try Command.run(
        ssh,
        ["-o", "UserKnownHostsFile=\(file)"] + server.clientOptions() + [
          "-p", "\(server.port)", "\(server.user)@127.0.0.1", "true",
        ])
      let isLenient = name.hasPrefix("10") || name.hasPrefix("11")
      #expect((theirs.exitCode == 0) == isAccepted || isLenient, "\(name): \(theirs.errorText)")
      let before = server.log.count
      let ours = try setting.sync(["--known-hosts", file, "--dry-run"])
      #expect(ours.exitCode == (isAccepted ? 0 : 76), "\(name): \(ours.errorText)")
      if !isAccepted { #expect(!server.log.dropFirst(before).contains("userauth"), "\(name)") }
    }
  }

  @Test func s01_promptsOnTheTerminal() throws {
    let setting = try Setting(photos: 1)
    let file = setting.folder.file("new-hosts")
    let arguments = try setting.syncArguments(["--known-hosts", file])
    let question = "fingerprint)? "
    let no = try setting.onTerminal([(question, "no")], arguments)
    #expect(no.exitCode == 76 && no.text.contains("SHA256:"), "\(no.text)")
    #expect(!FileManager.default.fileExists(atPath: file))
    #expect(!setting.server.log.contains("userauth"))
    let yes = try setting.onTerminal([(question, "yes")], arguments)
    #expect(yes.exitCode == 0, "\(yes.text)")
    let mode = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int
    #expect(mode == 0o600)
    #expect(try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n").count == 1)
    // The host is known now, also to the ssh program.
    #expect(try setting.sync(["--known-hosts", file]).exitCode == 0)
    #expect(try setting.sync(["--known-hosts", file, "--transport", "ssh"]).exitCode == 0)
    // The right fingerprint is an answer, too; another one is not.
    let words = try #require(
      yes.text.split(whereSeparator: \.isWhitespace).first { $0.hasPrefix("SHA256:") })
    for (answer, status) in [("SHA256:wrong", Int32(76)), (String(words), 0)] {
      try FileManager.default.removeItem(atPath: file)
      try setting.folder.write("# mine\n", to: "new-hosts")
      let typed = try setting.onTerminal([(question, answer)], arguments)
      #expect(typed.exitCode == status, "\(typed.text)")
    }
  }

  /// A changed key ends the run without a prompt.
  @Test func s02_neverPromptsForAChangedKey() throws {
    let setting = try Setting(photos: 1)
    let other = try publicKey(setting.server.identity)
    let file = try setting.folder.write(
      "[127.0.0.1]:\(setting.server.port) \(other)\n", to: "hosts")
    let result = try setting.onTerminal(
      [("fingerprint)? ", "yes")], try setting.syncArguments(["--known-hosts", file]))
    #expect(result.exitCode == 76 && !result.text.contains("(yes"), "\(result.text)")
    #expect(!setting.server.log.contains("userauth"))
  }

  /// Parallel runs that add keys lose none.
  @Test func s01_parallelRunsKeepAllNewKeys() throws {
    let settings = try (0..<4).map { _ in try Setting(photos: 1) }
    let file = settings[0].folder.file("shared-hosts")
    let running = try settings.map { setting in
      try setting.start(["--known-hosts", file, "--accept-new"])
    }
    for run in running { #expect(run.result(timeout: 15).exitCode == 0) }
    let lines = try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n")
    #expect(lines.count == 4 && lines.allSatisfy { $0.split(separator: " ").count == 3 })
  }
}
