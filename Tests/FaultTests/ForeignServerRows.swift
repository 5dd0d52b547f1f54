import Foundation
import LinkSimulation
import TestSupport
import Testing

/// Rows of docs/faults.md: servers that are not OpenSSH, and what is agreed upon with one. `make test-servers` tries more.
@Suite(
  .serialized,
  .enabled(if: Setting.isPossible, "no OpenSSH server with an sftp-server is installed"))
struct ForeignServerRows {
  /// dropbear looks for keys in the account's own home, which mounts of its own stand in for.
  private static let servers = (Setting.mayMount ? ["dropbear"] : []) + ["asyncssh", "paramiko"]

  /// Tests/ForeignServerTests/run.py with the servers that Debian has: RSA keys from a file, from an agent, with a passphrase, among
  /// other keys in both orders, and on a compressed connection.
  @Test(arguments: servers)
  func a11_rsaKeysAtOtherServers(name: String) throws {
    let programs = URL(filePath: CommandLine.arguments[0]).standardizedFileURL
      .deletingLastPathComponent().path
    let script = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../ForeignServerTests/run.py").standardizedFileURL.path
    let result = try Command.run(
      "/usr/bin/python3", [script, programs, "--only", name], timeout: 120)
    #expect(result.exitCode == 0, "\(result.text)\(result.errorText)")
    #expect(result.text.contains("| \(name) | ok | ok | ok | ok | ok | ok | ok |"))
  }

  /// It takes its leave of everybody who shows an RSA key, with or without a word.
  @Test(
    .enabled(if: PasswordServer.isPossible, "python3-paramiko is not installed"),
    arguments: ["hangs-up", "hangs-up-silently"])
  func a12_aServerThatHangsUpOnRSA(mode: String) throws {
    let setting = try Setting(photos: 8, userKeys: [.ed25519, .rsa])
    let server = try PasswordServer(mode, setting.folder)
    let agent = try TestAgent(setting.folder)
    for type in [PrivateSSHD.KeyType.rsa, .ed25519] { try agent.add(setting.server.identity(type)) }
    setting.variables["SSH_AUTH_SOCK"] = agent.socket
    // The key of another kind comes first, though the agent names it last.
    let result = try setting.gpsindex(server.syncArguments(setting.root))
    #expect(result.exitCode == 0, "\(result.errorText)")
    #expect(!server.log.contains("hung up"))
    #expect(server.log.filter { $0 == "connection" }.count == 1)
  }

  /// Three keys of other kinds, of which the server hangs up on two.
  @Test(
    .enabled(if: PasswordServer.isPossible, "python3-paramiko is not installed"),
    arguments: ["picky", "picky-silently"])
  func a12_theOtherKeysComeOnAFreshConnection(mode: String) throws {
    let setting = try Setting(photos: 8, userKeys: [.ed25519, .ecdsa])
    let server = try PasswordServer(mode, setting.folder)
    let agent = try TestAgent(setting.folder)
    for type in [PrivateSSHD.KeyType.ecdsa, .ed25519] {
      try agent.add(setting.server.identity(type))
    }
    setting.variables["SSH_AUTH_SOCK"] = agent.socket
    let result = try setting.gpsindex(server.syncArguments(setting.root))
    #expect(result.exitCode == 0, "\(result.errorText)")
    #expect(server.log.filter { $0 == "hung up" }.count == 1, "\(server.log)")
    // One that is named alone is refused as ever, and not tried again and again.
    let before = server.log.count
    let refused = try setting.gpsindex(
      server.syncArguments(setting.root, ["--identity", setting.server.identity(.ecdsa)]))
    #expect([69, 77].contains(refused.exitCode), "\(refused.errorText)")
    #expect(server.log.dropFirst(before).filter { $0 == "hung up" }.count <= 3, "\(server.log)")
  }

  // MARK: Compression

  /// What the client named, in the words of the server's log.
  private func offers(_ setting: Setting, _ more: [String]) throws -> (String, Command.Result) {
    let link = try LinkProxy(to: setting.server.port, settings: LinkSettings(milliseconds: 60))
    setting.port = link.port
    let before = setting.server.log.count
    let result = try setting.sync(more + ["--timeout", "10"])
    let log = setting.server.log.dropFirst(before).split(whereSeparator: \.isNewline)
    let peer = log.drop { !$0.contains("peer client KEXINIT proposal") }
    return (String(peer.first { $0.contains("compression ctos: ") } ?? ""), result)
  }

