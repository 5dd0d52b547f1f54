import Foundation
import TestSupport
import Testing

/// Rows of docs/faults.md: programs that do not answer, and their child processes.
@Suite(.enabled(if: Setting.isPossible, "no OpenSSH server with an sftp-server is installed"))
struct DeadlineRows {
  /// A shell script that starts a child, records its id, and waits for it.
  private func sleeper(_ setting: Setting, _ name: String) throws -> String {
    let script = "#!/bin/sh\nsleep 300 &\necho $! > \(setting.folder.file("child"))\nwait\n"
    let program = try setting.folder.write(script, to: name)
    try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: program)
    return program
  }

  private func child(_ setting: Setting) throws -> Int32 {
    let file = setting.folder.file("child")
    func number() -> Int32? {
      (try? String(contentsOfFile: file, encoding: .utf8))?
        .split(separator: "\n").first.flatMap { Int32($0) }
    }
    #expect(Poll.until(seconds: 10) { number() != nil })
    return try #require(number())
  }

  /// A zombie counts as gone.
  private func isGone(_ pid: Int32) -> Bool {
    Poll.until(seconds: 2) {
      let text = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8)
      return text?.contains(") Z ") ?? (kill(pid, 0) != 0)
    }
  }

  /// Replaces ssh, which prints the configuration before each connection.
  @Test func g11_silentSSHProgramIsKilledWithItsChildren() throws {
    let setting = try Setting(photos: 1)
    _ = try setting.folder.folder("bin")
    _ = try sleeper(setting, "bin/ssh")
    setting.variables["PATH"] = setting.folder.file("bin") + ":/usr/bin:/bin"
    setting.timeout = 1
    let result = try setting.sync()
    #expect(result.exitCode == 78 && result.errorText.contains("ssh -G"), "\(result.errorText)")
    #expect(result.seconds <= 2, "\(result.seconds) s")
    #expect(isGone(try child(setting)))
  }

  @Test(arguments: [("2", 130), ("15", 143)]) func f26_signalWhileSSHIsSilent(
    _ signal: String, _ status: Int32
  ) throws {
    let setting = try Setting(photos: 1)
    _ = try setting.folder.folder("bin")
    _ = try sleeper(setting, "bin/ssh")
    setting.variables["PATH"] = setting.folder.file("bin") + ":/usr/bin:/bin"
    setting.timeout = 20
    let running = try setting.start()
    let child = try child(setting)
    running.send(signal: Int32(signal) ?? 2)
    let result = running.result(timeout: 2)
    #expect(!result.timedOut && result.exitCode == status, "\(result.errorText)")
    #expect(isGone(child))
  }
}

/// Needs a server that asks for passwords.
@Suite(.enabled(if: PasswordServer.isPossible, "python3-paramiko is not installed"))
struct PasswordCommandRows {
  @Test func a06_signalKillsTheCommandAndItsChildren() throws {
    let setting = try Setting(photos: 1)
    let server = try PasswordServer("password", setting.folder)
    let file = setting.folder.file("child")
    let running = try setting.startProgram(
      server.syncArguments(
        setting.root, ["--password-command", "sleep 300 & echo $! > \(file); wait"]))
    func number() -> Int32? {
      (try? String(contentsOfFile: file, encoding: .utf8))?
        .split(separator: "\n").first.flatMap { Int32($0) }
    }
    #expect(Poll.until(seconds: 10) { number() != nil })
    let child = try #require(number())
    running.send(signal: SIGINT)
    let result = running.result(timeout: 2)
    #expect(!result.timedOut && result.exitCode == 130, "\(result.exitCode) \(result.errorText)")
    let isGone = Poll.until(seconds: 2) {
      let text = try? String(contentsOfFile: "/proc/\(child)/stat", encoding: .utf8)
      return text?.contains(") Z ") ?? (kill(child, 0) != 0)
    }
    #expect(isGone)
  }

  private static let asking =
    #"printf 'PIN: ' > /dev/tty; read -r pin < /dev/tty; printf '%s\n' "$pin""#

  /// The command owns the terminal while it runs.
  @Test func a06_commandCanPromptOnTheTerminal() throws {
    let setting = try Setting(photos: 3)
    let server = try PasswordServer("password", setting.folder)
    let result = try setting.onTerminal(
      [("PIN: ", PasswordServer.secret)],
      server.syncArguments(setting.root, ["--password-command", Self.asking]))
    #expect(result.exitCode == 0, "\(result.text) \(server.log)")
    #expect(try setting.count() == 3)
  }

  @Test func a06_ctrlCEndsCommandAndSync() throws {
    let setting = try Setting(photos: 3)
    let server = try PasswordServer("password", setting.folder)
    let result = try setting.onTerminal(
      [("PIN: ", "\u{3}")],
      server.syncArguments(setting.root, ["--password-command", Self.asking]))
    #expect(result.exitCode == 130 && result.seconds < 10, "\(result.exitCode) \(result.text)")
    #expect(!server.log.contains { $0.contains("password") })
  }
}
