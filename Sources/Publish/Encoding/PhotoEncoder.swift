internal import PhotoIndex
internal import PhotoModel

/// A column of table `photos`.
struct PublishedColumn: Sendable {
  enum Kind: String, Sendable {
    case bigint
    case integer
    case smallint
    case double = "double precision"
    /// Seven digits: more than angles, deviations and settings of cameras have.
    case real
    case text
    case time = "timestamptz"
    /// A camera's clock.
    case localTime = "timestamp"
    /// Seconds since 1970 in the index.
    case seconds = "timestamptz "
  }

  let name: String
  let kind: Kind
  /// In ``RawColumn/all``.
  let index: Int
  let seed: UInt64

  /// Wide types first, so that no bytes are lost to alignment. Keys, the hash, the geometry and the names stand before.
  static let all: [PublishedColumn] = RawColumn.all.enumerated().compactMap { index, column in
    hidden.contains(column.name) ? nil : PublishedColumn(column, index)
  }.sorted { ($0.order, $0.index) < ($1.order, $1.index) }

  /// What the geometry says, what a name says better, what serves readers of the files, and what serves flight checks
  /// alone.
  private static let hidden: Set<String> = [
    "file", "lat", "lon", "flag_bits", "source_bits", "first_seen_at", "thumbnail_offset",
    "thumbnail_length", "preview_offset", "preview_length", "yaw_source", "attitude_convention",
    "raw_yaw", "raw_pitch", "raw_roll", "flight_speed_x", "flight_speed_y", "flight_speed_z",
    "calibrated_focal_px", "optical_center_x", "optical_center_y", "dewarp_focal_px",
    "focal_plane_px_mm",
  ]
  private static let kinds: [String: Kind] = {
    let lists: [Kind: String] = [
      .smallint: "status orientation utc_offset rtk_flag",
      .integer: "width height iso",
      .real: """
      rel_alt_m yaw pitch roll direction flight_yaw flight_pitch flight_roll rtk_std_lon rtk_std_lat \
      rtk_std_h exposure_s f_number focal_mm focal_35 digital_zoom subject_m target_distance_m
      """,
      .localTime: "taken_local", .seconds: "mtime",
    ]
    return lists.reduce(into: [:]) { kinds, list in
      for name in list.value.split(separator: " ") { kinds[String(name)] = list.key }
    }
  }()

  private init(_ column: RawColumn, _ index: Int) {
    name = column.name
    seed = RowHash.seed(column.name)
    self.index = index
    let usual: Kind =
      switch column.kind {
      case .real: .double
      case .text: .text
      case .time: .time
      case .integer: .bigint
      }
    kind = Self.kinds[name] ?? usual
  }

  private var order: Int {
    switch kind {
    case .bigint, .double, .time, .localTime, .seconds: 0
    case .integer, .real: 1
    case .smallint: 2
    case .text: 3
    }
  }

  /// For CREATE TABLE.
  var declaration: String { "\(name) \(kind.rawValue)" + (name == "status" ? " NOT NULL" : "") }
}

/// Rows of table `photos`.
struct PhotoEncoder {
  /// The list of the columns, in the order in which they travel.
  static let names =
    ["site", "photo", "row_hash"] + PublishedColumn.all.map(\.name) + ["geom", "folder", "file"]

  private static let (photo, geom, folder, file) = (
    RowHash.seed("photo"), RowHash.seed("geom"), RowHash.seed("folder"), RowHash.seed("file")
  )

  private let site: Int32
  private let columns = PublishedColumn.all
  private let at: (status: Int, lat: Int, lon: Int, alt: Int, file: Int)

  init(site: Int32) {
    self.site = site
    func index(_ name: String) -> Int {
      RawColumn.all.firstIndex { $0.name == name } ?? 0
    }
    at = (index("status"), index("lat"), index("lon"), index("alt_m"), index("file"))
  }

  /// - Returns: the row's hash.
  @discardableResult
  func encode(_ row: RawPhoto, into out: CopyEncoder) throws(PublishError) -> Int64 {
    try out.beginRow(fields: Self.names.count)
    out.key(site)
    out.int64(row.id, Self.photo)
    out.hashPlace()
    for column in columns { encode(row, column, into: out) }
    let place = Coordinate(
      latitude: row.real(at.lat) ?? .nan, longitude: row.real(at.lon) ?? .nan)
    if row.integer(at.status) == 0, place.isValid {
      let altitude = row.real(at.alt) ?? 0
      out.point(
        longitude: place.longitude, latitude: place.latitude, z: altitude.isFinite ? altitude : 0,
        Self.geom)
    } else {
      out.null()
    }
    unsafe row.withFolder { unsafe out.text($0, Self.folder) }
    unsafe row.withText(at.file) {
      unsafe out.text($0 ?? UnsafeRawBufferPointer(start: nil, count: 0), Self.file)
    }
    return out.endHash()
  }

  private func encode(_ row: RawPhoto, _ column: PublishedColumn, into out: CopyEncoder) {
    switch column.kind {
    case .bigint: out.int64(row.integer(column.index), column.seed)
    case .integer: out.int32(row.integer(column.index), column.seed)
    case .smallint:
      let value = row.integer(column.index)
      // The one column that is never NULL.
      out.int16(column.index == at.status ? value ?? 0 : value, column.seed)
    case .double: out.double(row.real(column.index), column.seed)
    case .real: out.float(row.real(column.index), column.seed)
    case .time, .localTime: out.time(row.milliseconds(column.index), column.seed)
    case .seconds:
      let product = row.integer(column.index)?.multipliedReportingOverflow(by: 1000)
      out.time(product.flatMap { $0.overflow ? nil : $0.partialValue }, column.seed)
    case .text:
      unsafe row.withText(column.index) { bytes in
        if let bytes = unsafe bytes { unsafe out.text(bytes, column.seed) } else { out.null() }
      }
    }
  }
}
