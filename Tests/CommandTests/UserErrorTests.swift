import Foundation
import PhotoIndex
import TestSupport
import Testing

/// The twenty most common mistakes (docs/promises.md, U7): each ends with the right exit code, and names the cause in one line and
/// the next step in another.
@Suite(.enabled(if: PrivateSSHD.isAvailable, "no OpenSSH server is installed"))
final class UserErrorTests {
  enum Mistake: String, CaseIterable, CustomTestStringConvertible {
    case wrongHost, wrongPort, wrongPath, wrongKindOfKey, openKeyFile, unknownHostKey
    case changedHostKey, rsaOnlyServer, noAgent, talkativeShell, lockedSite, fullDisk, newerIndex
    case mistypedOption, mistypedSite, emptyBox, swappedBox, longitudeTooLarge, noPositions
    case rootNotReadable

    var testDescription: String { rawValue }
  }

  let folder: TemporaryFolder
  let root: String
  let home: String
  var index: String { folder.file("index.gpkg") }

  init() throws {
    folder = try TemporaryFolder()
    root = folder.file("site")
    home = try folder.folder("home")
    _ = try SiteBuilder(photos: 4, folders: 2, fileSize: 40_000, seed: 3).write(to: root)
  }

  private func run(
    _ arguments: [String], _ more: [String: String] = [:], shell: String? = nil
  ) throws -> Program.Result {
    try Program.run(
      arguments, environment: ["GPSINDEX_INDEX": index, "HOME": home].merging(more) { $1 },
      shell: shell)
  }

  private func add(
    _ server: PrivateSSHD, path: String? = nil, identity: String? = nil, knownHosts: String? = nil,
    _ more: [String] = [], _ environment: [String: String] = [:]
  ) throws -> Program.Result {
    var arguments = [
      "site", "add", "nas", server.location(path ?? root), "--known-hosts",
      knownHosts ?? server.knownHosts, "--timeout", "10",
    ]
    if identity != "" { arguments += ["--identity", identity ?? server.identity] }
    return try run(arguments + more, environment)
  }

  private func synced() throws {
    let result = try run(["sync", root, "-q"])
    try #require(result.status == 0, "\(result.errors)")
  }

