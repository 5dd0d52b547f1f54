import Foundation
import PhotoIndex
import PhotoModel
import Testing

@testable import gpsindex

/// Data on standard output, everything else on standard error, no terminal control characters.
@Suite final class StreamTests {
  let shop: Workshop
  init() throws { shop = try Workshop() }

  static let commands = [
    ["query"], ["query", "-f", "table"], ["query", "-f", "csv"], ["query", "-f", "json"],
    ["query", "-f", "jsonl"], ["query", "--missing", "-f", "table"], ["folders"],
    ["folders", "-f", "csv"], ["folders", "-f", "geojson"], ["query", "-f", "gpx"],
    ["query", "-f", "kml"], ["folders", "--json"], ["folders", "nas"], ["status"],
    ["status", "nas", "--json"], ["status", "-f", "csv"], ["status", "-f", "jsonl"],
    ["problems"], ["problems", "--json"], ["show", "flight1/DJI_0001.JPG"],
    ["show", "flight1/DJI_0001.JPG", "--json"], ["site", "list"], ["site", "list", "--json"],
    ["site", "show", "nas"], ["site", "show", "empty", "--json"], ["check"], ["check", "--json"],
    ["show", "west.jpg"], ["--version"], ["--help"], ["help", "query"],
  ]

  @Test(arguments: commands) func commandsSucceedQuietly(arguments: [String]) throws {
    let result = try shop.run(arguments)
    #expect(result.status == 0)
    #expect(result.errors.isEmpty, "\(result.errors)")
    #expect(!result.outputBytes.isEmpty)
    let isCSV = arguments.contains("csv")
    let controls = result.outputBytes.filter {
      $0 < 0x20 && $0 != 0x0A && !(isCSV && ($0 == 0x0D || $0 == 0x1B)) || $0 == 0x7F
    }
    #expect(controls.isEmpty)
    if arguments.contains("--json") { _ = try json(result) }
  }

  /// The reader takes the first of many rows and closes the pipe.
  @Test(arguments: [["query"], ["query", "-f", "table"], ["folders", "--json"], ["--help"]])
  func closedPipeIsSuccess(arguments: [String]) throws {
    try fillUp()
    let result = try shop.run(
      arguments, shell: #"{ "$0" "$@"; echo "status $?" >&2; } | head -n 1"#)
    #expect(result.output.split(separator: "\n").count == 1)
    #expect(result.errors == "status 0\n")
  }

  private func fillUp() throws {
    let writer = try IndexWriter(path: shop.index)
    let site = try writer.site(named: "nas")
    var batch: [FolderChanges] = []
    for folder in 0..<2000 {
      var changes = FolderChanges(site: site.id, folder: PathBytes(text: "many/\(folder)"))
      changes.inserts.append(
        PhotoChange(
          file: ListedFile(name: PathBytes(text: "a.jpg"), size: 1, mtime: 1),
          record: PhotoRecord(outcome: .located(Coordinate(latitude: 1, longitude: 2))),
          racy: false, parserVersion: 1))
      batch.append(changes)
    }
    try writer.apply(batch)
  }

  @Test func fullDeviceIsAnError() throws {
    try #require(FileManager.default.fileExists(atPath: "/dev/full"))
    for arguments in [["query"], ["status"], ["--help"]] {
      let result = try shop.run(arguments, shell: #""$0" "$@" > /dev/full"#)
      #expect(result.status == 74)
    }
    #expect(try shop.run("export", "-o", "/dev/full").status == 74)
  }

  @Test func dataDoesNotDependOnMessages() throws {
    let loud = try shop.run("query", "--3d")
    let quiet = try shop.run("query", "--3d", "--quiet")
    #expect(loud.outputBytes == quiet.outputBytes && !loud.errors.isEmpty && quiet.errors.isEmpty)
  }

  @Test func findsTheIndex() throws {
    let home = shop.path("home")
    let place = "\(home)/.local/share/gpsindex"
    try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
    try FileManager.default.copyItem(atPath: shop.index, toPath: "\(place)/index.gpkg")
    let xdg = shop.path("home/.local/share")
    for environment in [
      ["HOME": home], ["XDG_DATA_HOME": xdg], ["GPSINDEX_INDEX": shop.index],
      ["HOME": home, "XDG_DATA_HOME": "relative"], ["GPSINDEX_INDEX": "", "HOME": home],
    ] {
      let result = try Program.run(["query", "--count"], environment: environment)
      #expect(result.output == "5\n", "\(environment)")
    }
    for arguments in [
      ["--index", shop.index, "query", "--count"], ["query", "--index=\(shop.index)", "--count"],
    ] {
      let result = try Program.run(arguments, environment: ["GPSINDEX_INDEX": "/nowhere"])
      #expect(result.output == "5\n")
    }
    #expect(try Program.run(["query"], environment: ["XDG_DATA_HOME": "/nowhere"]).status == 66)
    #expect(try Program.run(["query"]).status == 78)
  }

  @Test func queriesDoNotChangeTheIndex() throws {
    let before = try Data(contentsOf: URL(filePath: shop.index))
    for arguments in Self.commands { _ = try shop.run(arguments) }
    #expect(try Data(contentsOf: URL(filePath: shop.index)) == before)
    #expect(try FileManager.default.contentsOfDirectory(atPath: shop.folder.path) == ["index.gpkg"])
  }

  /// Without any network interface, not even loopback, and with the index on a read-only mount.
  private static let isolated = #"""
    exec unshare --map-root-user --net --mount sh -c '
      mount --bind . . && mount -o remount,bind,ro . && cd "$PWD" && ! touch x 2>/dev/null && exec "$0" "$@"
    ' "$0" "$@"
    """#
  private static let canIsolate =
    (try? Workshop().run(["--version"], shell: isolated).status) == 0

  @Test(
    .enabled(if: canIsolate, "no namespaces for this account"),
    arguments: [
      ["query"], ["query", "--bbox", "8,47,9,48"],
      ["query", "--near", "8.5,47.4", "--radius", "5km"],
      ["query", "--count"], ["folders"], ["status"], ["problems"], ["show", "west.jpg"], ["check"],
    ])
  func queriesWorkOfflineAndReadOnly(arguments: [String]) throws {
    let usual = try shop.run(arguments)
    let alone = try shop.run(arguments, shell: Self.isolated)
    #expect(alone.status == 0 && !alone.outputBytes.isEmpty, "\(alone.errors)")
    #expect(alone.outputBytes == usual.outputBytes)
  }
}
