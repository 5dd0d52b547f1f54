import Foundation
import GeoFormats
import PhotoIndex
import PhotoModel
import TestSupport
import Testing

/// Tables on a terminal: no line is wider, whatever the names are.
@Suite final class TableWidthTests {
  let folder: TemporaryFolder
  let index: String

  init() throws {
    folder = try TemporaryFolder()
    index = folder.file("index.gpkg")
    let writer = try IndexWriter(path: index)
    let site = try writer.addSite(SiteRecord(name: "north-yard", location: "drone@nas:photos"))
    let path = "2024 inspections of towers/DJI_202405011030_001_tower-north-side"
    var changes = FolderChanges(site: site.id, folder: PathBytes(text: path))
    let records: [PhotoRecord] = [
      .init(outcome: .located(Coordinate(latitude: 47, longitude: 8))),
      .init(outcome: .withoutPosition(.noGPS)), .init(outcome: .failed(.damaged)),
    ]
    for (number, record) in records.enumerated() {
      let name = PathBytes(text: "DJI_20240501103012_000\(number)_W_panorama.JPG")
      changes.inserts.append(
        PhotoChange(
          file: ListedFile(name: name, size: 7_654_321, mtime: 1_714_557_600), record: record,
          racy: false, parserVersion: 1))
    }
    try writer.apply(changes)
  }

  private func lines(_ arguments: [String], columns: UInt16) throws -> [String] {
    let terminal = try PseudoTerminal(columns: columns)
    let process = Process()
    process.executableURL = Program.url
    process.arguments = arguments
    process.environment = ["GPSINDEX_INDEX": index, "HOME": folder.path, "PATH": "/usr/bin:/bin"]
    process.standardInput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    process.standardOutput = FileHandle(fileDescriptor: terminal.slave, closeOnDealloc: false)
    try process.run()
    terminal.closeOurSide()
    let bytes = terminal.readToEnd().flatMap(\.bytes)
    process.waitUntilExit()
    let text = String(decoding: bytes, as: UTF8.self)
    return text.split(whereSeparator: \.isNewline).map(String.init)
  }

  @Test(arguments: [
    ["query", "--missing"], ["problems"], ["problems", "--counts"], ["folders"], ["status"],
  ])
  func noLineIsWiderThanTheTerminal(command: [String]) throws {
    for columns: UInt16 in [80, 120] {
      let lines = try lines(command, columns: columns)
      #expect(lines.count > 1)
      for line in lines { #expect(terminalWidth(line) <= columns, "\(line)") }
    }
  }

  /// A sentence loses its end, not its middle, and other columns make way for it.
  @Test(arguments: [60, 80, 100, 120] as [UInt16])
  func outcomesAreCutAtTheirEnd(columns: UInt16) throws {
    let site = try IndexReader(path: index).site(named: "north-yard")
    let message = "the server nas does not answer on port 22; the address may be wrong"
    SiteAttempt(.failed, message: message).keep(index: index, site: site)
    let all = try lines(["status"], columns: columns)
    let row = try #require(all.last)
    #expect(all.allSatisfy { terminalWidth($0) <= columns }, "\(row)")
    let said = try #require(row.range(of: "failed: "))
    let whole = "failed: " + message
    let shown = row[said.lowerBound...].filter { $0 != "…" }
    #expect(row.hasSuffix("…") && whole.hasPrefix(shown), "\(row)")
    #expect(columns < 80 || shown.count >= 20, "\(row)")
    #expect(all.first?.contains("reasons") == (columns > 200))
  }

  /// What a row is about stays; a wide terminal shows all.
  @Test(arguments: [
    (["problems"], ["path", "status", "reason"], ["folder", "mtime"]),
    (["status"], ["site", "located", "last_sync"], ["reasons"]),
  ])
  func aNarrowTerminalLeavesOutColumns(
    command: [String], kept: [String], omitted: [String]
  ) throws {
    let narrow = try #require(lines(command, columns: 70).first)
    let wide = try #require(lines(command, columns: 300).first)
    for name in kept { #expect(narrow.contains(name) && wide.contains(name), "\(name)") }
    for name in omitted { #expect(!narrow.contains(name) && wide.contains(name), "\(name)") }
  }
}
