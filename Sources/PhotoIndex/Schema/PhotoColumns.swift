import PhotoModel
import SQLite

/// The table of columns of a photo. Binding, reading, the lists of INSERT, UPDATE and SELECT, and `verify` take their columns
/// from here, in this order; a new field of a photo is one entry (and one step in `migrations/` that adds the column).
enum PhotoColumns {
  /// `geom` is not among them: an update that keeps the position leaves it out, since it fires the R*Tree triggers.
  static let all: [PhotoColumn] = sections.flatMap(\.columns)

  private static let sections: [(columns: [PhotoColumn], isRare: Bool)] = [
    (ofFile + ofOutcome + ofHeight + ofTime + ofCamera, false),
    (ofDatumAndLens + ofExposure + ofPictures, true),
    (ofAttitude, false),
    (ofRawAttitude + ofCalibration + ofOthers, true),
    (ofAccuracy + ofSources + ofKind + ofTarget, false),
  ]

  /// In the order of their parameters.
  static let bound = all.filter(\.isBound)

  /// What ``PhotoDetail`` wants to know.
  static func read(_ detail: PhotoDetail) -> [PhotoColumn] {
    switch detail {
    case .all: readOfAll
    case .shown: readOfShown
    case .flight: readOfFlight
    }
  }
  private static let readOfAll = all.filter(\.isRead)
  private static let readOfShown = readOfAll.filter(\.isShown)
  private static let readOfFlight =
    (ofFile + ofOutcome + ofHeight + ofTime + ofCamera + ofDatumAndLens + ofExposure + ofAttitude
    + ofRawAttitude + ofCalibration + ofAccuracy + ofKind)
    .filter { $0.isRead && !notOfFlight.contains($0.name) }

  /// Every column costs time in every row.
  private static let notOfFlight: Set<String> = [
    "folder_id", "seq", "first_seen_at", "mtime", "racy", "parser_version", "source", "map_datum",
    "exposure_at", "orientation", "lens", "f_number", "iso", "direction", "direction_ref",
    "flight_pitch", "flight_roll", "flight_speed_z", "fix", "gps_status", "optical_center_y",
    "subject_m",
  ]

  /// The list of a SELECT from `photos p` that ``PhotoDecoder`` reads.
  static func selection(_ detail: PhotoDetail) -> String {
    switch detail {
    case .all: selectionOfAll
    case .shown: selectionOfShown
    case .flight: selectionOfFlight
    }
  }
  private static let selectionOfAll = list(readOfAll)
  private static let selectionOfShown = list(readOfShown)
  private static let selectionOfFlight = list(readOfFlight)

  private static func list(_ columns: [PhotoColumn]) -> String {
    columns.map { "\($0.selection) AS \($0.resultName)" }.joined(separator: ", ")
  }

  // MARK: Writing

  private static let boundNames = bound.map(\.name) + ["folder_id"]

  /// Parameters: see ``bind(_:folder:to:)``; then the sequence number, the time, the geometry and the fid.
  static let insertSQL: String = {
    let names = boundNames + ["seq", "first_seen_at", "geom", "fid"]
    return "INSERT INTO photos (" + names.joined(separator: ", ") + ") VALUES ("
      + names.map { _ in "?" }.joined(separator: ", ") + ")"
  }()

  /// Parameters: see ``bind(_:folder:to:)``; then the sequence number, the geometry, where it is updated, and the
  /// fid.
  static let updateSQL = updateSQL(boundNames + ["seq"])
  static let updateWithGeometrySQL = updateSQL(boundNames + ["seq", "geom"])

  private static func updateSQL(_ names: [String]) -> String {
    "UPDATE photos SET " + names.map { "\($0) = ?" }.joined(separator: ", ") + " WHERE fid = ?"
  }

  /// Those of rare values are NULL where a record has none of them (``PhotoRecord/hasNoRareValues``).
  private static let boundSections: [BoundColumns] = {
    var next: Int32 = 1
    return sections.map { section in
      let contents = section.columns.filter(\.isBound).map(\.content)
      defer { next += Int32(contents.count) }
      return BoundColumns(contents, from: next, isRare: section.isRare)
    }
  }()

  /// Binds ``bound`` and then the number of the folder's row.
  /// - Precondition: the statement has no bindings.
  /// - Returns: the number of the next parameter.
  static func bind(_ change: PhotoChange, folder: Int64, to statement: Statement) -> Int32 {
    let skipsRare = change.record.hasNoRareValues
    for section in boundSections where !section.isRare || !skipsRare {
      section.bind(change, to: statement)
    }
    let next = Int32(bound.count) + 1
    statement.bind(folder, at: next)
    return next + 1
  }

  static func geometry(_ record: PhotoRecord) -> [UInt8]? {
    record.position.map { GeometryBlob.point($0, altitude: record.altitude) }
  }
}
