import Foundation
import TestSupport
import Testing

/// A site, a private sshd whose subsystem misbehaves on request, and the real program.
final class Setting {
  let folder: TemporaryFolder
  let server: PrivateSSHD
  let root: String
  private let home: String
  private let modeFile: String
  private let logFile: String

  static let isPossible = PrivateSSHD.isAvailable && PrivateSSHD.sftpServer != nil

  private static func program(_ name: String) -> String {
    URL(filePath: CommandLine.arguments[0]).standardizedFileURL.deletingLastPathComponent()
      .appending(path: name).path
  }

  /// A port to connect to instead of the server's, such as that of a ``FaultyLink``.
  var port: UInt16?

  /// Seconds.
  var timeout = 2
  /// Additional arguments of every call.
  var variables: [String: String] = [:]

  init(
    photos: Int = 40, _ mode: String = "real", sshd lines: [String] = [],
    userKeys: [PrivateSSHD.KeyType] = [.ed25519],
    hostKeys: [PrivateSSHD.KeyType] = [.ed25519, .ecdsa]
  ) throws {
    folder = try TemporaryFolder("gpsindex-fault")
    root = folder.file("site")
    home = try folder.folder("home")
    modeFile = try folder.write("real", to: "mode")
    logFile = folder.file("messages")
    _ = try SiteBuilder(photos: photos, folders: 4, fileSize: 60_000, seed: 6).write(to: root)
    var options = PrivateSSHD.Options()
    options.subsystem = .command(
      [Self.program("hostile-server"), modeFile, logFile, PrivateSSHD.sftpServer ?? ""]
        .joined(separator: " "))
    options.extraLines = lines
    options.userKeys = userKeys
    options.hostKeys = hostKeys
    server = try PrivateSSHD(options)
    try set(mode)
  }

  func set(_ mode: String) throws { try folder.write(mode, to: "mode") }

  private func environment(_ index: String) -> [String: String] {
    [
      "PATH": "/usr/bin:/bin", "HOME": home, "GPSINDEX_INDEX": folder.file(index),
      "USER": server.user,
    ]
    .merging(variables) { $1 }
  }

  /// Options in `more` take precedence.
  func syncArguments(_ more: [String]) throws -> [String] {
    try withoutIdentity() + ["--identity", server.identity] + more
  }

  func withoutIdentity() throws -> [String] {
    [
      "sync", server.location(root, port: port), "--known-hosts",
      try port.map { try server.knownHosts(port: $0) } ?? server.knownHosts, "--progress", "none",
      "--timeout", "\(timeout)",
    ]
  }

  func start(_ more: [String] = []) throws -> RunningCommand {
    try startProgram(try syncArguments(more))
  }

  func start(shell: String, _ more: [String], index: String) throws -> RunningCommand {
    try Command.start(
      "/bin/sh", ["-c", shell, "sh", Self.program("gpsindex")] + syncArguments(more),
      environment: environment(index))
  }

  func startProgram(_ arguments: [String]) throws -> RunningCommand {
    try Command.start(Self.program("gpsindex"), arguments, environment: environment("index.gpkg"))
  }

  /// `gpsindex sync` by a shell line that sets limits first; "$@" is the program with arguments.
  func sync(
    shell: String, _ more: [String] = [], index: String = "index.gpkg"
  ) throws -> Command.Result {
    try run(shell: shell, syncArguments(more), index: index)
  }

  func run(
    shell: String, _ arguments: [String], index: String = "index.gpkg", unshared: Bool = false
  ) throws -> Command.Result {
    let unshare = ["unshare", geteuid() == 0 ? "-m" : "-rm"]
    let words =
      (unshared ? unshare : []) + ["/bin/sh", "-c", shell, "sh", Self.program("gpsindex")]
      + arguments
    let result = try Command.run(
      words[0], Array(words.dropFirst()),
      environment: environment(index), timeout: 20)
    #expect(!result.timedOut, "hangs: \(result.errorText)")
    return result
  }

  /// Whether this machine allows private mounts.
  static let mayMount: Bool = {
    let words = [geteuid() == 0 ? "-m" : "-rm", "sh", "-c", "mount -t tmpfs none /proc"]
    return (try? Command.run("unshare", words).exitCode) == 0
  }()

  func gpsindex(_ arguments: String...) throws -> Command.Result { try gpsindex(arguments) }

  func gpsindex(_ arguments: [String]) throws -> Command.Result {
    let result = try Command.run(
      Self.program("gpsindex"), arguments, environment: environment("index.gpkg"), timeout: 20)
    #expect(!result.timedOut, "hangs: \(result.errorText)")
    return result
  }

  /// Runs the program on a pseudo-terminal (terminal.py) with a script of expected output and typed answers.
  func onTerminal(_ script: [(expect: String, answer: String)], _ arguments: [String]) throws
    -> Command.Result
  {
    let result = try Command.run(
      "/usr/bin/python3",
      [Self.file("terminal.py")] + script.flatMap { [$0.expect, $0.answer] }
        + ["--", Self.program("gpsindex")] + arguments,
      environment: environment("index.gpkg"), timeout: 20)
    #expect(!result.timedOut && !result.text.contains("hangs"), "\(result.text)")
    return result
  }

