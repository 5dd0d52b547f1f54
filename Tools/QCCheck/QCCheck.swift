import ArgumentParser
import FlightQC
import GeoFormats
import PhotoModel

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Judges photos of a CSV file with the rules of `gpsindex qc`, without an index: for generated flights.
///
///     qc-check photos.csv > findings.jsonl
///     qc-check photos.csv --set gap.distance=1.8 --set kind=mapping --area area.geojson
///
/// INPUT. RFC 4180 with a header line; UTF-8; an empty cell is an unknown value; unknown columns are refused; the order of
/// columns is free. One line per photo. Lines with the same `set` are judged together, like a site of their own; they must
/// stand together. Columns (names and units as in docs/fields.md):
///
/// | column | meaning |
/// |---|---|
/// | `set` | label of the test case; copied to every finding |
/// | `folder`, `file` | folder below the site (may be empty), name such as `DJI_0001.JPG`; `file` is required |
/// | `size` | bytes |
/// | `status` | `located` (default), `without-position`, `failed` |
/// | `reason` | with the two others: `no-gps`, `zero`, `damaged` …; default `no-gps`, `damaged` |
/// | `flags` | comma-separated, quoted: `void`, `bad-time` … |
/// | `lon`, `lat` | degrees, WGS 84 |
/// | `alt_m`, `alt_reference`, `altitude_type` | metres; `sea-level`, `ellipsoid`, `unknown`; `RtkAlt`, `GpsFusionAlt` |
/// | `rel_alt_m` | metres above take-off |
/// | `taken_at`, `satellite_at` | UTC, `2024-05-17T08:00:00.000Z` (fraction optional) |
/// | `taken_local`, `utc_offset_min` | camera clock `2024-05-17T10:00:00.000` (fraction optional); minutes east of UTC |
/// | `camera_make`, `camera_model`, `serial_number`, `image_source` | text |
/// | `pixel_width`, `pixel_height` | pixels |
/// | `focal_length_35_mm`, `focal_length_mm` | millimetres |
/// | `calibrated_focal_px`, `optical_centre_x_px` | pixels of the full picture |
/// | `sensor_px_per_mm`, `digital_zoom` | numbers |
/// | `yaw`, `pitch`, `roll` | camera, degrees, DJI's convention: pitch −90 is straight down |
/// | `flight_yaw` | aircraft, degrees |
/// | `rtk_flag`, `rtk_std_lon_m`, `rtk_std_lat_m`, `rtk_std_height_m` | DJI RtkFlag; metres |
/// | `exposure_s` | seconds |
/// | `speed_north_m_s`, `speed_east_m_s` | metres per second |
/// | `capture_id` | the same for all pictures of one press of the shutter |
///
/// OUTPUT. JSON Lines, one per finding:
/// `{"set","rule","severity","flight","folder","photos":[paths],"photo_count","value","limit","unit","lon","lat","text"}`
/// and, with `--flights`, one per flight: `{"set","name","kind","photos","lines","rows","forward","side",
/// "forward_by_distance","side_by_distance","area_m2","holes":[[[lon,lat]…]…]}`.
/// With `--poses` one line per photo instead, from `rel_alt_m`, angles and lens:
/// `{"file","corners":[[east,north]…],"clamped","gsd_m"}`, metres from the point below the camera.
@main struct QCCheck: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "qc-check",
    abstract: "Judge photos of a CSV file with the rules of gpsindex qc.")

  @Argument(help: "CSV file, described in Tools/QCCheck/QCCheck.swift.") var file: String
  @Option(help: "RULE.KEY=VALUE, KIND.RULE.KEY=VALUE or SETTING=VALUE; repeatable.") var set:
    [String] = []
  @Option(help: "GeoJSON with the area to be covered.") var area: String?
  @Option(help: "Ground height in metres, in the reference of alt_m.") var ground: Double?
  @Option(help: "Seconds since 1970 that count as now.") var now: Int64?
  @Flag(help: "Print flights, too.") var flights = false
  @Flag(help: "Print what each photo shows of flat ground instead.") var poses = false

  func run() throws {
    var check = FlightCheck()
    for line in set { try Self.apply(line, to: &check.rules) }
    check.groundHeight = ground
    check.now = now.map { $0 * 1000 }
    if let area { check.area = try Polygons(geoJSON: try Self.bytes(of: area), named: area) }
    var table = try PhotoTable(try Self.bytes(of: file))
    var group: [FlightPhoto] = []
    var label = ""
    while let (set, photo) = try table.next() {
      if poses {
        print(Self.pose(photo))
        continue
      }
      if set != label, !group.isEmpty { try report(label, group, check) }
      if set != label { group = [] }
      label = set
      group.append(photo)
    }
    if !group.isEmpty { try report(label, group, check) }
  }

  private func report(_ label: String, _ photos: [FlightPhoto], _ check: FlightCheck) throws {
    var holes: [[[Coordinate]]] = []
    var examiner = FlightExaminer(check) { holes.append($0.holes) }
    // Folders one after the other, names in order, as an index has them.
    for photo in photos.sorted(by: { ($0.folder, $0.name) < ($1.folder, $1.name) }) {
      try examiner.add(photo)
    }
    let report = try examiner.finish()
    for finding in report.findings { print(Self.line(label, finding)) }
    guard flights else { return }
    for (flight, holes) in zip(report.flights, holes) {
      var json = JSONText()
      json.beginObject()
      json.member("set", .text(label))
      json.member("name", .text(flight.name))
      json.member("kind", .text(flight.kind.rawValue))
      json.member("photos", .integer(Int64(flight.photos)))
      json.member("lines", .integer(Int64(flight.lines)))
      json.member("rows", .integer(Int64(flight.rows)))
      json.member("forward", FieldValue(flight.forward?.median))
      json.member("side", FieldValue(flight.side?.median))
      json.member("forward_by_distance", FieldValue(flight.forwardByDistance))
      json.member("side_by_distance", FieldValue(flight.sideByDistance))
      json.member("area_m2", FieldValue(flight.area))
      json.key("holes")
      json.beginArray()
      for ring in holes { Self.append(ring.map { ($0.longitude, $0.latitude) }, to: &json) }
      json.endArray()
      json.endObject()
      print(json.text)
    }
  }

  private static func line(_ label: String, _ finding: FlightFinding) -> String {
    var json = JSONText()
    json.beginObject()
    json.member("set", .text(label))
    json.member("rule", .text(finding.rule.rawValue))
    json.member("severity", .text(finding.severity.rawValue))
    if let flight = finding.flight { json.member("flight", .text(flight)) }
    json.member("folder", .text(finding.folder))
    json.key("photos")
    json.beginArray()
    for photo in finding.photos { json.value(photo.path) }
    json.endArray()
    json.member("photo_count", .integer(Int64(finding.photoCount)))
    if let value = finding.value { json.member("value", .real(value)) }
    if let limit = finding.limit { json.member("limit", .real(limit)) }
    json.member("unit", .text(finding.unit))
    if let position = finding.position {
      json.member("lon", .degrees(position.longitude))
      json.member("lat", .degrees(position.latitude))
    }
    json.member("text", .text(finding.text))
    json.endObject()
    return json.text
  }

  private static func append(_ points: [(Double, Double)], to json: inout JSONText) {
    json.beginArray()
    for point in points {
      json.beginArray()
      json.value(.real(point.0))
      json.value(.real(point.1))
      json.endArray()
    }
    json.endArray()
  }

  private static func pose(_ photo: FlightPhoto) -> String {
    var json = JSONText()
    json.beginObject()
    json.member("file", .text(photo.name))
    json.key("corners")
    if let attitude = photo.attitude, let height = photo.relativeAltitude,
      let lens = try? Lens(photo.lens, model: photo.model),
      let print = Footprint(CameraAxes(attitude), lens, height: height)
    {
      append(print.corners.map { ($0.x, $0.y) }, to: &json)
      json.member("clamped", .flag(print.isClamped))
      json.member("gsd_m", .real(print.groundSampling))
    } else {
      json.null()
    }
    json.endObject()
    return json.text
  }

  private static func apply(_ line: String, to rules: inout FlightRules) throws {
    guard let equals = line.firstIndex(of: "=") else {
      throw ValidationError("--set \(line): no “=”")
    }
    var path = line[..<equals].split(separator: ".").map(String.init)
    guard let key = path.popLast() else { throw ValidationError("--set \(line): no key") }
    do throws(RuleFault) {
      try rules.set(path, key, to: String(line[line.index(after: equals)...]))
    } catch {
      throw ValidationError("\(error.message); try: \(error.advice)")
    }
  }

  private static func bytes(of path: String) throws -> [UInt8] {
    guard let file = fopen(path, "rb") else { throw ValidationError("cannot open \(path)") }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var block = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = fread(&block, 1, block.count, file)
      if count == 0 { return bytes }
      bytes += block[..<count]
    }
  }
}
