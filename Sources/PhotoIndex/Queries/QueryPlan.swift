import PhotoModel
import SQLite

/// A filter as SQL: which folders can hold hits, the conditions on a row, and what is left to be checked exactly in
/// memory. The SQL text depends on which parts are set, never on their values.
struct QueryPlan: Sendable {
  /// With `which` as far as all of ``PhotoFilter/within`` allow it.
  let filter: PhotoFilter
  /// The filter, and all that are `within` it: a photo must pass each.
  private let parts: [PhotoFilter]
  /// West ≤ east each; nil without a geographic part. Together they hold all hits.
  let boxes: [BoundingBox]?
  /// The boxes alone decide.
  let boxesAreExact: Bool
  /// One for each part that has polygons.
  private let polygons: [PolygonTest]

  /// - Throws: .invalid for a pattern or polygons beyond their limits.
  init(_ filter: PhotoFilter) throws(IndexError) {
    parts = Self.flat(filter)
    for part in parts { try Self.checkSize(part) }
    var narrowed = filter
    var boxes: [BoundingBox]?
    func narrow(_ more: [BoundingBox]) {
      boxes =
        boxes.map { old in old.flatMap { a in more.compactMap { a.intersection($0) } } } ?? more
    }
    var polygons: [PolygonTest] = []
    for part in parts {
      if let box = part.box { narrow(box.parts) }
      if let near = part.near { narrow(Geodesic.boxes(around: near.center, radius: near.radius)) }
      if let polygon = part.polygon.map(PolygonTest.init) {
        polygons.append(polygon)
        narrow(polygon.boxes)
      }
      if let which = narrowed.which.intersection(part.which) {
        narrowed.which = which
      } else {
        // No photo passes, as with an empty box.
        narrow([])
      }
    }
    self.filter = narrowed
    self.polygons = polygons
    // A long list costs more per row than it saves.
    if let many = boxes, many.count > 8, let first = many.first {
      boxes = [many.dropFirst().reduce(first) { $0.union($1) }]
      boxesAreExact = false
    } else {
      boxesAreExact = parts.allSatisfy { $0.near == nil && $0.polygon == nil }
    }
    self.boxes = boxes
  }

  private static func flat(_ filter: PhotoFilter) -> [PhotoFilter] {
    [filter] + filter.within.flatMap(flat)
  }

  private static func checkSize(_ filter: PhotoFilter) throws(IndexError) {
    for length in filter.folderGlobs.map(\.utf8.count)
    where length > PhotoFilter.longestFolderGlob {
      throw IndexError(
        .invalid,
        "the folder pattern has \(length) bytes, more than \(PhotoFilter.longestFolderGlob)",
        advice: "a shorter pattern, such as “**/100MEDIA”")
    }
    let longestCamera = filter.cameraGlobs.map(\.utf8.count).max() ?? 0
    if longestCamera > PhotoFilter.longestCameraGlob
      || filter.cameraGlobs.count > PhotoFilter.mostCameras
    {
      throw IndexError(
        .invalid,
        "more than \(PhotoFilter.mostCameras) camera patterns, or one of more than "
          + "\(PhotoFilter.longestCameraGlob) bytes", advice: "a shorter pattern, such as “DJI*”")
    }
    let corners = filter.polygon?.polygons.reduce(0) { $1.reduce($0) { $0 + $1.count } } ?? 0
    if corners > PhotoFilter.mostCorners {
      throw IndexError(
        .invalid, "the polygons have \(corners) corners, more than \(PhotoFilter.mostCorners)",
        advice: "a simpler outline, such as that of “ogr2ogr -simplify”")
    }
  }

  /// The exact check of a position; without a geographic part everything passes.
  func contains(_ position: Coordinate?) -> Bool {
    guard boxes != nil else { return true }
    guard let position else { return false }
    return parts.allSatisfy { part in
      if let box = part.box, !box.contains(position) { return false }
      guard let near = part.near else { return true }
      return Geodesic.distance(near.center, position) <= near.radius
    } && polygons.allSatisfy { $0.contains(position) }
  }

  /// What can pass: a geographic part leaves located photos only.
  var which: PhotoFilter.Which { boxes == nil ? filter.which : .located }

  /// No photo can pass.
  var isEmpty: Bool { boxes.map { $0.isEmpty || filter.which == .missing } ?? false }

  /// The filter has more than sites and folders, or is limited by another one.
  var looksAtPhotos: Bool {
    boxes != nil || parts.count > 1 || !attributes.sql.isEmpty
  }

