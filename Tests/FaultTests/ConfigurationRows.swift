import Foundation
import TestSupport
import Testing

/// Rows of docs/faults.md: both transports read the user's ssh configuration in the same way.
@Suite(.enabled(if: Setting.isPossible, "no OpenSSH server with an sftp-server is installed"))
struct ConfigurationRows {
  /// Writes the configuration where only the program under test finds it: ssh reads its own in the account's home
  /// and ignores HOME.
  func configure(_ setting: Setting, _ text: String) throws {
    let file = try setting.folder.write(text, to: "ssh_config")
    let bin = try setting.folder.folder("bin")
    let ssh = try #require(Command.find("ssh"))
    let program = try setting.folder.write(
      "#!/bin/sh\nexec \(ssh) -F \(file) \"$@\"\n", to: "bin/ssh")
    try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: program)
    setting.variables["PATH"] = bin + ":/usr/bin:/bin"
  }

  /// All that a host block needs to log in at the setting's server.
  private func block(_ setting: Setting, host: String = "nas", without: String = "") -> String {
    let lines = [
      "HostName 127.0.0.1", "Port \(setting.server.port)", "User \(setting.server.user)",
      "IdentityFile \(setting.server.identity)", "IdentitiesOnly yes", "IdentityAgent none",
      "UserKnownHostsFile \(setting.server.knownHosts)", "GlobalKnownHostsFile none",
    ]
    return "Host \(host)\n"
      + lines.filter { without.isEmpty || !$0.hasPrefix(without) }.map { "  \($0)\n" }.joined()
  }

  private func sync(
    _ setting: Setting, host: String = "nas", _ transport: String, _ more: [String] = []
  ) throws -> Command.Result {
    try setting.gpsindex(
      [
        "sync", "\(host):\(setting.root)", "--progress", "none", "--timeout", "3", "--transport",
        transport, "--full",
      ] + more)
  }

  private func expectBoth(_ setting: Setting, host: String = "nas") throws {
    for transport in ["libssh2", "ssh"] {
      let result = try sync(setting, host: host, transport)
      #expect(result.exitCode == 0, "\(transport): \(result.errorText)")
      #expect(try setting.count() == 8)
    }
  }

  /// Both refuse, with the same exit code.
  private func expectNeither(_ setting: Setting, _ status: Int32) throws {
    for transport in ["libssh2", "ssh"] {
      let result = try sync(setting, transport)
      #expect(result.exitCode == status, "\(transport): \(result.errorText)")
    }
  }

  @Test func g01_hostNamePortUserIdentityFile() throws {
    let setting = try Setting(photos: 8)
    try configure(setting, block(setting))
    try expectBoth(setting)
  }

  @Test func g02_severalIdentityFiles() throws {
    let setting = try Setting(photos: 8)
    let other = try PrivateSSHD()
    try configure(
      setting,
      block(setting, without: "IdentityFile")
        + "  IdentityFile \(setting.folder.file("missing"))\n  IdentityFile \(other.identity)\n"
        + "  IdentityFile \(setting.server.identity)\n")
    try expectBoth(setting)
  }

  @Test func g03_identitiesOnlyKeepsTheAgentOut() throws {
    let setting = try Setting(photos: 8)
    let agent = try TestAgent(setting.folder)
    try agent.add(setting.server.identity)
    let other = try PrivateSSHD()
    let text =
      block(setting, without: "Identit") + "  IdentityFile \(other.identity)\n"
      + "  IdentityAgent \(agent.socket)\n"
    try configure(setting, text)
    try expectBoth(setting)
    try configure(setting, text + "  IdentitiesOnly yes\n")
    try expectNeither(setting, 77)
  }

  @Test func g04_identityAgent() throws {
    let setting = try Setting(photos: 8)
    let agent = try TestAgent(setting.folder)
    try agent.add(setting.server.identity)
    setting.variables["SSH_AUTH_SOCK"] = setting.folder.file("nosuch")
    let text = block(setting, without: "Identit")
    try configure(setting, text + "  IdentityFile none\n  IdentityAgent \(agent.socket)\n")
    try expectBoth(setting)
    setting.variables["SSH_AUTH_SOCK"] = agent.socket
    try configure(setting, text + "  IdentityFile none\n  IdentityAgent none\n")
    try expectNeither(setting, 77)
    try configure(setting, text + "  IdentityFile none\n  IdentityAgent SSH_AUTH_SOCK\n")
    try expectBoth(setting)
  }

  @Test func g05_proxyJump() throws {
    let setting = try Setting(photos: 8)
    let hop = try Setting(photos: 1, sshd: ["AllowTcpForwarding yes"])
    try configure(
      setting, block(setting) + "  ProxyJump hop\n" + block(hop, host: "hop"))
    try expectBoth(setting)
    #expect(hop.server.log.contains("Accepted publickey"))
    // Two hops, and one of them refuses.
    try configure(
      setting,
      block(setting) + "  ProxyJump hop,again\n" + block(hop, host: "hop")
        + block(hop, host: "again"))
    try expectBoth(setting)
    let deaf = try Setting(photos: 1)
    try configure(
      setting, block(setting) + "  ProxyJump hop\n" + block(deaf, host: "hop", without: "Identity"))
    let refused = try sync(setting, "libssh2")
    #expect([69, 77].contains(refused.exitCode), "\(refused.errorText)")
    #expect(refused.errorText.contains("ssh"), "\(refused.errorText)")
  }

  @Test func g06_proxyCommand() throws {
    let setting = try Setting(photos: 8)
    let log = try setting.folder.write("", to: "proxied")
    let relay = """
      import os, socket, sys, threading
      open(sys.argv[1], "a").write(" ".join(sys.argv[4:]) + "\\n")
      way = socket.create_connection((sys.argv[2], int(sys.argv[3])))
      def up():
        while data := os.read(0, 65536): way.sendall(data)
        way.shutdown(socket.SHUT_WR)
      threading.Thread(target=up, daemon=True).start()
      while data := way.recv(65536): os.write(1, data)
      """
    let script = try setting.folder.write(relay, to: "relay.py")
    try configure(
      setting,
      block(setting)
        + "  ProxyCommand /usr/bin/python3 \(script) \(log) %h %p %n %r '%%' $$ \"a b\"\n")
    try expectBoth(setting)
    // The user's shell reads it, as for ssh.
    let said = try String(contentsOfFile: log, encoding: .utf8).split(separator: "\n")
    #expect(
      said.count >= 2
        && said.allSatisfy {
          $0.hasPrefix("nas \(setting.server.user) % ") && $0.hasSuffix(" a b") && !$0.contains("$")
        }, "\(said)")
    // A proxy that exits at once, with a message.
    try configure(setting, block(setting) + "  ProxyCommand echo no way >&2; exit 1\n")
    let ended = try sync(setting, "libssh2")
    #expect(ended.exitCode == 69 && ended.errorText.contains("no way"), "\(ended.errorText)")
    // A silent proxy.
    try configure(setting, block(setting) + "  ProxyCommand sleep 60\n")
    let silent = try sync(setting, "libssh2")
    #expect(silent.exitCode == 69 && silent.seconds < 8, "\(silent.errorText)")
  }

  /// gpsindex reads the standard error of a proxy all the time; otherwise the proxy would block. It does not print the
  /// command, which may contain a password.
  @Test func g06_verboseProxy() throws {
    let setting = try Setting(photos: 8)
    let relay = try setting.folder.write(
      """
      import os, socket, sys, threading
      way = socket.create_connection((sys.argv[1], int(sys.argv[2])))
      def up():
        while data := os.read(0, 65536): way.sendall(data)
        os._exit(0)
      threading.Thread(target=up, daemon=True).start()
      while data := way.recv(65536):
        os.write(2, b"x" * 20_000)
        os.write(1, data)
      """, to: "relay.py")
    try configure(
      setting, block(setting) + "  ProxyCommand /usr/bin/python3 \(relay) %h %p\n")
    let result = try sync(setting, "libssh2")
    #expect(result.exitCode == 0, "\(result.errorText)")
    try configure(setting, block(setting) + "  ProxyCommand echo refused >&2; false hunter2\n")
    let refused = try sync(setting, "libssh2")
    #expect(refused.exitCode == 69 && refused.errorText.contains("refused"))
    #expect(!refused.errorText.contains("hunter2"), "\(refused.errorText)")
  }

  /// Continuing without the configuration could bypass a proxy.
  @Test func g11_aBrokenConfigurationEndsTheRun() throws {
    let setting = try Setting(photos: 8)
    try configure(setting, "Nonsense yes\n" + block(setting) + "  ProxyCommand false\n")
    let result = try setting.sync()
    #expect(result.exitCode == 78 && result.errorText.contains("ssh -G"), "\(result.errorText)")
    #expect(!setting.server.log.contains("Connection from"))
    try configure(setting, "Match exec \"sleep 30\"\n  Port 1\n" + block(setting))
    let slow = try setting.sync()
    #expect(slow.exitCode == 78 && slow.seconds < 12, "\(slow.seconds) \(slow.errorText)")
  }

  @Test func s02_unreadableKnownHostsIsNotANewHost() throws {
    let setting = try Setting(photos: 8)
    let mine = setting.folder.file("mine")
    let unreadable = try setting.folder.folder("unreadable")
    try configure(
      setting,
      """
      Host nas
        UserKnownHostsFile \(mine)
        GlobalKnownHostsFile \(unreadable)

      """ + block(setting))
    let result = try sync(setting, "libssh2", ["--accept-new"])
    #expect(result.exitCode == 76 && result.errorText.contains(unreadable), "\(result.errorText)")
    #expect(!FileManager.default.fileExists(atPath: mine))
  }

  @Test func g07_hostKeyAlias() throws {
    let setting = try Setting(photos: 8)
    let known = try String(contentsOfFile: setting.server.knownHosts, encoding: .utf8)
      .replacing("[127.0.0.1]:\(setting.server.port)", with: "the-nas")
    let file = try setting.folder.write(known, to: "aliased")
    let text = block(setting, without: "UserKnownHostsFile") + "  UserKnownHostsFile \(file)\n"
    try configure(setting, text)
    try expectNeither(setting, 76)
    try configure(setting, text + "  HostKeyAlias the-nas\n")
    try expectBoth(setting)
  }

  @Test func g08_severalKnownHostsFiles() throws {
    let setting = try Setting(photos: 8)
    let empty = try setting.folder.write("# nothing\n", to: "empty")
    let text = block(setting, without: "UserKnownHostsFile")
    let known = setting.server.knownHosts
    try configure(setting, text + "  UserKnownHostsFile \(empty) \(known)\n")
    try expectBoth(setting)
    let global = block(setting, without: "UserKnownHostsFile").replacing(
      "GlobalKnownHostsFile none", with: "GlobalKnownHostsFile \(empty) \(known)")
    try configure(setting, global + "  UserKnownHostsFile \(empty)\n")
    try expectBoth(setting)
    try configure(setting, text + "  UserKnownHostsFile none\n")
    try expectNeither(setting, 76)
  }

  @Test func g09_connectTimeout() throws {
    let setting = try Setting(photos: 8)
    let hole = try BlackHole()
    try configure(
      setting,
      block(setting, without: "Port") + "  Port \(hole.port)\n  ConnectTimeout 1\n")
    let result = try sync(setting, "libssh2", ["--timeout", "15"])
    // Three attempts of a second each.
    #expect(result.exitCode == 69 && result.seconds < 10, "\(result.seconds) \(result.errorText)")
    #expect(result.errorText.contains("within 1 s"), "\(result.errorText)")
  }

  @Test func g10_includeMatchAndWildcards() throws {
    let setting = try Setting(photos: 8)
    let included = try setting.folder.write(
      block(setting, host: "n?s* !nose", without: "User "), to: "included")
    try configure(
      setting,
      """
      Include \(included)
      Match host 127.0.0.1 user nobody
        User nobody
        Port 1
      Match originalhost nas
        User \(setting.server.user)

      """)
    try expectBoth(setting)
  }

  /// A sync goes through a master connection that is open, without a login of its own.
  @Test func g13_controlMaster() throws {
    let setting = try Setting(photos: 8)
    let socket = setting.folder.file("master")
    try configure(
      setting, block(setting) + "  ControlMaster auto\n  ControlPath \(socket)\n")
    let ssh = setting.folder.file("bin/ssh")
    func sync() throws -> Int {
      let result = try setting.gpsindex(
        "sync", "nas:\(setting.root)", "--progress", "none", "--timeout", "5")
      #expect(result.exitCode == 0, "\(result.errorText)")
      #expect(!result.errorText.contains("takes over"), "\(result.errorText)")
      #expect(try setting.count() == 8)
      return setting.server.log.ranges(of: "Accepted publickey").count
    }
    // No master: libssh2 logs in, and no socket is left.
    #expect(try sync() == 1)
    #expect(!FileManager.default.fileExists(atPath: socket))
    let master = try Command.start(ssh, ["-M", "-N", "nas"], environment: [:])
    defer { master.send(signal: SIGTERM) }
    #expect(Poll.until(seconds: 60) { FileManager.default.fileExists(atPath: socket) })
    #expect(try sync() == 2)
    #expect(try sync() == 2)
    // Options that name a login of their own do not go through the master's.
    let own = try setting.gpsindex(
      "sync", "nas:\(setting.root)", "--progress", "none", "--identity", setting.server.identity)
    #expect(own.exitCode == 0, "\(own.errorText)")
    #expect(setting.server.log.ranges(of: "Accepted publickey").count == 3)
  }

  /// User and port of the location affect Match, as on ssh's own command line.
  @Test func g10_matchSeesTheLocation() throws {
    let setting = try Setting(photos: 8)
    try configure(
      setting,
      block(setting, without: "Port")
        + "Match user \(setting.server.user)\n  Port \(setting.server.port)\n")
    try expectBoth(setting, host: "\(setting.server.user)@nas")
  }
}