  @Test func a13_compressionThatBeginsAfterTheLogin() throws {
    let setting = try Setting(photos: 8, sshd: ["LogLevel DEBUG3"])
    let (plain, calm) = try offers(setting, ["--no-compression"])
    #expect(calm.exitCode == 0 && plain.hasSuffix("ctos: none [preauth]"), "\(plain)")
    // The ssh program names it always, and last where it is not wanted.
    try ConfigurationRows().configure(setting, "Host *\n  Compression yes\n")
    for (words, first) in [
      ([], "ctos: zlib@openssh.com"), (["--no-compression"], "ctos: none"),
    ] {
      let (line, result) = try offers(setting, words + ["--transport", "ssh"])
      #expect(result.exitCode == 0 && line.contains(first), "\(line)")
    }
    let (line, result) = try offers(setting, [])
    #expect(result.exitCode == 0, "\(result.errorText)")
    #expect(line.hasSuffix("ctos: zlib@openssh.com,none [preauth]"), "\(line)")
  }

  /// libssh2 expands nothing then, and would wait for ever.
  @Test(.enabled(if: PasswordServer.isPossible, "python3-paramiko is not installed"))
  func a13_aServerThatCompressesOneWay() throws {
    let setting = try Setting(photos: 8)
    let server = try PasswordServer("one-way", setting.folder)
    let link = try LinkProxy(to: server.port, settings: LinkSettings(milliseconds: 60))
    let known = try String(contentsOfFile: server.knownHosts, encoding: .utf8)
      .replacing(":\(server.port)", with: ":\(link.port)")
    let result = try setting.gpsindex([
      "sync", "sftp://drone@127.0.0.1:\(link.port)\(setting.root)", "--identity",
      setting.server.identity, "--known-hosts", try setting.folder.write(known, to: "far_hosts"),
      "--progress", "none", "--timeout", "5", "--connections", "2",
    ])
    #expect(result.exitCode == 0, "\(result.errorText)")
    #expect(try setting.count() == 8)
    // Found out once, also by several connections.
    #expect(server.log.filter { $0 == "compression zlib@openssh.com" }.count == 1, "\(server.log)")
    #expect(server.log.contains("compression none"), "\(server.log)")
  }

  @Test func g12_compressionNo() throws {
    let setting = try Setting(photos: 8, sshd: ["LogLevel DEBUG3"])
    let included = try setting.folder.write("Compression no\n", to: "included")
    for (text, isOn) in [
      ("Host 127.0.0.1\n  Compression no\n", false), ("Host other\n  Compression no\n", true),
      ("Host 127.*\n  Include \(included)\n", false), ("Host other\n  Include \(included)\n", true),
      ("Match host 127.0.0.1\n  COMPRESSION no\nHost *\n  Compression yes\n", false),
      ("Host *\n  Compression yes\n", true), ("# Compression no\n", true),
    ] {
      try ConfigurationRows().configure(setting, text)
      let (line, result) = try offers(setting, [])
      #expect(result.exitCode == 0, "\(text): \(result.errorText)")
      #expect(line.contains("zlib@openssh.com") == isOn, "\(text): \(line)")
    }
    try ConfigurationRows().configure(setting, "Compression no\n")
    #expect(try offers(setting, ["--compression"]).0.contains("zlib@openssh.com,none"))
    setting.variables["GPSINDEX_COMPRESSION"] = "false"
    try ConfigurationRows().configure(setting, "\n")
    #expect(try offers(setting, []).0.hasSuffix("ctos: none [preauth]"))
  }

  // MARK: Trust

  /// An index whose site names a file of the reader's for new host keys.
  @Test(arguments: ["libssh2", "ssh"]) func s22_anIndexChoosesNoFileToWriteTo(transport: String)
    throws
  {
    let setting = try Setting(photos: 8)
    let text =
      "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA me\n"
    let victim = try setting.folder.write(text, to: "authorized_keys")
    let location = setting.server.location(setting.root)
    #expect(
      try setting.gpsindex("site", "add", "nas", location, "--no-test").exitCode == 0)
    let change = try Command.run(
      "sqlite3",
      [
        setting.folder.file("index.gpkg"),
        "UPDATE site SET known_hosts = '\(victim)', accept_new = 1, transport = '\(transport)', "
          + "identity = '\(setting.server.identity)'",
      ])
    #expect(change.exitCode == 0, "\(change.errorText)")
    let none = ["sync", "nas", "--progress", "none", "--timeout", "3", "-q"]
    let refused = try setting.gpsindex(none)
    #expect(refused.exitCode == 76, "\(refused.errorText)")
    #expect(refused.errorText.contains("gpsindex site trust nas"), "\(refused.errorText)")
    #expect(!setting.server.log.contains("userauth"))
    // Even when the user says that it is right.
    #expect(try setting.gpsindex("site", "trust", "nas").exitCode == 0)
    let written = try setting.gpsindex(none)
    #expect(written.exitCode == 78, "\(written.errorText)")
    #expect(written.errorText.contains("no known_hosts line"), "\(written.errorText)")
    #expect(try String(contentsOfFile: victim, encoding: .utf8) == text)
    // A file that is known_hosts is taken then.
    try setting.folder.write("", to: "authorized_keys")
    let done = try setting.gpsindex(none)
    #expect(done.exitCode == 0, "\(done.errorText)")
    #expect(try setting.count() == 8)
  }
}
