import Foundation
import TestSupport
import Testing

/// Rows of docs/faults.md, each named by its test: a server that breaks the protocol or dies.
@Suite(.enabled(if: Setting.isPossible, "no OpenSSH server with an sftp-server is installed"))
struct ServerFaultRows {
  /// The fault persists: the sync ends with 69 and one line, and the next sync without the fault succeeds.
  /// - Parameter seconds: the limit of the row, plus one for start and login.
  private func expectRefused(_ mode: String, within seconds: Double, _ words: String...) throws {
    let setting = try Setting(mode)
    let result = try setting.sync()
    #expect(result.exitCode == 69, "\(result.errorText)")
    #expect(result.seconds <= seconds + 1, "\(result.seconds) s")
    for word in words { #expect(result.errorText.contains(word), "\(result.errorText)") }
    try setting.expectHealed(after: result)
  }

  /// The fault happens once: the same sync recovers.
  private func expectOvercome(_ mode: String, within seconds: Double) throws {
    let setting = try Setting("once " + mode)
    let result = try setting.sync()
    #expect(result.exitCode == 0, "\(result.errorText)")
    // Time to detect it, the pause before the next connection, and the sync itself.
    #expect(result.seconds <= seconds + 2.5, "\(result.seconds) s")
    let after = try setting.content()
    try setting.expectHealed(after: result)
    #expect(try setting.content() == after)
  }

  @Test func f03_silentBeforeTheVersion() throws {
    try expectRefused("initsilent", within: 3, "2 s")
  }
  @Test func f04_textBeforeTheVersion() throws {
    try expectRefused("initbanner", within: 1, "Welcome to the server!", "no output")
  }
  @Test func f05_hugeLength() throws {
    try expectRefused("initlen", within: 1)
    try expectRefused("lenmid", within: 2.5, "2147483647")
  }
  @Test func f06_silentDuringListing() throws { try expectOvercome("silent", within: 3) }
  @Test func f07_exitBetweenReplies() throws {
    try expectOvercome("eofreply", within: 0.5)
    try expectRefused("initeof", within: 0.5)
  }
  @Test func f08_serverDiesDuringReply() throws { try expectOvercome("partialeof", within: 0.5) }
  @Test(arguments: [1, 20, 40]) func f09_serverDiesDuringRead(_ number: Int) throws {
    try expectOvercome("dieread \(number)", within: 0.5)
  }
  @Test func f11_stallDuringRead() throws { try expectOvercome("stallread 10", within: 3) }
  @Test func f19_vanishesBetweenListingAndOpening() throws {
    let setting = try Setting(photos: 12, "vanish")
    let result = try setting.sync()
    #expect(result.exitCode == 0, "\(result.errorText)")
    #expect(try setting.rows() == "")
  }
  @Test func f20_growsWhileRead() throws {
    let setting = try Setting("grow")
    #expect(try setting.sync().exitCode == 3)
    try setting.expectHealed()
  }
  @Test(arguments: [1, 512, 4096]) func f23_shortReads(_ length: Int) throws {
    let setting = try Setting(photos: length == 1 ? 2 : 40, "shortread \(length)")
    let result = try setting.sync()
    #expect(result.exitCode == 0, "\(result.errorText)")
    let short = try setting.rows()
    try setting.expectHealed()
    #expect(try setting.rows("calm.gpkg") == short)
  }
  @Test func f24_repliesOutOfOrderAndOfStrangeIDs() throws {
    let setting = try Setting("reorder")
    #expect(try setting.sync().exitCode == 0)
    try setting.expectHealed()
    try expectRefused("wrongid", within: 2.5, "not open")
    try expectRefused("duplicate", within: 2.5, "not open")
  }
  @Test func f25_oneOpenFileAtATime() throws {
    let setting = try Setting("oneopen")
    let result = try setting.sync()
    #expect(result.exitCode == 0, "\(result.errorText)")
    try setting.expectHealed()
  }
  @Test func f34_slowServer() throws {
    let setting = try Setting("delay 5")
    #expect(try setting.sync().exitCode == 0)
    try setting.expectHealed()
  }

  @Test(arguments: [("2", 130), ("15", 143)]) func f26_signals(_ signal: String, _ code: Int32)
    throws
  {
    let setting = try Setting("stallread 10")
    let running = try setting.start()
    let reading = Poll.until(seconds: 10) { (try? setting.messageTypes().contains(5)) ?? false }
    #expect(reading)
    running.send(signal: Int32(signal) ?? 2)
    let result = running.result(timeout: 5)
    #expect(!result.timedOut && result.exitCode == code, "\(result.errorText)")
    #expect(result.seconds < 13, "\(result.seconds) s")
    try setting.expectHealed()
  }

  /// At any moment a signal ends the sync within two seconds, and the next sync continues from there.
  @Test(arguments: [UInt64(26), 27]) func f26_signalsAtRandomMoments(seed: UInt64) throws {
    let setting = try Setting("delay 5")
    #expect(try setting.sync(["--full"]).exitCode == 0)
    let whole = try setting.messages().count
    var random = SplitMix64(seed: seed)
    for round in 0..<10 {
      let number = round % 2 == 0 ? SIGINT : SIGTERM
      let before = try setting.messages().count
      let running = try setting.start(["--full"])
      // Counted in messages, which does not depend on the load of the machine.
      let moment = before + Int.random(in: 0...whole, using: &random)
      #expect(
        Poll.until(seconds: 60) {
          ((try? setting.messages().count) ?? 0) >= moment || !running.isRunning
        })
      running.send(signal: number)
      let result = running.result(timeout: 2.5)
      #expect(!result.timedOut, "round \(round)")
      // Before the handler is installed, the signal has its default effect; after the last photo the sync is complete.
      #expect([0, 128 + number].contains(result.exitCode), "\(result.errorText)")
    }
    try setting.expectHealed()
  }