  // MARK: Conditions on a row

  /// Conditions other than place and status; each `?` has its value in `values`, in order.
  var attributes: (sql: [String], values: [SQLValue]) {
    var all: (sql: [String], values: [SQLValue]) = ([], [])
    for part in parts {
      let own = Self.attributes(of: part)
      all.sql += own.sql
      all.values += own.values
    }
    return all
  }

  /// Folder counters are enough: no condition looks at single rows.
  func countersAnswer(_ folder: FolderCandidate) -> Bool {
    guard attributes.sql.isEmpty else { return false }
    guard boxes != nil else { return true }
    return boxesAreExact && isInside(folder)
  }

  /// All located photos of the folder pass the geographic part.
  func isInside(_ folder: FolderCandidate) -> Bool {
    guard let boxes else { return true }
    guard boxesAreExact, let extent = folder.extent else { return false }
    return extent.pieces.allSatisfy { piece in
      boxes.contains { box in
        box.west <= piece.west && piece.east <= box.east && box.south <= piece.south
          && piece.north <= box.north
      }
    }
  }

  /// The folder's rows are read in the order of their names, and the text order is that of the bytes.
  func readsByName(_ folder: FolderCandidate) -> Bool {
    !folder.hasEscapedNames && (isInside(folder) || folder.located < Self.largeFolder)
  }

  /// `SELECT selection` of the folder's rows that pass; bound and ready to step.
  ///
  /// - Parameter names: only rows of these file names.
  ///
  /// A folder's rows are found by its index and are stored together. Use the photos' R*Tree only for
  /// large folders that the box covers in part.
  func statement(
    selecting selection: String, in folder: FolderCandidate, which: PhotoFilter.Which,
    names: NameRange = NameRange(), suffix: String, from prepared: PreparedStatements
  ) throws(SQLiteError) -> Statement {
    let attributes = attributes
    let cut = isInside(folder) ? nil : boxes
    let throughTree = cut != nil && folder.located >= Self.largeFolder
    var sql = "SELECT \(selection) FROM photos p WHERE "
    sql += throughTree ? "+p.folder_id = ?" : "p.folder_id = ?"
    switch boxes == nil ? which : .located {
    case .located: sql += " AND p.status = 0"
    case .missing: sql += " AND p.status <> 0"
    case .all: break
    }
    if names.above != nil { sql += " AND p.file > ?" }
    if names.upTo != nil { sql += " AND p.file <= ?" }
    for condition in attributes.sql { sql += " AND " + condition }
    if let cut {
      let one = "p.lon BETWEEN ? AND ? AND p.lat BETWEEN ? AND ?"
      sql += " AND (" + cut.map { _ in one }.joined(separator: " OR ") + ")"
      if throughTree { sql += " AND p.fid IN (" + Self.treeSearch("photos", cut.count) + ")" }
    }
    let statement = try prepared.statement(sql + suffix)
    var index: Int32 = 1
    func bind(_ value: SQLValue) {
      statement.bind(value, at: index)
      index += 1
    }
    bind(.integer(folder.id))
    [names.above, names.upTo].compactMap(\.self).forEach { bind(.text($0)) }
    attributes.values.forEach(bind)
    for box in cut ?? [] { [box.west, box.east, box.south, box.north].forEach { bind(.real($0)) } }
    if throughTree {
      for box in cut ?? [] { Self.treeValues(box).forEach(bind) }
    }
    return statement
  }

  private static let largeFolder = 4096

  // MARK: Folders

