import Foundation
import LinkSimulation
import TestSupport
import Testing

/// Rows of docs/faults.md: faults during `gpsindex watch`. It goes on, finds what came meanwhile, and logs in once per outage.
@Suite(.enabled(if: Setting.isPossible, "no OpenSSH server with an sftp-server is installed"))
struct WatchRows {
  private static let canMount =
    (try? Command.run("unshare", ["-rm", "mount", "-t", "tmpfs", "none", "/mnt"]).exitCode) == 0

  private func arguments(_ setting: Setting) throws -> [String] {
    var words = try setting.syncArguments(["--every", "1s", "--all", "--json"])
    words[0] = "watch"
    let unwanted = try #require(words.firstIndex(of: "--progress"))
    words.removeSubrange(unwanted...(unwanted + 1))
    return words
  }

  private func events(_ watch: RunningCommand) -> [[String: Any]] {
    String(decoding: watch.outputSoFar, as: UTF8.self).split(separator: "\n").compactMap {
      try? JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]
    }
  }

  private func wait(
    _ watch: RunningCommand, _ what: String, _ holds: ([[String: Any]]) -> Bool
  ) {
    let isSeen = Poll.until(seconds: 60) { holds(events(watch)) }
    #expect(
      isSeen, "\(what): \(events(watch)) \(String(decoding: watch.errorsSoFar, as: UTF8.self))")
  }

  private func polls(_ events: [[String: Any]]) -> [[String: Any]] {
    events.filter { $0["event"] as? String == "poll" }
  }

  private func isNew(_ name: String, _ events: [[String: Any]]) -> Bool {
    polls(events).contains { ($0["photos"] as? [String])?.contains { $0.hasSuffix(name) } ?? false }
  }

  private func logins(_ events: [[String: Any]]) -> Int {
    polls(events).reduce(0) { $0 + ($1["logins"] as? Int ?? 0) }
  }

  private func accepted(_ setting: Setting) -> Int {
    setting.server.log.components(separatedBy: "Accepted publickey").count - 1
  }

  private func addPhoto(_ setting: Setting, _ name: String) throws {
    let walk = try #require(FileManager.default.enumerator(atPath: setting.root))
    let photo = try #require(walk.compactMap { $0 as? String }.first { $0.hasSuffix(".JPG") })
    try FileManager.default.copyItem(
      atPath: setting.root + "/" + photo, toPath: setting.root + "/" + name)
  }

  /// SIGINT ends it with 0.
  private func end(_ watch: RunningCommand) {
    watch.send(signal: SIGINT)
    let result = watch.result(timeout: 10)
    #expect(!result.timedOut && result.exitCode == 0, "\(result.exitCode) \(result.errorText)")
  }

  @Test func w01_serverRestarted() throws {
    let setting = try Setting()
    let watch = try setting.startProgram(try arguments(setting))
    wait(watch, "first polls") { polls($0).count >= 2 }
    setting.server.stop()
    try addPhoto(setting, "while-down.JPG")
    wait(watch, "failure") { $0.contains { $0["event"] as? String == "failed" } }
    try setting.server.restart()
    wait(watch, "new photo") { isNew("while-down.JPG", $0) }
    wait(watch, "recovery") { $0.contains { $0["event"] as? String == "recovered" } }
    end(watch)
    #expect(logins(events(watch)) == 2 && accepted(setting) == 2)
    try setting.expectHealed()
  }

  @Test func w02_sessionsKilled() throws {
    let setting = try Setting()
    let watch = try setting.startProgram(try arguments(setting))
    for outage in 1...3 {
      wait(watch, "polls") { polls($0).count >= 2 * outage }
      #expect(setting.server.signalSessions(SIGKILL) > 0)
      try addPhoto(setting, "after\(outage).JPG")
      wait(watch, "new photo") { isNew("after\(outage).JPG", $0) }
    }
    end(watch)
    #expect(logins(events(watch)) == 4 && accepted(setting) == 4)
    try setting.expectHealed()
  }

  @Test(arguments: [FaultyLink.Action.stall, .reset, .flip]) func w03_linkFaults(
    _ action: FaultyLink.Action
  ) throws {
    let setting = try Setting()
    #expect(try setting.sync().exitCode == 0)
    let link = try FaultyLink(to: setting.server.port, action, after: 30_000)
    setting.port = link.port
    try setting.sqlite(
      "UPDATE site SET location = '\(setting.server.location(setting.root, port: link.port))'")
    let before = accepted(setting)
    let watch = try setting.startProgram(try arguments(setting))
    wait(watch, "the fault") { _ in link.hasActed }
    try addPhoto(setting, "after.JPG")
    wait(watch, "new photo") { isNew("after.JPG", $0) }
    end(watch)
    #expect(accepted(setting) - before == 2)
    setting.port = nil
    try setting.sqlite("UPDATE site SET location = '\(setting.server.location(setting.root))'")
    try setting.expectHealed()
  }

  /// Entries that the server hides for a while: their rows stay, and the watch says that it is incomplete.
  @Test func w04_unreadableEntries() throws {
    let setting = try Setting("noattrs")
    let watch = try setting.startProgram(try arguments(setting))
    wait(watch, "first polls") { polls($0).count >= 2 }
    let rows = try setting.rows()
    try setting.set("hidden")
    setting.server.signalSessions(SIGKILL)
    wait(watch, "incomplete") { polls($0).contains { $0["complete"] as? Bool == false } }
    wait(watch, "note") { $0.contains { $0["event"] as? String == "note" } }
    #expect(try setting.rows() == rows)
    try setting.set("real")
    setting.server.signalSessions(SIGKILL)
    try addPhoto(setting, "after.JPG")
    wait(watch, "new photo") { isNew("after.JPG", $0) }
    end(watch)
    #expect(try setting.count() == 41)
    try setting.expectHealed()
  }

  /// Another process syncs the site, and then one writes to the index for long.
  @Test func w05_indexLocked() throws {
    let setting = try Setting()
    let watch = try setting.startProgram(try arguments(setting))
    wait(watch, "first polls") { polls($0).count >= 2 }
    let lock = try Command.start(
      try #require(Command.find("sqlite3")), [setting.folder.file("index.gpkg")],
      stdin: Array("BEGIN EXCLUSIVE;\n.shell sleep 8\nROLLBACK;\n".utf8))
    try addPhoto(setting, "after.JPG")
    wait(watch, "new photo") { isNew("after.JPG", $0) }
    _ = lock.result()
    end(watch)
    #expect(accepted(setting) == logins(events(watch)))
    try setting.expectHealed()
  }

  @Test(.enabled(if: canMount, "no file system can be mounted here")) func w06_fullDisk() throws {
    let setting = try Setting()
    let disk = try setting.folder.folder("disk")
    let out = setting.folder.file("out")
    let photo = try #require(
      FileManager.default.enumerator(atPath: setting.root)?.compactMap { $0 as? String }
        .first { $0.hasSuffix(".JPG") })
    let script = """
      exec unshare -rm sh -c '
        mount -t tmpfs -o size=2m none "\(disk)"
        "$@" --index "\(disk)/index.gpkg" >"\(out)" 2>&1 & pid=$!
        until grep -q poll "\(out)"; do sleep 0.1; done
        dd if=/dev/zero of="\(disk)/rest" bs=1k count=4096 2>/dev/null
        cp "\(setting.root)/\(photo)" "\(setting.root)/after.JPG"
        until grep -q "event.:.failed" "\(out)"; do sleep 0.1; done
        rm "\(disk)/rest"
        until grep -q after.JPG "\(out)"; do sleep 0.1; done
        kill -INT $pid; wait $pid; echo "end $?"
      ' sh "$@"
      """
    let result = try setting.run(shell: script, try arguments(setting))
    let said = try String(contentsOfFile: out, encoding: .utf8)
    #expect(result.text == "end 0\n", "\(result.text) \(result.errorText) \(said)")
    #expect(said.contains("\"code\":74") && said.contains("recovered"), "\(said)")
  }

  /// Logins that the server refuses end the watch with the exit code of a sync.
  @Test func w07_loginRefused() throws {
    let setting = try Setting(sshd: ["AuthorizedKeysFile /nowhere"])
    let result = try setting.gpsindex(try arguments(setting))
    #expect(result.exitCode == 77, "\(result.text)\(result.errorText)")
    #expect(result.text.contains("\"event\":\"ended\""))
  }

  /// SIGTERM as SIGINT, also while a server does not answer; and a reader of the output that is gone.
  @Test(arguments: ["silent", "real"]) func w08_ending(_ mode: String) throws {
    let setting = try Setting()
    try setting.set(mode)
    let watch = try setting.startProgram(try arguments(setting))
    let isUnderWay = Poll.until(seconds: 30) { accepted(setting) > 0 }
    #expect(isUnderWay)
    watch.send(signal: SIGTERM)
    let result = watch.result(timeout: 10)
    #expect(!result.timedOut && result.exitCode == 0, "\(result.exitCode) \(result.errorText)")
    try setting.set("real")
    let piped = try setting.run(
      shell: #"{ "$@"; echo "watch $?" >&2; } | head -n 1 >/dev/null"#, try arguments(setting))
    #expect(piped.errorText.contains("watch 0"), "\(piped.errorText)")
  }
}
