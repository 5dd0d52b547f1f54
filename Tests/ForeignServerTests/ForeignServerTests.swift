import Foundation
import TestSupport
import Testing

enum ForeignServers {
  static let python = "/usr/bin/python3"

  static let installed: [String] = {
    func has(_ module: String) -> Bool {
      (try? Command.run(python, ["-c", "import \(module)"]).exitCode) == 0
    }
    guard PrivateSSHD.isAvailable, Command.find("sqlite3") != nil else { return [] }
    let mounts = ["unshare", geteuid() == 0 ? "-m" : "-rm", "true"]
    let mayMount = (try? Command.run(mounts[0], Array(mounts.dropFirst())).exitCode) == 0
    let modules = "/usr/lib/proftpd/mod_sftp.so"
    return [
      ("AsyncSSH", has("asyncssh")), ("Paramiko", has("paramiko")),
      ("dropbear", Command.find("dropbear") != nil && mayMount),
      ("ProFTPD", FileManager.default.fileExists(atPath: modules)),
    ].filter(\.1).map(\.0)
  }()
}

/// The quick part of `make test-servers`: keys of several types, and a small site that is synced twice, verified and tested
/// with every row compared, at servers of other vendors.
@Suite(.enabled(if: !ForeignServers.installed.isEmpty, "no such server is installed"))
struct QuickServerTests {
  @Test(arguments: ForeignServers.installed) func logsInAndReadsEverything(_ server: String) throws
  {
    let folder = URL(filePath: #filePath).deletingLastPathComponent()
    let programs = URL(filePath: CommandLine.arguments[0]).standardizedFileURL
      .deletingLastPathComponent()
    let result = try Command.run(
      ForeignServers.python,
      [
        folder.appending(path: "run.py").path, programs.path, "--python", ForeignServers.python,
        "--quick",
        "--only", server,
      ], timeout: 600)
    #expect(result.exitCode == 0, "\(result.text)\(result.errorText)")
    #expect(result.text.contains("\(server) ok ok"), "\(result.text)\(result.errorText)")
  }
}
