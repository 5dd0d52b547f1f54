import Foundation
import TestSupport
import Testing

/// A few random queries beside brute force (`make test-answers` asks 1,500 and measures distances, too).
@Suite struct AnswerTests {
  private static let script = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "AnswerTests/answers.py").path
  private static let program = URL(filePath: CommandLine.arguments[0]).standardizedFileURL
    .deletingLastPathComponent().appending(path: "gpsindex").path

  @Test(.enabled(if: Command.find("python3") != nil, "Python is not installed"))
  func randomQueriesAnswerAsBruteForceDoes() throws {
    let result = try Command.run(
      "python3", [Self.script, Self.program, "--quick", "--count", "60"], timeout: 200)
    #expect(result.exitCode == 0, "\(result.text)\(result.errorText)")
    #expect(result.text.contains("60 queries"), "\(result.text)")
  }
}
