import Foundation
import TestSupport
import Testing

/// Rows of docs/faults.md: keys in files and agents, and the ssh program where libssh2 is not enough.
@Suite(.enabled(if: Setting.isPossible, "no OpenSSH server with an sftp-server is installed"))
struct KeyRows {
  private static let phrase = "Canary-5f2c9e pass"

  private func keygen(_ arguments: [String]) throws {
    let made = try Command.run(try #require(Command.find("ssh-keygen")), arguments)
    try #require(made.exitCode == 0, "\(made.errorText)")
  }

  /// The accepted key, in another format.
  private func key(
    _ setting: Setting, _ type: PrivateSSHD.KeyType, _ form: String, _ passphrase: String
  ) throws -> String {
    let file = setting.folder.file("key")
    try Data(contentsOf: URL(filePath: setting.server.identity(type))).write(
      to: URL(filePath: file))
    try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file)
    try keygen(["-q", "-p", "-P", "", "-N", passphrase, "-m", form, "-f", file])
    return file
  }

  static let forms: [(PrivateSSHD.KeyType, String)] = [
    (.ed25519, "RFC4716"), (.ecdsa, "RFC4716"), (.ecdsa, "PEM"), (.ecdsa, "PKCS8"),
    (.rsa, "RFC4716"), (.rsa, "PEM"), (.rsa, "PKCS8"),
  ]

  @Test(arguments: forms) func a01_keysWithPassphrases(type: PrivateSSHD.KeyType, form: String)
    throws
  {
    let setting = try Setting(photos: 8, userKeys: [type])
    let file = try key(setting, type, form, Self.phrase)
    let log = try setting.folder.write("", to: "asked")
    let command = "echo x >> \(log); printf '%s\\n' 'Canary-5f2c9e pass'"
    let result = try setting.sync(["--identity", file, "--password-command", command])
    #expect(result.exitCode == 0, "\(result.errorText)")
    #expect(try setting.count() == 8)
    #expect(try String(contentsOfFile: log, encoding: .utf8) == "x\n")
    try setting.expectNoSecret(result)
  }

  @Test(arguments: ["RFC4716", "PEM", "PKCS8"]) func a02_rsaKeysSignBySHA2(form: String) throws {
    let setting = try Setting(photos: 8, sshd: ["LogLevel DEBUG3"], userKeys: [.rsa])
    let file = try key(setting, .rsa, form, "")
    let result = try setting.sync(["--identity", file])
    #expect(result.exitCode == 0, "\(result.errorText)")
    let log = setting.server.log
    #expect(log.contains("Accepted publickey") && log.contains("rsa-sha2-512"))
    #expect(!log.contains("key type ssh-rsa not in"))
  }

