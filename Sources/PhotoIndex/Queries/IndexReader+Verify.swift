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
  /// The file beside it that its row was made with.
  public var sidecar: ListedFile?
}

extension IndexReader {
  /// Photos of a site that were read: `count` of them at random, or all (nil).
  public func sample(site: Int64, count: Int?) throws(IndexError) -> [StoredPhoto] {
    try guarded(path) {
      let rows = try connection.prepare(
        """
        SELECT p.fid, f.path, p.file, p.size, p.mtime, p.parser_version, s.file, s.size, s.mtime
        FROM folders f CROSS JOIN photos p ON p.folder_id = f.id LEFT JOIN sidecars s ON s.fid = p.fid
        WHERE f.site_id = ? AND p.status <> 2 \(count == nil ? "" : "ORDER BY random() LIMIT ?")
        """)
      rows.bind(site, at: 1)
      if let count { rows.bind(count, at: 2) }
      var photos: [StoredPhoto] = []
      while try rows.step() {
        photos.append(
          StoredPhoto(
            fid: rows.integer(0), folder: PathBytes(text: rows.text(1)),
            name: PathBytes(text: rows.text(2)), size: rows.optionalInteger(3),
            mtime: rows.optionalInteger(4), parserVersion: Int(clamping: rows.integer(5)),
            sidecar: Sidecars.file(rows, from: 6)))
      }
      return photos
    }
  }

  /// What the index would say of that photo had `record` just been read: nil when just what it says
  /// now, else the columns that differ. Empty when the row is gone.
  public func differences(_ fid: Int64, from record: PhotoRecord) throws(IndexError) -> [String]? {
    try guarded(path) {
      let columns = PhotoColumns.names.dropFirst(PhotoColumns.namesOfFile)
      let rows = try connection.cached(
        "SELECT \(columns.joined(separator: ", ")) FROM photos WHERE fid = ?")
      rows.bind(fid, at: 1)
      defer { rows.reset() }
      guard try rows.step() else { return [] }
      var record = record
      // A mark of the deletion guard, not of the file.
      if try Kept.contains(fid, connection) { record.flags.insert(.fileGone) }
      // The values as they would come back: bound to a statement that does nothing but return them.
      let echo = try connection.cached(
        "SELECT " + (1...PhotoColumns.names.count).map { "?\($0)" }.joined(separator: ", "))
      let change = PhotoChange(
        file: ListedFile(name: .empty, size: nil, mtime: nil), record: record, racy: false,
        parserVersion: 0)
      PhotoColumns.bind(change.storable, folder: 0, to: echo)
      defer { echo.reset() }
      _ = try echo.step()
      var different: [String] = []
      for (index, column) in columns.enumerated() {
        let stored = rows.value(Int32(index))
        let read = echo.value(Int32(index + PhotoColumns.namesOfFile))
        if !Self.isSame(stored, read) { different.append(column) }
      }
      if try Targets.of(fid, connection) != change.storable.record.target {
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
