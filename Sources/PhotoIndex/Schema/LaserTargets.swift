import PhotoModel
import SQLite

/// Table `targets`: what laser range finders pointed at, for the few photos that have it.
enum LaserTargets {
  static func of(_ fid: Int64, _ connection: Connection) throws(SQLiteError) -> LaserTarget? {
    let row = try connection.cached(
      "SELECT lat, lon, alt_m, distance_m FROM targets WHERE fid = ?")
    row.bind(fid)
    defer { row.reset() }
    guard try row.step(), let latitude = row.optionalReal("lat"),
      let longitude = row.optionalReal("lon")
    else { return nil }
    return LaserTarget(
      coordinate: Coordinate(latitude: latitude, longitude: longitude),
      altitude: row.optionalReal("alt_m"), distance: row.optionalReal("distance_m"))
  }

  /// Puts `new` in the place of `old`.
  static func store(
    _ new: LaserTarget?, instead old: LaserTarget?, of fid: Int64, _ connection: Connection
  ) throws(SQLiteError) {
    if new == old { return }
    if old != nil {
      let delete = try connection.cached("DELETE FROM targets WHERE fid = ?")
      delete.bind(fid)
      try delete.run()
    }
    guard let new else { return }
    let insert = try connection.cached(
      "INSERT INTO targets (fid, geom, lat, lon, alt_m, distance_m) VALUES (?, ?, ?, ?, ?, ?)")
    insert.bind(
      fid, GeometryBlob.point(new.coordinate, altitude: new.altitude), new.coordinate.latitude,
      new.coordinate.longitude, new.altitude, new.distance)
    try insert.run()
  }
}
