import PhotoModel
import SQLite

extension IndexReader {
  /// All contradictions in the index, one line each; empty when it is sound.
  ///
  /// Compares SQLite's own structures (`quick_check`, `foreign_key_check`, `rtreecheck`), counters and extents
  /// of the folders with their rows, the R*Trees and the geometries with the exact positions, and
  /// `gpkg_contents` with the folders. Reads the whole file.
  public func check() throws(IndexError) -> [String] {
    try guarded(path) {
      try connection.execute("PRAGMA cell_size_check = ON")
      return try reading {
        var found: [String] = []
        for part in [
          checkStructure, checkCounters, checkExtents, checkTrees, checkGeometries, checkTracks,
          checkContents, checkKept,
        ] {
          do {
            found += try part()
          } catch let error as SQLiteError where error.kind == .corrupt {
            found.append("damaged: \(error.message)")
          }
        }
        return found
      }
    }
  }

  private func checkStructure() throws -> [String] {
    var found: [String] = []
    let pages = try connection.prepare("PRAGMA quick_check(20)")
    while try pages.step() {
      let line = pages.text("quick_check")
      if line != "ok" { found.append(line) }
    }
    let keys = try connection.prepare("PRAGMA foreign_key_check")
    while try keys.step() {
      found.append(
        "\(keys.text("table")) row \(keys.integer("rowid")) belongs to no \(keys.text("parent"))")
    }
    for table in ["photos", "folders", "tracks", "targets"] {
      let tree = try connection.prepare("SELECT rtreecheck('rtree_\(table)_geom') AS line")
      while try tree.step() {
        let line = tree.text("line")
        if line != "ok" { found.append("rtree_\(table)_geom: \(line)") }
      }
    }
    return found
  }

  private func checkCounters() throws -> [String] {
    try list(
      """
      SELECT f.id AS id, f.photo_count AS photo_count, f.located_count AS located_count,
        f.without_position_count AS without_position_count, f.failed_count AS failed_count,
        count(p.fid) AS photos, coalesce(sum(p.status = 0), 0) AS located,
        coalesce(sum(p.status = 1), 0) AS without_position,
        coalesce(sum(p.status NOT IN (0, 1)), 0) AS failed
      FROM folders f LEFT JOIN photos p ON p.folder_id = f.id GROUP BY f.id
      HAVING f.photo_count <> count(p.fid) OR f.located_count <> coalesce(sum(p.status = 0), 0)
        OR f.without_position_count <> coalesce(sum(p.status = 1), 0)
        OR f.failed_count <> coalesce(sum(p.status NOT IN (0, 1)), 0)
      """
    ) { row in
      func numbers(_ columns: String...) -> String {
        columns.map { String(row.integer($0)) }.joined(separator: ", ")
      }
      let counters = numbers(
        "photo_count", "located_count", "without_position_count", "failed_count")
      let rows = numbers("photos", "located", "without_position", "failed")
      return "folder \(row.integer("id")) counts \(counters) photos (all, located, without "
        + "position, failed), its rows are \(rows)"
    }
  }

  private func checkExtents() throws -> [String] {
    var found: [String] = []
    let rows = try connection.prepare(
      """
      SELECT f.id AS id, f.min_x AS min_x, f.min_y AS min_y, f.max_x AS max_x, f.max_y AS max_y,
        \(ExtentColumns.aggregate)
      FROM folders f LEFT JOIN photos p ON p.folder_id = f.id AND p.status = 0 GROUP BY f.id
      """)
    while try rows.step() {
      if rows.box() == rows.extent() { continue }
      found.append("folder \(rows.integer("id")) has another extent than its photos")
    }
    return found
  }

  private func checkTrees() throws -> [String] {
    // R*Tree coordinates are 32-bit and rounded outward.
    let photos = try list(
      """
      SELECT p.fid AS fid FROM photos p LEFT JOIN rtree_photos_geom r ON r.id = p.fid
      WHERE (p.status = 0) <> (r.id IS NOT NULL) OR p.lon < r.minx OR p.lon > r.maxx
        OR p.lat < r.miny OR p.lat > r.maxy
      """
    ) { "photo \($0.integer("fid")) and its entry in rtree_photos_geom differ" }
    let folders = try list(
      """
      SELECT f.id AS id FROM folders f LEFT JOIN rtree_folders_geom r ON r.id = f.id
      WHERE (f.min_x IS NOT NULL) <> (r.id IS NOT NULL)
        OR iif(f.min_x > f.max_x, -180, f.min_x) < r.minx
        OR iif(f.min_x > f.max_x, 180, f.max_x) > r.maxx
        OR f.min_y < r.miny OR f.max_y > r.maxy
      """
    ) { "folder \($0.integer("id")) and its entry in rtree_folders_geom differ" }
    let orphans = try list(
      """
      SELECT 'photos' AS layer, id AS id FROM rtree_photos_geom WHERE id NOT IN (SELECT fid FROM photos)
      UNION ALL
      SELECT 'folders', id FROM rtree_folders_geom WHERE id NOT IN (SELECT id FROM folders)
      UNION ALL
      SELECT 'tracks', id FROM rtree_tracks_geom WHERE id NOT IN (SELECT fid FROM tracks)
      UNION ALL
      SELECT 'targets', id FROM rtree_targets_geom WHERE id NOT IN (SELECT fid FROM targets)
      """
    ) { "rtree_\($0.text("layer"))_geom has an entry \($0.integer("id")) without a row" }
    let tracks = try list(
      "SELECT fid FROM tracks WHERE fid NOT IN (SELECT id FROM rtree_tracks_geom)"
    ) { "track \($0.integer("fid")) is not in rtree_tracks_geom" }
    let targets = try list(
      """
      SELECT t.fid AS fid FROM targets t LEFT JOIN rtree_targets_geom r ON r.id = t.fid
      WHERE r.id IS NULL OR t.lon < r.minx OR t.lon > r.maxx OR t.lat < r.miny OR t.lat > r.maxy
      """
    ) { "target \($0.integer("fid")) and its entry in rtree_targets_geom differ" }
    return photos + folders + orphans + tracks + targets
  }

