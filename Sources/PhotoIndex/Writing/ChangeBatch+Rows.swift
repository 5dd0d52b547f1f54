import PhotoModel
import SQLite

/// Rows as they are before a change.
extension ChangeBatch {
  func countedPhoto(_ fid: Int64) throws -> CountedPhoto? {
    let statement = try connection.cached(
      "SELECT folder_id, status, lat, lon FROM photos WHERE fid = ?")
    statement.bind(fid)
    guard try statement.step() else { return nil }
    defer { statement.reset() }
    return CountedPhoto(
      folder: statement.integer("folder_id"), status: statement.integer("status"),
      position: statement.isNull("lat")
        ? nil
        : Coordinate(latitude: statement.real("lat"), longitude: statement.real("lon")))
  }

  func row(
    _ fid: Int64
  ) throws -> (folder: Int64, seq: Int64, change: PhotoChange)? {
    let statement = try connection.cached(
      "SELECT \(PhotoColumns.selection(.all)) FROM photos p WHERE p.fid = ?")
    statement.bind(fid)
    guard try statement.step() else { return nil }
    defer { statement.reset() }
    var decoder = PhotoDecoder()
    var photo = PhotoBuffer()
    decoder.read(statement, into: &photo)
    let row = photo.row
    return (
      photo.folder, photo.seq,
      PhotoChange(
        file: ListedFile(name: PathBytes(text: row.file), size: row.size, mtime: row.mtime),
        record: row.record, racy: photo.racy, parserVersion: photo.parserVersion,
        sidecar: try Sidecars.of(fid, connection))
    )
  }
}
