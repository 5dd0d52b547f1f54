import Foundation
import TestSupport
import Testing

/// Messages about host keys, proxies and logins, through both transports.
@Suite(.enabled(if: Setting.isPossible, "no OpenSSH server with an sftp-server is installed"))
struct LoginMessageTests {
  private func block(
    _ setting: Setting, host: String, hosts: String? = nil, _ more: String = ""
  ) -> String {
    """
    Host \(host)
      HostName 127.0.0.1
      Port \(setting.server.port)
      User \(setting.server.user)
      IdentityFile \(setting.server.identity)
      IdentitiesOnly yes
      IdentityAgent none
      UserKnownHostsFile \(hosts ?? setting.server.knownHosts)
      GlobalKnownHostsFile none
    \(more)

    """
  }

  private func sync(_ setting: Setting, _ transport: String, _ more: [String] = []) throws
    -> Command.Result
  {
    try setting.gpsindex(
      [
        "sync", "nas:\(setting.root)", "--progress", "none", "--timeout", "5", "--transport",
        transport,
      ] + more)
  }

  private func changedHosts(_ setting: Setting) throws -> String {
    let key = try String(contentsOfFile: setting.server.identity + ".pub", encoding: .utf8)
      .split(separator: " ").prefix(2).joined(separator: " ")
    return try setting.folder.write(
      "# mine\n[127.0.0.1]:\(setting.server.port) \(key)\n", to: "changed-hosts")
  }

  @Test(arguments: ["libssh2", "ssh"]) func aChangedHostKeyIsNamedAsChanged(transport: String)
    throws
  {
    let setting = try Setting(photos: 1)
    let hosts = try changedHosts(setting)
    try ConfigurationRows().configure(setting, block(setting, host: "nas", hosts: hosts))
    for more in [[], ["--accept-new"]] {
      let result = try sync(setting, transport, more)
      #expect(result.exitCode == 76, "\(result.errorText)")
      #expect(result.errorText.contains("\(hosts), line 2"), "\(result.errorText)")
      #expect(result.errorText.contains("ssh-keygen -R"), "\(result.errorText)")
      #expect(!result.errorText.contains("--accept-new"), "\(result.errorText)")
    }
  }

