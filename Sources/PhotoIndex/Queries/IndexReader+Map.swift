package import PhotoModel
import SQLite

/// What a map draws of a photo.
package struct PhotoPlace: Sendable, Equatable {
  /// ``PhotoRow/id``.
  package var id: Int64
  package var position: Coordinate
  /// Degrees, 0..<360 from true north: where the camera looked.
  package var yaw: Double?
  /// Degrees above the horizon, -90...90.
  package var pitch: Double?
  /// Metres; see ``PhotoRecord/altitude`` and ``PhotoRecord/relativeAltitude``.
  package var altitude: Double?
  package var relativeAltitude: Double?
  /// Milliseconds since 1970 UTC.
  package var takenAt: Int64?
  /// The camera's local time in milliseconds since 1970, as if it were UTC.
  package var takenLocal: Int64?
  package var fix: FixQuality?
  /// The file is gone, and the deletion guard keeps the row (``PhotoFlags/fileGone``).
  package var isGone = false
  /// The file contains a thumbnail.
  package var hasThumbnail = false

  /// UTC where it is known, else the camera's local time.
  package var taken: Int64? { takenAt ?? takenLocal }
}

/// A page of a long answer.
package struct PhotoPage: Sendable, Equatable {
  /// Photos that pass the filter, all pages together.
  package var matched: Int
  /// Photos of this page.
  package var returned: Int

  package init(matched: Int, returned: Int) {
    self.matched = matched
    self.returned = returned
  }
}

extension IndexReader {
  /// The places of all located photos that pass the filter, folder by folder, within a folder by file; from one state of
  /// the index, in constant memory.
  ///
  /// - Parameter endOfFolder: called behind the last place of each folder that has one, with ``FolderRow/id``.
  package func places(
    _ filter: PhotoFilter, each: (PhotoPlace) throws -> Void, endOfFolder: (Int64) throws -> Void
  ) throws {
    var filter = filter
    filter.which = .located
    let limit = max(filter.limit ?? .max, 0)
    try answering(filter) { plan in
      let prepared = PreparedStatements(connection)
      var count = 0
      for folder in try plan.folders(connection) where count < limit {
        let rows = try plan.statement(
          selecting: PlaceColumns.selection, in: folder, which: .located,
          suffix: " ORDER BY p.file",
          from: prepared)
        let columns = PlaceColumns(rows)
        let before = count
        while count < limit, try rows.step() {
          let position = columns.position(rows)
          guard plan.boxesAreExact || plan.contains(position) else { continue }
          try each(columns.place(rows, position))
          count += 1
        }
        rows.reset()
        if count > before { try endOfFolder(folder.id) }
      }
    }
  }

  /// A page of ``photos(_:detail:each:)``: `limit` of the filter is its size. Whole folders before it are skipped by their
  /// counters.
  package func page(
    _ filter: PhotoFilter, offset: Int, detail: PhotoDetail = .all, each: (PhotoRow) throws -> Void
  ) throws -> PhotoPage {
    let size = max(filter.limit ?? .max, 0)
    return try answering(filter) { plan in
      let prepared = PreparedStatements(connection)
      let which = plan.which
      var page = PhotoPage(matched: 0, returned: 0)
      var toSkip = max(offset, 0)
      for folder in try plan.folders(connection) {
        let count = try plan.tally(folder, prepared).count(which)
        page.matched += count
        if toSkip >= count || page.returned >= size {
          toSkip -= min(toSkip, count)
          continue
        }
        // Rows of the folder that lie before the page, and no more than the page wants.
        let (end, overflow) = toSkip.addingReportingOverflow(size - page.returned)
        _ = try photos(plan, [folder], limit: overflow ? .max : end, detail: detail) { row in
          if toSkip > 0 {
            toSkip -= 1
            return
          }
          try each(row)
          page.returned += 1
        }
      }
      return page
    }
  }

