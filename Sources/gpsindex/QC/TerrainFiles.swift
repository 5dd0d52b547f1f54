import FlightQC
import PhotoModel

/// The files of `--dem`.
struct TerrainFiles: Sendable {
  private let tiles: [TerrainTile]

  /// 3,601 rows of 3,601 samples.
  private static let maximalSize = 2 * 3601 * 3601

  static func read(_ paths: [String]) throws -> TerrainFiles {
    TerrainFiles(
      tiles: try paths.map { path in
        let bytes = try PolygonFile.contents(of: path, option: "--dem", maximalSize: maximalSize)
        let name = path.split(separator: "/").last.map(String.init) ?? path
        do throws(TerrainTile.Fault) {
          return try TerrainTile(name: name, bytes: bytes)
        } catch {
          switch error {
          case .name:
            throw CommandFailure(
              .badData, "\(path): a height file is named after its south-west corner",
              advice: "--dem N47E008.hgt")
          case .size:
            throw CommandFailure(
              .badData, "\(path) is not a SRTM height file of 1,201 or 3,601 rows",
              advice: "gdal_translate -of SRTMHGT terrain.tif N47E008.hgt")
          }
        }
      })
  }

  func height(at place: Coordinate) -> Double? {
    for tile in tiles { if let height = tile.height(at: place) { return height } }
    return nil
  }
}