  /// Makes the mistake and returns the result, the expected exit code, and words of message and advice.
  private func make(
    _ mistake: Mistake
  ) throws -> (result: Program.Result, status: Int32, words: [String], advice: [String]) {
    switch mistake {
    case .wrongHost:
      return (
        try run(["site", "add", "nas", "sftp://me@nosuch.invalid/photos"]), 69,
        ["nosuch.invalid"], ["--no-test"]
      )
    case .wrongPort:
      let server = try PrivateSSHD()
      let port = server.port
      server.stop()
      return (
        try run(["site", "add", "nas", "sftp://me@127.0.0.1:\(port)/x"]), 69, ["\(port)"],
        ["port"]
      )
    case .wrongPath:
      return (try add(try PrivateSSHD(), path: root + "/nosuch"), 66, ["/nosuch"], ["path"])
    case .wrongKindOfKey:
      let server = try PrivateSSHD()
      return (
        try add(server, identity: server.identity + ".pub"), 78, [".pub", "private key"],
        ["--identity"]
      )
    case .openKeyFile:
      let server = try PrivateSSHD()
      try FileManager.default.setAttributes(
        [.posixPermissions: 0o644], ofItemAtPath: server.identity)
      return (try add(server), 77, [server.identity], ["chmod 600 \(server.identity)"])
    case .unknownHostKey:
      return (
        try add(try PrivateSSHD(), knownHosts: try folder.write("", to: "empty")), 76,
        ["not known", "SHA256:"], ["ssh-keyscan", "--accept-new"]
      )
    case .changedHostKey:
      let server = try PrivateSSHD()
      let other = try PrivateSSHD()
      let text = try String(contentsOfFile: other.knownHosts, encoding: .utf8)
        .replacing(":\(other.port)", with: ":\(server.port)")
      return (
        try add(server, knownHosts: try folder.write(text, to: "changed")), 76,
        ["changed", "SHA256:"], ["ssh-keygen -R"]
      )
    case .rsaOnlyServer:
      var options = PrivateSSHD.Options()
      options.hostKeys = [.rsa]
      options.extraLines = ["HostKeyAlgorithms rsa-sha2-512,rsa-sha2-256"]
      return (
        try add(try PrivateSSHD(options), ["--transport", "libssh2"]), 69,
        ["algorithm", "rsa-sha2-512", "ssh-ed25519"], ["--transport ssh"]
      )
    case .noAgent:
      return (
        try add(
          try PrivateSSHD(), identity: "", [], ["SSH_AUTH_SOCK": folder.file("nosuch.sock")]), 77,
        ["no usable key"], ["agent"]
      )
    case .talkativeShell:
      var options = PrivateSSHD.Options()
      options.subsystem = .command("echo Welcome to the NAS; exec \(PrivateSSHD.sftpServer ?? "")")
      return (try add(try PrivateSSHD(options)), 69, ["Welcome"], ["no output at login"])
    case .lockedSite:
      try synced()
      let writer = try IndexWriter(path: index)
      let lease = try writer.lease(site: try writer.site(named: "site").id)
      defer { withExtendedLifetime(lease) {} }
      return (try run(["sync", "site", "-q"]), 75, ["site"], ["again"])
    case .fullDisk:
      try synced()
      return (
        try run(["export", "-o", "/dev/full"]), 74, ["No space left"], ["-o FILE on another disk"]
      )
    case .newerIndex:
      try synced()
      let sql = "INSERT INTO gpsindex_migration VALUES (999, 'later', '2030-01-01T00:00:00.000Z')"
      let changed = try Command.run("sqlite3", [index, sql])
      try #require(changed.exitCode == 0, "\(changed.errorText)")
      return (try run(["query"]), 65, ["999"], ["newer"])
    case .mistypedOption:
      return (try run(["query", "--bxob", "1,1,2,2"]), 64, ["--bxob"], ["--bbox"])
    case .mistypedSite:
      try synced()
      return (try run(["query", "--site", "siet"]), 66, ["siet"], ["“site”"])
    case .emptyBox:
      try synced()
      return (
        try run(["query", "--count", "--bbox", "1,1,2,2"]), 0, ["no photo matches"],
        ["gpsindex folders"]
      )
    case .swappedBox:
      return (
        try run(["query", "--bbox", "47.3,98,47.5,99"]), 64, ["98"],
        ["did you mean --bbox 98,47.3,99,47.5?"]
      )
    case .longitudeTooLarge:
      return (try run(["query", "--bbox", "181,1,182,2"]), 64, ["181"], ["W,S,E,N"])
    case .noPositions:
      let place = try folder.folder("bare")
      try Data([0xFF, 0xD8, 0xFF, 0xD9]).write(to: URL(filePath: place + "/a.jpg"))
      try #require(try run(["sync", place, "-q"]).status == 0)
      return (
        try run(["query", "--count"]), 0, ["none of 1 photo has a position"],
        ["gpsindex problems"]
      )
    case .rootNotReadable:
      var options = PrivateSSHD.Options()
      if geteuid() == 0, let program = PrivateSSHD.sftpServer {
        options.subsystem = .command(
          "setpriv --reuid 65534 --regid 65534 --clear-groups \(program)")
      }
      let server = try PrivateSSHD(options)
      for (path, mode) in [(folder.path, 0o755), (root, 0o000)] {
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
      }
      defer {
        try? FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: root)
      }
      return (try add(server), 77, [root], ["chmod"])
    }
  }

  @Test(arguments: Mistake.allCases)
  func mistakesEndWithTheirExitCodeAndANextStep(mistake: Mistake) throws {
    let (result, status, words, advice) = try make(mistake)
    #expect(result.status == status, "\(result.status): \(result.errors)")
    let lines = result.errorLines
    #expect(lines.count == 2, "\(result.errors)")
    for word in words { #expect(lines.first?.contains(word) == true, "\(word): \(result.errors)") }
    for word in advice { #expect(lines.last?.contains(word) == true, "\(word): \(result.errors)") }
    #expect(lines.first?.hasPrefix("gpsindex: ") == true)
    #expect(lines.last?.hasPrefix("try: ") == true)
    // An unreachable site is not stored.
    if lines.first?.contains("nas") == true, status != 0 {
      #expect(!(try run(["site", "list", "--json"]).output.contains("\"nas\"")))
    }
  }
}
