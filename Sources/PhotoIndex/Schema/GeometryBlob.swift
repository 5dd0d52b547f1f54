import PhotoModel
import SQLite

/// GeoPackage geometries (OGC 12-128r17 §2.1.3): an 8-byte header, perhaps an envelope, then WKB.
/// All numbers are little-endian here; x is the longitude, y the latitude.
enum GeometryBlob {
  /// ISO WKB Point (type 1), or PointZ (1001) when the altitude is known. No envelope: it would only repeat
  /// the point.
  static func point(_ coordinate: Coordinate, altitude: Double?) -> [UInt8] {
    var out = header(envelope: 0, capacity: 37)
    append(UInt32(altitude == nil ? 1 : 1001), to: &out)
    append(coordinate.longitude, to: &out)
    append(coordinate.latitude, to: &out)
    if let altitude { append(altitude, to: &out) }
    return out
  }

  /// A stored point with 0 for −0, which earlier versions wrote.
  static func withoutNegativeZeros(_ point: [UInt8]) -> [UInt8] {
    var out = point
    for start in stride(from: 13, through: out.count - 8, by: 8)
    where out[start + 7] == 0x80 && out[start..<(start + 7)].allSatisfy({ $0 == 0 }) {
      out[start + 7] = 0
    }
    return out
  }

  /// MultiPolygon of ``BoundingBox/rings``, with an xy envelope.
  static func multiPolygon(_ box: BoundingBox) -> [UInt8] {
    multiPolygon(box.rings)
  }

  /// MultiPolygon of closed rings, each of which is a part of its own, with an xy envelope.
  static func multiPolygon(_ rings: [[Coordinate]]) -> [UInt8] {
    let points = rings.reduce(0) { $0 + $1.count }
    var out = enveloped(envelope(rings), capacity: 8 + 32 + 9 + rings.count * 13 + points * 16)
    append(UInt32(6), to: &out)
    append(UInt32(truncatingIfNeeded: rings.count), to: &out)
    for ring in rings {
      out.append(1)
      append(UInt32(3), to: &out)
      append(UInt32(1), to: &out)
      append(ring, to: &out)
    }
    return out
  }

  /// MultiLineString of the line's parts (``Antimeridian/cut(_:)``), with an xy envelope; nil with fewer than two places.
  static func multiLine(_ points: [Coordinate]) -> [UInt8]? {
    let parts = Antimeridian.cut(points).map { $0.map(\.position) }
    guard !parts.isEmpty, UInt32(exactly: points.count) != nil else { return nil }
    var out = enveloped(
      envelope(parts), capacity: 8 + 32 + 9 + parts.count * 41 + points.count * 16)
    append(UInt32(5), to: &out)
    append(UInt32(truncatingIfNeeded: parts.count), to: &out)
    for part in parts {
      out.append(1)
      append(UInt32(2), to: &out)
      append(part, to: &out)
    }
    return out
  }

  private static func envelope(_ parts: [[Coordinate]]) -> BoundingBox {
    let boxes = parts.lazy.joined().map { BoundingBox($0) }
    guard let first = boxes.first else { return BoundingBox(west: 0, south: 0, east: 0, north: 0) }
    return boxes.reduce(first) { $0.union($1) }
  }

  /// Their number, and the points.
  private static func append(_ points: [Coordinate], to out: inout [UInt8]) {
    append(UInt32(truncatingIfNeeded: points.count), to: &out)
    for point in points {
      append(point.longitude, to: &out)
      append(point.latitude, to: &out)
    }
  }

  /// The extent of what ``point(_:altitude:)`` and ``multiPolygon(_:)`` made; nil for anything else,
  /// which the SQL functions then treat as an empty geometry.
  static func extent(_ blob: [UInt8]) -> BoundingBox? {
    guard blob.count >= 8 + 21, blob[0] == 0x47, blob[1] == 0x50, blob[3] & 0x11 == 1 else {
      return nil
    }
    switch blob[3] >> 1 & 7 {
    case 0:
      guard blob[8] == 1 else { return nil }
      let type = UInt32(blob[9]) | UInt32(blob[10]) << 8 | UInt32(blob[11]) << 16
      guard type == 1 || type == 1001, let x = double(blob, at: 13), let y = double(blob, at: 21)
      else { return nil }
      return BoundingBox(west: x, south: y, east: x, north: y)
    case 1...4:
      guard let west = double(blob, at: 8), let east = double(blob, at: 16),
        let south = double(blob, at: 24), let north = double(blob, at: 32)
      else { return nil }
      return BoundingBox(west: west, south: south, east: east, north: north)
    default:
      return nil
    }
  }

  /// `GP`, version 0, flags (little-endian, envelope kind), SRS 4326, and the byte order mark of the
  /// WKB.
  private static func header(envelope: UInt8, capacity: Int) -> [UInt8] {
    var out: [UInt8] = []
    out.reserveCapacity(capacity)
    out += [0x47, 0x50, 0, 1 | envelope << 1]
    append(UInt32(4326), to: &out)
    out.append(1)
    return out
  }

  /// ``header(envelope:capacity:)`` with an xy envelope, behind which the byte order mark stands.
  private static func enveloped(_ box: BoundingBox, capacity: Int) -> [UInt8] {
    var out = header(envelope: 1, capacity: capacity)
    out.removeLast()
    for value in [box.west, box.east, box.south, box.north] { append(value, to: &out) }
    out.append(1)
    return out
  }

  private static func append(_ value: UInt32, to out: inout [UInt8]) {
    for shift: UInt32 in [0, 8, 16, 24] { out.append(UInt8(truncatingIfNeeded: value >> shift)) }
  }

  /// SQLite keeps −0 as 0, and so do the geometries.
  private static func append(_ value: Double, to out: inout [UInt8]) {
    var bits = value == 0 ? 0 : value.bitPattern
    for _ in 0..<8 {
      out.append(UInt8(truncatingIfNeeded: bits))
      bits >>= 8
    }
  }

  private static func double(_ blob: [UInt8], at offset: Int) -> Double? {
    guard blob.count - 8 >= offset else { return nil }
    var bits: UInt64 = 0
    for byte in blob[offset..<(offset + 8)].reversed() { bits = bits << 8 | UInt64(byte) }
    let value = Double(bitPattern: bits)
    return value.isFinite ? value : nil
  }

  /// The functions that the R*Tree triggers of GeoPackage call (OGC 12-128r17, Annex F.3).
  static func registerFunctions(on connection: Connection) throws(SQLiteError) {
    func add(_ name: String, _ part: @escaping @Sendable (BoundingBox) -> Double)
      throws(SQLiteError)
    {
      try connection.addFunction(name, argumentCount: 1) { arguments in
        guard case .blob(let blob)? = arguments.first, let box = extent(blob) else { return .null }
        return .real(part(box))
      }
    }
    try add("ST_MinX") { $0.west }
    try add("ST_MaxX") { $0.east }
    try add("ST_MinY") { $0.south }
    try add("ST_MaxY") { $0.north }
    try connection.addFunction("ST_IsEmpty", argumentCount: 1) { arguments in
      guard case .blob(let blob)? = arguments.first else { return .null }
      return .integer(extent(blob) == nil ? 1 : 0)
    }
  }
}