  /// A file beside this one.
  static func file(_ name: String) -> String {
    URL(filePath: #filePath).deletingLastPathComponent().appending(path: name).path
  }

  /// Waits at most 20 s; a killed program fails the test.
  /// - Parameter wrapper: a program that runs it, with arguments.
  func sync(
    _ more: [String] = [], index: String = "index.gpkg", under wrapper: [String] = []
  ) throws -> Command.Result {
    let words = try wrapper + [Self.program("gpsindex")] + syncArguments(more)
    let result = try Command.run(
      words[0], Array(words.dropFirst()), environment: environment(index), timeout: 20)
    #expect(!result.timedOut, "hangs: \(result.errorText)")
    #expect(result.signal == nil, "died of signal \(result.signal ?? 0): \(result.errorText)")
    return result
  }

  /// Changes the index behind gpsindex's back.
  func sqlite(_ sql: String, index: String = "index.gpkg") throws {
    let change = try Command.run(
      try #require(Command.find("sqlite3")), [folder.file(index), sql])
    #expect(change.exitCode == 0, "\(change.errorText)")
  }

  /// All rows, without the order of writing.
  func rows(_ index: String = "index.gpkg") throws -> String {
    try Command.run(
      Self.program("gpsindex"), ["query", "-f", "jsonl", "-q"], environment: environment(index)
    ).text
  }

  func count(_ index: String = "index.gpkg") throws -> Int {
    try rows(index).split(separator: "\n").count
  }

  /// After the fault, a sync without faults succeeds and leaves the same rows as without any fault.
  ///
  /// - Parameter faulted: the run with the fault, which must not have used processor time while it waited.
  func expectHealed(after faulted: Command.Result? = nil) throws {
    try set("real")
    let healed = try sync()
    #expect(healed.exitCode == 0, "\(healed.errorText)")
    for suffix in ["", "-wal", "-shm"] {
      try? FileManager.default.removeItem(atPath: folder.file("calm.gpkg" + suffix))
    }
    let calm = try sync(index: "calm.gpkg")
    #expect(calm.exitCode == 0, "\(calm.errorText)")
    let expected = try content("calm.gpkg")
    #expect(expected.contains("DJI_") && expected.contains("located"))
    #expect(try content() == expected)
    let check = try gpsindex("check")
    #expect(check.exitCode == 0, "\(check.text)\(check.errorText)")
    if let faulted {
      // The time of a whole sync, and 5 % of the waiting time.
      let limit = calm.processorSeconds * 1.5 + 0.05 * faulted.seconds
      #expect(faulted.processorSeconds <= limit, "\(faulted.processorSeconds) s of \(limit) s")
    }
  }

  /// All columns except ids, which depend on the order of writing, and times of the run.
  func content(_ index: String = "index.gpkg") throws -> String {
    let sqlite = Command.find("sqlite3") ?? "sqlite3"
    func ask(_ sql: String) throws -> String {
      let result = try Command.run(sqlite, ["-readonly", folder.file(index), sql])
      #expect(result.exitCode == 0, "\(result.errorText)")
      return result.text
    }
    func columns(_ table: String, but left: String) throws -> String {
      let names = try ask(
        "SELECT name FROM pragma_table_info('\(table)') WHERE name NOT IN (\(left))")
      return names.split(separator: "\n").map { "quote(t.\"\($0)\")" }.joined(separator: ", ")
    }
    // When a row was written, and as which change, belongs to the run.
    let photos = try columns(
      "photos", but: "'fid', 'folder_id', 'racy', 'seq', 'first_seen_at'")
    let folders = try columns("folders", but: "'id', 'site_id'")
    let tracks = try columns("tracks", but: "'id', 'fid', 'folder_id', 'site_id'")
    return try ask(
      """
      SELECT f.path, \(photos), CASE t.status WHEN 0 THEN 'located' END
        FROM photos t JOIN folders f ON f.id = t.folder_id ORDER BY f.path, t.file;
      SELECT \(folders) FROM folders t ORDER BY path;
      SELECT \(tracks) FROM tracks t ORDER BY path;
      SELECT sync_complete, sync_listed, sync_located, sync_failed FROM site;
      """)
  }

  /// Waits until the client has sent this many messages of a type; false on timeout.
  func waitForMessages(_ type: Int, count: Int) throws -> Bool {
    Poll.until(seconds: 60) { ((try? messages()) ?? []).count { $0 == type } >= count }
  }

  /// The types of all messages that the client sent.
  func messageTypes() throws -> Set<Int> { Set(try messages()) }

  func messages() throws -> [Int] {
    let text = try String(contentsOfFile: logFile, encoding: .utf8)
    return text.split(separator: "\n").compactMap { $0.split(separator: " ").first }
      .compactMap { Int($0) }
  }
}
