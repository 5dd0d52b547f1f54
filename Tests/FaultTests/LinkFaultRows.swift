import Foundation
import LinkSimulation
import TestSupport
import Testing

/// Rows of docs/faults.md: faults of the link, limits of the server and the machine.
@Suite(.enabled(if: Setting.isPossible, "no OpenSSH server with an sftp-server is installed"))
struct LinkFaultRows {
  /// A fault of the link during a run; the same sync succeeds with all photos.
  private func expectOvercome(_ action: FaultyLink.Action, after bytes: Int) throws {
    let setting = try Setting()
    let link = try FaultyLink(to: setting.server.port, action, after: bytes)
    setting.port = link.port
    let result = try setting.sync()
    #expect(link.hasActed)
    #expect(result.exitCode == 0, "\(result.errorText)")
    // T + 1 to detect the stall, the pause before the next connection, and the sync itself.
    #expect(result.seconds <= 6, "\(result.seconds) s")
    let content = try setting.content()
    try setting.expectHealed(after: result)
    #expect(try setting.content() == content)
  }

  @Test func f01_closedPort() throws {
    let setting = try Setting()
    let deaf = try PrivateSSHD()
    let freed = deaf.port
    deaf.stop()
    setting.port = freed
    let result = try setting.sync()
    #expect(result.exitCode == 69 && result.errorText.contains("127.0.0.1:\(freed)"))
    #expect(result.seconds <= 1, "\(result.seconds) s")
    #expect(result.errorText.split(separator: "\n").count <= 2, "\(result.errorText)")
    setting.port = nil
    try setting.expectHealed()
  }
  @Test func f03_silentListener() throws {
    let setting = try Setting()
    let link = try FaultyLink(to: setting.server.port, .stall, after: 0)
    setting.port = link.port
    let result = try setting.sync()
    #expect(result.exitCode == 69 && link.hasActed, "\(result.errorText)")
    #expect(result.seconds <= 4, "\(result.seconds) s")
    try setting.expectHealed(after: result)
  }
  @Test func f10_stoppedServerContinues() throws {
    let setting = try Setting("delay 20")
    let running = try setting.start()
    #expect(Poll.until(seconds: 10) { (try? setting.messageTypes().contains(5)) ?? false })
    setting.server.signalSessions(SIGSTOP)
    let stopped = setting.server.sessionProcesses
    try setting.set("real")
    let result = running.result(timeout: 15)
    for pid in stopped { kill(pid, SIGCONT) }
    #expect(!result.timedOut && result.exitCode == 0, "\(result.errorText)")
    #expect(result.seconds <= 8, "\(result.seconds) s")
    try setting.expectHealed(after: result)
  }
  /// The server processes are killed during the run.
  @Test(arguments: [1, 50, 200]) func f09_serverKilled(afterReads count: Int) throws {
    let setting = try Setting(photos: 400, "delay 2")
    let running = try setting.start()
    #expect(try setting.waitForMessages(5, count: count))
    try setting.set("real")
    #expect(setting.server.signalSessions(SIGKILL) > 0)
    let result = running.result(timeout: 15)
    #expect(!result.timedOut && result.exitCode == 0, "\(result.errorText)")
    #expect(result.errorText.contains("lost"), "it was not killed in mid-run")
    try setting.expectHealed(after: result)
  }
  /// 300 ms round trip, and one packet in twenty is late: slower, without a timeout.
  @Test func f34_farAndLossy() throws {
    let setting = try Setting()
    setting.timeout = 10
    let far = try LinkProxy(to: setting.server.port, settings: LinkSettings(milliseconds: 300))
    let link = try FaultyLink(to: far.port, .loss, after: 0)
    setting.port = link.port
    let result = try setting.sync()
    #expect(result.exitCode == 0, "\(result.errorText)")
    #expect(!result.errorText.contains("lost") && !result.errorText.contains("no reply"))
    try setting.expectHealed(after: result)
  }
  @Test(arguments: [8_000, 20_000, 60_000]) func f11_stalledLink(_ bytes: Int) throws {
    try expectOvercome(.stall, after: bytes)
  }
  @Test(arguments: [5_000, 8_000, 60_000]) func f12_reset(_ bytes: Int) throws {
    try expectOvercome(.reset, after: bytes)
  }
  /// A login that breaks is not a refusal: exit code 69, or 0 where another connection succeeds.
  @Test(arguments: [800, 1_250, 1_700, 2_150, 2_600, 3_050])
  func f12_resetDuringLogin(from first: Int) throws {
    let setting = try Setting(photos: 4)
    for bytes in stride(from: first, to: min(first + 450, 3_250), by: 150) {
      let link = try FaultyLink(to: setting.server.port, .reset, after: bytes)
      setting.port = link.port
      let result = try setting.sync(["--full"], index: "cut-off.gpkg")
      #expect([0, 69].contains(result.exitCode), "after \(bytes): \(result.errorText)")
    }
    setting.port = nil
    try setting.expectHealed()
  }
  @Test(arguments: [8_000, 60_000]) func f13_flippedBit(_ bytes: Int) throws {
    try expectOvercome(.flip, after: bytes)
  }
  @Test func f14_rekeying() throws {
    let setting = try Setting(photos: 400, sshd: ["RekeyLimit 200K", "LogLevel DEBUG1"])
    let result = try setting.sync()
    #expect(result.exitCode == 0 && !result.errorText.contains("lost"), "\(result.errorText)")
    let exchanges = setting.server.log.components(separatedBy: "SSH2_MSG_NEWKEYS received").count
    #expect(exchanges > 2, "no second key exchange was seen, so nothing was shown")
    try setting.expectHealed()
  }
  @Test func f15_maxStartups() throws {
    let setting = try Setting(photos: 400, sshd: ["MaxStartups 2:100:3"])
    let result = try setting.sync(["--connections", "16", "--in-flight", "4"])
    #expect(result.exitCode == 0, "\(result.errorText)")
    try setting.expectHealed()
  }
  /// A corrupt login must not look like a refusal, which would be final, or like another host key.
  @Test(arguments: [50, 550, 1_050, 1_550, 2_050, 2_550])
  func f13_aFlippedBitOfTheLogin(from first: Int) throws {
    let setting = try Setting(photos: 4)
    var codes: [Int32: [Int]] = [:]
    for bytes in stride(from: first, to: min(first + 500, 2_600), by: 50) {
      let link = try FaultyLink(to: setting.server.port, .flip, after: bytes)
      setting.port = link.port
      let result = try setting.sync()
      codes[result.exitCode, default: []].append(bytes)
      if (1_400...2_200).contains(bytes) {
        #expect(!result.errorText.contains("refused"), "\(bytes): \(result.errorText)")
      }
    }
    #expect(codes.keys.allSatisfy { [0, 69].contains($0) }, "\(codes)")
  }
  @Test func f16_maxSessions() throws {
    // Enough slow photos that more connections help and join.
    let setting = try Setting(photos: 120, "delay 2", sshd: ["MaxSessions 1"])
    let result = try setting.sync(["--connections", "8", "--in-flight", "2", "--timeout", "10"])
    #expect(result.exitCode == 0, "\(result.errorText)")
    #expect(!result.errorText.contains("refused"), "\(result.errorText)")
    #expect(try setting.count() == 120)
    try setting.expectHealed()
  }
  /// Without any session, the error says so.
  @Test func f16_noSessionAtAll() throws {
    let setting = try Setting(photos: 1, sshd: ["MaxSessions 0"])
    let result = try setting.sync()
    #expect(result.exitCode == 69 && result.errorText.contains("channel"), "\(result.errorText)")
    #expect(result.seconds <= 2, "\(result.seconds) s")
  }
  /// The limit hits the creation of tables, or the writing of rows.
  @Test(arguments: [300, 500]) func f28_fileSizeLimit(_ blocks: Int) throws {
    let setting = try Setting(photos: 400)
    // In blocks of 512 bytes (dash); the signal is ignored, so that writing fails with EFBIG.
    let result = try setting.sync(shell: #"trap "" XFSZ; ulimit -f \#(blocks); exec "$@""#)
    #expect(result.exitCode == 74, "\(result.exitCode) \(result.errorText)")
    // If the tables did not fit, there is no index, and no damaged one either.
    let check = try setting.gpsindex("check")
    #expect(check.exitCode == (blocks < 400 ? 65 : 0), "\(check.errorText)")
    #expect(!check.errorText.contains("damaged"))
    try setting.expectHealed()
  }
  /// 32 descriptors are enough for all connections, 16 for one, 8 for none.
  @Test(arguments: [(8, false), (16, true), (24, true), (32, true)])
  func f33_fewDescriptors(_ limit: Int, isEnough: Bool) throws {
    let setting = try Setting(photos: 120, "delay 2")
    let result = try setting.sync(
      shell: #"""
        # Tests beside this one have files open, which the limit would count.
        exec bash -c '
          for file in /proc/self/fd/*; do
            number=${file##*/}; ((number > 2)) && eval "exec $number>&-"
          done
          ulimit -n \#(limit); exec "$@" --connections 8 --in-flight 2 --timeout 10
        ' bash "$@"
        """#)
    #expect(result.signal == nil, "\(result.errorText)")
    if isEnough {
      #expect(result.exitCode == 0, "\(result.exitCode) \(result.errorText)")
      #expect(try setting.count() == 120)
    } else {
      #expect([69, 74].contains(result.exitCode), "\(result.exitCode) \(result.errorText)")
      #expect(result.errorText.contains("try: "), "\(result.errorText)")
    }
    try setting.expectHealed()
  }
  // MARK: Security

  @Test func s02_changedHostKeySendsNoLogin() throws {
    let setting = try Setting()
    let other = try PrivateSSHD()
    let text = try String(contentsOfFile: other.knownHosts, encoding: .utf8)
      .replacing(":\(other.port)", with: ":\(setting.server.port)")
    let file = try setting.folder.write(text, to: "changed")
    let result = try setting.sync(["--known-hosts", file])
    #expect(result.exitCode == 76 && result.errorText.contains("SHA256:"))
    #expect(!setting.server.log.contains("userauth") && !setting.server.log.contains("publickey"))
  }
  /// A server with only weak algorithms is refused.
  @Test(arguments: [
    "KexAlgorithms diffie-hellman-group14-sha1", "MACs hmac-sha1", "Ciphers aes128-cbc,3des-cbc",
  ])
  func s04_weakAlgorithmsAreNotOffered(_ line: String) throws {
    let setting = try Setting(sshd: [line])
    let result = try setting.sync(["--transport", "libssh2"])
    #expect(result.exitCode == 69 && result.errorText.contains("--transport ssh"))
    #expect(!setting.server.log.contains("Accepted publickey"))
  }
  @Test func s07_indexIsPrivate() throws {
    let setting = try Setting()
    // With any umask, including the files that SQLite creates during the sync.
    let index = setting.folder.file("new/index.gpkg")
    setting.variables = ["GPSINDEX_INDEX": index]
    let result = try setting.sync(shell: #"umask 0; exec "$@""#)
    #expect(result.exitCode == 0, "\(result.errorText)")
    func mode(_ path: String) throws -> Int? {
      try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    }
    #expect(try mode(index) == 0o600)
    #expect(try mode(setting.folder.file("new")) == 0o700)
    let names = try FileManager.default.contentsOfDirectory(atPath: setting.folder.file("new"))
    #expect(names.contains("index.gpkg"))
    for name in names {
      #expect(try mode(setting.folder.file("new/" + name)) == 0o600, "\(name)")
    }
  }
  @Test func s10_theSSHProgramOpensNoShell() throws {
    let setting = try Setting()
    let result = try setting.sync(["--transport", "ssh"])
    #expect(result.exitCode == 0, "\(result.errorText)")
    #expect(setting.server.log.contains("subsystem 'sftp'"))
    #expect(!setting.server.log.contains("Starting session: command"))
    #expect(!setting.server.log.contains("Starting session: shell"))
    try setting.expectHealed()
  }
}
