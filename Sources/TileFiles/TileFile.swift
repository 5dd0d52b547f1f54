import Platform

/// Why a file of tiles cannot be used.
package struct TileFileError: Error, Sendable, Equatable {
  package var message: String
  package var advice: String
}

/// A user's own base map: raster tiles in an MBTiles or a PMTiles file, in the scheme of web maps (Web Mercator, y from the
/// north). Nothing is decoded: a tile is bytes of a known picture format.
package struct TileFile: Sendable {
  /// A tile is passed on as it is.
  package struct Tile: Sendable, Equatable {
    package var type: String
    package var bytes: [UInt8]
  }

  package let zooms: ClosedRange<Int>
  /// Text that the file's makers want to see with their map.
  package let attribution: String?
  private let store: Store

  private enum Store {
    case mbtiles(MBTiles)
    case pmtiles(PMTiles)
  }

  /// Larger tiles are not served.
  static let largestTile = 4 << 20

  package init(path: String) throws(TileFileError) {
    let head: [UInt8]
    do {
      head = try ReadableFile(path: path).bytes(at: 0, length: 16) ?? []
    } catch {
      throw TileFileError(
        message: "cannot read the base map \(path): \(error.text)",
        advice: "the path of an existing .mbtiles or .pmtiles file")
    }
    if head.starts(with: "SQLite format 3\u{0}".utf8) {
      let file = try MBTiles(path: path)
      store = .mbtiles(file)
      zooms = file.zooms
      attribution = file.attribution
    } else if head.starts(with: "PMTiles".utf8) {
      let file = try PMTiles(path: path)
      store = .pmtiles(file)
      zooms = file.zooms
      attribution = nil
    } else {
      throw TileFileError(
        message: "the base map \(path) is neither MBTiles nor PMTiles",
        advice: "a file that gdal_translate -of MBTILES writes")
    }
  }

  /// - Returns: nil when the file has no such tile, or something that is no picture.
  package func tile(zoom: Int, x: Int, y: Int) throws -> Tile? {
    guard zooms.contains(zoom), 0..<(1 << zoom) ~= x, 0..<(1 << zoom) ~= y else { return nil }
    let bytes =
      switch store {
      case .mbtiles(let file): try file.tile(zoom: zoom, x: x, y: y)
      case .pmtiles(let file): try file.tile(zoom: zoom, x: x, y: y)
      }
    guard let bytes, let type = Self.pictureType(bytes) else { return nil }
    return Tile(type: type, bytes: bytes)
  }

  /// By the first bytes: what the file says of itself is not trusted.
  static func pictureType(_ bytes: [UInt8]) -> String? {
    if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) { return "image/png" }
    if bytes.starts(with: [0xFF, 0xD8, 0xFF]) { return "image/jpeg" }
    if bytes.count > 12, bytes.starts(with: "RIFF".utf8),
      bytes[8..<12].elementsEqual("WEBP".utf8)
    {
      return "image/webp"
    }
    return nil
  }

  /// What vector tiles are answered with.
  static func vector(_ path: String) -> TileFileError {
    TileFileError(
      message:
        "the base map \(path) has vector tiles; only raster tiles are supported (PNG, JPEG, WebP)",
      advice: "a raster MBTiles file, such as gdal_translate -of MBTILES writes")
  }
}
