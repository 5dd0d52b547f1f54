import PhotoModel
import SQLite

/// The table of columns of a photo. Binding, reading, the lists of INSERT, UPDATE and SELECT, and `verify` take their columns
/// from here, in this order; a new field of a photo is one entry (and one step in `migrations/` that adds the column).
enum PhotoColumns {
  /// `geom` is not among them: an update that keeps the position leaves it out, since it fires the R*Tree triggers.
  static let all: [PhotoColumn] =
    ofFile + ofOutcome + ofHeight + ofTime + ofCamera + ofAttitude + ofAccuracy + ofOthers
    + ofTarget

  /// In the order of their parameters.
  static let bound = all.filter(\.isBound)

  /// What ``PhotoDetail`` wants to know.
  static func read(_ detail: PhotoDetail) -> [PhotoColumn] {
    switch detail {
    case .all: readOfAll
    case .shown: readOfShown
    }
  }
  private static let readOfAll = all.filter(\.isRead)
  private static let readOfShown = readOfAll.filter(\.isShown)

  /// The list of a SELECT from `photos p` that ``PhotoDecoder`` reads.
  static func selection(_ detail: PhotoDetail) -> String {
    switch detail {
    case .all: selectionOfAll
    case .shown: selectionOfShown
    }
  }
  private static let selectionOfAll = list(readOfAll)
  private static let selectionOfShown = list(readOfShown)

  private static func list(_ columns: [PhotoColumn]) -> String {
    columns.map { "\($0.selection) AS \($0.resultName)" }.joined(separator: ", ")
  }

  // MARK: Writing

  private static let boundNames = bound.map(\.name) + ["folder_id"]

  /// Parameters: see ``bind(_:folder:to:)``; then the geometry and the fid.
  static let insertSQL: String = {
    let names = boundNames + ["geom", "fid"]
    return "INSERT INTO photos (" + names.joined(separator: ", ") + ") VALUES ("
      + names.map { _ in "?" }.joined(separator: ", ") + ")"
  }()

  /// Parameters: see ``bind(_:folder:to:)``; then the geometry, where it is updated, and the fid.
  static let updateSQL = updateSQL(boundNames)
  static let updateWithGeometrySQL = updateSQL(boundNames + ["geom"])

  private static func updateSQL(_ names: [String]) -> String {
    "UPDATE photos SET " + names.map { "\($0) = ?" }.joined(separator: ", ") + " WHERE fid = ?"
  }

  private static let boundContents = bound.map(\.content)

  /// Binds ``bound`` and then the number of the folder's row.
  /// - Returns: the number of the next parameter.
  static func bind(_ change: PhotoChange, folder: Int64, to statement: Statement) -> Int32 {
    var index: Int32 = 1
    for content in boundContents {
      content.bind(change, to: statement, at: index)
      index += 1
    }
    statement.bind(folder, at: index)
    return index + 1
  }

  static func geometry(_ record: PhotoRecord) -> [UInt8]? {
    record.position.map { GeometryBlob.point($0, altitude: record.altitude) }
  }
}
