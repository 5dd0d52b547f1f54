import Foundation
import LinkSimulation
import TestSupport
import Testing

/// A sync on a terminal, and one whose standard error a program reads, over a slow link.
@Suite(.serialized, .enabled(if: PrivateSSHD.isAvailable, "no OpenSSH server is installed"))
final class TerminalTests {
  let folder: TemporaryFolder
  let server: PrivateSSHD
  let link: LinkProxy
  let arguments: [String]
  let environment: [String: String]

  init() throws {
    folder = try TemporaryFolder()
    _ = try SiteBuilder(photos: 120, folders: 12, fileSize: 40_000, seed: 7).write(
      to: folder.file("site"))
    server = try PrivateSSHD()
    link = try LinkProxy(to: server.port, settings: LinkSettings(milliseconds: 40, megabits: 8))
    arguments = [
      "sync", server.location(folder.file("site"), port: link.port), "--identity", server.identity,
      "--known-hosts", try server.knownHosts(port: link.port),
      // Few requests in flight, so that progress is visible.
      "--in-flight", "8",
    ]
    environment = [
      "GPSINDEX_INDEX": folder.file("index.gpkg"), "HOME": try folder.folder("home"),
      "PATH": "/usr/bin:/bin",
    ]
  }

  /// Runs with standard error on a terminal, and standard output there as well or in a pipe.
  private func onTerminal(
    _ more: [String] = [], columns: UInt16 = 100, variables: [String: String] = [:],
    interruptAt isDue: ((String) -> Bool)? = nil
  ) throws -> (status: Int32, pieces: [PseudoTerminal.Piece], output: Data) {
    let terminal = try PseudoTerminal(columns: columns)
    let process = Process()
    process.executableURL = Program.url
    process.arguments = arguments + more
    process.environment = environment.merging(["TERM": "xterm"]) { $1 }.merging(variables) { $1 }
    process.standardInput = FileHandle.nullDevice
    let output = Pipe()
    process.standardOutput = output
    process.standardError = FileHandle(fileDescriptor: terminal.slave, closeOnDealloc: false)
    try process.run()
    terminal.closeOurSide()
    var isInterrupted = false
    let pieces = terminal.readToEnd { piece in
      guard !isInterrupted, isDue?(String(decoding: piece.bytes, as: UTF8.self)) == true else {
        return
      }
      isInterrupted = true
      process.interrupt()
    }
    let data = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return (process.terminationStatus, pieces, data)
  }

  private func text(_ pieces: [PseudoTerminal.Piece]) -> String {
    String(decoding: pieces.flatMap(\.bytes), as: UTF8.self)
  }

  @Test func redrawsTheBarAndClearsIt() throws {
    let (status, pieces, _) = try onTerminal()
    let shown = text(pieces)
    #expect(status == 0, "\(shown)")
    let frames = shown.components(separatedBy: "\r").filter { $0.hasSuffix("\u{1B}[K") }
    #expect(frames.count >= 3, "\(shown)")
    #expect(shown.contains("opening sftp://"), "\(shown)")
    #expect(frames.contains { $0.contains("[32m=") || $0.contains("[32m>") }, "\(shown)")
    #expect(frames.contains { $0.contains("1 connection") }, "\(shown)")
    // The bar is cleared before the summary.
    let end = try #require(shown.components(separatedBy: "\r\u{1B}[K").last)
    #expect(end.hasPrefix("gpsindex: site synced: 120 listed"), "\(end)")
    #expect(!end.contains("\u{1B}"))
    // At most four a second on average over the whole run.
    let last = try #require(pieces.last)
    #expect(Double(frames.count) <= last.time * 4 + 3)
  }

  @Test(arguments: [(["NO_COLOR": "1"], true), (["TERM": "dumb"], false)])
  func usesColoursAndBarsOnlyWhereWanted(variables: [String: String], hasBar: Bool) throws {
    let (status, pieces, _) = try onTerminal(columns: 60, variables: variables)
    let shown = text(pieces)
    #expect(status == 0)
    #expect(!shown.contains("\u{1B}[3"), "\(shown)")
    #expect(shown.contains("\u{1B}[K") == hasBar, "\(shown)")
    for frame in shown.components(separatedBy: "\r") where frame.hasSuffix("\u{1B}[K") {
      #expect(frame.count - 3 < 60)
    }
  }

  @Test func dataIsTheSameWithAndWithoutABar() throws {
    let withBar = try onTerminal(["--json"]).output
    #expect(!withBar.isEmpty && !withBar.contains(0x1B))
    let second = try onTerminal(["--json", "--progress", "none"]).output
    for data in [withBar, second] {
      let object = try JSONSerialization.jsonObject(with: data) as? [String: Any]
      #expect(object?["located"] as? Int == 120)
    }
    let query = try Program.run(["query"], environment: environment)
    #expect(try features(query).count == 120)
  }

  @Test func interruptedSyncKeepsItsRowsAndNamesTheNextCommand() throws {
    let (status, pieces, _) = try onTerminal(interruptAt: { shown in
      shown.contains(#/ [1-9][0-9]*/[0-9]+/#)
    })
    let shown = text(pieces)
    #expect(status == 130, "\(shown)")
    #expect(shown.contains("next: gpsindex sync site"), "\(shown)")
    #expect(shown.contains("are in the index"), "\(shown)")
    let count = try Program.run(["query", "--count"], environment: environment)
    let kept = try #require(Int(count.output.trimmingCharacters(in: .newlines)))
    #expect(shown.contains("stopped; \(kept == 1 ? "1 photo" : "\(kept) photos") of site"))
    let again = try Program.run(arguments + ["--json"], environment: environment)
    let summary = try json(again) as? [String: Any]
    #expect(summary?["located"] as? Int == 120 && summary?["unchanged"] as? Int == kept)
  }

  @Test func printsEventsForPrograms() throws {
    let result = try Program.run(arguments + ["--progress", "json"], environment: environment)
    #expect(result.status == 0 && result.outputBytes.isEmpty, "\(result.errors)")
    let events = try result.errorLines.map { line in
      try #require(
        try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any], "\(line)")
    }
    #expect(events.allSatisfy { $0["site"] as? String == "site" })
    let types = events.compactMap { $0["message_type"] as? String }
    #expect(types.first == "start" && types.last == "summary", "\(types)")
    let status = events.filter { $0["message_type"] as? String == "status" }
    #expect(!status.isEmpty)
    let done = status.compactMap { $0["done"] as? Int }
    #expect(done == done.sorted() && done.count == status.count)
    for event in status {
      #expect((event["done"] as? Int ?? 1) <= (event["total"] as? Int ?? 0))
      let sum = ["new", "changed", "unchanged", "moved"].reduce(0) { $0 + (event[$1] as? Int ?? 0) }
      #expect(sum == event["total"] as? Int)
    }
    let elapsed = try #require(status.last?["elapsed_s"] as? Double)
    #expect(Double(status.count) <= elapsed * 4 + 1)
    let summary = try #require(events.last)
    #expect(summary["outcome"] as? String == "complete" && summary["located"] as? Int == 120)
    #expect((summary["next"] as? String)?.hasPrefix("gpsindex export --site site") == true)
  }

  @Test func printsFailuresAsEvents() throws {
    let result = try Program.run(
      ["sync", "sftp://127.0.0.1:1/x", "--progress=json"], environment: environment)
    #expect(result.status == 69)
    for line in result.errorLines {
      _ = try JSONSerialization.jsonObject(with: Data(line.utf8))
    }
    #expect(
      result.errors.contains(#""message_type":"exit_error","site":"x","code":69"#),
      "\(result.errors)")
  }
}
