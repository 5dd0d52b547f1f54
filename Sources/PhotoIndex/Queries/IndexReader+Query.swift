public import PhotoModel
import SQLite

/// How much of a photo a question wants to know.
public enum PhotoDetail: Sendable {
  case all
  /// What lists and exports show; all else is nil: altitude reference, offset, size in pixels, focal
  /// length, roll, attitude of the aircraft, RTK, serial number, state of the drone, other position and
  /// altitude, sources, laser target.
  case shown
}

extension IndexReader {
  /// Hands over every photo that passes all parts of the filter, ordered by site, folder and file, bytewise; from one
  /// state of the index, in constant memory.
  ///
  /// - Parameter detail: ``PhotoDetail/shown`` is read much faster.
  /// - Returns: their number.
  /// - Throws: ``IndexError`` (.notFound for a site that does not exist), and what `each` throws.
  @discardableResult
  public func photos(
    _ filter: PhotoFilter, detail: PhotoDetail = .all, each: (PhotoRow) throws -> Void
  ) throws -> Int {
    let limit = max(filter.limit ?? .max, 0)
    if limit == 0 { return 0 }
    return try answering(filter) { plan in
      try photos(plan, try plan.folders(connection), limit: limit, detail: detail, each: each)
    }
  }

  /// Those of some folders, in their order.
  func photos(
    _ plan: QueryPlan, _ folders: some Sequence<FolderCandidate>, limit: Int, detail: PhotoDetail,
    each: (PhotoRow) throws -> Void
  ) throws -> Int {
    var decoder = PhotoDecoder(detail)
    var count = 0
    let prepared = PreparedStatements(connection)
    var row = PhotoRow(
      id: 0, site: "", folder: "", file: "", size: nil, mtime: nil,
      record: PhotoRecord(outcome: .failed(.damaged)))
    for folder in folders {
      let rows = try plan.statement(
        selecting: decoder.selection, in: folder, which: plan.filter.which,
        suffix: " ORDER BY p.file", from: prepared)
      var unsorted: [PhotoRow] = []
      row.site = folder.site
      row.folder = folder.path
      while try rows.step() {
        decoder.read(rows, into: &row)
        guard plan.boxesAreExact || plan.contains(row.record.position) else { continue }
        if folder.hasEscapedNames {
          unsorted.append(row)
          continue
        }
        try each(row)
        count += 1
        if count == limit { return count }
      }
      for row in unsorted.sorted(by: { PathBytes(text: $0.file) < PathBytes(text: $1.file) }) {
        try each(row)
        count += 1
        if count == limit { return count }
      }
    }
    return count
  }

  /// ``photos(_:detail:each:)`` of those without a position or failed, with their reasons.
  @discardableResult
  public func problems(_ filter: PhotoFilter, each: (PhotoRow) throws -> Void) throws -> Int {
    var filter = filter
    filter.which = .missing
    return try photos(filter, each: each)
  }

  /// How many rows ``photos(_:detail:each:)`` would hand over; counters answer for whole folders.
  public func count(_ filter: PhotoFilter) throws(IndexError) -> Int {
    let limit = max(filter.limit ?? .max, 0)
    return try guarded(path) {
      try answering(filter) { plan in
        var count = 0
        let prepared = PreparedStatements(connection)
        for folder in try plan.folders(connection) where count < limit {
          count += try plan.tally(folder, prepared).count(
            plan.boxes == nil ? filter.which : .located)
        }
        return min(count, limit)
      }
    }
  }

  /// Counts per folder, ordered by site and path, bytewise; `which` has no influence, as each row
  /// tells all three numbers, and `limit` bounds the number of folders.
  ///
  /// A filter that looks at photos (everything but site and folder) leaves out folders without a
  /// hit. A geographic part counts located photos only.
  public func folders(_ filter: PhotoFilter = PhotoFilter()) throws(IndexError) -> [FolderRow] {
    var whole = filter
    whole.which = .all
    let limit = max(filter.limit ?? .max, 0)
    return try guarded(path) {
      try answering(whole) { plan in
        let looksAtPhotos = plan.boxes != nil || !plan.attributes.sql.isEmpty
        var found: [FolderRow] = []
        let prepared = PreparedStatements(connection)
        for folder in try plan.folders(connection, withEmpty: !looksAtPhotos) {
          if found.count >= limit { break }
          let tally = try plan.tally(folder, prepared)
          if looksAtPhotos && tally.count(.all) == 0 { continue }
          var row = FolderRow(
            site: folder.site, folder: folder.path, photos: tally.count(.all),
            located: tally.located, withoutPosition: tally.withoutPosition,
            failed: tally.failed, extent: tally.extent)
          row.id = folder.id
          found.append(row)
        }
        return found
      }
    }
  }

