import Foundation
import TestSupport
import Testing

/// Rows of docs/faults.md with many mutants, in a separate program that may trap.
@Suite struct MutantRows {
  private static func mutants(_ arguments: String...) throws -> Command.Result {
    let program = URL(filePath: CommandLine.arguments[0]).standardizedFileURL
      .deletingLastPathComponent().appending(path: "mutants").path
    let result = try Command.run(program, arguments, timeout: 120)
    print(result.text, terminator: "")
    #expect(!result.timedOut && result.signal == nil, "\(result.errorText)")
    return result
  }

  /// No trap, a typed error or events, and at most 1 MiB of memory for one conversation.
  @Test(arguments: 1...4) func s18_hundredThousandCorruptConversations(seed: Int) throws {
    let result = try Self.mutants(
      "sftp", "--count", "25000", "--seed", "\(seed)", "--most-allocated", "1048576")
    #expect(result.exitCode == 0, "\(result.text)")
    #if canImport(Glibc)
      // A sanitizer replaces malloc.
      let isSanitized = ProcessInfo.processInfo.environment["ASAN_OPTIONS"] != nil
      #expect(isSanitized || !result.text.contains("not counted"))
    #endif
  }

  /// Random mutants; the test prints the seed.
  @Test func b01_randomMutants() throws {
    let result = try Self.mutants("photos", "--count", "20000")
    #expect(result.exitCode == 0, "\(result.text)")
  }
}
