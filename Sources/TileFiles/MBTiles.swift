import Platform
import SQLite

/// MBTiles 1.3: an SQLite file with the tables `metadata` and `tiles`
/// (<https://github.com/mapbox/mbtiles-spec/blob/master/1.3/spec.md>).
struct MBTiles: Sendable {
  let path: String
  let zooms: ClosedRange<Int>
  let attribution: String?

  init(path: String) throws(TileFileError) {
    self.path = path
    do {
      let connection = try Self.open(path)
      let values = try Self.metadata(connection)
      if values["format"] == "pbf" { throw TileFile.vector(path) }
      attribution = values["attribution"]
      let range = try connection.prepare(
        "SELECT min(zoom_level) AS low, max(zoom_level) AS high FROM tiles")
      guard try range.step(), let low = range.optionalInteger("low"),
        let high = range.optionalInteger("high"), 0 <= low, high <= 30
      else {
        throw TileFileError(
          message: "the base map \(path) has no tiles",
          advice: "a file that gdal_translate -of MBTILES writes")
      }
      zooms = Int(low)...Int(high)
    } catch let error as TileFileError {
      throw error
    } catch {
      throw TileFileError(
        message: "the base map \(path) is not an MBTiles file: \(error)",
        advice: "a file that gdal_translate -of MBTILES writes")
    }
  }

  private static func open(_ path: String) throws(SQLiteError) -> Connection {
    let connection = try Connection(path: path, mode: .readOnly)
    connection.setLongestValue(bytes: Int32(TileFile.largestTile))
    return connection
  }

  private static func metadata(_ connection: Connection) throws -> [String: String] {
    var values: [String: String] = [:]
    let rows = try connection.prepare("SELECT name, value FROM metadata LIMIT 100")
    while try rows.step() { values[rows.text("name")] = rows.text("value") }
    return values
  }

  /// Rows of MBTiles count from the south.
  func tile(zoom: Int, x: Int, y: Int) throws -> [UInt8]? {
    let connection = try Self.open(path)
    let rows = try connection.prepare(
      "SELECT tile_data FROM tiles WHERE zoom_level = ? AND tile_column = ? AND tile_row = ?")
    rows.bind(zoom, at: 1)
    rows.bind(x, at: 2)
    rows.bind((1 << zoom) - 1 - y, at: 3)
    guard try rows.step() else { return nil }
    return rows.bytes("tile_data")
  }
}
