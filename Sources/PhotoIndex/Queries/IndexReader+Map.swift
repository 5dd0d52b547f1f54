package import PhotoModel
import SQLite

/// What a map draws of a photo.
package struct PhotoPlace: Sendable, Equatable {
  /// ``PhotoRow/id``.
  package var id: Int64
  package var position: Coordinate
  /// Degrees, 0..<360 from true north: where the camera looked.
  package var yaw: Double?
  /// Milliseconds since 1970 UTC; the camera's local time, as if it were UTC, where the zone is unknown.
  package var taken: Int64?
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
  /// - Parameter endOfFolder: called behind the last place of each folder that has one.
  package func places(
    _ filter: PhotoFilter, each: (PhotoPlace) throws -> Void, endOfFolder: () throws -> Void
  ) throws {
    var filter = filter
    filter.which = .located
    let limit = max(filter.limit ?? .max, 0)
    try answering(filter) { plan in
      let prepared = PreparedStatements(connection)
      var count = 0
      for folder in try plan.folders(connection) where count < limit {
        let rows = try plan.statement(
          selecting: """
            p.fid AS fid, p.lon AS lon, p.lat AS lat, p.yaw AS yaw,
            coalesce(p.taken_at, p.taken_local) AS taken
            """, in: folder, which: .located, suffix: " ORDER BY p.file", from: prepared)
        let (fid, yaw, taken) = (rows.column("fid"), rows.column("yaw"), rows.column("taken"))
        let (lon, lat) = (rows.column("lon"), rows.column("lat"))
        let before = count
        while count < limit, try rows.step() {
          let position = Coordinate(latitude: rows.real(lat), longitude: rows.real(lon))
          guard plan.boxesAreExact || plan.contains(position) else { continue }
          try each(
            PhotoPlace(
              id: rows.integer(fid), position: position,
              yaw: rows.optionalReal(yaw).flatMap { (0...360).contains($0) ? $0 : nil },
              taken: rows.withBytes(taken) { Timestamp.milliseconds($0) }))
          count += 1
        }
        rows.reset()
        if count > before { try endOfFolder() }
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
      let which = plan.boxes == nil ? filter.which : .located
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

  /// A photo by its ``PhotoRow/id``; nil when there is none.
  package func photo(id: Int64) throws(IndexError) -> PhotoRow? {
    try guarded(path) {
      try reading { () throws -> PhotoRow? in
        let row = try connection.prepare(
          """
          SELECT \(PhotoColumns.selection(.all)), s.name AS site, f.path AS folder
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
        return photo.row
      }
    }
  }
}
