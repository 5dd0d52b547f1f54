import Foundation
import TestSupport
import Testing

/// Rows of docs/faults.md: each secret is sent only to its server, once.
@Suite(.enabled(if: PasswordServer.isPossible, "python3-paramiko is not installed"))
struct SecretRows {
  private func answers(_ setting: Setting, _ script: String) throws {
    let program = try setting.folder.write("#!/bin/sh\n\(script)\n", to: "answers")
    try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: program)
    setting.variables = ["SSH_ASKPASS": program, "SSH_ASKPASS_REQUIRE": "force"]
  }

  private func location(_ server: PasswordServer, _ root: String, user: String = "drone") -> String
  {
    "sftp://\(user)@127.0.0.1:\(server.port)\(root)"
  }

  @Test func s05_passwordIsNotSentToAnotherPort() throws {
    let setting = try Setting(photos: 8)
    let other = try TemporaryFolder()
    let mine = try PasswordServer("password", setting.folder)
    let strange = try PasswordServer("password", other)
    let known = try setting.folder.write(
      try [mine, strange].map { try String(contentsOfFile: $0.knownHosts, encoding: .utf8) }
        .joined(),
      to: "both")
    // The first prompt is answered, the second is not.
    try answers(
      setting, "mkdir \(setting.folder.file("once")) || exit 1\ncat \(try secret(setting))")
    let result = try setting.gpsindex([
      "sync", location(mine, setting.root), location(strange, setting.root), "--known-hosts", known,
      "--progress", "none", "--timeout", "3",
    ])
    #expect(result.exitCode == 77, "\(result.errorText)")
    #expect(mine.log.contains("password accepted"))
    #expect(!strange.log.contains { $0.hasPrefix("password") }, "\(strange.log)")
  }

  /// A foreign index may contain a foreign site.
  @Test func s05_passwordCommandServesOneLogin() throws {
    let setting = try Setting(photos: 8)
    let other = try TemporaryFolder()
    let servers = [
      try PasswordServer("password", setting.folder), try PasswordServer("password", other),
    ]
    let command = "cat \(try secret(setting))"
    let result = try setting.gpsindex(
      ["sync"] + servers.map { location($0, setting.root) } + [
        "--accept-new", "--known-hosts", setting.folder.file("new"), "--password-command", command,
      ])
    #expect(result.exitCode == 64 && result.errorText.contains("one login"), "\(result.errorText)")
    #expect(servers.allSatisfy { $0.log.isEmpty })
  }

  private func syncByCommand(
    _ setting: Setting, _ server: PasswordServer, _ more: [String] = []
  ) throws -> Command.Result {
    let command = "cat \(try secret(setting))"
    return try setting.gpsindex(
      server.syncArguments(setting.root, ["--password-command", command] + more))
  }

  private func secret(_ setting: Setting) throws -> String {
    try setting.folder.write(PasswordServer.secret + "\n", to: "secret")
  }

  /// A location with the account's own user name equals one without a user name.
  @Test func a09_refusalCountsForBothSpellings() throws {
    let setting = try Setting(photos: 8)
    let server = try PasswordServer("password", setting.folder)
    try answers(setting, "echo wrong")
    let other = try setting.folder.folder("other")
    var arguments = server.syncArguments(setting.root)
    arguments[1] = location(server, setting.root, user: NSUserName())
    arguments.insert("sftp://127.0.0.1:\(server.port)\(other)", at: 2)
    let result = try setting.gpsindex(arguments)
    #expect(result.exitCode == 77, "\(result.errorText)")
    #expect(server.log == ["connection", "password refused"], "\(server.log)")
  }

  /// OpenSSH without PAM offers keyboard-interactive without any prompt.
  @Test func a06_keyboardInteractiveWithoutPrompts() throws {
    let setting = try Setting(photos: 8)
    let server = try PasswordServer("deaf", setting.folder)
    let result = try syncByCommand(setting, server)
    #expect(result.exitCode == 0, "\(result.errorText)")
    #expect(server.log == ["connection", "password accepted"], "\(server.log)")
  }

  @Test func a07_passwordIsNotUsedAsCode() throws {
    let setting = try Setting(photos: 8)
    let server = try PasswordServer("one-time", setting.folder)
    let result = try syncByCommand(setting, server)
    #expect(result.exitCode == 77, "\(result.errorText)")
    #expect(server.log == ["connection"], "\(server.log)")
  }

  /// The open connection serves the second site, although another login is impossible.
  @Test func a07_oneTimeCodesForTwoSites() throws {
    let setting = try Setting(photos: 100)
    let server = try PasswordServer("code", setting.folder)
    let other = setting.folder.file("other")
    _ = try SiteBuilder(photos: 3, folders: 1, fileSize: 60_000, seed: 7).write(to: other)
    try answers(
      setting, "case \"$1\" in *Code*) echo 1;; *) cat \(try secret(setting));; esac")
    var arguments = server.syncArguments(setting.root, ["--connections", "4", "--in-flight", "1"])
    arguments.insert(location(server, other), at: 2)
    let result = try setting.gpsindex(arguments)
    #expect(result.exitCode == 0, "\(result.errorText)")
    #expect(server.log == ["connection", "keyboard-interactive accepted"], "\(server.log)")
  }

  /// A server that requires a key and a password gets both on each connection.
  @Test func a09_aPasswordAfterAKey() throws {
    let setting = try Setting(photos: 100)
    let server = try PasswordServer("key", setting.folder)
    let result = try syncByCommand(
      setting, server,
      ["--identity", setting.server.identity, "--connections", "4", "--in-flight", "1"])
    #expect(result.exitCode == 0, "\(result.errorText)")
    #expect(server.log.contains("password accepted"))
    #expect(!server.log.contains { $0.contains("refused") }, "\(server.log)")
  }
}
