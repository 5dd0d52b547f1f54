import Foundation
import TestSupport
import Testing

/// A private PostgreSQL server with PostGIS, in Python: Support/Postgres/postgres.py.
private enum Programs {
  static let folder = URL(filePath: #filePath).deletingLastPathComponent()
  static let products = URL(filePath: CommandLine.arguments[0]).standardizedFileURL
    .deletingLastPathComponent().path
  /// Why the tests cannot run; nil when they can.
  static let missing: String? = {
    guard Command.find("python3") != nil else { return "Python is not installed" }
    let server = folder.deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "Support/Postgres/postgres.py").path
    guard let result = try? Command.run("python3", [server, "--check"]) else { return "no Python" }
    return result.exitCode == 0 ? nil : result.errorText
  }()

  static func run(_ script: String, _ words: String..., timeout: Double) throws -> Command.Result {
    try Command.run(
      "python3", [folder.appending(path: script).path, products] + words, timeout: timeout)
  }
}

@Suite(.enabled(if: Programs.missing == nil, "PostgreSQL with PostGIS is not installed: make deps"))
struct DatabaseTests {
  /// Everything that publish promises, and every way in which it fails.
  @Test func publishDoesAndFailsAsEachCaseSays() throws {
    let result = try Programs.run("cases.py", timeout: 600)
    let failed = result.text.split(separator: "\n").filter { $0.hasPrefix("FAIL") }
    #expect(result.exitCode == 0, "\(failed.joined(separator: "\n"))\(result.errorText)")
    #expect(result.text.contains("cases, 0 failed"), "\(result.text)")
  }

  /// `make test-publish` runs 2,000 rounds.
  @Test func databaseEqualsTheIndexAfterRandomRounds() throws {
    let result = try Programs.run("walk.py", "--rounds", "25", "--seed", "1", timeout: 600)
    #expect(result.exitCode == 0, "\(result.text)\(result.errorText)")
    #expect(result.text.contains("no row lost, none stale"), "\(result.text)")
  }

  @Test func theComparisonFindsFaultsThatArePutIntoADatabase() throws {
    let result = try Programs.run("walk.py", "--self-test", timeout: 300)
    #expect(result.exitCode == 0, "\(result.text)\(result.errorText)")
  }
}
