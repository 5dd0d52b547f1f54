import FlightQC
import GeoFormats
import PhotoModel

/// Writes flights and findings.
struct FindingWriter {
  let format: FindingFormat
  let csv: CSVStyle
  let sink: ByteSink

  func write(_ report: FlightReport) throws {
    switch format {
    case .table: try writeTables(report)
    case .csv: try writeCSV(report)
    case .json: try put(Self.json(report))
    case .geojson: try writeGeoJSON(report)
    }
  }

  private func put(_ text: String) throws { try Array(text.utf8).withUnsafeBytes(sink) }

  // MARK: Tables

  private static let flightColumns =
    [Column("flight"), Column("kind")]
    + [
      "photos", "lines", "length m", "height m", "gsd cm", "forward %", "side %", "rtk fixed %",
      "errors", "warnings", "notes",
    ].map { Column($0, isNumber: true) }

  private func writeTables(_ report: FlightReport) throws {
    var table = makeRecordWriter(.table, columns: Self.flightColumns, sink: sink)
    try table.begin()
    var counts: [String: [Severity: Int]] = [:]
    for finding in report.findings {
      if let flight = finding.flight {
        counts[flight, default: [:]][finding.severity, default: 0] += 1
      }
    }
    for flight in report.flights {
      let own = counts[flight.name] ?? [:]
      var fields: [FieldValue] = [.text(flight.name), .text(flight.kind.rawValue)]
      fields += [.integer(Int64(flight.photos)), .integer(Int64(flight.lines))]
      fields += [Self.rounded(flight.length, 0), Self.rounded(flight.height?.median, 1)]
      fields += [
        Self.rounded(flight.groundSampling.map { $0.median * 100 }, 2),
        Self.rounded(flight.forward?.median, 1), Self.rounded(flight.side?.median, 1),
        Self.rounded(flight.fixedShare, 1),
      ]
      fields += Severity.allCases.reversed().map { .integer(Int64(own[$0] ?? 0)) }
      try table.write(fields)
    }
    try table.end()
    guard !report.findings.isEmpty else { return }
    try put("\n")
    var findings = makeRecordWriter(
      .table,
      columns: ["severity", "rule", "flight or folder", "photo", "finding"].map { Column($0) },
      sink: sink)
    try findings.begin()
    for finding in report.sorted {
      try findings.write([
        .text(finding.severity.rawValue), .text(finding.rule.rawValue),
        .text(finding.flight ?? finding.folder), FieldValue(finding.photos.first?.path),
        .text(finding.text),
      ])
    }
    try findings.end()
  }

  private static func rounded(_ value: Double?, _ decimals: Int) -> FieldValue {
    guard let value, value.isFinite else { return .null }
    var scale = 1.0
    for _ in 0..<decimals { scale *= 10 }
    let scaled = (value * scale).rounded()
    return decimals == 0 && abs(scaled) < 1e15 ? .integer(Int64(scaled)) : .real(scaled / scale)
  }

  // MARK: CSV

  private static let columns =
    ["severity", "rule", "site", "flight", "folder", "photo"].map { Column($0) }
    + ["photos", "value", "limit"].map { Column($0, isNumber: true) } + [Column("unit")]
    + ["lon", "lat"].map { Column($0, isNumber: true) } + [Column("text")]

  private static func fields(_ finding: FlightFinding) -> [FieldValue] {
    [
      .text(finding.severity.rawValue), .text(finding.rule.rawValue), .text(finding.site),
      FieldValue(finding.flight), .text(finding.folder), FieldValue(finding.photos.first?.path),
      .integer(Int64(finding.photoCount)), FieldValue(finding.value), FieldValue(finding.limit),
      .text(finding.unit), finding.position.map { .degrees($0.longitude) } ?? .null,
      finding.position.map { .degrees($0.latitude) } ?? .null, .text(finding.text),
    ]
  }

  private func writeCSV(_ report: FlightReport) throws {
    var writer = makeRecordWriter(.csv, columns: Self.columns, csv: csv, sink: sink)
    try writer.begin()
    for finding in report.sorted { try writer.write(Self.fields(finding)) }
    try writer.end()
  }

  // MARK: GeoJSON

  private func writeGeoJSON(_ report: FlightReport) throws {
    try put("{\"type\":\"FeatureCollection\",\"features\":[")
    for (place, finding) in report.sorted.enumerated() {
      var json = JSONText()
      json.beginObject()
      json.member("type", .text("Feature"))
      json.key("geometry")
      if !finding.outline.isEmpty {
        json.polygon(finding.outline)
      } else if let position = finding.position {
        json.point(position)
      } else {
        json.null()
      }
      json.key("properties")
      Self.append(finding, to: &json)
      json.endObject()
      try put((place == 0 ? "\n" : ",\n") + json.text)
    }
    try put("\n]}\n")
  }

  private static func append(_ finding: FlightFinding, to json: inout JSONText) {
    json.beginObject()
    for (column, field) in zip(columns, fields(finding)) { json.member(column.name, field) }
    json.key("all_photos")
    json.beginArray()
    for photo in finding.photos {
      json.value(photo.path)
    }
    json.endArray()
    json.endObject()
  }

