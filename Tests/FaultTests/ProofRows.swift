import Foundation
import TestSupport
import Testing

/// Rows of docs/faults.md that verify that the fault really happens.
@Suite(.enabled(if: Setting.isPossible, "no OpenSSH server with an sftp-server is installed"))
struct ProofRows {
  /// The name refers to a real photo outside of the site, which must not be read.
  @Test func b12_nameOutsideTheRoot() throws {
    let setting = try Setting(photos: 12, "once evilnames")
    let photo = try #require(
      FileManager.default.enumerator(atPath: setting.root)?.compactMap { $0 as? String }
        .first { $0.hasSuffix(".JPG") })
    try FileManager.default.copyItem(
      atPath: setting.root + "/" + photo, toPath: setting.folder.file("outside.JPG"))
    // It exists, and is listed twice.
    try FileManager.default.copyItem(
      atPath: setting.root + "/" + photo, toPath: setting.root + "/dup.jpg")
    let result = try setting.sync(["--json"])
    #expect(result.errorText.contains("entries with invalid names"), "\(result.errorText)")
    #expect(result.text.contains("\"located\":13,"), "\(result.text)")
    let rows = try setting.rows()
    #expect(!rows.contains("outside") && !rows.contains("passwd"))
    #expect(rows.split(separator: "\n").filter { $0.contains("dup.jpg") }.count == 1)
  }

  /// A photo that a listing repeats three times is one row; invalid names are reported once.
  @Test func b12_repeatedName() throws {
    let setting = try Setting(photos: 12, "once evilnames")
    let photo = try #require(
      FileManager.default.enumerator(atPath: setting.root)?.compactMap { $0 as? String }
        .first { $0.hasSuffix(".JPG") })
    try FileManager.default.copyItem(
      atPath: setting.root + "/" + photo, toPath: setting.root + "/dup.jpg")
    let result = try setting.sync(["--json"])
    // ../../etc/passwd.jpg, ../outside.JPG, a/b.jpg, the empty one, one with NUL, 4,004 bytes.
    #expect(
      result.errorText.components(separatedBy: "entries with invalid names").count == 2
        && result.errorText.contains(": skipped 6 entries"), "\(result.errorText)")
    #expect(result.text.contains("\"located\":13,"), "\(result.text)")
    let rows = try setting.rows().split(separator: "\n")
    #expect(rows.count == 13 && rows.count { $0.contains("dup.jpg") } == 1)
    try setting.expectHealed()
  }

  @Test func b12_serverThatListsTwice() throws {
    let setting = try Setting("twice")
    let result = try setting.sync(["--json"])
    #expect(result.exitCode == 0, "\(result.errorText)")
    #expect(result.text.contains("\"listed\":40,"), "\(result.text)")
    let opened = try setting.messages().count { $0 == 3 }
    let content = try setting.content()
    try setting.expectHealed()
    #expect(try setting.content() == content)
    #expect(opened == 40)
  }

  /// Other clients use up MaxStartups, so that no further connection succeeds.
  @Test func f15_maxStartupsDuringRun() throws {
    let setting = try Setting(photos: 200, "delay 4", sshd: ["MaxStartups 1:100:1"])
    let running = try setting.start(["--connections", "8", "--in-flight", "1", "--timeout", "10"])
    #expect(Poll.until(seconds: 10) { (try? setting.messageTypes().contains(3)) ?? false })
    let occupant = try Command.start(
      "/usr/bin/python3",
      [
        "-c",
        """
        import socket, sys, time
        held = [socket.create_connection(("127.0.0.1", int(sys.argv[1]))) for _ in range(3)]
        time.sleep(600)
        """, "\(setting.server.port)",
      ])
    let result = running.result(timeout: 20)
    occupant.send(signal: SIGKILL)
    _ = occupant.result(timeout: 5)
    #expect(!result.timedOut && result.exitCode == 0, "\(result.errorText)")
    #expect(result.errorText.contains("working with 1 connection"), "\(result.errorText)")
    #expect(try setting.count() == 200)
  }

  /// At a log level that shows every packet of a login.
  @Test func s02_sendsNoLoginBytesAfterAChangedKey() throws {
    let setting = try Setting(photos: 1, sshd: ["LogLevel DEBUG3"])
    #expect(try setting.sync(["--dry-run"]).exitCode == 0)
    #expect(setting.server.log.contains("userauth-request for user"))
    let before = setting.server.log.count
    let key = try String(contentsOfFile: setting.server.identity + ".pub", encoding: .utf8)
      .split(separator: " ").prefix(2).joined(separator: " ")
    for text in ["[127.0.0.1]:\(setting.server.port) \(key)\n", ""] {
      let file = try setting.folder.write(text, to: "other-hosts")
      let result = try setting.sync(["--known-hosts", file])
      #expect(result.exitCode == 76, "\(result.errorText)")
    }
    let log = setting.server.log.dropFirst(before)
    #expect(log.contains("NEWKEYS") && !log.contains("userauth-request"))
  }
}
