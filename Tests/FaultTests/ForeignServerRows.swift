import Foundation
import LinkSimulation
import TestSupport
import Testing

/// Rows of docs/faults.md: servers other than OpenSSH, and negotiated algorithms. `make test-servers` tests more.
@Suite(
  .serialized,
  .enabled(if: Setting.isPossible, "no OpenSSH server with an sftp-server is installed"))
struct ForeignServerRows {
  /// dropbear reads keys from the account's home, which a private mount replaces.
  private static let servers = (Setting.mayMount ? ["dropbear"] : []) + ["asyncssh", "paramiko"]

  /// Tests/ForeignServerTests/run.py with the servers that Debian has and the keys that failed there: RSA in a file, with a
  /// passphrase and in an agent, beside a good key. `make test-servers` tries all types.
  @Test(arguments: servers)
  func a11_rsaKeysAtOtherServers(name: String) throws {
    let programs = URL(filePath: CommandLine.arguments[0]).standardizedFileURL
      .deletingLastPathComponent().path
    let script = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../ForeignServerTests/run.py").standardizedFileURL.path
    let result = try Command.run(
      "/usr/bin/python3", [script, programs, "--only", name, "--quick", "--part", "keys"],
      timeout: 120)
    #expect(result.exitCode == 0, "\(result.text)\(result.errorText)")
    let rows = result.text.split(separator: "\n").filter {
      $0.lowercased().hasPrefix("| \(name) |")
    }
    let results = try #require(rows.last).split(separator: "|").dropFirst().map {
      $0.filter { $0 != " " }
    }
    #expect(results.count == 4 && results.allSatisfy { $0 == "ok" }, "\(result.text)")
  }

  /// The server disconnects on an RSA key, with or without a message.
  @Test(
    .enabled(if: PasswordServer.isPossible, "python3-paramiko is not installed"),
    arguments: ["hangs-up", "hangs-up-silently"])
  func a12_serverThatDisconnectsOnRSA(mode: String) throws {
    let setting = try Setting(photos: 8, userKeys: [.ed25519, .rsa])
    let server = try PasswordServer(mode, setting.folder)
    let agent = try TestAgent(setting.folder)
    for type in [PrivateSSHD.KeyType.rsa, .ed25519] { try agent.add(setting.server.identity(type)) }
    setting.variables["SSH_AUTH_SOCK"] = agent.socket
    // The key of another type is offered first, although the agent lists it last.
    let result = try setting.gpsindex(server.syncArguments(setting.root))
    #expect(result.exitCode == 0, "\(result.errorText)")
    #expect(!server.log.contains("hung up"))
    #expect(server.log.filter { $0 == "connection" }.count == 1)
  }

  /// Three keys of other types; the server disconnects on two of them.
  @Test(
    .enabled(if: PasswordServer.isPossible, "python3-paramiko is not installed"),
    arguments: ["picky", "picky-silently"])
  func a12_offersOtherKeysOnANewConnection(mode: String) throws {
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
    // A single named key is refused once, without retries.
    let before = server.log.count
    let refused = try setting.gpsindex(
      server.syncArguments(setting.root, ["--identity", setting.server.identity(.ecdsa)]))
    #expect([69, 77].contains(refused.exitCode), "\(refused.errorText)")
    #expect(server.log.dropFirst(before).filter { $0 == "hung up" }.count <= 3, "\(server.log)")
  }

  // MARK: Compression

  /// The client's offers, from the server's log.
  private func offers(_ setting: Setting, _ more: [String]) throws -> (String, Command.Result) {
    let link = try LinkProxy(to: setting.server.port, settings: LinkSettings(milliseconds: 60))
    setting.port = link.port
    let before = setting.server.log.count
    let result = try setting.sync(more + ["--timeout", "10"])
    let log = setting.server.log.dropFirst(before).split(whereSeparator: \.isNewline)
    let peer = log.drop { !$0.contains("peer client KEXINIT proposal") }
    return (String(peer.first { $0.contains("compression ctos: ") } ?? ""), result)
  }

  @Test func a13_compressionStartsAfterTheLogin() throws {
    let setting = try Setting(photos: 8, sshd: ["LogLevel DEBUG3"])
    let (plain, calm) = try offers(setting, ["--no-compression"])
    #expect(calm.exitCode == 0 && plain.hasSuffix("ctos: none [preauth]"), "\(plain)")
    // The ssh program always offers compression, last where it is not wanted.
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

  /// libssh2 does not decompress then, and would wait for ever.
  @Test(.enabled(if: PasswordServer.isPossible, "python3-paramiko is not installed"))
  func a13_serverThatCompressesOneDirection() throws {
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
    // Detected once, also with several connections.
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

  /// An index whose site names a file of the user for new host keys.
  @Test(arguments: ["libssh2", "ssh"]) func s22_indexChoosesNoFileToWrite(transport: String)
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
    // Even after site trust.
    #expect(try setting.gpsindex("site", "trust", "nas").exitCode == 0)
    let written = try setting.gpsindex(none)
    #expect(written.exitCode == 78, "\(written.errorText)")
    #expect(written.errorText.contains("no known_hosts line"), "\(written.errorText)")
    #expect(try String(contentsOfFile: victim, encoding: .utf8) == text)
    // A known_hosts file is used then.
    try setting.folder.write("", to: "authorized_keys")
    let done = try setting.gpsindex(none)
    #expect(done.exitCode == 0, "\(done.errorText)")
    #expect(try setting.count() == 8)
  }
}
