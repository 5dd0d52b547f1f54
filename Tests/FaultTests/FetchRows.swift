import Foundation
import LinkSimulation
import TestSupport
import Testing

/// Rows of docs/faults.md: faults during `gpsindex fetch`. After each, what stands under a final name is the photo, and the
/// same command completes the rest.
@Suite(.enabled(if: Setting.isPossible, "no OpenSSH server with an sftp-server is installed"))
struct FetchRows {
  private static let canMount =
    (try? Command.run("unshare", ["-rm", "mount", "-t", "tmpfs", "none", "/mnt"]).exitCode) == 0

  /// A synced site whose photos have content everywhere.
  private func setting(_ photos: Int = 40) throws -> Setting {
    let setting = try Setting(photos: photos)
    var random = SplitMix64(seed: 2)
    for path in try files(setting.root) {
      let full = setting.root + "/" + path
      let time = try FileManager.default.attributesOfItem(atPath: full)[.modificationDate] as? Date
      let file = try #require(FileHandle(forUpdatingAtPath: full))
      let end = try file.seekToEnd()
      try file.seek(toOffset: min(end, 50_000))
      try file.write(
        contentsOf: Data((0..<10_000).map { _ in UInt8.random(in: 0...255, using: &random) }))
      try file.close()
      try FileManager.default.setAttributes(
        [.modificationDate: try #require(time)], ofItemAtPath: full)
    }
    let result = try setting.sync()
    #expect(result.exitCode == 0, "\(result.errorText)")
    return setting
  }

  private func files(_ root: String) throws -> [String] {
    let walk = try #require(FileManager.default.enumerator(atPath: root))
    return walk.compactMap { $0 as? String }.filter {
      var isFolder: ObjCBool = false
      return FileManager.default.fileExists(atPath: root + "/" + $0, isDirectory: &isFolder)
        && !isFolder.boolValue
    }.sorted()
  }

  private func arguments(_ setting: Setting, _ more: [String] = []) throws -> [String] {
    let known =
      try setting.port.map { try setting.server.knownHosts(port: $0) } ?? setting.server.knownHosts
    if setting.port != nil {
      try setting.sqlite(
        "UPDATE site SET location = '\(setting.server.location(setting.root, port: setting.port))'")
    }
    return [
      "fetch", "--site", "site", "--to", setting.folder.file("to"), "--identity",
      setting.server.identity, "--known-hosts", known, "--progress", "none", "--timeout",
      "\(setting.timeout)",
    ] + more
  }

  private func fetch(_ setting: Setting, _ more: [String] = []) throws -> Command.Result {
    let result = try setting.gpsindex(try arguments(setting, more))
    #expect(result.signal == nil, "died of signal \(result.signal ?? 0): \(result.errorText)")
    return result
  }

  /// Every file under a final name has the bytes of its source, and its time.
  /// - Returns: how many there are.
  @discardableResult
  private func expectRight(_ setting: Setting, to: String = "to") throws -> Int {
    let root = setting.folder.file(to)
    var count = 0
    for path in (try? files(root)) ?? [] where !path.hasPrefix(".gpsindex-fetch/") {
      count += 1
      let (one, two) = (root + "/" + path, setting.root + "/" + path)
      #expect(FileManager.default.contentsEqual(atPath: one, andPath: two), "\(path) differs")
      let times = try [one, two].map {
        try FileManager.default.attributesOfItem(atPath: $0)[.modificationDate] as? Date
      }
      // SFTP has whole seconds.
      let seconds = times.map { $0?.timeIntervalSince1970.rounded(.down) }
      #expect(seconds[0] == seconds[1], "\(path) has another time")
    }
    return count
  }

  /// A further fetch brings the rest, and the one behind it opens nothing.
  private func expectHealed(_ setting: Setting, photos: Int = 40, _ more: [String] = []) throws {
    try setting.set("real")
    let result = try fetch(setting, more)
    #expect(result.exitCode == 0, "\(result.errorText)")
    #expect(try expectRight(setting) == photos)
    let again = try fetch(setting, more + ["--json"])
    #expect(again.exitCode == 0)
    #expect(again.text.contains("\"files_opened\":0") && again.text.contains("\"fetched\":0"))
    #expect(again.text.contains("\"connections\":0"), "\(again.text)")
    #expect(
      !FileManager.default.fileExists(atPath: setting.folder.file("to/.gpsindex-fetch")),
      "unfinished files are left")
  }

  @Test(arguments: [FaultyLink.Action.reset, .stall, .flip], [300_000, 900_000])
  func t01_linkFaults(_ action: FaultyLink.Action, after bytes: Int) throws {
    let setting = try setting()
    let link = try FaultyLink(to: setting.server.port, action, after: bytes)
    setting.port = link.port
    let result = try fetch(setting)
    #expect(link.hasActed)
    #expect(result.exitCode == 0, "\(result.errorText)")
    #expect(try expectRight(setting) == 40)
    try expectHealed(setting)
  }

  @Test func t02_serverKilled() throws {
    let setting = try setting()
    try setting.set("delay 5")
    let before = try setting.messages().count { $0 == 5 }
    let running = try setting.startProgram(try arguments(setting))
    #expect(try setting.waitForMessages(5, count: before + 10))
    try setting.set("real")
    #expect(setting.server.signalSessions(SIGKILL) > 0)
    let result = running.result(timeout: 15)
    #expect(!result.timedOut && result.exitCode == 0, "\(result.errorText)")
    try expectHealed(setting)
  }

  /// Servers that answer in another order, in short pieces, or leave out attributes.
  @Test(arguments: ["reorder", "shortread 3000", "noattrs"])
  func t03_otherServers(_ mode: String) throws {
    let setting = try setting()
    try setting.set(mode)
    setting.timeout = 10
    let result = try fetch(setting)
    #expect(result.exitCode == 0, "\(result.errorText)")
    #expect(try expectRight(setting) == 40)
    try expectHealed(setting)
  }

  @Test func t04_vanishedAndUnreadable() throws {
    let setting = try setting()
    let all = try files(setting.root)
    try FileManager.default.removeItem(atPath: setting.root + "/" + all[3])
    // OPEN of a folder succeeds, and READ fails: also for root, who may read any file.
    try FileManager.default.removeItem(atPath: setting.root + "/" + all[5])
    try FileManager.default.createDirectory(
      atPath: setting.root + "/" + all[5], withIntermediateDirectories: false)
    let result = try fetch(setting, ["--json"])
    #expect(result.exitCode == 3, "\(result.errorText)")
    #expect(result.errorText.contains("\(all[3]): vanished"), "\(result.errorText)")
    #expect(result.errorText.contains("\(all[5]): server-error"), "\(result.errorText)")
    #expect(result.text.contains("\"failed\":2"), "\(result.text)")
    #expect(try expectRight(setting) == 38)
  }

  @Test func t05_changedSinceTheSync() throws {
    let setting = try setting()
    let all = try files(setting.root)
    let file = try #require(FileHandle(forWritingAtPath: setting.root + "/" + all[1]))
    try file.seekToEnd()
    try file.write(contentsOf: Data(repeating: 5, count: 90_000))
    try file.close()
    try Data(repeating: 6, count: 10).write(to: URL(filePath: setting.root + "/" + all[2]))
    let result = try fetch(setting)
    #expect(result.exitCode == 0, "\(result.errorText)")
    #expect(try expectRight(setting) == 40)
  }

  /// A file that somebody writes to all the time is reported, and never stands there in part.
  @Test func t06_growingFile() throws {
    let setting = try setting()
    let all = try files(setting.root)
    let growing = setting.root + "/" + all[0]
    let writer = try Command.start(
      "/bin/sh", ["-c", "while :; do echo x >> \"$0\"; sleep 0.02; done", growing])
    defer { writer.send(signal: SIGKILL) }
    let result = try fetch(setting, ["--limit-rate", "400k"])
    writer.send(signal: SIGKILL)
    _ = writer.result()
    #expect(result.exitCode == 3, "\(result.errorText)")
    #expect(result.errorText.contains("\(all[0]): changing"), "\(result.errorText)")
    #expect(!FileManager.default.fileExists(atPath: setting.folder.file("to/" + all[0])))
    #expect(try expectRight(setting) == 39)
  }

  /// `$to` is the folder on the small disk, `"$@"` the fetch.
  private func onDisk(_ setting: Setting, _ script: String) throws -> Command.Result {
    let disk = try setting.folder.folder("to")
    return try setting.run(
      shell: """
        exec unshare -rm sh -c '
          to=\(disk)
          \(script)
        ' sh "$@"
        """, try arguments(setting))
  }

  @Test(.enabled(if: canMount, "no file system can be mounted here")) func t07_fullDisk() throws {
    let setting = try setting()
    setting.timeout = 10
    let result = try onDisk(
      setting,
      """
      mount -t tmpfs -o size=1m none "$to"
      "$@"; echo "small $?"
      ls -A "$to" | wc -l
      mount -o remount,size=4m "$to"
      "$@" --limit-rate 1M & pid=$!
      sleep 0.7
      dd if=/dev/zero of="$to/rest" bs=1k count=8192 2>/dev/null
      wait $pid; echo "full $?"
      rm "$to/rest"
      "$@"; echo "room $?"
      cp -a "$to" \(setting.folder.file("kept"))
      """)
    let lines = result.text.split(separator: "\n").map {
      $0.trimmingCharacters(in: .whitespaces)
    }
    #expect(lines == ["small 74", "0", "full 74", "room 0"], "\(lines) \(result.errorText)")
    #expect(result.errorText.contains("bytes free"), "\(result.errorText)")
    #expect(result.errorText.contains("No space left"), "\(result.errorText)")
    #expect(try expectRight(setting, to: "kept") == 40)
  }

  @Test(.enabled(if: canMount, "no file system can be mounted here"))
  func t08_readOnlyDisk() throws {
    let setting = try setting()
    let result = try onDisk(
      setting,
      """
      mount -t tmpfs none "$to" && mount -o remount,ro "$to"
      "$@"; echo "fetch $?"
      """)
    #expect(result.text == "fetch 77\n", "\(result.text)\(result.errorText)")
    #expect(result.errorText.contains("Read-only") && result.errorText.contains("try: --to"))
  }

  /// Names of a hostile index cannot leave the folder, nor overwrite a file in it.
  @Test func t09_nameAttacks() throws {
    let setting = try setting()
    let all = try files(setting.root)
    let outside = try setting.folder.write("outside", to: "outside.jpg")
    // Not in the folder whose rows get other names below.
    let folder = (try #require(all.first) as NSString).deletingLastPathComponent
    #expect((try #require(all.last) as NSString).deletingLastPathComponent != folder)
    let mine = try setting.folder.write("mine", to: "to/" + (try #require(all.last)))
    // The triggers of the spatial index need functions that this program does not have.
    let triggers = try Command.run(
      try #require(Command.find("sqlite3")),
      [
        setting.folder.file("index.gpkg"),
        "SELECT 'DROP TRIGGER \"' || name || '\";' FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'photos'",
      ])
    try setting.sqlite(triggers.text)
    try setting.sqlite(
      """
      CREATE TEMP TABLE renamed AS SELECT row_number() OVER (ORDER BY p.fid) AS number, p.fid FROM photos p
        JOIN folders f ON f.id = p.folder_id WHERE f.path = '\(folder)' LIMIT 4;
      UPDATE photos SET file = '../../outside.jpg' WHERE fid = (SELECT fid FROM renamed WHERE number = 1);
      UPDATE photos SET file = '..' WHERE fid = (SELECT fid FROM renamed WHERE number = 2);
      UPDATE photos SET file = '/etc/passwd' WHERE fid = (SELECT fid FROM renamed WHERE number = 3);
      UPDATE photos SET file = '.gpsindex-fetch' WHERE fid = (SELECT fid FROM renamed WHERE number = 4);
      """)
    let result = try fetch(setting)
    #expect(result.exitCode == 3, "\(result.errorText)")
    #expect(try String(contentsOfFile: outside, encoding: .utf8) == "outside")
    #expect(try String(contentsOfFile: mine, encoding: .utf8) == "mine")
    #expect(result.errorText.contains("another file is there"), "\(result.errorText)")
    #expect(result.errorText.contains("leads out of the site"), "\(result.errorText)")
    try FileManager.default.removeItem(atPath: mine)
    #expect(try expectRight(setting) >= 35)
  }

  /// GPSINDEX_KILLS is the number of kills; `make test-kill` sets 200.
  static let kills =
    ProcessInfo.processInfo.environment["GPSINDEX_KILLS"].flatMap(Int.init) ?? 6

  @Test func t10_killedAtAnyMoment() throws {
    let setting = try setting(120)
    var random = SplitMix64(seed: 9)
    var interrupted = 0
    for kill in 0..<Self.kills {
      if kill % 10 == 9 {
        try? FileManager.default.removeItem(atPath: setting.folder.file("to"))
      }
      let running = try setting.startProgram(
        try arguments(setting, ["--limit-rate", ["3M", "20M"][kill % 2]]))
      usleep(UInt32.random(in: 20_000...700_000, using: &random))
      running.send(signal: SIGKILL)
      if running.result(timeout: 15).signal == SIGKILL { interrupted += 1 }
      try expectRight(setting)
    }
    #expect(interrupted > 0)
    try expectHealed(setting, photos: 120)
  }
}
