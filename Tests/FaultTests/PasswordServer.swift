import Foundation
import TestSupport
import Testing

/// A running password_server.py; it ends with the last reference.
final class PasswordServer {
  /// Its secret, a unique text that can be searched for.
  static let secret = "Canary-5f2c9e 'x\" $y"

  let port: UInt16
  let knownHosts: String
  private let process = Process()
  private let input = Pipe()
  private let logFile: String

  init(_ mode: String, _ folder: TemporaryFolder) throws {
    logFile = try folder.write("", to: "password-log")
    let output = Pipe()
    process.executableURL = URL(filePath: "/usr/bin/python3")
    process.arguments = [
      Setting.file("password_server.py"), mode, logFile, PrivateSSHD.sftpServer ?? "",
    ]
    process.environment = ["PATH": "/usr/bin:/bin", "SECRET": Self.secret]
    process.standardInput = input
    process.standardOutput = output
    try process.run()
    var line = Data()
    while line.last != 10, let more = try output.fileHandleForReading.read(upToCount: 1) {
      guard !more.isEmpty else { break }
      line += more
    }
    let words = String(decoding: line, as: UTF8.self).split(whereSeparator: \.isWhitespace)
    try #require(words.count == 3, "python3-paramiko is not installed")
    port = try #require(UInt16(words[0]))
    knownHosts = try folder.write(
      "[127.0.0.1]:\(port) \(words[1]) \(words[2])\n", to: "password_hosts")
  }

  deinit {
    try? input.fileHandleForWriting.close()
    process.waitUntilExit()
  }

  var log: [String] {
    ((try? String(contentsOfFile: logFile, encoding: .utf8)) ?? "").split(separator: "\n").map(
      String.init)
  }

  static let isPossible =
    Setting.isPossible
    && (try? Command.run("/usr/bin/python3", ["-c", "import paramiko"]).exitCode) == 0

  func syncArguments(_ root: String, _ more: [String] = []) -> [String] {
    [
      "sync", "sftp://drone@127.0.0.1:\(port)\(root)", "--known-hosts", knownHosts, "--progress",
      "none", "--timeout", "3", "-q",
    ] + more
  }
}

extension Setting {
  /// All files written: index, side files, and the output of a command.
  func traces(_ results: Command.Result...) throws -> [(name: String, text: String)] {
    var found = results.map { ("output", $0.text + $0.errorText) }
    let names = FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String }
    for name in names ?? [] where !name.hasPrefix("site/") {
      if let bytes = FileManager.default.contents(atPath: folder.file(name)) {
        found.append((name, String(decoding: bytes, as: UTF8.self)))
      }
    }
    return found
  }

  func expectNoSecret(_ results: Command.Result...) throws {
    #expect(!results.isEmpty)
    for result in results {
      let traces = try traces(result)
      // The output of the command, and files that it or its servers wrote.
      #expect(traces.count > 2)
      for (name, text) in traces {
        #expect(!text.contains("Canary-5f2c9e"), "in \(name)")
      }
    }
  }
}
