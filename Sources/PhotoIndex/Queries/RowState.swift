public import PhotoModel
import SQLite

/// How the index keeps a row: what is not a value of the photo.
public struct RowState: Sendable, Equatable {
  /// Of the metadata reader that made it.
  public var parserVersion: Int
  /// Size and time do not prove that the file is the one that was read.
  public var racy: Bool
  /// The sidecar file that the row was made with.
  public var sidecar: ListedFile?
  /// The time of the first sync that did not find the file, where the deletion guard keeps the row; ISO 8601, UTC.
  public var missingSince: String?
}

extension IndexReader {
  /// Nil when there is no such row.
  public func state(of fid: Int64) throws(IndexError) -> RowState? {
    try guarded(path) {
      let row = try connection.cached("SELECT parser_version, racy FROM photos WHERE fid = ?")
      row.bind(fid)
      defer { row.reset() }
      guard try row.step() else { return nil }
      return RowState(
        parserVersion: Int(clamping: row.integer("parser_version")),
        racy: row.integer("racy") != 0, sidecar: try Sidecars.of(fid, connection),
        missingSince: try KeptRows.since(fid, connection))
    }
  }
}
