import ArgumentParser
import Foundation
import TestSupport

@main
struct SyncWalk: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sync-walk",
    abstract: "Changes a tree of photos at random, syncs it, and compares each row of the index.",
    discussion: """
      Each round makes a few changes, often disturbs a sync (kills it, runs several, changes the tree \
      meanwhile, removes the site, revokes permissions), and then syncs once more. The index is \
      compared with a fresh one of the same tree and with what was written; untouched photos keep \
      their ids, no id is given again, the deletion guard keeps what it has to. Prints a line per \
      anomaly with what repeats it; the exit code is 1 when there was one.

        sync-walk --rounds 1000 --seed 7
        sync-walk --rounds 500 --seed 7 --sftp --gpsindex /usr/local/bin/gpsindex
      """)

  @Option(help: "How many rounds.") var rounds = 100
  @Option(help: "Seed of everything that is chosen at random.") var seed: UInt64 = 1
  @Flag(help: "Over a private SFTP server instead of a local folder.") var sftp = false
  @Option(help: "The program under test; default: the one beside this.") var gpsindex: String?
  @Option(
    help:
      "Work in this folder, which is emptied first, and leave it; states with anomalies are copied."
  )
  var keep: String?
  @Flag(help: "Disturb no sync, and compare what `gpsindex changes` says with a model instead.")
  var changes = false
  @Flag(help: "Put faults into an index instead, and look whether they are found.") var selfTest =
    false

  /// Set for the process whose root obeys permissions.
  private static let mark = "SYNC_WALK_OBEYS_PERMISSIONS"

  mutating func run() throws {
    signal(SIGPIPE, SIG_IGN)
    let beside = URL(filePath: CommandLine.arguments[0]).standardizedFileURL
      .deletingLastPathComponent().appending(path: "gpsindex").path
    Self.obeyPermissions()
    var options = Walk.Options(
      program: gpsindex.map { URL(filePath: $0).path } ?? beside, seed: seed, rounds: rounds,
      overSFTP: sftp, keep: keep.map { URL(filePath: $0).path })
    options.looksAtChanges = changes
    options.obeysPermissions = try Self.permissionsCount()
    guard FileManager.default.isExecutableFile(atPath: options.program) else {
      throw ValidationError("\(options.program) is no program; try: --gpsindex PATH")
    }
    if selfTest {
      let test = try SelfTest(options)
      let missed = try test.run()
      for line in missed { Journal.say("MISSED \(line)") }
      Journal.say("\(test.count - missed.count) of \(test.count) faults found")
      throw missed.isEmpty ? ExitCode.success : ExitCode.failure
    }
    if !options.obeysPermissions {
      Journal.say(
        "permissions are not tried: this user may read everything, and setpriv is missing")
    }
    let start = ContinuousClock.now
    let walk = try Walk(options)
    try walk.run()
    let seconds = start.duration(to: .now) / .seconds(1)
    Journal.say(
      "\(rounds) rounds of seed \(seed) \(sftp ? "over SFTP" : "in a local folder") in "
        + "\(Int(seconds)) s")
    walk.journal.summary()
    let never = changes ? walk.kindsNeverSeen() : walk.neverDone()
    // So that a walk that no longer does what it is for is noticed.
    if rounds >= 300, !never.isEmpty { Journal.say("never done: \(never.joined(separator: ", "))") }
    throw walk.journal.total == 0 && (rounds < 300 || never.isEmpty)
      ? ExitCode.success : ExitCode.failure
  }

  /// Root reads what nobody may: runs this program again without that right, where there is a tool for it.
  private static func obeyPermissions() {
    guard geteuid() == 0, ProcessInfo.processInfo.environment[mark] == nil,
      let setpriv = Command.find("setpriv")
    else { return }
    let rights = "-dac_override,-dac_read_search"
    let words =
      [setpriv, "--bounding-set=\(rights)", "--inh-caps=\(rights)", "--"]
      + [Command.find(CommandLine.arguments[0]) ?? CommandLine.arguments[0]]
      + CommandLine.arguments.dropFirst()
    var arguments = words.map { strdup($0) } + [nil]
    setenv(mark, "1", 1)
    // Returns only when it fails; then the permissions are left out.
    execv(setpriv, &arguments)
    for pointer in arguments { free(pointer) }
  }

  private static func permissionsCount() throws -> Bool {
    let folder = try TemporaryFolder("sync-walk-probe")
    let file = Array(folder.file("unreadable").utf8)
    try Disk.write([1], to: file)
    try Disk.setMode(file, 0)
    return Disk.read(file) == nil
  }
}

extension Walk {
  /// Names of operations and disturbances without a count.
  func neverDone() -> [String] {
    let permissions = options.obeysPermissions ? [Disturbance.permissions.name] : []
    let names =
      Operation.all.map(\.name) + Disturbance.all.map(\.name) + permissions
    return names.filter { journal.counts[$0] == nil }
  }
}
