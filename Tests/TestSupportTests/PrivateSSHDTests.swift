import Foundation
import LinkSimulation
import TestSupport
import Testing

/// The private server itself: what other tests lean on must hold first. OpenSSH's own client is
/// the judge.
@Suite(.enabled(if: PrivateSSHD.isAvailable, "OpenSSH's server is not installed"))
struct PrivateSSHDTests {
  private func sftp(_ server: PrivateSSHD, _ batch: String, port: UInt16? = nil) throws
    -> Command.Result
  {
    let options = try server.clientOptions(port: port)
    return try Command.run(
      "sftp",
      options + [
        "-b", "-", "-P", String(port ?? server.port), "\(server.user)@\(server.host)",
      ], stdin: Array(batch.utf8))
  }

  @Test(arguments: [PrivateSSHD.KeyType.ed25519, .ecdsa])
  func logsInWithItsOwnKey(type: PrivateSSHD.KeyType) throws {
    var options = PrivateSSHD.Options()
    options.userKeys = [type]
    options.hostKeys = [type]
    let server = try PrivateSSHD(options)
    let tree = try TemporaryFolder()
    try tree.write("x", to: "a/DJI_0001.JPG")
    let listed = try sftp(server, "ls -1 \(tree.path)/a\n")
    #expect(listed.exitCode == 0, "\(listed.errorText)")
    #expect(listed.text.contains("DJI_0001.JPG"))
    #expect(server.log.contains("Accepted publickey for \(server.user)"))
  }

  @Test func refusesAnotherKey() throws {
    let server = try PrivateSSHD()
    let other = try PrivateSSHD()
    var options = try server.clientOptions()
    options.replace([server.identity], with: [other.identity])
    let refused = try Command.run(
      "ssh", options + ["-p", String(server.port), "\(server.user)@\(server.host)", "true"])
    #expect(refused.exitCode == 255)
    #expect(!server.log.contains("Accepted publickey"))
  }

  @Test func extraLinesComeFirst() throws {
    var options = PrivateSSHD.Options()
    options.extraLines = ["Subsystem sftp /bin/false"]
    #expect(throws: TestSupportError.self) { try PrivateSSHD(options) }
    options.extraLines = ["MaxSessions 0"]
    let server = try PrivateSSHD(options)
    #expect(try sftp(server, "pwd\n").exitCode != 0)
  }

  @Test func keepsItsPortAndKeysOverARestart() throws {
    let server = try PrivateSSHD()
    let port = server.port
    let first = server.pid
    try server.restart()
    #expect(server.port == port)
    #expect(server.pid != first)
    #expect(try sftp(server, "pwd\n").exitCode == 0)
    server.stop()
    #expect(server.pid == nil)
    #expect(try sftp(server, "pwd\n").exitCode != 0)
  }

  @Test func endsSessionsAndLivesOn() throws {
    let server = try PrivateSSHD()
    let options = try server.clientOptions()
    let session = try Command.start(
      "ssh",
      options + [
        "-p", String(server.port), "\(server.user)@\(server.host)", "echo begun; sleep 600",
      ])
    #expect(Poll.until(seconds: 60) { session.outputSoFar == Array("begun\n".utf8) })
    #expect(server.signalSessions() > 0)
    let ended = session.result(timeout: 60)
    #expect(ended.exitCode == 255 && !ended.timedOut)
    #expect(try sftp(server, "pwd\n").exitCode == 0)
  }

  @Test func isReachedThroughASimulatedLink() throws {
    let server = try PrivateSSHD()
    let link = try LinkProxy(to: server.port, settings: LinkSettings(milliseconds: 10))
    let tree = try TemporaryFolder()
    try tree.write([UInt8](repeating: 7, count: 300_000), to: "big")
    let fetched = try sftp(server, "get \(tree.path)/big \(tree.path)/copy\n", port: link.port)
    #expect(fetched.exitCode == 0, "\(fetched.errorText)")
    #expect(Poll.until(seconds: 60) { link.statistics.openConnections == 0 })
    #expect(link.statistics.connections == 1)
    #expect(link.statistics.bytesDown > 300_000)
  }
}

@Suite struct CommandTests {
  @Test func readsMoreThanAPipeHolds() throws {
    let result = try Command.run("/bin/sh", ["-c", "head -c 300000 /dev/zero; echo e >&2; exit 3"])
    #expect(result.stdout.count == 300_000)
    #expect(result.errorText == "e\n")
    #expect(result.exitCode == 3)
    #expect(!result.timedOut)
  }

  @Test func writesAndReadsConcurrently() throws {
    let input = (0..<500_000).map { UInt8(truncatingIfNeeded: $0) }
    #expect(try Command.run("cat", stdin: input).stdout == input)
  }

  @Test func survivesAProgramThatReadsNothing() throws {
    let result = try Command.run("true", stdin: [UInt8](repeating: 1, count: 1_000_000))
    #expect(result.exitCode == 0)
  }

  /// Foundation's pipes are inheritable; a child that holds one would keep its reader waiting.
  @Test func inheritsNoPipeOfOthers() throws {
    let pipe = Pipe()
    let child = try Command.start("sleep", ["600"])
    try pipe.fileHandleForWriting.close()
    var polled = pollfd(
      fd: pipe.fileHandleForReading.fileDescriptor, events: Int16(POLLIN), revents: 0)
    #expect(poll(&polled, 1, 20_000) == 1 && child.isRunning)
    child.send(signal: SIGKILL)
    _ = child.result()
  }

  @Test func killsOnTimeout() throws {
    let command = try Command.start("/bin/sh", ["-c", "echo begun; sleep 600 & wait"])
    #expect(Poll.until(seconds: 60) { command.outputSoFar == Array("begun\n".utf8) })
    let result = command.result(timeout: 0.1)
    #expect(result.timedOut)
    #expect(result.text == "begun\n")
    #expect(result.signal == 9)
  }

  @Test func reportsTheSignal() throws {
    let command = try Command.start("sleep", ["600"])
    command.send(signal: 15)
    #expect(command.result(timeout: 60).exitCode == 143)
  }

  @Test func reportsAProgramThatCannotStart() {
    #expect(throws: TestSupportError.self) { try Command.run("/nonexistent/program") }
  }
}
