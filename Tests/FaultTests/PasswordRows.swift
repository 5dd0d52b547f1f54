import Foundation
import TestSupport
import Testing

/// Rows of docs/faults.md: passwords and their sources.
@Suite(.enabled(if: PasswordServer.isPossible, "python3-paramiko is not installed"))
final class PasswordRows {
  /// Outside of the folder that is searched for the secret.
  private var secrets: [TemporaryFolder] = []

  private func setting(_ mode: String) throws -> (Setting, PasswordServer) {
    let setting = try Setting()
    return (setting, try PasswordServer(mode, setting.folder))
  }

  /// A program that prints the secret from a file.
  private func teller(_ setting: Setting, says text: String = PasswordServer.secret) throws
    -> String
  {
    let place = try TemporaryFolder("gpsindex-secret")
    let secret = try place.write(text + "\nsecond line\n", to: "secret")
    let program = try place.write(
      "#!/bin/sh\necho \"asked $1\" >> \(place.file("asked"))\ncat \(secret)\n", to: "teller")
    try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: program)
    secrets.append(place)
    return program
  }
  private func askings(_ program: String) -> [Substring] {
    let file = (program as NSString).deletingLastPathComponent + "/asked"
    return ((try? String(contentsOfFile: file, encoding: .utf8)) ?? "").split(separator: "\n")
  }

  @Test(arguments: ["password", "keyboard-interactive", "both"])
  func a06_s05_passwordCommand(mode: String) throws {
    let (setting, server) = try setting(mode)
    let program = try teller(setting)
    let result = try setting.gpsindex(
      server.syncArguments(
        setting.root, ["--password-command", program, "--json", "--connections", "4"]))
    #expect(result.exitCode == 0, "\(result.errorText) \(server.log)")
    #expect(try setting.count() == 40)
    #expect(askings(program).count == 1)
    #expect(!server.log.contains { $0.contains("refused") })
    try setting.expectNoSecret(result)
  }

  /// Further connections reuse the answer; the command runs once.
  @Test func a09_promptsOnceForAllConnections() throws {
    let (setting, server) = try setting("password")
    let program = try teller(setting)
    let other = setting.folder.file("other")
    _ = try SiteBuilder(photos: 10, folders: 2, fileSize: 60_000, seed: 7).write(to: other)
    var arguments = server.syncArguments(
      setting.root, ["--password-command", program, "--in-flight", "1", "--connections", "4"])
    arguments.insert("sftp://drone@127.0.0.1:\(server.port)\(other)", at: 2)
    let result = try setting.gpsindex(arguments)
    #expect(result.exitCode == 0, "\(result.errorText)")
    let logins = server.log.count { $0 == "password accepted" }
    #expect(logins >= 1 && askings(program).count == 1, "\(server.log)")
  }

  @Test(arguments: ["password", "keyboard-interactive", "both"])
  func a09_neverRetriesARefusedPassword(mode: String) throws {
    let (setting, server) = try setting(mode)
    let program = try teller(setting, says: "wrong")
    _ = try SiteBuilder(photos: 3, folders: 1, fileSize: 60_000, seed: 7)
      .write(to: setting.folder.file("other"))
    let second = "sftp://drone@127.0.0.1:\(server.port)\(setting.folder.file("other"))"
    var arguments = server.syncArguments(setting.root, ["--password-command", program])
    arguments.insert(second, at: 2)
    let result = try setting.gpsindex(arguments)
    #expect(result.exitCode == 77, "\(result.errorText)")
    // Two sites of one server get one refusal.
    #expect(server.log.count { $0.contains("refused") } == 1, "\(server.log)")
    #expect(server.log.count { $0 == "connection" } == 1, "\(server.log)")
    #expect(askings(program).count == 1)
  }

  @Test(arguments: ["false", "exit 3", "true", "/nosuch/program", "kill -9 $$"])
  func a06_refusesACommandWithoutOutput(command: String) throws {
    let (setting, server) = try setting("password")
    let result = try setting.gpsindex(
      server.syncArguments(setting.root, ["--password-command", command]))
    #expect(result.exitCode == 78, "\(result.errorText)")
    #expect(result.errorText.contains("--password-command"))
    #expect(!server.log.contains { $0.contains("password") })
  }

  @Test func a06_refusedWithTransportSSH() throws {
    let (setting, server) = try setting("password")
    let result = try setting.gpsindex(
      server.syncArguments(setting.root, ["--password-command", "true", "--transport", "ssh"]))
    #expect(
      result.exitCode == 64 && result.errorText.contains("SSH_ASKPASS"), "\(result.errorText)")
    #expect(server.log.isEmpty)
  }

  /// The ssh program uses SSH_ASKPASS itself, with one prompt.
  @Test func a05_askpassForTheSSHProgram() throws {
    let (setting, server) = try setting("password")
    let program = try teller(setting)
    setting.variables = ["SSH_ASKPASS": program, "SSH_ASKPASS_REQUIRE": "force"]
    let result = try setting.gpsindex(
      server.syncArguments(setting.root, ["--transport", "ssh", "--connections", "1"]))
    #expect(result.exitCode == 0, "\(result.errorText)")
    #expect(askings(program).count == 1)
    try setting.expectNoSecret(result)
  }

  @Test(arguments: ["password", "keyboard-interactive"])
  func a04_promptOnTheTerminal(mode: String) throws {
    let (setting, server) = try setting(mode)
    let result = try setting.onTerminal(
      [("Password for drone@127.0.0.1:\(server.port): ", PasswordServer.secret)],
      server.syncArguments(setting.root))
    #expect(result.exitCode == 0, "\(result.text) \(server.log)")
    #expect(!result.text.contains("\u{1B}]0;"))
    #expect(result.text.contains("echo on"), "\(result.text)")
    #expect(try setting.count() == 40)
    try setting.expectNoSecret(result)
  }

  /// A new code per login means one connection and one prompt.
  @Test func a07_oneTimeCodes() throws {
    let (setting, server) = try setting("code")
    let result = try setting.onTerminal(
      [("Password: ", PasswordServer.secret), ("Code after 0: ", "1")],
      server.syncArguments(setting.root, ["--connections", "4", "--in-flight", "1"]))
    #expect(result.exitCode == 0, "\(result.text) \(server.log)")
    #expect(server.log == ["connection", "keyboard-interactive accepted"], "\(server.log)")
    #expect(!result.text.contains("\u{1B}]0;") && result.text.contains("Welcome"))
    try setting.expectNoSecret(result)
  }

  @Test(arguments: [("SIGINT", 130), ("SIGTERM", 143), ("SIGHUP", 256 - 1), ("SIGQUIT", 256 - 3)])
  func a04_aSignalRestoresTheTerminal(signal: String, status: Int32) throws {
    let (setting, server) = try setting("password")
    setting.variables["SWIFT_BACKTRACE"] = "enable=no"
    let result = try setting.onTerminal(
      [("Password for drone@127.0.0.1:\(server.port): ", signal)],
      server.syncArguments(setting.root)
    )
    #expect(result.exitCode == status, "\(result.text)")
    #expect(result.text.contains("echo on"), "\(result.text)")
    #expect(!server.log.contains { $0.contains("password") })
  }

  @Test func a04_repeatsThePromptAfterAStop() throws {
    let (setting, server) = try setting("password")
    let prompt = "Password for drone@127.0.0.1:\(server.port): "
    let result = try setting.onTerminal(
      [(prompt, "SIGTSTP"), (prompt, PasswordServer.secret)], server.syncArguments(setting.root))
    #expect(result.exitCode == 0, "\(result.text)")
    #expect(
      result.text.components(separatedBy: prompt).count == 3 && result.text.contains("echo on"))
  }

  @Test(arguments: ["force", "prefer", ""]) func a05_askpass(require: String) throws {
    let (setting, server) = try setting("password")
    let program = try teller(setting)
    setting.variables = ["SSH_ASKPASS": program, "SSH_ASKPASS_REQUIRE": require]
    if require != "force" { setting.variables["DISPLAY"] = ":0" }
    let result = try setting.gpsindex(server.syncArguments(setting.root))
    #expect(result.exitCode == 0, "\(result.errorText)")
    #expect(askings(program) == ["asked Password for drone@127.0.0.1:\(server.port): "])
    try setting.expectNoSecret(result)
  }

  /// An unattended run has no terminal: it ends at once and names the next step.
  @Test(arguments: ["password", "keyboard-interactive"]) func a08_neverBlocksOnAPrompt(mode: String)
    throws
  {
    let (setting, server) = try setting(mode)
    setting.variables = ["SSH_ASKPASS": "/nosuch/askpass", "SSH_ASKPASS_REQUIRE": "never"]
    let result = try setting.gpsindex(server.syncArguments(setting.root))
    #expect(result.exitCode == 77 && result.seconds < 5, "\(result.errorText)")
    #expect(result.errorText.contains("--password-command"), "\(result.errorText)")
    #expect(!server.log.contains { $0.contains("refused") }, "\(server.log)")
  }

  /// During the run, no argument and no environment of a process contains the secret, except the command's.
  @Test func s05_noSecretInArgumentsOrEnvironment() throws {
    let (setting, server) = try setting("password")
    let program = try teller(setting)
    let link = try FaultyLink(to: server.port, .stall, after: 20_000)
    let known = try String(contentsOfFile: server.knownHosts, encoding: .utf8)
      .replacing(":\(server.port)", with: ":\(link.port)")
    let hosts = try setting.folder.write(known, to: "hosts")
    let running = try setting.startProgram([
      "sync", "sftp://drone@127.0.0.1:\(link.port)\(setting.root)", "--known-hosts", hosts,
      "--progress", "none", "--timeout", "3", "--password-command", program,
    ])
    #expect(Poll.until(seconds: 10) { link.hasActed })
    for name in ["cmdline", "environ"] {
      let text = FileManager.default.contents(atPath: "/proc/\(running.pid)/\(name)") ?? Data()
      #expect(!text.isEmpty && !String(decoding: text, as: UTF8.self).contains("Canary-5f2c9e"))
    }
    let result = running.result(timeout: 15)
    #expect(result.exitCode == 0, "\(result.errorText)")
    try setting.expectNoSecret(result)
  }
}
