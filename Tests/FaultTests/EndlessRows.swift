import Foundation
import TestSupport
import Testing

/// Rows of docs/faults.md: servers with endless listings.
@Suite(.enabled(if: Setting.isPossible, "no OpenSSH server with an sftp-server is installed"))
struct EndlessRows {
  /// The root of a site becomes endless: its rows stay, and the run ends as incomplete.
  /// - Parameter ceiling: limit of memory in MiB.
  private func expectBounded(
    _ mode: String, _ words: String, ceiling: Int, _ more: [String] = []
  ) throws {
    let setting = try Setting()
    #expect(try setting.sync().exitCode == 0)
    let rows = try setting.rows()
    #expect(try setting.count() == 40)
    try setting.set("\(mode) 0 \(setting.root)")
    let run = peak(try setting.start(["--timeout", "20"] + more), limit: ceiling + 200)
    print("\(mode): \(run.mebibytes) MiB, \(run.result.seconds) s")
    let text = run.result.errorText
    #expect(run.result.exitCode == 3, "\(text)")
    #expect(text.contains(words) && text.contains("partly synced") || !more.isEmpty, "\(text)")
    // One message per folder would be too many.
    #expect(text.split(separator: "\n").count < 130, "\(text)")
    #expect(run.mebibytes > 0 && run.mebibytes <= ceiling, "\(run.mebibytes) MiB")
    #expect(try setting.rows() == rows)
    try setting.expectHealed()
  }

  @Test func b18_endlessFolders() throws {
    try expectBounded("endlessfolders", "more than 500000 folders", ceiling: 320)
  }

  /// Ever deeper paths: bytes count, not folders.
  @Test func b18_endlessDepth() throws {
    try expectBounded("nestedfolders", "more than 256 MiB of names", ceiling: 720)
  }

  @Test func b19_endlessSidecars() throws {
    try expectBounded("endlesssidecars", "more than 1000000 entries in one folder", ceiling: 420)
  }

  @Test func b19_endlessPhotos() throws {
    try expectBounded(
      "endlessfiles", "more than 1000000 entries in one folder", ceiling: 420, ["--dry-run"])
  }

  @Test func b19_theSameNamesAgainAndAgain() throws {
    try expectBounded("samenames", "more than 1000000 entries in one folder", ceiling: 80)
  }

  /// Photos are listed faster than they are read; at most a few thousand wait. Stopped in the middle.
  @Test(arguments: [("endlessfiles", SIGINT), ("endlessfolders", SIGTERM)])
  func f36_aSignalInAnEndlessListing(_ mode: String, _ signal: Int32) throws {
    let setting = try Setting(photos: 4)
    try setting.set("\(mode) 0 \(setting.root)")
    let running = try setting.start(["--timeout", "20"])
    #expect(try setting.waitForMessages(12, count: 100))
    let sent = ContinuousClock.now
    running.send(signal: signal)
    let run = peak(running)
    print("f36: \(mode) \(sent.duration(to: .now)), \(run.mebibytes) MiB")
    #expect(run.result.exitCode == 128 + signal, "\(run.result.errorText)")
    // Measured: 0.04 s.
    #expect(sent.duration(to: .now) <= .seconds(1))
    #expect(run.mebibytes <= 200)
  }

  /// Another program holds a write lock on the index.
  @Test(
    .enabled(if: Command.find("sqlite3") != nil, "sqlite3 is not installed"),
    arguments: [SIGINT, SIGTERM])
  func f36_aSignalWhileTheIndexIsLocked(_ signal: Int32) throws {
    let setting = try Setting(photos: 30)
    #expect(try setting.sync().exitCode == 0)
    let rows = try setting.rows()
    let lock = try Command.start(
      try #require(Command.find("sqlite3")),
      [setting.folder.file("index.gpkg"), "BEGIN IMMEDIATE", ".shell echo locked; exec sleep 60"])
    defer { _ = lock.result(timeout: 0.1) }
    #expect(Poll.until(seconds: 60) { !lock.outputSoFar.isEmpty })
    let running = try setting.start(["--full"])
    // All photos are read; the rest needs the index.
    #expect(try setting.waitForMessages(5, count: 30))
    #expect(isIdle(running))
    let sent = ContinuousClock.now
    running.send(signal: signal)
    let result = running.result(timeout: 10)
    print("f36: locked \(sent.duration(to: .now))")
    #expect(!result.timedOut && result.exitCode == 128 + signal, "\(result.errorText)")
    // Measured: 0.04 s.
    #expect(sent.duration(to: .now) <= .seconds(1))
    #expect(try setting.rows() == rows)
  }

  /// Standard error is a pipe that is full and that nobody reads.
  @Test(arguments: [("--progress=json", SIGINT), ("--progress=plain", SIGTERM)])
  func f36_aSignalWhileNobodyReads(_ progress: String, _ signal: Int32) throws {
    let setting = try Setting(photos: 4)
    let pipe = setting.folder.file("pipe")
    let running = try setting.start(
      shell: """
        mkfifo '\(pipe)' && exec 3<>'\(pipe)' && head -c 65536 /dev/zero >&3 && exec "$@" 2>&3
        """, [progress], index: "index.gpkg")
    // The signal handler is installed, and the program waits for the pipe.
    let isListening = Poll.until(seconds: 60) {
      let path = "/proc/\(running.pid)/"
      let status = (try? String(contentsOfFile: path + "status", encoding: .utf8)) ?? ""
      let caught = status.split(separator: "\n").first { $0.hasPrefix("SigCgt:") }
      let mask = caught?.split(separator: "\t").last.flatMap { UInt64($0, radix: 16) } ?? 0
      return mask & 1 << UInt64(signal - 1) != 0 && status.contains("Name:\tgpsindex")
    }
    #expect(isListening)
    #expect(isIdle(running) && running.isRunning)
    running.send(signal: signal)
    let result = running.result(timeout: 5)
    #expect(!result.timedOut && result.exitCode == 128 + signal, "\(result.exitCode)")
  }
}

/// Waits until all threads of the program sleep and use no processor time in twenty consecutive samples. A runnable
/// thread on a busy machine does not count as sleeping.
func isIdle(_ running: RunningCommand) -> Bool {
  var last: [String] = []
  var looks = 0
  return Poll.until(seconds: 60) {
    let folder = "/proc/\(running.pid)/task"
    let threads = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    // proc(5): behind the name in brackets the state; the twelfth and thirteenth field from there are times.
    let seen = threads.sorted().map { thread in
      let text = (try? String(contentsOfFile: "\(folder)/\(thread)/stat", encoding: .utf8)) ?? ""
      let fields = text.split(separator: ")").last?.split(separator: " ") ?? []
      return fields.count > 12 ? "\(thread) \(fields[0]) \(fields[11]) \(fields[12])" : "gone"
    }
    let isQuiet = !seen.isEmpty && seen == last && seen.allSatisfy { $0.contains(" S ") }
    looks = isQuiet ? looks + 1 : 0
    last = seen
    return looks >= 20
  }
}