  @Test func theSSHProgramNamesAnUnknownHostKey() throws {
    let setting = try Setting(photos: 1)
    let hosts = try setting.folder.write("", to: "empty-hosts")
    try ConfigurationRows().configure(setting, block(setting, host: "nas", hosts: hosts))
    let result = try sync(setting, "ssh")
    #expect(result.exitCode == 76, "\(result.errorText)")
    #expect(result.errorText.contains("is not known to ssh"), "\(result.errorText)")
    #expect(
      result.errorText.contains(
        "ssh-keyscan -p \(setting.server.port) 127.0.0.1 | ssh-keygen -lf -\n"),
      "\(result.errorText)")
  }

  @Test(arguments: ["libssh2", "ssh"]) func namesTheProxyWhoseHostKeyIsInDoubt(transport: String)
    throws
  {
    let setting = try Setting(photos: 1)
    let hop = try Setting(photos: 1, sshd: ["AllowTcpForwarding yes"])
    for (hosts, words) in [
      (try hop.folder.write("", to: "empty-hosts"), "ssh hop\n"),
      (try changedHosts(hop), "changed-hosts, line 2"),
    ] {
      try ConfigurationRows().configure(
        setting,
        block(setting, host: "nas", "  ProxyJump hop") + block(hop, host: "hop", hosts: hosts))
      let result = try sync(setting, transport)
      #expect(result.exitCode == 76, "\(result.errorText)")
      #expect(result.errorText.contains("the proxy"), "\(result.errorText)")
      #expect(
        result.errorText.contains("in front of 127.0.0.1:\(setting.server.port)"),
        "\(result.errorText)")
      #expect(result.errorText.contains(words), "\(result.errorText)")
    }
  }

  @Test func aWrongLineOfTheConfigurationIsNamed() throws {
    let setting = try Setting(photos: 1)
    try ConfigurationRows().configure(setting, "Host nas\n  HostNam 127.0.0.1\n")
    for transport in ["libssh2", "ssh"] {
      let result = try sync(setting, transport)
      #expect(result.exitCode == 78, "\(result.errorText)")
      #expect(result.errorText.contains("line 2: Bad configuration option"), "\(result.errorText)")
    }
  }

  // MARK: Without an ssh program

  private func withoutSSH(_ setting: Setting, _ text: String) throws {
    let home = setting.folder.file("home")
    try FileManager.default.createDirectory(
      atPath: home + "/.ssh", withIntermediateDirectories: true)
    try Data(text.utf8).write(to: URL(filePath: home + "/.ssh/config"))
    setting.variables["PATH"] = try setting.folder.folder("empty")
  }

  @Test func refusesToBypassAProxyWithoutAnSSHProgram() throws {
    let setting = try Setting(photos: 8)
    try withoutSSH(setting, "Host 127.0.0.1\n  ProxyJump bastion\n")
    let result = try setting.sync(["-q"])
    #expect(result.exitCode == 78, "\(result.errorText)")
    #expect(result.errorText.contains(".ssh/config, line 2 (ProxyJump)"), "\(result.errorText)")
    #expect(result.errorText.contains("openssh-client"), "\(result.errorText)")
    #expect(!setting.server.log.contains("Connection from"))
  }

  @Test func notesAnIgnoredConfigurationWithoutAnSSHProgram() throws {
    let setting = try Setting(photos: 8)
    try withoutSSH(setting, "Host *\n  ServerAliveInterval 5\nHost x\n  ProxyJump y\n")
    let result = try setting.sync()
    #expect(result.exitCode == 0, "\(result.errorText)")
    #expect(
      result.errorText.contains("/.ssh/config, because no ssh program is in PATH"),
      "\(result.errorText)")
    let site = setting.root.split(separator: "/").last.map(String.init) ?? ""
    let doctor = try setting.gpsindex(
      "doctor", site, "--identity", setting.server.identity, "--known-hosts",
      setting.server.knownHosts)
    #expect(doctor.text.contains("warn  address"), "\(doctor.text)")
    #expect(!doctor.text.contains("by ssh -G"), "\(doctor.text)")
    // Nothing to ignore.
    try withoutSSH(setting, "Host x\n  ProxyJump y\n")
    let calm = try setting.sync()
    #expect(calm.exitCode == 0 && !calm.errorText.contains("PATH"), "\(calm.errorText)")
  }

  // MARK: Logins

  private func password(_ mode: String) throws -> (Setting, PasswordServer) {
    let setting = try Setting(photos: 1)
    setting.variables["SSH_ASKPASS_REQUIRE"] = "never"
    return (setting, try PasswordServer(mode, setting.folder))
  }

  @Test(.enabled(if: PasswordServer.isPossible, "python3-paramiko is not installed"))
  func namesTheMethodsOfAServerThatRefusesTheKey() throws {
    let (setting, server) = try password("publickey,password")
    for (more, words) in [
      ([], "it takes publickey, password"), (["--transport", "ssh"], "publickey"),
    ] {
      let result = try setting.gpsindex(
        server.syncArguments(setting.root, ["--identity", setting.server.identity] + more))
      #expect(result.exitCode == 77, "\(result.errorText)")
      #expect(result.errorText.contains(words), "\(result.errorText)")
      #expect(result.errorText.contains("SSH_ASKPASS"), "\(result.errorText)")
    }
  }

  @Test(.enabled(if: PasswordServer.isPossible, "python3-paramiko is not installed"))
  func namesThePasswordThatAServerWantsAfterTheKey() throws {
    let (setting, server) = try password("key")
    let result = try setting.gpsindex(
      server.syncArguments(setting.root, ["--identity", setting.server.identity]))
    #expect(result.exitCode == 77, "\(result.errorText)")
    #expect(result.errorText.contains("and also wants password"), "\(result.errorText)")
    #expect(result.errorText.contains("--password-command"), "\(result.errorText)")
  }

  @Test(
    .enabled(if: PasswordServer.isPossible, "python3-paramiko is not installed"),
    arguments: ["password", "keyboard-interactive", "asks-again"])
  func saysThatThePasswordWasRefused(mode: String) throws {
    let (setting, server) = try password(mode)
    let result = try setting.gpsindex(
      server.syncArguments(setting.root, ["--password-command", "echo wrong"]))
    #expect(result.exitCode == 77, "\(result.errorText)")
    #expect(
      result.errorText.contains("with a password") || result.errorText.contains("the password of"),
      "\(result.errorText)")
    #expect(
      result.errorText.contains("check the user name and the password"), "\(result.errorText)")
    #expect(server.log.count { $0.contains("refused") } == 1, "\(server.log)")
  }

  /// A program that answers sees each prompt alone, and the instruction stands on standard error once.
  @Test(.enabled(if: PasswordServer.isPossible, "python3-paramiko is not installed"))
  func anAskpassProgramGetsThePromptAlone() throws {
    let (setting, server) = try password("code")
    let asked = setting.folder.file("asked")
    let program = try setting.folder.write(
      "#!/bin/sh\necho \"$1\" >> \(asked)\necho no\n", to: "askpass")
    try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: program)
    setting.variables = ["SSH_ASKPASS": program, "SSH_ASKPASS_REQUIRE": "force"]
    let result = try setting.gpsindex(server.syncArguments(setting.root))
    #expect(result.exitCode == 77, "\(result.errorText)")
    let lines = try String(contentsOfFile: asked, encoding: .utf8).split(separator: "\n")
    #expect(lines.count == 2 && lines.allSatisfy { !$0.contains("Welcome") }, "\(lines)")
    #expect(lines.last?.contains("Password") == false, "\(lines)")
    #expect(result.errorText.components(separatedBy: "Welcome").count == 2, "\(result.errorText)")
  }

  @Test func aSilentServerIsNamedByTheTestOfANewSite() throws {
    let setting = try Setting(photos: 1, "silent")
    let result = try setting.gpsindex(
      "site", "add", "nas", setting.server.location(setting.root), "--identity",
      setting.server.identity, "--known-hosts", setting.server.knownHosts, "--timeout", "1")
    #expect(result.exitCode == 69, "\(result.errorText)")
    let last = result.errorText.split(separator: "\n").filter { $0.hasPrefix("gpsindex:") }.last
    #expect(
      last?.contains("127.0.0.1:\(setting.server.port): no reply within 1 s") == true,
      "\(result.errorText)")
  }
}