  /// Those of the photos that exist and pass the filter, in the order of the list.
  ///
  /// - Parameter ids: see ``PhotoRow/id``.
  package func passing(_ ids: [Int64], _ filter: PhotoFilter) throws(IndexError) -> [Int64] {
    try guarded(path) {
      try reading { () throws -> [Int64] in
        let plan = try QueryPlan(filter)
        if plan.isEmpty { return [] }
        let attributes = plan.attributes
        let row = try connection.prepare(
          """
          SELECT s.name AS site, f.path AS folder, p.status AS status, p.lon AS lon, p.lat AS lat
          FROM photos p JOIN folders f ON f.id = p.folder_id JOIN site s ON s.id = f.site_id
          WHERE p.fid = ?
          """ + attributes.sql.map { " AND " + $0 }.joined())
        return try ids.filter { id in
          row.reset()
          row.bind(all: [.integer(id)] + attributes.values)
          guard try row.step() else { return false }
          let isLocated = row.integer("status") == PhotoStatus.located
          guard plan.which == .all || (plan.which == .located) == isLocated,
            plan.admits(site: row.text("site"), folder: row.text("folder"))
          else { return false }
          let position =
            isLocated ? Coordinate(latitude: row.real("lat"), longitude: row.real("lon")) : nil
          return plan.contains(position)
        }
      }
    }
  }

  /// A photo by its ``PhotoRow/id``; nil when there is none.
  package func photo(id: Int64) throws(IndexError) -> PhotoRow? {
    try guarded(path) {
      try reading { () throws -> PhotoRow? in
        let row = try connection.prepare(
          """
          SELECT \(PhotoColumns.selection(.all)), s.name AS site, substr(s.location, 1, 8192) AS location,
            f.path AS folder
          FROM photos p JOIN folders f ON f.id = p.folder_id JOIN site s ON s.id = f.site_id
          WHERE p.fid = ?
          """)
        row.bind(id)
        guard try row.step() else { return nil }
        var decoder = PhotoDecoder()
        var photo = PhotoBuffer()
        decoder.read(row, into: &photo)
        photo.row.site = row.text("site")
        photo.row.folder = row.text("folder")
        photo.row.folderURL = PhotoURL.folder(
          PhotoURL.root(row.text("location")), photo.row.folder)
        return photo.row
      }
    }
  }
}

/// The columns of a ``PhotoPlace``.
private struct PlaceColumns {
  static let selection = """
    p.fid AS fid, p.lon AS lon, p.lat AS lat, p.yaw AS yaw, p.pitch AS pitch, p.alt_m AS alt,
    p.rel_alt_m AS rel, p.taken_at AS utc, p.taken_local AS local, p.fix AS fix,
    p.flag_bits AS flags,
    p.thumbnail_length AS thumbnail
    """

  private let fid, lon, lat, yaw, pitch, alt, rel: Statement.Column
  private let utc, local, fix, flags, thumbnail: Statement.Column

  init(_ rows: Statement) {
    fid = rows.column("fid")
    lon = rows.column("lon")
    lat = rows.column("lat")
    yaw = rows.column("yaw")
    pitch = rows.column("pitch")
    alt = rows.column("alt")
    rel = rows.column("rel")
    utc = rows.column("utc")
    local = rows.column("local")
    fix = rows.column("fix")
    flags = rows.column("flags")
    thumbnail = rows.column("thumbnail")
  }

  func position(_ rows: Statement) -> Coordinate {
    Coordinate(latitude: rows.real(lat), longitude: rows.real(lon))
  }

  func place(_ rows: Statement, _ position: Coordinate) -> PhotoPlace {
    PhotoPlace(
      id: rows.integer(fid), position: position,
      yaw: rows.optionalReal(yaw).flatMap { (0...360).contains($0) ? $0 : nil },
      pitch: rows.optionalReal(pitch).flatMap { (-90...90).contains($0) ? $0 : nil },
      altitude: rows.optionalReal(alt), relativeAltitude: rows.optionalReal(rel),
      takenAt: rows.withBytes(utc) { Timestamp.milliseconds($0) },
      takenLocal: rows.withBytes(local) { Timestamp.milliseconds($0) },
      fix: rows.optionalText(fix).flatMap(FixQuality.init),
      isGone: rows.integer(flags) & Int64(PhotoFlags.fileGone.rawValue) != 0,
      hasThumbnail: rows.integer(thumbnail) > 0)
  }
}
