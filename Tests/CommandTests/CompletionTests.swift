import Foundation
import TestSupport
import Testing

/// Completion in a real shell, as the Tab key invokes it.
@Suite struct CompletionTests {
  let shop: Workshop
  init() throws { shop = try Workshop() }

  /// The completions of bash for the last word.
  private func complete(_ words: [String]) throws -> [String] {
    let script = try Program.run(["--generate-completion-script", "bash"]).output
    try Data(script.utf8).write(to: URL(filePath: shop.path("completion.bash")))
    let quoted = words.map { "'\($0)'" }.joined(separator: " ")
    let line = words.joined(separator: " ")
    let asking = """
      source "$1"
      COMP_WORDS=(\(quoted)); COMP_CWORD=\(words.count - 1)
      COMP_LINE='\(line)'; COMP_POINT=${#COMP_LINE}; COMP_TYPE=9; COMP_KEY=9
      compopt() { :; }
      function=$(complete -p gpsindex | sed -E 's/.*-F ([^ ]+).*/\\1/')
      "$function" gpsindex "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
      printf '%s\\n' "${COMPREPLY[@]}"
      """
    let bash = try #require(Command.find("bash"))
    let result = try Command.run(
      bash, ["--norc", "-c", asking, "bash", shop.path("completion.bash")],
      environment: [
        "PATH": Program.url.deletingLastPathComponent().path + ":/usr/bin:/bin",
        "HOME": shop.folder.path, "GPSINDEX_INDEX": shop.index,
      ])
    #expect(result.exitCode == 0, "\(result.errorText)")
    return result.text.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
  }

  @Test(arguments: [
    (["gpsindex", "sync", "n"], "nas"), (["gpsindex", "sync", ""], "empty"),
    (["gpsindex", "site", "show", ""], "nas"), (["gpsindex", "query", "--site", "e"], "empty"),
    (["gpsindex", "query", "--folder", "fl"], "flight2"), (["gpsindex", "exp"], "export"),
    (["gpsindex", "query", "--format", "geojsons"], "geojsonseq"),
    (["gpsindex", "query", "--fl"], "--flag"), (["gpsindex", "query", "--flag", "v"], "void"),
  ])
  func completesNamesInBash(words: [String], expected: String) throws {
    let offered = try complete(words)
    #expect(offered.contains(expected), "\(offered)")
  }

  @Test func completesFoldersOfTheSite() throws {
    let offered = try complete(["gpsindex", "query", "--site", "empty", "--folder", ""])
    #expect(!offered.contains("flight1"), "\(offered)")
  }

  @Test(arguments: ["bash", "zsh", "fish"]) func scriptsParseInEveryShell(shell: String) throws {
    let script = try Program.run(["--generate-completion-script", shell]).output
    #expect(script.contains("gpsindex") && script.contains("---completion"))
    guard let program = Command.find(shell) else { return }
    let file = shop.path("completion.\(shell)")
    try Data(script.utf8).write(to: URL(filePath: file))
    let result = try Command.run(program, ["-n", file])
    #expect(result.exitCode == 0, "\(result.errorText)")
  }
}