  /// The folders that can hold hits, by site and path, bytewise.
  ///
  /// - Parameter withEmpty: also folders whose counters say that they hold none.
  func folders(
    _ connection: Connection, withEmpty: Bool = false
  ) throws -> [FolderCandidate] {
    var sql = """
      SELECT f.id AS id, s.name AS site, substr(s.location, 1, 8192) AS location, f.path AS path, f.located_count AS located_count,
        f.without_position_count AS without_position_count, f.failed_count AS failed_count,
        f.min_x AS min_x, f.min_y AS min_y, f.max_x AS max_x, f.max_y AS max_y,
        f.escaped AS escaped
      FROM site s JOIN folders f ON f.site_id = s.id WHERE 1
      """
    var values: [SQLValue] = []
    for part in parts where !part.sites.isEmpty {
      let names = part.sites.map { SQLValue.text($0) }
      values += names
      sql += " AND s.name IN (\(Self.places(names)))"
    }
    if let boxes {
      // Only located photos have coordinates.
      if isEmpty { return [] }
      sql += " AND f.id IN (" + Self.treeSearch("folders", boxes.count) + ")"
      values += boxes.flatMap(Self.treeValues)
    }
    let rows = try connection.prepare(sql + " ORDER BY s.name, f.path")
    rows.bind(all: values)
    let (id, name, path) = (rows.column("id"), rows.column("site"), rows.column("path"))
    let located = rows.column("located_count")
    let withoutPosition = rows.column("without_position_count")
    let (failed, escaped) = (rows.column("failed_count"), rows.column("escaped"))
    let extent = rows.boxColumns
    let patterns = parts.compactMap(FolderPatterns.init)
    var found: [FolderCandidate] = []
    var hasEscapes = false
    let location = rows.column("location")
    var (site, siteURL) = ("", "")
    while try rows.step() {
      // U+FFFD, which announces an escaped byte, starts with EF.
      if !hasEscapes { hasEscapes = rows.withBytes(path) { $0.contains(0xEF) } }
      // Folders of a site come together.
      if siteURL.isEmpty || !rows.withBytes(name, { isSame($0, site) }) {
        site = rows.text(name)
        siteURL = PhotoURL.root(rows.text(location))
      }
      let candidate = FolderCandidate(
        id: rows.integer(id), site: site, path: rows.text(path),
        located: rows.count(located), withoutPosition: rows.count(withoutPosition),
        failed: rows.count(failed), extent: rows.box(extent),
        hasEscapedNames: rows.integer(escaped) != 0, siteURL: siteURL)
      guard withEmpty || candidate.count(which) > 0 else { continue }
      guard patterns.allSatisfy({ $0.match(candidate.path) }) else { continue }
      found.append(candidate)
    }
    if hasEscapes {
      found.sort { a, b in
        a.site.hasSameBytes(as: b.site)
          ? PathBytes(text: a.path) < PathBytes(text: b.path)
          : a.site.utf8.lexicographicallyPrecedes(b.site.utf8)
      }
    }
    return found
  }

  /// Sites and folder patterns of all parts.
  func admits(site: String, folder: String) -> Bool {
    parts.allSatisfy { part in
      (part.sites.isEmpty || part.sites.contains(where: site.hasSameBytes))
        && FolderPatterns(part)?.match(folder) ?? true
    }
  }

  /// How many photos the folders hold that can hold hits.
  func atMost(_ connection: Connection) throws(SQLiteError) -> Int {
    var sql = "SELECT \(IndexReader.sum("photo_count")) AS photos FROM folders"
    if let boxes {
      if boxes.isEmpty { return 0 }
      sql += " WHERE id IN (" + Self.treeSearch("folders", boxes.count) + ")"
    }
    let sum = try connection.prepare(sql)
    sum.bind(all: (boxes ?? []).flatMap(Self.treeValues))
    _ = try sum.step()
    return sum.count("photos")
  }

  private static func treeSearch(_ table: String, _ boxes: Int) -> String {
    let one =
      "SELECT id FROM rtree_\(table)_geom WHERE maxx >= ? AND minx <= ? AND maxy >= ? AND miny <= ?"
    return [String](repeating: one, count: boxes).joined(separator: " UNION ALL ")
  }

  private static func treeValues(_ box: BoundingBox) -> [SQLValue] {
    [.real(box.west), .real(box.east), .real(box.south), .real(box.north)]
  }
}

/// The statements of one query: folders differ in values, seldom in SQL. (The connection's own cache cannot be used: one
/// query may run inside another.)
final class PreparedStatements {
  private let connection: Connection
  private var bySQL: [String: Statement] = [:]

  init(_ connection: Connection) { self.connection = connection }

  /// Ready to be bound; its last user has finished with it.
  func statement(_ sql: String) throws(SQLiteError) -> Statement {
    if let found = bySQL[sql] {
      found.reset()
      return found
    }
    let made = try connection.prepare(sql)
    bySQL[sql] = made
    return made
  }
}

/// A folder row as queries see it.
struct FolderCandidate: Sendable {
  var id: Int64
  var site: String
  /// ``PathBytes/text`` form.
  var path: String
  var located: Int
  var withoutPosition: Int
  var failed: Int
  var extent: BoundingBox?
  var hasEscapedNames: Bool
  /// ``PhotoURL/root(_:)`` of the site.
  var siteURL: String

  func count(_ which: PhotoFilter.Which) -> Int {
    switch which {
    case .located: located
    case .missing: withoutPosition + failed
    case .all: located + withoutPosition + failed
    }
  }
}
