import Foundation
import TestSupport
import Testing

/// Rows of docs/faults.md that need many mutants, in a program of their own: a trap ends only that.
@Suite struct MutantRows {
  private static func mutants(_ arguments: String...) throws -> Command.Result {
    let program = URL(filePath: CommandLine.arguments[0]).standardizedFileURL
      .deletingLastPathComponent().appending(path: "mutants").path
    let result = try Command.run(program, arguments, timeout: 120)
    print(result.text, terminator: "")
    #expect(!result.timedOut && result.signal == nil, "\(result.errorText)")
    return result
  }

  /// No trap, a typed error or events, and never more than a megabyte held for one conversation.
  @Test func s18_aHundredThousandSpoiltConversations() throws {
    let result = try Self.mutants(
      "sftp", "--count", "100000", "--seed", "1", "--most-allocated", "1048576")
    #expect(result.exitCode == 0, "\(result.text)")
    #if canImport(Glibc)
      // A sanitizer has a malloc of its own.
      let isSanitized = ProcessInfo.processInfo.environment["ASAN_OPTIONS"] != nil
      #expect(isSanitized || !result.text.contains("not counted"))
    #endif
  }

  /// Other mutants in every run; the run's number is printed.
  @Test func b01_mutantsOfAnotherRun() throws {
    let result = try Self.mutants("photos", "--count", "20000")
    #expect(result.exitCode == 0, "\(result.text)")
  }
}
