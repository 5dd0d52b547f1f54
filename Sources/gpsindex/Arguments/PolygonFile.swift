import PhotoModel

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// The areas of a GeoJSON file (RFC 7946 §3.1.6): Polygon and MultiPolygon, wherever they stand in
/// features and collections. Other geometries are passed over.
enum PolygonFile {
  /// Larger files are refused; an outline of a million corners has 40 MB.
  static let maximalSize = 256 << 20

  static func read(_ path: String) throws -> Polygons {
    try polygons(in: try contents(of: path), path: path)
  }

  static func polygons(in bytes: [UInt8], path: String) throws -> Polygons {
    let root: JSONValue
    do throws(JSONFault) {
      root = try JSONValue(parsing: bytes)
    } catch {
      throw CommandFailure(
        .badData, "\(path) is not JSON: \(error.reason) at byte \(error.offset)",
        advice: "a GeoJSON file with a Polygon or MultiPolygon")
    }
    var found: [[[Coordinate]]] = []
    try collect(root, into: &found, path: path)
    guard !found.isEmpty else {
      throw CommandFailure(
        .badData, "\(path) holds no polygon", advice: "a GeoJSON Polygon or MultiPolygon")
    }
    return Polygons(found)
  }

  private static func collect(
    _ value: JSONValue, into found: inout [[[Coordinate]]], path: String
  ) throws {
    switch value["type"]?.string {
    case "FeatureCollection":
      for feature in value["features"]?.array ?? [] {
        try collect(feature, into: &found, path: path)
      }
    case "Feature":
      if let geometry = value["geometry"] { try collect(geometry, into: &found, path: path) }
    case "GeometryCollection":
      for geometry in value["geometries"]?.array ?? [] {
        try collect(geometry, into: &found, path: path)
      }
    case "Polygon":
      found.append(try polygon(value["coordinates"], path: path))
    case "MultiPolygon":
      for polygon in value["coordinates"]?.array ?? [] {
        found.append(try Self.polygon(polygon, path: path))
      }
    default: break
    }
  }

  private static func polygon(_ value: JSONValue?, path: String) throws -> [[Coordinate]] {
    guard let rings = value?.array, !rings.isEmpty else {
      throw fault("a polygon without a ring", path)
    }
    return try rings.map { ring in
      var corners = try (ring.array ?? []).map { try position($0, path: path) }
      // Closed by the letter of RFC 7946 §3.1.6; drawing tools forget it.
      if let first = corners.first, corners.last != first { corners.append(first) }
      guard corners.count >= 4 else { throw fault("a ring of fewer than three corners", path) }
      return corners
    }
  }

  private static func position(_ value: JSONValue, path: String) throws -> Coordinate {
    guard let numbers = value.array, numbers.count >= 2, let longitude = numbers[0].number,
      let latitude = numbers[1].number
    else { throw fault("a position that is not [longitude, latitude]", path) }
    let position = Coordinate(latitude: latitude, longitude: longitude)
    guard position.isValid else {
      let isSwapped = Coordinate(latitude: longitude, longitude: latitude).isValid
      throw CommandFailure(
        .badData,
        "\(path): [\(longitude), \(latitude)] is outside longitude -180…180, latitude -90…90",
        advice: isSwapped
          ? "longitude first: the numbers look swapped" : "GeoJSON in WGS 84 degrees (EPSG:4326)")
    }
    return position
  }

  private static func fault(_ what: String, _ path: String) -> CommandFailure {
    CommandFailure(
      .badData, "\(path): \(what)", advice: "a GeoJSON file with a Polygon or MultiPolygon")
  }

  private static func contents(of path: String) throws -> [UInt8] {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { throw failure(errno, path) }
    defer { close(file) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = readBytes(file, &chunk, chunk.count)
      if count == 0 { return bytes }
      if count < 0 {
        if errno == EINTR { continue }
        throw failure(errno, path)
      }
      guard bytes.count + count <= maximalSize else {
        throw CommandFailure(
          .badData, "\(path) is larger than 256 MiB", advice: "a simpler outline")
      }
      bytes.append(contentsOf: chunk[..<count])
    }
  }

  private static func failure(_ number: Int32, _ path: String) -> CommandFailure {
    let status: ExitStatus =
      switch number {
      case ENOENT, ENOTDIR: .notFound
      case EACCES, EPERM: .refused
      default: .io
      }
    return CommandFailure(
      status, "--polygon \(path): \(String(cString: strerror(number)))",
      advice: "the path of a GeoJSON file")
  }
}

/// read(2); the enum's own `read` hides it.
private func readBytes(_ file: Int32, _ buffer: inout [UInt8], _ count: Int) -> Int {
  read(file, &buffer, count)
}
