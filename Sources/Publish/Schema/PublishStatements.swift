/// Statements on `photos`, with the rows that have travelled in `gpsindex_in` and the numbers of removed photos in
/// `gpsindex_gone`. The site is a constant in all of them: partitions are chosen by it.
enum PhotoStatements {
  /// Folders whose rows, tracks or cells may change; `placed`: photos of theirs have come, gone or moved.
  static func touch(_ site: Int32) -> String {
    """
    CREATE TEMPORARY TABLE gpsindex_touched ON COMMIT DROP AS
    SELECT folder, bool_or(placed) AS placed FROM (
      SELECT i.folder, p.photo IS NULL OR p.folder <> i.folder OR p.geom IS DISTINCT FROM i.geom AS placed
      FROM gpsindex_in i LEFT JOIN photos p ON p.site = \(site) AND p.photo = i.photo
      WHERE p.photo IS NULL OR p.row_hash <> i.row_hash AND (p.folder <> i.folder OR p.file <> i.file
        OR p.status <> i.status OR p.geom IS DISTINCT FROM i.geom
        OR p.taken_at IS DISTINCT FROM i.taken_at OR p.taken_local IS DISTINCT FROM i.taken_local)
      UNION ALL
      SELECT p.folder, true FROM gpsindex_in i JOIN photos p ON p.site = \(site) AND p.photo = i.photo
      WHERE p.folder <> i.folder
      UNION ALL
      SELECT p.folder, true FROM gpsindex_gone g JOIN photos p ON p.site = \(site) AND p.photo = g.photo
      UNION ALL
      SELECT folder, true FROM gpsindex_differs) t
    GROUP BY folder
    """
  }

  static func delete(_ site: Int32) -> String {
    "DELETE FROM photos p USING gpsindex_gone g WHERE p.site = \(site) AND p.photo = g.photo"
  }

  /// New rows, and those whose hash differs; in the order of the key.
  static let upsert: String = {
    let names = PhotoEncoder.names
    let values = names.filter { $0 != "site" && $0 != "photo" }
    return """
      INSERT INTO photos AS p (\(names.joined(separator: ", ")))
      SELECT \(names.joined(separator: ", ")) FROM gpsindex_in ORDER BY photo
      ON CONFLICT (site, photo) DO UPDATE SET
      \(values.map { "\($0) = excluded.\($0)" }.joined(separator: ", "))
      WHERE p.row_hash <> excluded.row_hash
      """
  }()

  /// All rows of a site.
  static func remove(_ site: Int32) -> String {
    ["photos", "folders", "tracks", "cells", "sync_runs", "sites"]
      .map { "DELETE FROM \($0) WHERE site = \(site);" }.joined(separator: " ")
  }
}

/// Statements on `folders` and `tracks`, with the rows that have travelled in `gpsindex_folders`.
enum FolderStatements {
  static let makeTable =
    "CREATE TEMPORARY TABLE gpsindex_folders (\(FolderEncoder.declaration)) ON COMMIT DROP;"

  private static let insert = """
    INSERT INTO folders AS f (site, path, photos, located, without_position, failed, row_hash, geom)
    SELECT site, path, photos, located, without_position, failed, row_hash, geom
    FROM gpsindex_folders ORDER BY path
    ON CONFLICT (site, path) DO UPDATE SET photos = excluded.photos, located = excluded.located,
      without_position = excluded.without_position, failed = excluded.failed,
      row_hash = excluded.row_hash, geom = excluded.geom WHERE f.row_hash <> excluded.row_hash;
    INSERT INTO tracks AS t (site, path, photos, first_taken, last_taken, row_hash, geom)
    SELECT site, path, track_photos, first_taken, last_taken, track_hash, track
    FROM gpsindex_folders WHERE track IS NOT NULL ORDER BY path
    ON CONFLICT (site, path) DO UPDATE SET photos = excluded.photos,
      first_taken = excluded.first_taken, last_taken = excluded.last_taken,
      row_hash = excluded.row_hash, geom = excluded.geom WHERE t.row_hash <> excluded.row_hash;
    """

  /// All folders of the site have travelled.
  static func takeAll(_ site: Int32) -> String {
    insert + """
      DELETE FROM folders f WHERE site = \(site)
        AND NOT EXISTS (SELECT FROM gpsindex_folders g WHERE g.path = f.path);
      DELETE FROM tracks t WHERE site = \(site)
        AND NOT EXISTS (SELECT FROM gpsindex_folders g WHERE g.path = t.path AND g.track IS NOT NULL);
      """
  }

  static func takeTouched(_ site: Int32) -> String {
    insert + """
      DELETE FROM folders f USING gpsindex_touched c WHERE f.site = \(site) AND f.path = c.folder
        AND NOT EXISTS (SELECT FROM gpsindex_folders g WHERE g.path = f.path);
      DELETE FROM tracks t USING gpsindex_touched c WHERE t.site = \(site) AND t.path = c.folder
        AND NOT EXISTS (SELECT FROM gpsindex_folders g WHERE g.path = t.path AND g.track IS NOT NULL);
      """
  }
}

/// Counts per tile: made of the rows again, for each folder of which a photo has come, gone or moved.
enum CellStatements {
  /// Tile of zoom 16; latitudes beyond Web Mercator count for its last row.
  private static let x = """
    least(65535, greatest(0, floor((ST_X(p.geom) + 180) / 360 * 65536)))::integer
    """
  private static let y = """
    least(65535, greatest(0, floor((0.5 - asinh(tan(radians(
      least(85.0511, greatest(-85.0511, ST_Y(p.geom)))))) / (2 * pi())) * 65536)))::integer
    """

  private static func counts(_ site: Int32, _ from: String) -> String {
    """
    SELECT p.folder, \(x) AS x, \(y) AS y, count(*) AS photos,
      ST_SetSRID(ST_MakePoint(avg(ST_X(p.geom)), avg(ST_Y(p.geom))), 4326) AS geom
    FROM \(from) WHERE p.site = \(site) AND p.geom IS NOT NULL GROUP BY 1, 2, 3
    """
  }

  static func all(_ site: Int32) -> String {
    """
    INSERT INTO cells (site, folder, x, y, photos, geom)
    SELECT \(site), n.folder, n.x, n.y, n.photos, n.geom FROM (\(counts(site, "photos p"))) n;
    """
  }

  private static let touchedPhotos =
    "gpsindex_touched t JOIN photos p ON p.folder = t.folder AND t.placed"

  static func touched(_ site: Int32) -> String {
    """
    WITH now AS MATERIALIZED (\(counts(site, touchedPhotos))),
    gone AS (DELETE FROM cells c USING gpsindex_touched t WHERE c.site = \(site) AND c.folder = t.folder AND t.placed
      AND NOT EXISTS (SELECT FROM now n WHERE n.folder = c.folder AND n.x = c.x AND n.y = c.y))
    INSERT INTO cells AS c (site, folder, x, y, photos, geom)
    SELECT \(site), n.folder, n.x, n.y, n.photos, n.geom FROM now n
    ON CONFLICT (site, folder, x, y) DO UPDATE SET photos = excluded.photos, geom = excluded.geom
    WHERE c.photos <> excluded.photos OR NOT c.geom = excluded.geom;
    """
  }
}
