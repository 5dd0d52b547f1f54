import Foundation
import TestSupport
import Testing

/// The real program against a real OpenSSH server, with common failures: one clear line, a next step, the right
/// exit code, and no lost rows.
@Suite(.serialized, .enabled(if: PrivateSSHD.isAvailable, "no OpenSSH server is installed"))
final class ServerFaultTests {
  let folder: TemporaryFolder
  let root: String
  let photos: [SiteBuilder.Photo]
  let home: String

  init() throws {
    folder = try TemporaryFolder()
    root = folder.file("site")
    home = try folder.folder("home")
    photos = try SiteBuilder(photos: 12, folders: 3, fileSize: 60_000, seed: 5).write(to: root)
  }

  func run(_ arguments: [String]) throws -> Program.Result {
    try Program.run(
      arguments, environment: ["GPSINDEX_INDEX": folder.file("index.gpkg"), "HOME": home])
  }

  func sync(
    _ server: PrivateSSHD, path: String? = nil, port: UInt16? = nil, identity: String? = nil,
    knownHosts: String? = nil, _ more: [String] = []
  ) throws -> Program.Result {
    try run(
      [
        "sync", server.location(path ?? root, port: port), "--identity",
        identity ?? server.identity, "--known-hosts", knownHosts ?? server.knownHosts, "--json",
        "--progress", "none", "--timeout", "10",
      ] + more)
  }

