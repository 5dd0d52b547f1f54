import FlightQC
import PhotoModel

/// A map of flights that lie near each other.
struct ReportMap {
  private let plane: LocalPlane
  private let area: [[Ground]]
  private var flights: [Drawn] = []
  private var (low, high): (Ground, Ground)

  private struct Drawn {
    var name: String
    var points: [Ground]
    var fixes: [ReportPage.Fix]
    var prints: [[Ground]]
  }

  var photos: Int { flights.reduce(0) { $0 + $1.points.count } }

  /// Metres between flights of one map.
  private static let near = 500.0
  /// Metres that a map shows at most, unless one flight is larger.
  private static let largest = 1500.0
  /// Of a map; more would make the file large.
  private static let mostPrints = 2000

  init(_ flight: ExaminedFlight, area: Polygons?) {
    let origin = flight.photos.first?.position ?? Coordinate(latitude: 0, longitude: 0)
    let plane = LocalPlane(origin: origin)
    self.plane = plane
    // A wanted area that lies elsewhere is not of this map.
    self.area = (area?.polygons ?? []).flatMap { $0.map { $0.map(plane.ground) } }
      .filter { ring in ring.contains { Self.length($0) < 50_000 } }
    (low, high) = (Ground(repeating: .infinity), Ground(repeating: -.infinity))
    for ring in self.area { ring.forEach { extend($0) } }
    add(flight)
  }

  private static func length(_ p: Ground) -> Double { (p * p).sum().squareRoot() }

  private mutating func extend(_ point: Ground) {
    low = pointwiseMin(low, point)
    high = pointwiseMax(high, point)
  }

  func isNear(_ flight: ExaminedFlight) -> Bool {
    guard let position = flight.photos.first?.position, isNear(position) else { return false }
    let point = plane.ground(position)
    let size = pointwiseMax(high, point) - pointwiseMin(low, point)
    return max(size.x, size.y) <= max(Self.largest, max(high.x - low.x, high.y - low.y))
  }

  private func isNear(_ position: Coordinate) -> Bool {
    let point = plane.ground(position)
    let margin = Ground(repeating: Self.near)
    return all(low - margin .<= point) && all(point .<= high + margin) && Self.length(point) < 1e5
  }

  /// How many findings lie in it.
  func holds(_ findings: [FlightFinding]) -> Int {
    findings.count { finding in
      guard finding.severity > .note, let position = finding.position else { return false }
      let point = plane.ground(position)
      return all(low .<= point) && all(point .<= high)
    }
  }

  mutating func add(_ flight: ExaminedFlight) {
    var drawn = Drawn(
      name: flight.flight.name, points: [], fixes: [], prints: [])
    for (place, photo) in flight.photos.enumerated() {
      guard let position = photo.position else { continue }
      let point = plane.ground(position)
      drawn.points.append(point)
      drawn.fixes.append(ReportPage.Fix(photo.rtkFlag))
      if !flight.isStray[place] { extend(point) }
      let count = flights.reduce(drawn.prints.count) { $0 + $1.prints.count }
      if count < Self.mostPrints, let print = flight.footprint(place), !print.isClamped {
        drawn.prints.append(print.ring.dropLast().map(plane.ground))
      }
    }
    flights.append(drawn)
  }

  // MARK: Drawing

  private struct Frame {
    var low: Ground
    var high: Ground
    var scale: Double
    static let width = 760.0
    var height: Double { (high.y - low.y) * scale }

    func x(_ p: Ground) -> String { Shown.plain((p.x - low.x) * scale, 1) }
    func y(_ p: Ground) -> String { Shown.plain((high.y - p.y) * scale, 1) }
    func points(_ ring: [Ground]) -> String {
      ring.map { "\(x($0)),\(y($0))" }.joined(separator: " ")
    }
  }

  private var frame: Frame {
    var (from, to) = (low, high)
    let longest = max(to.x - from.x, to.y - from.y, 20)
    from -= Ground(repeating: 0.08 * longest)
    to += Ground(repeating: 0.08 * longest)
    // Not taller than wide by much, and not flatter than a third.
    let width = to.x - from.x
    let height = to.y - from.y
    let missingWidth = max(0, height / 1.1 - width)
    let missingHeight = max(0, width / 2.6 - height)
    from -= Ground(missingWidth / 2, missingHeight / 2)
    to += Ground(missingWidth / 2, missingHeight / 2)
    return Frame(low: from, high: to, scale: Frame.width / (to.x - from.x))
  }