  /// The photos whose path is `path`, or ends with `/path`; the site's name may stand in front. By
  /// site, folder and file.
  public func photos(at path: PathBytes) throws(IndexError) -> [PhotoRow] {
    try guarded(self.path) {
      try reading {
        let rows = try connection.prepare(
          """
          SELECT \(PhotoColumns.selection), s.name, f.path
          FROM site s CROSS JOIN folders f ON f.site_id = s.id
          CROSS JOIN photos p ON p.folder_id = f.id AND p.file = ? ORDER BY s.name, f.path
          """)
        rows.bind(path.lastComponent.text, at: 1)
        let wanted = [UInt8(ascii: "/")] + path.bytes
        var decoder = PhotoDecoder()
        var found: [PhotoRow] = []
        let site = PhotoColumns.selectionCount
        while try rows.step() {
          let row = decoder.row(rows).photo(site: rows.text(site), folder: rows.text(site + 1))
          let whole = PathBytes(text: "/\(row.site)/\(row.path)").bytes
          if whole.suffix(wanted.count).elementsEqual(wanted) { found.append(row) }
        }
        return found
      }
    }
  }

  /// One photo by its exact place; nil when there is none.
  public func photo(site: String, path: PathBytes) throws(IndexError) -> PhotoRow? {
    try photos(at: path).first {
      $0.site.hasSameBytes(as: site) && PathBytes(text: $0.path) == path
    }
  }

  /// Runs `body` on one state of the index, with errors of SQLite as ``IndexError``.
  func answering<R>(_ filter: PhotoFilter, _ body: (QueryPlan) throws -> R) throws -> R {
    if let site = filter.site { _ = try self.site(named: site) }
    do {
      return try reading { try body(try QueryPlan(filter)) }
    } catch let error as SQLiteError {
      throw IndexError(error, path: path)
    }
  }
}

extension QueryPlan {
  /// Counts and extent of what passes in one folder, whatever `which` says.
  func tally(
    _ folder: FolderCandidate, _ prepared: PreparedStatements
  ) throws -> FolderCandidate {
    var tally = folder
    if countersAnswer(folder) {
      if boxes != nil { (tally.withoutPosition, tally.failed) = (0, 0) }
      return tally
    }
    (tally.located, tally.withoutPosition, tally.failed) = (0, 0, 0)
    tally.extent = nil
    if !boxesAreExact {
      let rows = try statement(
        selecting: "p.lon, p.lat", in: folder, which: .located, suffix: "", from: prepared)
      while try rows.step() {
        let position = Coordinate(latitude: rows.real(1), longitude: rows.real(0))
        guard contains(position) else { continue }
        tally.located += 1
        tally.extent = tally.extent?.union(position) ?? BoundingBox(position)
      }
      return tally
    }
    if boxes != nil {
      // Only located photos are anywhere: nothing to be grouped.
      let row = try statement(
        selecting: "count(*), min(p.lon), min(p.lat), max(p.lon), max(p.lat)", in: folder,
        which: .located, suffix: "", from: prepared)
      if try row.step() {
        tally.located = row.count(0)
        tally.extent = row.box(at: 1)
      }
      return tally
    }
    let rows = try statement(
      selecting: "p.status, count(*), min(p.lon), min(p.lat), max(p.lon), max(p.lat)",
      in: folder, which: .all, suffix: " GROUP BY p.status", from: prepared)
    while try rows.step() {
      let count = rows.count(1)
      switch rows.integer(0) {
      case PhotoColumns.Status.located: (tally.located, tally.extent) = (count, rows.box(at: 2))
      case PhotoColumns.Status.withoutPosition: tally.withoutPosition = count
      default: tally.failed += count
      }
    }
    return tally
  }
}

extension PhotoDecoder.Row {
  func photo(site: String, folder: String) -> PhotoRow {
    PhotoRow(
      id: fid, site: site, folder: folder, file: file, size: size, mtime: mtime, record: record)
  }
}
