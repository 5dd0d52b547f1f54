import TestSupport

@testable import PhotoIndex
@testable import PhotoModel

/// The filters once more, written for plainness and not for speed.
enum Reference {
  static func matches(_ filter: PhotoFilter, _ row: PhotoRow) -> Bool {
    let record = row.record
    switch filter.which {
    case .all: break
    case .located: if record.position == nil { return false }
    case .missing: if record.position != nil { return false }
    }
    if let box = filter.box {
      guard let position = record.position, box.contains(position) else { return false }
    }
    if let near = filter.near {
      guard let position = record.position,
        Geodesic.distance(near.center, position) <= near.radius
      else { return false }
    }
    if let polygon = filter.polygon {
      guard let position = record.position, contains(polygon, position) else { return false }
    }
    if !filter.sites.isEmpty, !filter.sites.contains(row.site) { return false }
    if !filter.folderGlobs.isEmpty,
      !filter.folderGlobs.contains(where: { matches($0[...], row.folder[...]) })
    {
      return false
    }
    if let since = filter.takenSince {
      guard let time = time(record, as: since), time >= since.milliseconds else { return false }
    }
    if let until = filter.takenUntil {
      guard let time = time(record, as: until), time < until.milliseconds else { return false }
    }
    for (range, own) in [
      (filter.altitude, record.altitude), (filter.relativeAltitude, record.relativeAltitude),
    ] {
      guard let range else { continue }
      guard let own, range.contains(own) else { return false }
    }
    if !filter.fixes.isEmpty, !filter.fixes.contains(record.fix ?? .none) { return false }
    if let largest = filter.rtkDeviation {
      let all = [record.rtkStdLon, record.rtkStdLat, record.rtkStdHeight]
      guard all.allSatisfy({ $0.map { $0 <= largest } ?? false }) else { return false }
    }
    if !filter.cameraGlobs.isEmpty {
      let (make, model) = (record.cameraMake, record.cameraModel)
      let both = make.flatMap { make in model.map { "\(make) \($0)" } }
      let texts = [make, model, both].compactMap(\.self).map { $0.lowercased() }
      guard
        filter.cameraGlobs.contains(where: { glob in
          texts.contains { cameraMatches(glob.lowercased()[...], $0[...]) }
        })
      else { return false }
    }
    if filter.isPresent, record.flags.contains(.fileGone) { return false }
    if !filter.reasons.isEmpty, !filter.reasons.contains(record.outcome.reason ?? "") {
      return false
    }
    return record.flags.isSuperset(of: filter.flags)
  }

  private static func time(_ record: PhotoRecord, as bound: TimeBound) -> Int64? {
    let local = record.takenLocal.flatMap(milliseconds)
    switch bound {
    case .moment: return record.takenAt ?? local
    case .clock: return local ?? record.takenAt
    }
  }

  /// By trying every length of every star.
  private static func cameraMatches(_ glob: Substring, _ text: Substring) -> Bool {
    guard let first = glob.first else { return text.isEmpty }
    let rest = glob.dropFirst()
    if first == "*" {
      return text.indices.contains { cameraMatches(rest, text[$0...]) } || cameraMatches(rest, "")
    }
    guard let own = text.first, first == "?" || first == own else { return false }
    return cameraMatches(rest, text.dropFirst())
  }

  /// Seconds of a day in September 2020, which is where all sample times lie.
  private static func milliseconds(_ local: String) -> Int64? {
    let parts = local.split { "T:.-".contains($0) }.compactMap { Int64($0) }
    guard parts.count >= 6, parts[0] == 2020, parts[1] == 9 else { return nil }
    // 2020-08-31 is day 18,505 after 1970-01-01.
    let second = (((18_505 + parts[2]) * 24 + parts[3]) * 60 + parts[4]) * 60 + parts[5]
    return second * 1000 + (parts.count > 6 ? parts[6] : 0)
  }

  static func matches(_ glob: Substring, _ path: Substring) -> Bool {
    let start = glob.drop { $0 == "/" }
    let slashes = start.reversed().prefix { $0 == "/" }.count
    return matches(start.dropLast(slashes), path, startsName: true)
  }

  /// By trying every length of every star.
  ///
  /// - Parameter startsName: in the pattern, this is the beginning or behind a slash.
  private static func matches(_ glob: Substring, _ path: Substring, startsName: Bool) -> Bool {
    guard let first = glob.first else { return path.isEmpty }
    let rest = glob.drop { $0 == "*" }
    if glob.hasPrefix("**") {
      if startsName, rest.first == "/", matches(rest.dropFirst(), path, startsName: true) {
        return true
      }
      return path.indices.contains { matches(rest, path[$0...], startsName: false) }
        || matches(rest, "", startsName: false)
    }
    if first == "/", path.isEmpty {
      // A final `/**`, or `/**/**`, which is the same.
      let names = glob.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
      return names.allSatisfy { $0.count > 1 && $0.allSatisfy { $0 == "*" } }
    }
    switch first {
    case "*":
      let name = path.prefix { $0 != "/" }
      return name.indices.contains { matches(rest, path[$0...], startsName: false) }
        || matches(rest, path[name.endIndex...], startsName: false)
    case "?":
      return path.first.map { $0 != "/" } == true
        && matches(glob.dropFirst(), path.dropFirst(), startsName: false)
    default:
      return path.first == first
        && matches(glob.dropFirst(), path.dropFirst(), startsName: first == "/")
    }
  }