  // MARK: JSON

  static func json(_ report: FlightReport) -> String {
    var json = JSONText()
    json.beginObject()
    json.member("verdict", .text(Verdict(report).rawValue))
    json.member("photos", .integer(Int64(report.photos)))
    json.member("folders", .integer(Int64(report.folders)))
    for severity in Severity.allCases.reversed() {
      json.member(severity.rawValue + "s", .integer(Int64(report.count(severity))))
    }
    json.member("area_covered_percent", FieldValue(report.areaCoverage))
    json.key("flights")
    json.beginArray()
    for flight in report.flights { append(flight, to: &json) }
    json.endArray()
    json.key("findings")
    json.beginArray()
    for finding in report.sorted { append(finding, to: &json) }
    json.endArray()
    json.endObject()
    return json.text + "\n"
  }

  private static func append(_ flight: Flight, to json: inout JSONText) {
    json.beginObject()
    json.member("name", .text(flight.name))
    json.member("site", .text(flight.site))
    json.member("folder", .text(flight.folder))
    json.member("kind", .text(flight.kind.rawValue))
    json.member("camera", .text(flight.camera))
    json.member("image_source", FieldValue(flight.imageSource))
    json.member("secondary_lens", .flag(flight.isSecondary))
    for (name, count) in [
      ("photos", flight.photos), ("without_position", flight.withoutPosition),
      ("lines", flight.lines), ("rows", flight.rows), ("holes", flight.holes),
      ("clamped", flight.clamped),
    ] {
      json.member(name, .integer(Int64(count)))
    }
    json.member("start", flight.start.map { .time($0) } ?? .null)
    json.member("end", flight.end.map { .time($0) } ?? .null)
    json.member("times_are_local", .flag(flight.isLocalTime))
    for (name, value) in [
      ("length_m", flight.length), ("spacing_m", flight.spacing), ("speed_m_s", flight.speed),
      ("area_m2", flight.area), ("area_of_three_m2", flight.areaOfThree),
      ("forward_by_distance", flight.forwardByDistance),
      ("side_by_distance", flight.sideByDistance), ("rtk_fixed_percent", flight.fixedShare),
    ] as [(String, Double?)] {
      json.member(name, FieldValue(value))
    }
    json.member("height_source", .text(flight.heightSource.rawValue))
    json.member("focal_length_source", FieldValue(flight.lensSource?.rawValue))
    json.member("assumes_nadir", .flag(flight.assumesNadir))
    for (name, spread) in [
      ("height_m", flight.height), ("gsd_m", flight.groundSampling),
      ("forward_percent", flight.forward), ("side_percent", flight.side),
      ("sigma_m", flight.sigma), ("sun_height_degrees", flight.sunHeight),
    ] {
      json.key(name)
      append(spread, to: &json)
    }
    json.key("not_checked")
    json.beginArray()
    for (rule, why) in flight.notChecked {
      json.beginObject()
      json.member("rule", .text(rule.rawValue))
      json.member("why", .text(why))
      json.endObject()
    }
    json.endArray()
    json.endObject()
  }

  private static func append(_ spread: Flight.Spread?, to json: inout JSONText) {
    guard let spread else { return json.null() }
    json.beginObject()
    for (name, value) in [
      ("lowest", spread.lowest), ("p5", spread.p5), ("median", spread.median), ("p95", spread.p95),
      ("highest", spread.highest),
    ] {
      json.member(name, .real(value))
    }
    json.endObject()
  }
}

enum Verdict: String {
  case accepted
  case warnings = "accepted-with-warnings"
  case errors = "not-accepted"

  init(_ report: FlightReport) {
    self =
      report.count(.error) > 0 ? .errors : report.count(.warning) > 0 ? .warnings : .accepted
  }
}

extension FlightReport {
  /// Errors first, otherwise in order.
  var sorted: [FlightFinding] {
    Severity.allCases.reversed().flatMap { severity in
      findings.filter { $0.severity == severity }
    }
  }
}

extension JSONText {
  /// GeoJSON geometry of a closed ring; cut at the antimeridian (RFC 7946 §3.1.9).
  mutating func polygon(_ ring: [Coordinate]) {
    let parts = AntimeridianRings.cut(ring)
    beginObject()
    member("type", .text(parts.count == 1 ? "Polygon" : "MultiPolygon"))
    key("coordinates")
    if parts.count != 1 { beginArray() }
    for part in parts {
      beginArray()
      beginArray()
      for corner in part { position(corner) }
      endArray()
      endArray()
    }
    if parts.count != 1 { endArray() }
    endObject()
  }

  mutating func point(_ place: Coordinate) {
    beginObject()
    member("type", .text("Point"))
    key("coordinates")
    position(place)
    endObject()
  }

  private mutating func position(_ place: Coordinate) {
    beginArray()
    value(.degrees(place.longitude))
    value(.degrees(place.latitude))
    endArray()
  }
}
