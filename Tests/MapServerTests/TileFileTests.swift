import Foundation
import SQLite
import TestSupport
import Testing

@testable import MapServer
@testable import TileFiles

@Suite struct TileFileTests {
  private static let png: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 1, 2, 3]
  private static let jpeg: [UInt8] = [0xFF, 0xD8, 0xFF, 0xE0, 9]

  /// One tile of zoom 2, three from the west and one from the north; its row counts from the south.
  private static func mbtiles(
    _ path: String, format: String = "png", tile: [UInt8] = png
  ) throws {
    let connection = try Connection(path: path, mode: .readWriteCreate)
    try connection.execute(
      """
      CREATE TABLE metadata (name TEXT, value TEXT);
      CREATE TABLE tiles (zoom_level INTEGER, tile_column INTEGER, tile_row INTEGER, tile_data BLOB);
      INSERT INTO metadata VALUES ('format', '\(format)'), ('attribution', '© A & <b>B</b>');
      """)
    let insert = try connection.prepare("INSERT INTO tiles VALUES (2, 3, 2, ?)")
    insert.bind(tile, at: 1)
    _ = try insert.step()
  }

  /// The same as PMTiles: a root directory that leads to a leaf, as they are, or packed.
  private static func pmtiles(tile: [UInt8] = png, type: UInt8 = 2, compression: UInt8 = 1)
    -> [UInt8]
  {
    let id = UInt8(PMTiles.id(zoom: 2, x: 3, y: 1))
    let leaf: [UInt8] = [1, id, 1, UInt8(tile.count), 1]
    let root: [UInt8] = [1, 0, 0, UInt8(leaf.count), 1]
    func number(_ value: Int) -> [UInt8] {
      (0..<8).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
    }
    var out = Array("PMTiles".utf8) + [3]
    let leaves = 127 + root.count
    let tiles = leaves + leaf.count
    for value in [127, root.count, 0, 0, leaves, leaf.count, tiles, tile.count, 0, 0, 0] {
      out += number(value)
    }
    out += [1, compression, 1, type, 2, 2]
    out += [UInt8](repeating: 0, count: 127 - out.count)
    return out + root + leaf + tile
  }

  @Test func bothFormatsHaveTheSameTile() throws {
    let folder = try TemporaryFolder("gpsindex-tiles")
    let (first, second) = (folder.file("a.mbtiles"), folder.file("a.pmtiles"))
    try Self.mbtiles(first)
    try Data(Self.pmtiles()).write(to: URL(filePath: second))
    for path in [first, second] {
      let file = try TileFile(path: path)
      #expect(file.zooms == 2...2)
      #expect(try file.tile(zoom: 2, x: 3, y: 1) == .init(type: "image/png", bytes: Self.png))
      for (zoom, x, y) in [(2, 3, 2), (2, 4, 1), (2, -1, 0), (1, 0, 0), (3, 0, 0), (2, 0, 0)] {
        #expect(try file.tile(zoom: zoom, x: x, y: y) == nil)
      }
    }
    #expect(try TileFile(path: first).attribution == "© A & <b>B</b>")
  }

  /// Positions along the Hilbert curve, from the specification's examples (§4.1).
  @Test(
    arguments: [
      (0, 0, 0, 0), (1, 0, 0, 1), (1, 0, 1, 2), (1, 1, 1, 3), (1, 1, 0, 4), (2, 0, 0, 5),
      (12, 3423, 1763, 19_078_479),
    ] as [(Int, Int, Int, UInt64)])
  func placesOnTheCurve(zoom: Int, x: Int, y: Int, id: UInt64) {
    #expect(PMTiles.id(zoom: zoom, x: x, y: y) == id)
  }

  /// Other things than pictures are not passed on, whatever the file says of itself.
  @Test func servesPicturesOnly() throws {
    let folder = try TemporaryFolder("gpsindex-tiles")
    let path = folder.file("a.mbtiles")
    try Self.mbtiles(path, tile: Array("<svg onload=alert(1)>".utf8))
    #expect(try TileFile(path: path).tile(zoom: 2, x: 3, y: 1) == nil)
    #expect(TileFile.pictureType(Self.jpeg) == "image/jpeg")
    #expect(TileFile.pictureType(Array("RIFF....WEBPVP8 ".utf8)) == "image/webp")
    #expect(TileFile.pictureType(Array("<html>".utf8)) == nil)
  }

  @Test func vectorTilesAreRefusedInWords() throws {
    let folder = try TemporaryFolder("gpsindex-tiles")
    let (first, second) = (folder.file("a.mbtiles"), folder.file("a.pmtiles"))
    try Self.mbtiles(first, format: "pbf")
    try Data(Self.pmtiles(type: 1)).write(to: URL(filePath: second))
    for path in [first, second] {
      let error = #expect(throws: TileFileError.self) { try TileFile(path: path) }
      #expect(error?.message.contains("vector tiles") == true)
    }
  }

  @Test(arguments: ["", "PMTiles", "SQLite format 3\u{0}", "GIF89a", "PMTiles\u{3}"])
  func otherFilesAreRefused(text: String) throws {
    let folder = try TemporaryFolder("gpsindex-tiles")
    let path = folder.file("a")
    try Data(text.utf8).write(to: URL(filePath: path))
    #expect(throws: TileFileError.self) { try TileFile(path: path) }
    #expect(throws: TileFileError.self) { try TileFile(path: path + "-that-is-not-there") }
  }

  /// Every byte of header and directories replaced, and every length of the file: an error or another answer, no trap.
  @Test func damagedFilesDoNoHarm() throws {
    let folder = try TemporaryFolder("gpsindex-tiles")
    let path = folder.file("a.pmtiles")
    let whole = Self.pmtiles()
    func tryFile(_ bytes: some Collection<UInt8>) throws {
      try Data(bytes).write(to: URL(filePath: path))
      guard let file = try? TileFile(path: path) else { return }
      for (x, y) in [(0, 0), (3, 1), (3, 3)] { _ = try? file.tile(zoom: 2, x: x, y: y) }
    }
    for at in whole.indices {
      for value: UInt8 in [0, 1, 2, 0x7F, 0x80, 0xFF] {
        var bytes = whole
        bytes[at] = value
        try tryFile(bytes)
      }
      try tryFile(whole.prefix(at))
    }
    #expect(PMTiles.entries([0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 1]) == nil)
    #expect(PMTiles.entries([0xFF, 0xFF, 0x7F]) == nil)
    #expect(PMTiles.entries([]) == nil)
  }

  @Test func packedDirectoriesAreBounded() throws {
    let folder = try TemporaryFolder("gpsindex-tiles")
    let path = folder.file("zeros")
    try Data(count: 100_000).write(to: URL(filePath: path))
    _ = try Command.run(Command.find("gzip") ?? "", ["-n", path])
    guard let bytes = FileManager.default.contents(atPath: path + ".gz") else {
      Issue.record("gzip has not run")
      return
    }
    #expect(Gunzip.bytes(Array(bytes), atMost: 200_000) == [UInt8](repeating: 0, count: 100_000))
    #expect(Gunzip.bytes(Array(bytes), atMost: 99_999) == nil)
    #expect(Gunzip.bytes(Array(bytes.dropLast()), atMost: 200_000) == nil)
  }

  @Test func serverAnswersWithTiles() async throws {
    let folder = try TemporaryFolder("gpsindex-tiles")
    try Self.mbtiles(folder.file("a.mbtiles"))
    let place = try Place(basemap: TileFile(path: folder.file("a.mbtiles")))
    let tile = try await place.get("/basemap/2/3/1")
    #expect(tile.status == 200 && tile.type == "image/png" && tile.bytes == Self.png)
    #expect(tile.header("X-Content-Type-Options") == "nosniff")
    for target in [
      "/basemap/2/3/2", "/basemap/2/3", "/basemap/2/3/x", "/basemap/99999999999999999999/0/0",
      "/basemap/2/-3/1",
    ] {
      #expect(try await place.get(target).status == 404, "\(target)")
    }
    let config = try await place.get("/map/config").json()
    #expect(config["basemap"] as? [String: Int] == ["min": 2, "max": 2])
    #expect(try await Place().get("/basemap/2/3/1").status == 404)
  }
}