  func draw(_ page: inout HTMLText, findings: [FlightFinding], most: Int) {
    guard low.x.isFinite else { return }
    let frame = frame
    let size = "\(Shown.plain(Frame.width, 0)) \(Shown.plain(frame.height, 0))"
    page.raw("<figure><svg class=\"map\" viewBox=\"0 0 \(size)\" role=\"img\" aria-label=\"Map of ")
    page.text(flights.map(\.name).joined(separator: ", "))
    page.raw("\">")
    let holes = findings.compactMap { finding -> [Ground]? in
      guard let first = finding.outline.first, isNear(first) else { return nil }
      return finding.outline.dropLast().map(plane.ground)
    }
    for ring in area { page.raw("<polygon class=\"area\" points=\"\(frame.points(ring))\"/>") }
    for flight in flights {
      for ring in flight.prints {
        page.raw("<polygon class=\"print\" points=\"\(frame.points(ring))\"/>")
      }
    }
    for flight in flights {
      page.raw("<polyline class=\"way\" points=\"\(frame.points(flight.points))\"/>")
      for (place, point) in flight.points.enumerated() {
        page.raw(Self.dot(flight.fixes[place], frame.x(point), frame.y(point)))
      }
    }
    for ring in holes {
      page.raw("<polygon class=\"hole\" points=\"\(frame.points(ring))\"/>")
    }
    badges(&page, findings.prefix(most), frame)
    scaleBar(&page, frame)
    page.raw("</svg><figcaption>")
    page.text(caption(holes: holes.count))
    page.raw("</figcaption></figure>\n")
  }

  private static func dot(_ fix: ReportPage.Fix, _ x: String, _ y: String) -> String {
    switch fix {
    case .fixed, .unknown: "<circle class=\"\(fix.rawValue)\" cx=\"\(x)\" cy=\"\(y)\" r=\"2.6\"/>"
    case .float:
      "<path class=\"float\" d=\"M\(x) \(y)m0-4l4 4-4 4-4-4z\"/>"
    case .single, .none: "<path class=\"single\" d=\"M\(x) \(y)m0-4.5l4.5 8h-9z\"/>"
    }
  }

  /// The number of each finding, at its place; findings of one place share a badge.
  private func badges(
    _ page: inout HTMLText, _ findings: ArraySlice<FlightFinding>, _ frame: Frame
  ) {
    var taken: [Ground: (numbers: [Int], severity: Severity)] = [:]
    var order: [Ground] = []
    var centres: [Ground: Ground] = [:]
    for (place, finding) in findings.enumerated() {
      guard let position = finding.position else { continue }
      let point = plane.ground(position)
      guard all(frame.low .<= point), all(point .<= frame.high) else { continue }
      let cell = ((point - frame.low) * frame.scale / 26).rounded(.down)
      if taken[cell] == nil { order.append(cell) }
      taken[cell, default: ([], finding.severity)].numbers.append(place + 1)
      if taken[cell]?.numbers.count == 1 { centres[cell] = point }
    }
    for cell in order {
      guard let (numbers, severity) = taken[cell], let point = centres[cell] else { continue }
      let words =
        numbers.count > 2
        ? "\(numbers[0]) +\(numbers.count - 1)" : numbers.map(String.init).joined(separator: ",")
      let width = 12 + 6.5 * Double(words.count)
      let name = severity == .error ? "bad" : severity == .warning ? "warn" : "note"
      page.raw(
        "<g class=\"badge \(name)\" transform=\"translate(\(frame.x(point)) \(frame.y(point)))\">"
          + "<path d=\"M0 0l-4-7h8z\"/><rect x=\"\(Shown.plain(-width / 2, 1))\" y=\"-24\" rx=\"8\" "
          + "width=\"\(Shown.plain(width, 1))\" height=\"17\"/><text y=\"-11.5\">\(words)</text></g>"
      )
    }
  }

  private func scaleBar(_ page: inout HTMLText, _ frame: Frame) {
    var metres = 1.0
    while metres * frame.scale < 60 { metres *= 10 }
    if metres / 5 * frame.scale >= 40 {
      metres /= 5
    } else if metres / 2 * frame.scale >= 40 {
      metres /= 2
    }
    let y = Shown.plain(frame.height - 12, 1)
    page.raw(
      "<path class=\"scale\" d=\"M12 \(y)v-5m0 5h\(Shown.plain(metres * frame.scale, 1))v-5\"/>")
    page.raw(
      "<text class=\"scale\" x=\"16\" y=\"\(Shown.plain(frame.height - 18, 1))\">\(Shown.length(metres))</text>"
    )
  }

  private func caption(holes: Int) -> String {
    var counts: [ReportPage.Fix: Int] = [:]
    for flight in flights { for fix in flight.fixes { counts[fix, default: 0] += 1 } }
    let names: [(ReportPage.Fix, String)] = [
      (.fixed, "● RTK fixed"), (.float, "◆ RTK float"), (.single, "▲ single"), (.none, "▲ no fix"),
      (.unknown, "● no RTK flag"),
    ]
    let legend = names.compactMap { fix, name in counts[fix].map { "\(name) \($0)" } }
    return "North is up. " + legend.joined(separator: " · ")
      + (holes > 0 ? " · hatched: \(holes) hole\(holes == 1 ? "" : "s")" : "")
      + " · numbers refer to the table of findings"
  }
}
