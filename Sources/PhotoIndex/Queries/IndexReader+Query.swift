public import PhotoModel
import SQLite

/// Which fields of a photo a query reads.
public enum PhotoDetail: Sendable {
  case all
  /// What lists and exports show. All else is nil or its default: altitude reference, offset, size in
  /// pixels, focal length, roll, attitude of the aircraft, RTK flag, serial number, state of the drone, other
  /// position and altitude, sources, laser target.
  ///
  /// ``PhotoRecord/kind`` is not read and always ``MediaKind/photo``. ``PhotoRecord/imageDirection`` is
  /// set only where it stands in for a missing gimbal yaw, and whether it is magnetic is not read.
  case shown
  /// What flight checks look at: times, position and heights, attitude, lens, exposure, speed and RTK. All else is nil or
  /// its default.
  case flight
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
    _ plan: QueryPlan, _ folders: some Sequence<FolderCandidate>, names: NameRange = NameRange(),
    limit: Int, detail: PhotoDetail, each: (PhotoRow) throws -> Void
  ) throws -> Int {
    var decoder = PhotoDecoder(detail)
    var count = 0
    let prepared = PreparedStatements(connection)
    var photo = PhotoBuffer()
    for folder in folders {
      let rows = try plan.statement(
        selecting: decoder.selection, in: folder, which: plan.filter.which,
        names: names, suffix: " ORDER BY p.file", from: prepared)
      var unsorted: [PhotoRow] = []
      photo.row.site = folder.site
      photo.row.folder = folder.path
      photo.row.folderURL = PhotoURL.folder(folder.siteURL, folder.path)
      while try rows.step() {
        decoder.read(rows, into: &photo)
        guard plan.boxesAreExact || plan.contains(photo.row.record.position) else { continue }
        if folder.hasEscapedNames {
          unsorted.append(photo.row)
          continue
        }
        try each(photo.row)
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
          count += try plan.tally(folder, prepared).count(plan.which)
        }
        return min(count, limit)
      }
    }
  }

  /// Counts per folder, ordered by site and path, bytewise; `which` has no influence, as each row
  /// has all three numbers, and `limit` bounds the number of folders.
  ///
  /// A filter that looks at photos (everything but site and folder), or is limited by another (``PhotoFilter/within``),
  /// leaves out folders without a hit. A geographic part counts located photos only.
  public func folders(_ filter: PhotoFilter = PhotoFilter()) throws(IndexError) -> [FolderRow] {
    var whole = filter
    whole.which = .all
    let limit = max(filter.limit ?? .max, 0)
    return try guarded(path) {
      try answering(whole) { plan in
        let looksAtPhotos = plan.looksAtPhotos
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
  ///
  /// - Parameter anyEnding: `path` lacks the file extension.
  public func photos(
    at path: PathBytes, anyEnding: Bool = false
  ) throws(IndexError) -> [PhotoRow] {
    try guarded(self.path) {
      try reading {
        let rows = try connection.prepare(
          """
          SELECT \(PhotoColumns.selection(.all)), s.name AS site, substr(s.location, 1, 8192) AS location,
            f.path AS folder
          FROM site s CROSS JOIN folders f ON f.site_id = s.id
          CROSS JOIN photos p ON p.folder_id = f.id AND p.file \(anyEnding ? ">= ? AND p.file < ?" : "= ?")
          ORDER BY s.name, f.path, p.file
          """)
        let name = path.lastComponent.text
        // The slash comes behind the dot.
        if anyEnding { rows.bind(name + ".", name + "/") } else { rows.bind(name) }
        let wanted = [UInt8(ascii: "/")] + path.bytes
        var decoder = PhotoDecoder()
        var found: [PhotoRow] = []
        var photo = PhotoBuffer()
        while try rows.step() {
          decoder.read(rows, into: &photo)
          var row = photo.row
          row.site = rows.text("site")
          row.folder = rows.text("folder")
          row.folderURL = PhotoURL.folder(PhotoURL.root(rows.text("location")), row.folder)
          var whole = PathBytes(text: "/\(row.site)/\(row.path)").bytes
          if anyEnding, let dot = whole.lastIndex(of: UInt8(ascii: ".")) {
            whole.removeSubrange(dot...)
          }
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

  /// - Throws: .notFound for the first site of the filter that does not exist.
  public func confirmSites(of filter: PhotoFilter) throws(IndexError) {
    for site in filter.sites { _ = try self.site(named: site) }
  }

  /// Runs `body` on one state of the index; errors of SQLite become ``IndexError``.
  func answering<R>(_ filter: PhotoFilter, _ body: (QueryPlan) throws -> R) throws -> R {
    // Whoever is limited to a part of the index does not learn which sites the rest has.
    if filter.within.isEmpty { try confirmSites(of: filter) }
    do {
      return try reading { try body(try QueryPlan(filter)) }
    } catch let error as SQLiteError {
      throw IndexError(error, path: path)
    }
  }
}

extension QueryPlan {
  private static let countAndExtent = "count(*) AS photos, " + ExtentColumns.aggregate

  /// Counts and extent of the photos of one folder that pass the filter; 0 for those that `which` leaves out.
  func tally(
    _ folder: FolderCandidate, _ prepared: PreparedStatements
  ) throws -> FolderCandidate {
    var tally = try tallyOfAll(folder, prepared)
    switch filter.which {
    case .all: break
    case .located: (tally.withoutPosition, tally.failed) = (0, 0)
    case .missing: (tally.located, tally.extent) = (0, nil)
    }
    return tally
  }

  /// The same without regard to `which`.
  private func tallyOfAll(
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
        selecting: "p.lon AS lon, p.lat AS lat", in: folder, which: .located, suffix: "",
        from: prepared)
      let (lon, lat) = (rows.column("lon"), rows.column("lat"))
      var extent = Extent()
      while try rows.step() {
        let position = Coordinate(latitude: rows.real(lat), longitude: rows.real(lon))
        guard contains(position) else { continue }
        tally.located += 1
        extent.add(position)
      }
      tally.extent = extent.box
      return tally
    }
    if boxes != nil {
      // Only located photos have coordinates: no grouping by status.
      let row = try statement(
        selecting: Self.countAndExtent, in: folder, which: .located, suffix: "", from: prepared)
      if try row.step() {
        tally.located = row.count("photos")
        tally.extent = row.extent()
      }
      return tally
    }
    let rows = try statement(
      selecting: "p.status AS status, " + Self.countAndExtent, in: folder, which: .all,
      suffix: " GROUP BY p.status", from: prepared)
    while try rows.step() {
      let count = rows.count("photos")
      switch rows.integer("status") {
      case PhotoStatus.located: (tally.located, tally.extent) = (count, rows.extent())
      case PhotoStatus.withoutPosition: tally.withoutPosition = count
      default: tally.failed += count
      }
    }
    return tally
  }
}