  @Test func f06_waitingTakesNoProcessor() throws {
    let setting = try Setting("silent")
    let running = try setting.start(["--timeout", "30"])
    #expect(Poll.until(seconds: 10) { (try? setting.messageTypes().contains(12)) ?? false })
    func ticks() throws -> Int {
      let text = try String(contentsOfFile: "/proc/\(running.pid)/stat", encoding: .utf8)
      let fields = text.split(separator: " ")
      return try #require(Int(fields[13])) + #require(Int(fields[14]))
    }
    let before = try ticks()
    // The measured interval, not a wait for an event.
    Thread.sleep(forTimeInterval: 2)
    // 5 % of two seconds, in hundredths of a second.
    #expect(try ticks() - before <= 10)
    running.send(signal: SIGINT)
    #expect(running.result(timeout: 5).exitCode == 130)
  }

  // MARK: Names, counts, attributes

  @Test func b12_invalidNames() throws {
    let setting = try Setting("once evilnames")
    let result = try setting.sync()
    #expect([0, 3].contains(result.exitCode), "\(result.errorText)")
    #expect(!result.errorText.contains("\u{1B}"))
    #expect(!(try setting.rows()).contains(".."))
    try setting.expectHealed()
  }
  @Test func s18_lyingCountsAndLengths() throws {
    try expectRefused("longhandle", within: 2.5, "malformed", "102")
    try expectRefused("count", within: 2.5, "malformed", "104")
    try expectRefused("namelen", within: 2.5, "malformed", "104")
    try expectRefused("bigdata", within: 2.5, "were asked for")
    try expectRefused("lyingdata", within: 2.5, "malformed", "103")
  }
  @Test(arguments: ["zerocount", "zerodata"]) func s18_emptyReplies(_ mode: String) throws {
    let setting = try Setting(mode)
    #expect(try setting.sync().exitCode != 0)
    try setting.expectHealed()
  }
  @Test func b14_endlessFolder() throws {
    let setting = try Setting("infinite")
    // The walk continues up to its limit of entries; stopping must not wait for that.
    let running = try setting.start()
    #expect(try setting.waitForMessages(12, count: 100))
    running.send(signal: SIGINT)
    let result = running.result(timeout: 5)
    #expect(!result.timedOut && result.exitCode == 130, "\(result.errorText)")
    try setting.expectHealed()
  }
  @Test(arguments: ["attrext", "noattrs"]) func s18_legalAttributes(_ mode: String) throws {
    let setting = try Setting(mode)
    #expect(try setting.sync().exitCode == 0)
    let rows = try setting.rows()
    try setting.expectHealed()
    #expect(try setting.rows("calm.gpkg") == rows)
  }

  // MARK: Security

  /// OPEN, CLOSE, READ, LSTAT, FSTAT, OPENDIR, READDIR, REALPATH, STAT, and EXTENDED for limits.
  @Test func s09_sendsOnlyReadingMessages() throws {
    let setting = try Setting()
    #expect(try setting.sync().exitCode == 0)
    let types = try setting.messageTypes()
    #expect(types.isSuperset(of: [1, 3, 5, 11, 12]))
    #expect(types.subtracting([1, 3, 4, 5, 7, 8, 11, 12, 16, 17, 200]).isEmpty, "\(types)")
    #expect(!setting.server.log.contains("Starting session: command"))
  }
  @Test func f17_s02_loginRefusedOnce() throws {
    let setting = try Setting()
    let other = try PrivateSSHD()
    let result = try setting.sync(["--identity", other.identity])
    #expect(result.exitCode == 77, "\(result.errorText)")
    // One attempt and no second login.
    #expect(setting.server.log.components(separatedBy: "Failed publickey").count == 2)
    #expect(setting.server.log.components(separatedBy: "Connection from").count == 2)
    try setting.expectHealed()
  }
  /// The server disconnects instead of answering.
  @Test func f17_serverThatDisconnectsOnTheFirstKey() throws {
    let setting = try Setting(sshd: ["MaxAuthTries 1"])
    let other = try PrivateSSHD()
    let result = try setting.sync(["--identity", other.identity])
    #expect(result.exitCode == 77, "\(result.errorText)")
    #expect(setting.server.log.components(separatedBy: "Connection from").count == 2)
    try setting.expectHealed()
  }
  @Test func s06_refusesKeyFilesThatOthersCanRead() throws {
    let setting = try Setting()
    let copy = try setting.folder.write(
      Data(contentsOf: URL(filePath: setting.server.identity)), to: "open_key")
    try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: copy)
    let result = try setting.sync(["--identity", copy])
    #expect(result.exitCode == 77 && result.errorText.contains("chmod 600"))
    #expect(!setting.server.log.contains("Accepted publickey"))
  }
}