  private func checkGeometries() throws -> [String] {
    var found: [String] = []
    let photos = try connection.prepare("SELECT fid, status, lat, lon, alt_m, geom FROM photos")
    let (fid, status) = (photos.column("fid"), photos.column("status"))
    let (lat, lon, alt) = (photos.column("lat"), photos.column("lon"), photos.column("alt_m"))
    let geometry = photos.column("geom")
    while try photos.step() {
      var expected: [UInt8]?
      if photos.integer(status) == PhotoStatus.located {
        let position = Coordinate(latitude: photos.real(lat), longitude: photos.real(lon))
        if photos.isNull(lat) || photos.isNull(lon) || !position.isValid {
          found.append("photo \(photos.integer(fid)) is located, but nowhere")
          continue
        }
        expected = GeometryBlob.point(position, altitude: photos.optionalReal(alt))
      }
      let stored = photos.isNull(geometry) ? nil : photos.bytes(geometry)
      if stored != expected, stored.map(GeometryBlob.withoutNegativeZeros) != expected {
        found.append("photo \(photos.integer(fid)) has another geometry than its position")
      }
    }
    let folders = try connection.prepare(
      "SELECT id, min_x, min_y, max_x, max_y, geom FROM folders")
    while try folders.step() {
      let expected = folders.box().map(GeometryBlob.multiPolygon)
      if (folders.isNull("geom") ? nil : folders.bytes("geom")) != expected {
        found.append("folder \(folders.integer("id")) has another geometry than its extent")
      }
    }
    let targets = try connection.prepare("SELECT fid, geom, lat, lon, alt_m FROM targets")
    while try targets.step() {
      let place = Coordinate(latitude: targets.real("lat"), longitude: targets.real("lon"))
      let stored = GeometryBlob.withoutNegativeZeros(targets.bytes("geom"))
      if stored != GeometryBlob.point(place, altitude: targets.optionalReal("alt_m")) {
        found.append("target \(targets.integer("fid")) has another geometry than its position")
      }
    }
    return found
  }

  /// Folders that are marked as not drawn yet may have any track, or none.
  private func checkTracks() throws -> [String] {
    var found: [String] = []
    let tracks = Tracks(connection)
    let folders = try connection.prepare("SELECT id FROM folders WHERE NOT track_stale")
    while try folders.step() {
      let id = folders.integer("id")
      if try tracks.track(of: id) != tracks.stored(id) {
        found.append("folder \(id) has another track than its photos")
      }
    }
    return found
  }

  private func checkContents() throws -> [String] {
    let targets = try list(
      """
      SELECT 1 AS differs FROM gpkg_contents c,
        (SELECT min(lon) a, min(lat) b, max(lon) c, max(lat) d FROM targets) e
      WHERE c.table_name = 'targets' AND (c.min_x IS NOT e.a OR c.min_y IS NOT e.b
        OR c.max_x IS NOT e.c OR c.max_y IS NOT e.d)
      """
    ) { _ in "gpkg_contents has another extent for targets than their rows together" }
    let others = try list(
      """
      SELECT c.table_name AS layer FROM gpkg_contents c,
        (SELECT min(iif(min_x > max_x, -180, min_x)) a, min(min_y) b,
          max(iif(min_x > max_x, 180, max_x)) c, max(max_y) d FROM folders) e
      WHERE c.table_name IN ('photos', 'photos_named', 'folders', 'tracks') AND (c.min_x IS NOT e.a
        OR c.min_y IS NOT e.b OR c.max_x IS NOT e.c OR c.max_y IS NOT e.d)
      """
    ) { "gpkg_contents has another extent for \($0.text("layer")) than the folders together" }
    return targets + others
  }

  private func checkKept() throws -> [String] {
    try list(
      """
      SELECT p.fid AS fid FROM photos p LEFT JOIN kept k ON k.fid = p.fid
      WHERE (p.flag_bits & \(PhotoFlags.fileGone.rawValue) <> 0) <> (k.fid IS NOT NULL)
      """
    ) { "photo \($0.integer("fid")) and its row in kept differ" }
  }

  /// One line per row, at most 20 and then their number.
  private func list(_ sql: String, _ line: (Statement) -> String) throws -> [String] {
    var lines: [String] = []
    var more = 0
    let rows = try connection.prepare(sql)
    while try rows.step() {
      if lines.count < 20 { lines.append(line(rows)) } else { more += 1 }
    }
    if more > 0 { lines.append("… and \(more) more of this kind") }
    return lines
  }
}
