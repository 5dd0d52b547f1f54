import PhotoModel
import SQLite

/// A column of a photo, for another database that takes the values as they are stored.
package struct RawColumn: Sendable, Equatable {
  package enum Kind: Sendable, Equatable {
    case integer
    case real
    case text
    /// Milliseconds since 1970 UTC.
    case time
  }

  package var name: String
  package var kind: Kind

  /// In the order of ``PhotoColumns``: what a reader of a row sees, without keys, and without what only a sync needs.
  package static let all: [RawColumn] = PhotoColumns.all.compactMap { column in
    hidden.contains(column.name) ? nil : RawColumn(column)
  }
  private static let hidden: Set<String> = ["fid", "folder_id", "seq", "racy", "parser_version"]

  private init(_ column: PhotoColumn) {
    name = column.resultName
    switch column.type.prefix(while: { $0 != " " }) {
    case "DOUBLE": kind = .real
    case "TEXT": kind = .text
    case "DATETIME": kind = .time
    default: kind = .integer
    }
  }
}

/// The row of a photo, valid during the call that gets it.
package struct RawPhoto {
  let rows: Statement
  let columns: [Statement.Column]
  let fid: Statement.Column
  let path: Statement.Column

  init(_ rows: Statement) {
    self.rows = rows
    fid = rows.column("fid")
    path = rows.column("folder_path")
    columns = RawColumn.all.map { rows.column($0.name) }
  }

  static let selection: String = {
    let wanted = Set(RawColumn.all.map(\.name))
    return PhotoColumns.all.filter { wanted.contains($0.resultName) }
      .map { "\($0.selection) AS \($0.resultName)" }.joined(separator: ", ")
  }()

  package var id: Int64 { rows.integer(fid) }

  /// Columns are numbered as in ``RawColumn/all``.
  package func integer(_ column: Int) -> Int64? { rows.optionalInteger(columns[column]) }
  package func real(_ column: Int) -> Double? { rows.optionalReal(columns[column]) }
  /// Nil, too, for a text that is no time.
  package func milliseconds(_ column: Int) -> Int64? {
    rows.withBytes(columns[column]) { $0.isEmpty ? nil : Timestamp.milliseconds($0) }
  }
  package func withText<R>(_ column: Int, _ body: (UnsafeRawBufferPointer?) -> R) -> R {
    if rows.isNull(columns[column]) { return body(nil) }
    return rows.withBytes(columns[column]) { body($0) }
  }
  package func withFolder<R>(_ body: (UnsafeRawBufferPointer) -> R) -> R {
    rows.withBytes(path) { body($0) }
  }
}

extension IndexReader {
  package enum RawSelection: Sendable {
    /// Folder by folder.
    case all
    /// What came or changed after this number, in the order of the numbers.
    case after(Int64)
    case folder(String)
  }

  /// Hands over photos of a site as they are stored, in constant memory.
  package func rawPhotos(
    of site: Int64, _ selection: RawSelection, each: (RawPhoto) throws -> Void
  ) throws {
    let list = "SELECT \(RawPhoto.selection), p.fid AS fid, f.path AS folder_path"
    do {
      let rows: Statement
      switch selection {
      case .all:
        rows = try connection.cached(
          "\(list) FROM folders f CROSS JOIN photos p ON p.folder_id = f.id WHERE f.site_id = ? ORDER BY f.id"
        )
        rows.bind(site)
      case .after(let seq):
        rows = try connection.cached(
          """
          \(list) FROM photos p CROSS JOIN folders f ON f.id = p.folder_id
          WHERE f.site_id = ? AND p.seq > ? ORDER BY p.seq
          """)
        rows.bind(site, seq)
      case .folder(let path):
        rows = try connection.cached(
          """
          \(list) FROM folders f CROSS JOIN photos p ON p.folder_id = f.id
          WHERE f.site_id = ? AND f.path = ?
          """)
        rows.bind(site, path)
      }
      let photo = RawPhoto(rows)
      while try rows.step() { try each(photo) }
      rows.reset()
    } catch let error as SQLiteError {
      throw IndexError(error, path: path)
    }
  }
}