  /// The narrower of the ways around both sides: without crossing 180°, or without crossing 0°.
  static func extent(_ positions: [Coordinate]) -> BoundingBox? {
    let latitudes = positions.map(\.latitude)
    guard let south = latitudes.min(), let north = latitudes.max() else { return nil }
    func ends(_ longitudes: [Double]) -> (Double, Double) {
      (longitudes.min() ?? 0, longitudes.max() ?? 0)
    }
    let plain = ends(positions.map(\.longitude))
    let turned = ends(positions.map { $0.longitude < 0 ? $0.longitude + 360 : $0.longitude })
    let isAcross = plain.0 < 0 && plain.1 >= 0 && turned.1 - turned.0 < plain.1 - plain.0
    if !isAcross { return BoundingBox(west: plain.0, south: south, east: plain.1, north: north) }
    let east = positions.map(\.longitude).filter { $0 < 0 }.max() ?? 0
    return BoundingBox(west: turned.0, south: south, east: east, north: north)
  }

  // MARK: Polygons

  static func contains(_ polygons: Polygons, _ c: Coordinate) -> Bool {
    let twins =
      abs(c.longitude) == 180
      ? [c, Coordinate(latitude: c.latitude, longitude: -c.longitude)] : [c]
    return twins.contains { c in
      polygons.polygons.contains { rings in
        guard let outer = rings.first else { return false }
        if onEdge(outer, c) { return true }
        if winding(outer, c) == 0 { return false }
        return !rings.dropFirst().contains { winding($0, c) != 0 && !onEdge($0, c) }
      }
    }
  }

  private static func edges(_ ring: [Coordinate]) -> [(Coordinate, Coordinate)] {
    ring.isEmpty ? [] : Array(zip(ring, ring.dropFirst() + [ring[0]]))
  }

  private static func side(_ a: Coordinate, _ b: Coordinate, _ c: Coordinate) -> Double {
    (b.longitude - a.longitude) * (c.latitude - a.latitude)
      - (b.latitude - a.latitude) * (c.longitude - a.longitude)
  }

  private static func onEdge(_ ring: [Coordinate], _ c: Coordinate) -> Bool {
    edges(ring).contains { a, b in
      side(a, b, c) == 0
        && min(a.longitude, b.longitude)...max(a.longitude, b.longitude) ~= c.longitude
        && min(a.latitude, b.latitude)...max(a.latitude, b.latitude) ~= c.latitude
    }
  }

  /// How often the ring goes round the point; not 0 inside a simple ring.
  private static func winding(_ ring: [Coordinate], _ c: Coordinate) -> Int {
    edges(ring).reduce(0) { turns, edge in
      let (a, b) = edge
      if a.latitude <= c.latitude {
        return b.latitude > c.latitude && side(a, b, c) > 0 ? turns + 1 : turns
      }
      return b.latitude <= c.latitude && side(a, b, c) < 0 ? turns - 1 : turns
    }
  }

  /// One to three simple polygons on the lattice: triangles, rectangles with a hole, an L; one in the
  /// west or east may touch the antimeridian; sometimes more than eight.
  static func randomPolygons(_ g: inout SplitMix64) -> Polygons {
    func lattice(_ x: ClosedRange<Int>, _ g: inout SplitMix64) -> Double {
      Double(Int.random(in: x, using: &g)) / 2
    }
    func ring(_ points: [(Double, Double)]) -> [Coordinate] {
      points.map { Coordinate(latitude: $0.1, longitude: $0.0) }
    }
    let count = g.chance(0.1) ? 12 : Int.random(in: 1...3, using: &g)
    return Polygons(
      (0..<count).map { _ in
        let (x, y) = (lattice(-8...6, &g), lattice(-8...6, &g))
        let (w, h) = (lattice(1...8, &g), lattice(1...8, &g))
        switch Int.random(in: 0..<4, using: &g) {
        case 0:
          return [
            ring([
              (x, y), (lattice(-8...8, &g), lattice(-8...8, &g)),
              (lattice(-8...8, &g), lattice(-8...8, &g)), (x, y),
            ])
          ]
        case 1:
          return [
            ring([(x, y), (x + w, y), (x + w, y + h), (x, y + h), (x, y)]),
            ring([
              (x + w / 4, y + h / 4), (x + w / 2, y + h * 3 / 4), (x + w * 3 / 4, y + h / 4),
              (x + w / 4, y + h / 4),
            ]),
          ]
        case 2:
          return [
            ring([
              (x, y), (x + w, y), (x + w, y + h / 2), (x + w / 2, y + h / 2),
              (x + w / 2, y + h), (x, y + h),
            ])
          ]
        default:
          let east = g.chance(0.5) ? 180.0 : -170
          return [ring([(east - 10, -5), (east, -5), (east, y + 4), (east - 10, y + 4)])]
        }
      })
  }
}
