public import PhotoModel
import SQLite

/// A stored photo that is to be compared with its file.
public struct StoredPhoto: Sendable, Equatable {
  public var fid: Int64
  public var folder: PathBytes
  public var name: PathBytes
  public var size: Int64?
  public var mtime: Int64?
  public var parserVersion: Int
  /// The sidecar file that its row was made with.
  public var sidecar: ListedFile?
}

extension IndexReader {
  /// Photos of a site that were read: `count` of them at random, or all (nil).
  public func sample(site: Int64, count: Int?) throws(IndexError) -> [StoredPhoto] {
    try guarded(path) {
      let rows = try connection.prepare(
        """
        SELECT p.fid AS fid, f.path AS folder, p.file AS file, p.size AS size, p.mtime AS mtime,
          p.parser_version AS parser_version, \(Sidecars.selection)
        FROM folders f CROSS JOIN photos p ON p.folder_id = f.id LEFT JOIN sidecars s ON s.fid = p.fid
        WHERE f.site_id = ? AND p.status <> 2 \(count == nil ? "" : "ORDER BY random() LIMIT ?")
        """)
      rows.bind(all: [.integer(site)] + (count.map { [.integer(Int64($0))] } ?? []))
      var photos: [StoredPhoto] = []
      while try rows.step() {
        photos.append(
          StoredPhoto(
            fid: rows.integer("fid"), folder: PathBytes(text: rows.text("folder")),
            name: PathBytes(text: rows.text("file")), size: rows.optionalInteger("size"),
            mtime: rows.optionalInteger("mtime"),
            parserVersion: Int(clamping: rows.integer("parser_version")),
            sidecar: Sidecars.file(rows)))
      }
      return photos
    }
  }

  /// Compares what is stored of a photo with what would be stored of `record`.
  /// - Returns: the columns that differ; nil when none does, empty when the row is gone.
  public func differences(_ fid: Int64, from record: PhotoRecord) throws(IndexError) -> [String]? {
    try guarded(path) {
      let columns = PhotoColumns.bound.filter { !$0.isOfFile }.map(\.name)
      let rows = try connection.cached(
        "SELECT \(columns.joined(separator: ", ")) FROM photos WHERE fid = ?")
      rows.bind(fid)
      defer { rows.reset() }
      guard try rows.step() else { return [] }
      var record = record
      // A mark of the deletion guard, not of the file.
      if try KeptRows.contains(fid, connection) { record.flags.insert(.fileGone) }
      // The values as they would come back: bound to a statement that does nothing but return them.
      let echo = try connection.cached(
        "SELECT "
          + PhotoColumns.bound.map { "? AS \($0.name)" }.joined(separator: ", ")
          + ", ? AS folder_id")
      let change = PhotoChange(
        file: ListedFile(name: .empty, size: nil, mtime: nil), record: record, racy: false,
        parserVersion: 0)
      _ = PhotoColumns.bind(change.storable, folder: 0, to: echo)
      defer { echo.reset() }
      _ = try echo.step()
      var different: [String] = []
      for column in columns {
        let (stored, read) = (rows.value(rows.column(column)), echo.value(echo.column(column)))
        if !Self.isSame(stored, read) { different.append(column) }
      }
      if try LaserTargets.of(fid, connection) != change.storable.record.target {
        different.append("target")
      }
      return different.isEmpty ? nil : different
    }
  }

  /// A column of type REAL stores 5 as 5.0.
  private static func isSame(_ a: SQLValue, _ b: SQLValue) -> Bool {
    switch (a, b) {
    case (.integer(let whole), .real(let real)), (.real(let real), .integer(let whole)):
      real == Double(whole)
    default: a == b
    }
  }
}