  @Test func a01_passphraseOnTheTerminal() throws {
    let setting = try Setting(photos: 8)
    let file = try key(setting, .ed25519, "RFC4716", Self.phrase)
    let right = try setting.onTerminal(
      [("Passphrase for key \(file): ", Self.phrase)],
      try setting.syncArguments(["--identity", file]))
    #expect(right.exitCode == 0 && right.text.contains("echo on"), "\(right.text)")
    try setting.expectNoSecret(right)
    let before = setting.server.log
    let wrong = try setting.onTerminal(
      [("Passphrase for key \(file): ", "wrong")],
      try setting.syncArguments(["--identity", file]))
    #expect(
      wrong.exitCode == 77 && wrong.text.contains("does not decrypt the key"), "\(wrong.text)")
    // Detected here, not by a failed login.
    #expect(!setting.server.log.dropFirst(before.count).contains("Failed publickey"))
  }

  /// A key that the server does not accept causes no prompt, and its passphrase is never sent as a
  /// password.
  @Test func a01_promptsOnlyForAcceptedKeys() throws {
    let setting = try Setting(photos: 8)
    let stranger = setting.folder.file("stranger")
    try keygen(["-q", "-t", "ed25519", "-N", Self.phrase, "-f", stranger])
    let log = try setting.folder.write("", to: "asked")
    let result = try setting.sync([
      "--identity", stranger, "--password-command", "echo x >> \(log); echo Canary-5f2c9e",
    ])
    #expect(result.exitCode == 77, "\(result.errorText)")
    #expect(try String(contentsOfFile: log, encoding: .utf8) == "")
    #expect(!setting.server.log.contains("Failed password"))
  }

  @Test func a08_encryptedKeyInUnattendedRun() throws {
    let setting = try Setting(photos: 8)
    let file = try key(setting, .ed25519, "RFC4716", Self.phrase)
    let result = try setting.sync(["--identity", file])
    #expect(result.exitCode == 77 && result.seconds < 5, "\(result.errorText)")
    #expect(result.errorText.contains("ssh-add"), "\(result.errorText)")
  }

  // MARK: Agents

  @Test(arguments: [PrivateSSHD.KeyType.ed25519, .ecdsa, .rsa])
  func a03_keysOfTheAgent(type: PrivateSSHD.KeyType) throws {
    let setting = try Setting(photos: 8, userKeys: [type])
    let agent = try TestAgent(setting.folder)
    try agent.add(setting.server.identity(type))
    setting.variables["SSH_AUTH_SOCK"] = agent.socket
    let result = try setting.gpsindex(setting.withoutIdentity())
    #expect(result.exitCode == 0, "\(result.errorText)")
    #expect(try setting.count() == 8)
    #expect(setting.server.log.contains("Accepted publickey"))
  }

  @Test func s21_offersFewKeysOfAFullAgent() throws {
    let setting = try Setting(photos: 8)
    let agent = try TestAgent(setting.folder)
    for number in 0..<8 {
      let file = setting.folder.file("other\(number)")
      try keygen(["-q", "-t", "ed25519", "-N", "", "-f", file])
      try agent.add(file)
    }
    try agent.add(setting.server.identity)
    setting.variables["SSH_AUTH_SOCK"] = agent.socket
    // Too many keys: gpsindex stops before the server disconnects, and names the option.
    let many = try setting.gpsindex(setting.withoutIdentity())
    #expect(many.exitCode == 77 && many.errorText.contains("--identity"), "\(many.errorText)")
    #expect(many.errorText.contains("further keys were not offered"), "\(many.errorText)")
    let offers = setting.server.log.components(separatedBy: "Failed publickey").count - 1
    #expect(offers <= 5 && !setting.server.log.contains("Too many authentication failures"))
    // The named key is offered first and alone; the agent signs, a `.pub` file is enough.
    let before = setting.server.log.count
    for name in [setting.server.identity, setting.server.identity + ".pub"] {
      let result = try setting.sync(["--identity", name])
      #expect(result.exitCode == 0, "\(result.errorText)")
    }
    let after = setting.server.log.dropFirst(before)
    #expect(!after.contains("Failed publickey") && !after.contains("agent-req"))
  }

  @Test func s21_hangingAgentTimesOut() throws {
    let setting = try Setting(photos: 8)
    let socket = setting.folder.file("dead")
    let listener = Process()
    listener.executableURL = URL(filePath: "/usr/bin/python3")
    listener.arguments = [
      "-c",
      "import socket,sys\ns=socket.socket(socket.AF_UNIX)\ns.bind(sys.argv[1])\ns.listen(5)\nsys.stdin.read()",
      socket,
    ]
    let input = Pipe()
    listener.standardInput = input
    try listener.run()
    defer {
      try? input.fileHandleForWriting.close()
      listener.waitUntilExit()
    }
    #expect(Poll.until(seconds: 5) { FileManager.default.fileExists(atPath: socket) })
    setting.variables["SSH_AUTH_SOCK"] = socket
    let result = try setting.sync()
    #expect(result.exitCode == 0 && result.seconds < 10, "\(result.errorText)")
  }

  // MARK: Beyond libssh2

  private func expectOnlyBySSH(
    _ setting: Setting, _ arguments: [String], _ status: Int32, _ words: String...
  ) throws {
    let refused = try setting.sync(arguments + ["--transport", "libssh2"])
    #expect(refused.exitCode == status, "\(refused.errorText)")
    #expect(refused.errorText.contains("--transport ssh"), "\(refused.errorText)")
    for word in words { #expect(refused.errorText.contains(word), "\(refused.errorText)") }
    let takesOver = "the ssh program takes over"
    let done = try setting.sync(arguments)
    #expect(done.exitCode == 0, "\(done.errorText)")
    for word in words + [takesOver] {
      #expect(done.errorText.contains(word), "\(done.errorText)")
    }
    #expect(try setting.count() == 8)
    // Remembered, until libssh2 or gpsindex is another.
    let again = try setting.sync(arguments)
    #expect(again.exitCode == 0 && !again.errorText.contains(takesOver), "\(again.errorText)")
    try setting.sqlite("UPDATE site SET transport = 'auto ssh libssh2/0.9 gpsindex/0.0'")
    let upgraded = try setting.sync(arguments)
    #expect(upgraded.exitCode == 0 && upgraded.errorText.contains(takesOver))
    let forced = try setting.sync(arguments + ["--transport", "ssh"])
    #expect(forced.exitCode == 0 && !forced.errorText.contains(takesOver), "\(forced.errorText)")
  }

  @Test func a10_rsaOnlyHostKeys() throws {
    try expectOnlyBySSH(
      try Setting(photos: 8, hostKeys: [.rsa]), [], 69, "host key algorithm in common")
  }
  /// The server has other keys, but known_hosts contains only its RSA key.
  @Test func a10_knownByItsRSAKeyOnly() throws {
    let setting = try Setting(photos: 8, hostKeys: [.ed25519, .rsa])
    let known = try String(contentsOfFile: setting.server.knownHosts, encoding: .utf8)
    let file = try setting.folder.write(
      known.split(separator: "\n").filter { $0.contains("ssh-rsa") }.joined() + "\n", to: "rsa")
    try expectOnlyBySSH(setting, ["--known-hosts", file], 76, "SHA256:")
  }
  @Test(arguments: [
    "Ciphers aes256-gcm@openssh.com,chacha20-poly1305@openssh.com",
    "MACs hmac-sha2-256-etm@openssh.com", "KexAlgorithms sntrup761x25519-sha512@openssh.com",
  ])
  func a10_modernAlgorithmsOnly(line: String) throws {
    try expectOnlyBySSH(try Setting(photos: 8, sshd: [line]), [], 69, " in common (server: ")
  }
  @Test func a10_certificates() throws {
    let keys = try TemporaryFolder()
    let authority = keys.file("ca")
    try keygen(["-q", "-t", "ed25519", "-N", "", "-f", authority])
    let setting = try Setting(
      photos: 8, sshd: ["TrustedUserCAKeys \(authority).pub", "AuthorizedKeysFile none"])
    let file = try key(setting, .ed25519, "RFC4716", "")
    try Data(contentsOf: URL(filePath: setting.server.identity + ".pub"))
      .write(to: URL(filePath: file + ".pub"))
    try keygen(["-q", "-s", authority, "-I", "test", "-n", setting.server.user, file + ".pub"])
    try expectOnlyBySSH(setting, ["--identity", file], 77, "certificates")
  }
}

/// A private ssh-agent.
final class TestAgent {
  let socket: String
  private let process: RunningCommand

  init(_ folder: TemporaryFolder) throws {
    socket = folder.file("agent")
    process = try Command.start(
      try #require(Command.find("ssh-agent")), ["-D", "-a", socket], environment: [:])
    #expect(Poll.until(seconds: 5) { FileManager.default.fileExists(atPath: folder.file("agent")) })
  }

  func add(_ file: String) throws {
    let added = try Command.run(
      try #require(Command.find("ssh-add")), ["-q", file], environment: ["SSH_AUTH_SOCK": socket])
    try #require(added.exitCode == 0, "\(added.errorText)")
  }

  deinit { process.send(signal: SIGTERM) }
}
