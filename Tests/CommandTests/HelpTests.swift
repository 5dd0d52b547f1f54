import ArgumentParser
import Foundation
import TestSupport
import Testing

@testable import gpsindex

/// The help is part of the interface, so a change must be intentional.
///
/// `GPSINDEX_RECORD=1` records the texts; that run fails.
@Suite struct HelpTests {
  static let commands: [[String]] = [
    [], ["site"], ["site", "add"], ["sync"], ["query"], ["folders"], ["export"], ["status"],
    ["problems"], ["show"], ["check"], ["verify"], ["serve"], ["fetch"], ["changes"], ["watch"],
    ["publish"], ["share"], ["share", "add"],
  ]

  @Test(arguments: commands) func helpMatchesTheRecordedText(command: [String]) throws {
    let result = try Program.run(
      ["help"] + command, environment: ["COLUMNS": "80", "HOME": "/nowhere"])
    #expect(result.status == 0 && result.errors.isEmpty)
    let name = (["help"] + command).joined(separator: "-") + ".txt"
    let file = URL(filePath: #filePath).deletingLastPathComponent().appending(
      path: "Golden/\(name)")
    if ProcessInfo.processInfo.environment["GPSINDEX_RECORD"] != nil {
      try result.outputBytes.write(to: file)
      Issue.record("recorded \(name); run again without GPSINDEX_RECORD")
    }
    let recorded = try String(contentsOf: file, encoding: .utf8)
    #expect(result.output == recorded)
  }

  @Test func helpListsEveryExitCode() throws {
    let help = try Program.run(["--help"]).output
    for status in ExitStatus.allCases {
      #expect(help.contains("\n  \(status.rawValue) "))
    }
  }

  @Test func everyOptionHasAHelpText() throws {
    var commands: [any ParsableCommand.Type] = [RootCommand.self]
    var options = 0
    while let command = commands.popLast() {
      commands += command.configuration.subcommands
      #expect(!command.configuration.abstract.isEmpty)
      let lines = RootCommand.helpMessage(for: command, columns: 80).split(separator: "\n")
      for (line, next) in zip(lines, lines.dropFirst() + [""]) where line.hasPrefix("  -") {
        // The text starts at column 26, on the next line after long names.
        let text = line.count > 26 ? line.dropFirst(24) : next.dropFirst(24)
        #expect(text.contains { $0.isLetter }, "\(line)")
        options += 1
      }
    }
    #expect(options > 100, "\(options) options")
  }

  @Test func versionNamesTheLibraries() throws {
    let result = try Program.run(["--version"])
    #expect(result.output == Versions.line + "\n")
    for word in [
      "gpsindex 0.", "schema ", "sqlite 3.", "libssh2 1.", "expat 2.", "zlib 1.", "swift 6.",
    ] {
      #expect(result.output.contains(word))
    }
  }

  @Test func versionNamesTheCompiler() throws {
    // A newer compiler than this source knows.
    if Versions.swift.hasSuffix("or newer") { return }
    let swift = try #require(Command.find("swift"), "built without a compiler in PATH")
    let compiler = try Command.run(swift, ["--version"])
    #expect((compiler.text + compiler.errorText).contains("Swift version \(Versions.swift)"))
  }
}
