import Foundation
import TestSupport
import Testing

/// A row of docs/faults.md: the real program reads mutants of photos under valgrind, which also checks the C libraries. `make test-asan` runs all
/// quick tests with the AddressSanitizer.
@Suite(
  .enabled(
    if: Command.find("valgrind") != nil && Command.find("strip") != nil,
    "valgrind and strip are not installed"))
struct MemoryErrorRows {
  private static func program(_ name: String) -> String {
    URL(filePath: CommandLine.arguments[0]).standardizedFileURL.deletingLastPathComponent()
      .appending(path: name).path
  }

  /// Swift's runtime reads padding when it lays out a generic type for the first time.
  private static let known = """
    {
      layout-of-generic-types
      Memcheck:Cond
      fun:swift_init*Metadata*
      ...
    }

    """

  @Test(arguments: [19, 20], ["sync", "query"])
  func s19_valgrindFindsNothing(seed: Int, command: String) throws {
    let folder = try TemporaryFolder("gpsindex-valgrind")
    let known = try folder.write(Self.known, to: "known.supp")
    let site = folder.file("site")
    let made = try Command.run(
      Self.program("mutants"), ["files", site, "--count", "150", "--seed", String(seed)])
    #expect(made.exitCode == 0, "\(made.errorText)")
    // Debian's valgrind does not support newer debugging information.
    let program = folder.file("gpsindex")
    let stripped = try Command.run("strip", ["-g", "-o", program, Self.program("gpsindex")])
    #expect(stripped.exitCode == 0, "\(stripped.errorText)")
    let environment = [
      "PATH": "/usr/bin:/bin", "HOME": folder.path, "GPSINDEX_INDEX": folder.file("index.gpkg"),
    ]
    let sync = ["sync", site, "--progress", "none"]
    let watched = command == "sync" ? sync : ["query", "-f", "geojson"]
    if command != "sync" {
      let synced = try Command.run(program, sync, environment: environment, timeout: 120)
      #expect([0, 3].contains(synced.exitCode), "\(synced.errorText)")
    }
    let result = try Command.run(
      "valgrind",
      ["-q", "--error-exitcode=99", "--leak-check=no", "--suppressions=\(known)", program]
        + watched,
      environment: environment, timeout: 120)
    #expect(!result.timedOut && result.signal == nil)
    #expect([0, 3].contains(result.exitCode), "\(result.errorText)")
  }
}
