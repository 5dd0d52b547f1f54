import Foundation
import TestSupport
import Testing

/// `site add` at a real server: what it says in every outcome.
@Suite(.enabled(if: PrivateSSHD.isAvailable, "no OpenSSH server is installed"))
final class SiteAddTests {
  let folder: TemporaryFolder
  let home: String
  let root: String

  init() throws {
    folder = try TemporaryFolder()
    home = try folder.folder("home")
    root = folder.file("site")
    _ = try SiteBuilder(photos: 3, folders: 1, fileSize: 60_000, seed: 5).write(to: root)
  }

  private func run(_ arguments: [String], path: String = "/usr/bin:/bin") throws -> Program.Result {
    try Program.run(
      arguments,
      environment: ["GPSINDEX_INDEX": folder.file("index.gpkg"), "HOME": home, "PATH": path])
  }

  private func add(
    _ server: PrivateSSHD, _ location: String, name: String = "nas", _ more: [String] = [],
    path: String = "/usr/bin:/bin"
  ) throws -> Program.Result {
    try run(
      [
        "site", "add", name, location, "--identity", server.identity, "--known-hosts",
        server.knownHosts, "--timeout", "5",
      ] + more, path: path)
  }

  @Test func reportsAStoredHostKeyWhenTheLoginFails() throws {
    let server = try PrivateSSHD()
    let stranger = try PrivateSSHD()
    let hosts = folder.file("hosts")
    for (identity, path, status) in [
      (stranger.identity, root, Int32(77)), (server.identity, root + "/nosuch", 66),
    ] {
      try? FileManager.default.removeItem(atPath: hosts)
      let program = try run([
        "site", "add", "nas", server.location(path), "--identity", identity, "--known-hosts", hosts,
        "--accept-new", "--transport", "ssh",
      ])
      #expect(program.status == status, "\(program.errors)")
      #expect(
        program.errors.contains(
          "ssh accepted the unknown host key of [127.0.0.1]:\(server.port) (ED25519), and stored it"
        ),
        "\(program.errors)")
      try? FileManager.default.removeItem(atPath: hosts)
      let result = try run([
        "site", "add", "nas", server.location(path), "--identity", identity, "--known-hosts", hosts,
        "--accept-new",
      ])
      #expect(result.status == status, "\(result.errors)")
      #expect(
        result.errors.contains("accepted the unknown host key of 127.0.0.1:\(server.port)"),
        "\(result.errors)")
      #expect(result.errors.contains("SHA256:") && result.errors.contains("added it to \(hosts)"))
      #expect(FileManager.default.fileExists(atPath: hosts))
    }
  }

  @Test func adviceForAMissingFolderNamesNoSite() throws {
    let server = try PrivateSSHD()
    let missing = try add(server, server.location(root + "/nosuch"))
    #expect(missing.status == 66, "\(missing.errors)")
    #expect(missing.errors.contains("there is no folder \(root)/nosuch"))
    #expect(!missing.errors.contains("site show"), "\(missing.errors)")
    #expect(
      missing.errors.contains("echo ls | sftp -P \(server.port) \(server.user)@127.0.0.1\n"),
      "\(missing.errors)")
    // A stored site has a command that shows its location.
    #expect(
      try run(["site", "add", "nas", server.location(root + "/nosuch"), "--no-test"]).status == 0)
    let test = try run([
      "site", "test", "nas", "--identity", server.identity, "--known-hosts", server.knownHosts,
    ])
    #expect(test.status == 66 && test.errors.contains("site show"), "\(test.errors)")
  }

  @Test func namesAFileInThePlaceOfTheFolder() throws {
    let server = try PrivateSSHD()
    let file = try folder.write("x", to: "one.jpg")
    let result = try add(server, server.location(file))
    #expect(result.status == 66, "\(result.errors)")
    #expect(
      result.errors.contains("\(file) on 127.0.0.1:\(server.port) is a file, not a folder"),
      "\(result.errors)")
  }

  @Test func aPortInScpFormGetsAHint() throws {
    let server = try PrivateSSHD()
    server.stop()
    // Nothing listens on port 22 of this address.
    let result = try add(server, "drone@127.255.255.254:22001/photos")
    #expect(result.status == 69, "\(result.errors)")
    #expect(
      result.errors.contains("sftp://drone@127.255.255.254:22001/photos"), "\(result.errors)")
  }

  @Test func namesSitesOfOneServerUnderTwoSpellings() throws {
    let server = try PrivateSSHD()
    let account = try #require(getpwuid(geteuid()))
    let login = String(cString: account.pointee.pw_dir)
    // The ssh program with a configuration of its own.
    let bin = try folder.folder("bin")
    let config = try folder.write(
      "Host cm\n  HostName 127.0.0.1\n  Port \(server.port)\n  User \(server.user)\n",
      to: "ssh_config")
    let ssh = try #require(Command.find("ssh"))
    let program = try folder.write("#!/bin/sh\nexec \(ssh) -F \(config) \"$@\"\n", to: "bin/ssh")
    try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: program)
    let path = "\(bin):/usr/bin:/bin"
    let first = try add(server, server.location(login), name: "nas", path: path)
    #expect(first.status == 0, "\(first.errors)")
    let second = try add(server, "cm:", name: "cm", path: path)
    #expect(second.status == 0, "\(second.errors)")
    #expect(second.errors.contains("cm has the same folder as the site nas"), "\(second.errors)")
    // Without a test the login folder is not known, but absolute paths are compared.
    let third = try add(server, "cm:\(login)/x", name: "third", ["--no-test"], path: path)
    #expect(third.errors.contains("third is a folder inside the site nas"), "\(third.errors)")
    #expect(third.errors.contains("site third added"))
  }
}