  func summary(_ result: Program.Result) throws -> [String: Any] {
    try #require(
      try JSONSerialization.jsonObject(with: result.outputBytes) as? [String: Any],
      "\(result.errors)")
  }

  func count() throws -> String {
    try run(["query", "--count"]).output.trimmingCharacters(in: .whitespacesAndNewlines)
  }

  func expect(_ result: Program.Result, _ status: Int32, _ words: String...) throws {
    #expect(result.status == status, "\(result.errors)")
    #expect(result.errorLines.count == 1, "\(result.errors)")
    for word in words { #expect(result.errors.contains(word), "\(word): \(result.errors)") }
    let error = try #require(
      try JSONSerialization.jsonObject(with: Data(result.errors.utf8)) as? [String: Any])
    #expect(
      !(error["message"] as? String ?? "").isEmpty && !(error["try"] as? String ?? "").isEmpty)
  }

  @Test func failedSyncLeavesTheIndexUnchanged() throws {
    let server = try PrivateSSHD()
    #expect(try sync(server).status == 0)
    #expect(try count() == "12")

    // Wrong port: nobody listens there.
    let deaf = try PrivateSSHD()
    let freed = deaf.port
    deaf.stop()
    try expect(
      try sync(server, port: freed, knownHosts: try server.knownHosts(port: freed)), 69,
      "127.0.0.1", "\(freed)")

    // Wrong key: refused after one attempt.
    let stranger = try PrivateSSHD()
    let before = server.log.components(separatedBy: "Failed publickey").count
    try expect(try sync(server, identity: stranger.identity), 77, server.user)
    #expect(server.log.components(separatedBy: "Failed publickey").count <= before + 1)

    // An invalid key file, and a missing one.
    try expect(try sync(server, identity: server.identity + ".pub"), 78, ".pub")
    try expect(try sync(server, identity: folder.file("nokey")), 78, "nokey")

    // Unknown and changed host keys: the message has the fingerprint, and nobody logs in.
    let logins = server.log.components(separatedBy: "Accepted publickey").count
    try expect(
      try sync(server, knownHosts: try folder.write("", to: "empty")), 76, "SHA256:", "127.0.0.1")
    let changed = try String(contentsOfFile: stranger.knownHosts, encoding: .utf8)
      .replacing(":\(stranger.port)", with: ":\(server.port)")
    try expect(
      try sync(server, knownHosts: try folder.write(changed, to: "changed")), 76, "SHA256:")
    #expect(server.log.components(separatedBy: "Accepted publickey").count == logins)

    // A missing folder.
    try expect(try sync(server, path: root + "/nosuch"), 66, "/nosuch")

    #expect(try count() == "12")
    #expect(try run(["check"]).status == 0)
  }

  @Test func acceptNewAddsUnknownKeysButNeverChangedOnes() throws {
    let server = try PrivateSSHD()
    // A last line without a line end keeps its meaning, and so does the new line.
    let file = try folder.write("# mine", to: "mine")
    #expect(try sync(server, knownHosts: file, ["--accept-new"]).status == 0)
    #expect(try sync(server, knownHosts: file).status == 0)
    let stranger = try PrivateSSHD()
    let changed = try String(contentsOfFile: stranger.knownHosts, encoding: .utf8)
      .replacing(":\(stranger.port)", with: ":\(server.port)")
    let other = try folder.write(changed, to: "changed")
    try expect(try sync(server, knownHosts: other, ["--accept-new"]), 76, "SHA256:")
    #expect(try String(contentsOfFile: other, encoding: .utf8) == changed)
  }

  @Test func countsBadFilesAndStoresNamesThatAreNotUTF8() throws {
    let server = try PrivateSSHD()
    let cut = root + "/cut"
    try FileManager.default.createDirectory(atPath: cut, withIntermediateDirectories: true)
    let whole = try #require(FileManager.default.contents(atPath: root + "/" + photos[0].path))
    try whole.prefix(100).write(to: URL(filePath: cut + "/cut.jpg"))
    try Data("<html>not a photo</html>".utf8).write(to: URL(filePath: cut + "/page.jpg"))
    try Data().write(to: URL(filePath: cut + "/empty.jpg"))
    for name in ["new\nline.jpg", "=1+1.jpg", "-dash.jpg", "\u{1B}]0;x\u{7}.jpg", "a'b\"c.jpg"] {
      try whole.write(to: URL(filePath: cut + "/" + name))
    }
    // File names that are not UTF-8, created with the C library: Foundation's names are Unicode.
    for bytes: [UInt8] in [[0xFF, 0xFE], [0xC3, 0x28]] {
      let path = Array((cut + "/").utf8) + bytes + Array(".jpg".utf8) + [0]
      let descriptor = path.map(CChar.init(bitPattern:)).withUnsafeBufferPointer { name in
        name.baseAddress.map { open($0, O_WRONLY | O_CREAT, 0o644) } ?? -1
      }
      try #require(descriptor >= 0)
      try FileHandle(fileDescriptor: descriptor, closeOnDealloc: true).write(contentsOf: whole)
    }
    let result = try sync(server)
    #expect(result.status == 3, "\(result.errors)")
    let values = try summary(result)
    #expect(values["listed"] as? Int == 22)
    let accounted = ["located", "without_position", "failed"].compactMap { values[$0] as? Int }
    #expect(accounted.reduce(0, +) == 22 && accounted.first == 19)
    #expect(!result.errors.contains("\u{1B}"))

    // Each has its own text form, and `show` finds it by that.
    let lines = try run(["query", "--folder", "cut", "-f", "jsonl"]).output.split(separator: "\n")
    #expect(lines.count == 7)
    var seen: Set<String> = []
    for line in lines {
      let row = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
      let path = try #require(row?["path"] as? String)
      #expect(seen.insert(path).inserted)
      #expect(try run(["show", path]).status == 0, "\(path)")
    }
    let problems = try run(["problems", "-f", "jsonl"]).output.split(separator: "\n")
    #expect(problems.count == 3)
    // A second sync opens no good photo again.
    let second = try summary(try sync(server))
    #expect(second["unchanged"] as? Int ?? 0 >= 19 && second["new"] as? Int == 0)
  }

  /// Root ignores file modes, so the server's program runs as another user.
  @Test(
    .enabled(
      if: geteuid() != 0 || Command.find("setpriv") != nil, "setpriv (util-linux) is missing"),
    arguments: [0o000, 0o444, 0o311])
  func unreadableFolderAndFileAreReportedAndKeepTheirRows(mode: Int) throws {
    var options = PrivateSSHD.Options()
    if geteuid() == 0, let program = PrivateSSHD.sftpServer {
      options.subsystem = .command(
        "setpriv --reuid 65534 --regid 65534 --clear-groups \(program)")
    }
    let server = try PrivateSSHD(options)
    try chmod(folder.path, 0o755)
    #expect(try summary(try sync(server))["located"] as? Int == 12)
    let folders = Set(photos.map { ($0.path as NSString).deletingLastPathComponent }).sorted()
    let closed = root + "/" + folders[0]
    let inClosed = photos.count { $0.path.hasPrefix(folders[0] + "/") }
    let secret = try #require(photos.first { !$0.path.hasPrefix(folders[0] + "/") })
    try chmod(closed, mode)
    try chmod(root + "/" + secret.path, 0o000)
    defer { try? chmod(closed, 0o755) }
    // Changed, so that it must be opened, which its mode forbids.
    try FileManager.default.setAttributes(
      [.modificationDate: Date(timeIntervalSince1970: 1_500_000_000)],
      ofItemAtPath: root + "/" + secret.path)
    let result = try sync(server)
    #expect(result.status == 3, "\(result.errors)")
    #expect(result.errors.contains(folders[0]), "\(result.errors)")
    let values = try summary(result)
    #expect(values["removed"] as? Int == 0)
    let rows = try run(["query", "--folder", folders[0], "--count"]).output
    #expect(rows.trimmingCharacters(in: .whitespacesAndNewlines) == "\(inClosed)")
    let shown = try run(["show", secret.path]).output
    // The row from the last readable state stays; the failure is reported and retried.
    #expect(shown.contains("located"), "\(shown)")
    #expect(values["failed"] as? Int == 1)
    #expect((values["reasons"] as? [String: Int])?["unreadable"] == 1, "\(values)")
    // After the modes are restored, all photos are read.
    try chmod(closed, 0o755)
    try chmod(root + "/" + secret.path, 0o644)
    let healed = try sync(server)
    #expect(healed.status == 0, "\(healed.errors)")
    #expect(try count() == "12")
  }

  /// A readable but not searchable folder lists names without attributes.
  @Test(
    .enabled(
      if: geteuid() != 0 || Command.find("setpriv") != nil, "setpriv (util-linux) is missing"))
  func unsearchableLocalFolderKeepsItsRows() throws {
    let program = folder.file("gpsindex")
    try FileManager.default.copyItem(atPath: Program.url.path, toPath: program)
    let place = folder.file("index")
    try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
    for path in [folder.path, place] { try chmod(path, 0o777) }
    let other = "setpriv --reuid 65534 --regid 65534 --clear-groups "
    func asOther(_ arguments: [String]) throws -> Command.Result {
      try Command.run(
        "/bin/sh",
        ["-c", (geteuid() == 0 ? other : "exec ") + #""$0" "$@""#, program] + arguments,
        environment: [
          "GPSINDEX_INDEX": place + "/index.gpkg", "HOME": place, "PATH": "/usr/bin:/bin",
        ])
    }
    #expect(try asOther(["sync", root, "-q"]).exitCode == 0)
    let closed = try #require(
      photos.map { root + "/" + ($0.path as NSString).deletingLastPathComponent }.min())
    try chmod(closed, 0o444)
    defer { try? chmod(closed, 0o755) }
    let result = try asOther(["sync", root, "--json"])
    #expect(result.exitCode == 3, "\(result.text)\(result.errorText)")
    #expect(try asOther(["query", "--count"]).text == "12\n")
  }

  private func chmod(_ path: String, _ mode: Int) throws {
    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
  }
}
