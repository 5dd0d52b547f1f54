import FlightQC
import PhotoModel

/// Collects what the report draws, and writes it: one HTML file that needs nothing else.
final class ReportPage {
  private let check: FlightCheck
  private let rulesName: String?
  private var maps: [ReportMap] = []
  private var values = Values()
  /// Photos of maps that are drawn; of more, the first ones.
  private var drawn = 0
  private static let mostDrawn = 20_000
  private static let mostFindings = 500
  private static let mostMaps = 12

  /// One number per photo of flights that are judged.
  struct Values {
    var forward: [Double] = []
    var side: [Double] = []
    var heights: [Double] = []
    var samplings: [Double] = []
    var sigmas: [Double] = []
    var speeds: [Double] = []
    var fixes: [Fix: Int] = [:]
  }

  enum Fix: String, CaseIterable {
    case fixed, float, single, none, unknown

    init(_ flag: Int?) {
      switch flag {
      case 50?: self = .fixed
      case .some(32..<50): self = .float
      case 16?: self = .single
      case nil: self = .unknown
      default: self = .none
      }
    }
  }

  var hasArea: Bool { check.area != nil }
  var hasPattern: Bool { check.rules.folderPattern != nil }
  var isHeightRelative: Bool { check.heightSource == .relative }

  init(_ check: FlightCheck, rulesName: String?) {
    self.check = check
    self.rulesName = rulesName
  }

  func add(_ flight: ExaminedFlight) {
    if flight.flight.isSecondary { return }
    for (place, photo) in flight.photos.enumerated() {
      values.fixes[Fix(photo.rtkFlag), default: 0] += 1
      values.heights.append(flight.heights[place])
      values.forward.append(flight.forward[place])
      values.side.append(flight.side[place])
      if let print = flight.footprint(place), !print.isClamped {
        values.samplings.append(print.groundSampling)
      }
      if let east = photo.rtkStdLon, let north = photo.rtkStdLat, east > 0 || north > 0 {
        values.sigmas.append((east * east + north * north).squareRoot())
      }
    }
    values.speeds += flight.lineSpeeds
    guard drawn < Self.mostDrawn else { return }
    drawn += flight.photos.count
    if flight.photos.count < 3 { return }
    if let near = maps.firstIndex(where: { $0.isNear(flight) }) {
      maps[near].add(flight)
    } else {
      maps.append(ReportMap(flight, area: check.area))
    }
  }

  func html(_ report: FlightReport, title: String) -> [UInt8] {
    var page = HTMLText()
    page.raw("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">")
    page.raw("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">")
    page.raw(
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
    )
    page.element("title", "", "Flight check: \(title)")
    page.raw("<style>\(ReportStyle.text)</style></head>\n<body><main>\n")
    head(&page, report, title)
    tiles(&page, report)
    let findings = report.sorted
    let places = maps.map { (map: $0, rank: ($0.holds(findings), $0.photos)) }
      .sorted { $0.rank > $1.rank }.prefix(Self.mostMaps).map(\.map)
    page.raw("<section class=\"views\"><div>")
    places.first?.draw(&page, findings: findings, most: Self.mostFindings)
    page.raw("</div><div class=\"charts\">")
    ReportCharts(values: values, limits: check.rules.limits(.mapping)).draw(&page)
    page.raw("</div></section>\n")
    self.findings(&page, findings)
    flights(&page, report)
    self.places(&page, places.dropFirst(), findings)
    checks(&page, report)
    page.raw("</main></body></html>\n")
    return page.bytes
  }

  private func places(
    _ page: inout HTMLText, _ maps: ArraySlice<ReportMap>, _ findings: [FlightFinding]
  ) {
    if !maps.isEmpty {
      page.element("h2", "", "Other places")
      page.raw("<section class=\"places\">")
      for map in maps { map.draw(&page, findings: findings, most: Self.mostFindings) }
      page.raw("</section>\n")
    }
    if self.maps.count > maps.count + 1 {
      page.element(
        "p", "class=\"small\"",
        "\(maps.count + 1) of \(self.maps.count) places: those with most findings.")
    }
    if drawn < values.heights.count {
      page.element(
        "p", "class=\"small\"",
        "The maps show the first \(drawn) of \(values.heights.count) photos.")
    }
  }

  private func head(_ page: inout HTMLText, _ report: FlightReport, _ title: String) {
    let errors = report.count(.error)
    let (name, words) =
      switch Verdict(report) {
      case .accepted: ("good", "Accepted")
      case .warnings: ("warn", "Accepted with warnings")
      case .errors: ("bad", "Not accepted: \(errors) error\(errors == 1 ? "" : "s")")
      }
    page.raw("<header><div>")
    page.element("h1", "", "Flight check: \(title)")
    let starts = report.flights.compactMap(\.start)
    let isLocal = report.flights.contains { $0.isLocalTime }
    let cameras = Set(report.flights.map(\.camera)).filter { !$0.isEmpty }.sorted()
    let ends = report.flights.compactMap(\.end)
    let parts = [
      "\(report.photos) photos in \(report.flights.count) flights",
      Shown.time(starts.min(), isLocal: isLocal) + " – " + Shown.time(ends.max(), isLocal: isLocal),
      cameras.count > 3 ? "\(cameras.count) cameras" : cameras.joined(separator: ", "),
      "rules: \(rulesName ?? "default")",
    ]
    page.element(
      "p", "class=\"small\"", parts.filter { !$0.isEmpty }.joined(separator: " · "))
    page.raw("</div>")
    page.element("p", "class=\"verdict \(name)\"", words)
    page.raw("</header>\n")
  }

  private func tiles(_ page: inout HTMLText, _ report: FlightReport) {
    let limits = check.rules.limits(.mapping)
    func spread(_ values: [Double]) -> Flight.Spread? { Flight.Spread(of: values) }
    page.raw("<section class=\"tiles\">")
    func tile(_ name: String, _ value: String, _ detail: String) {
      page.raw("<div>")
      page.element("span", "", name)
      page.element("b", "", value)
      page.element("span", "", detail)
      page.raw("</div>")
    }
    for (name, values, limit) in [
      ("Forward overlap", values.forward, limits.forwardWarning),
      ("Side overlap", values.side, limits.sideWarning),
    ] {
      let found = spread(values)
      tile(
        name, Shown.number(found?.median, 0, "%"),
        found.map {
          "5th percentile \(Shown.number($0.p5, 0, "%")), required \(Shown.number(limit, 0, "%"))"
        } ?? "median of the flight")
    }
    let flagged = values.fixes.filter { $0.key != .unknown }.values.reduce(0, +)
    let share = flagged > 0 ? 100 * Double(values.fixes[.fixed] ?? 0) / Double(flagged) : nil
    tile(
      "RTK fixed", Shown.number(share, 1, "%"),
      flagged > 0
        ? "required \(Shown.number(limits.fixedWarning, 0, "%"))" : "the drone writes no RTK flag")
    let sigma = spread(values.sigmas)
    tile(
      "σ horizontal", Shown.number(sigma.map { $0.median * 100 }, 1, "cm"),
      sigma.map { "95 % below \(Shown.number($0.p95 * 100, 1, "cm"))" } ?? "not written")
    let sampling = spread(values.samplings)
    let height = spread(values.heights)
    let source =
      check.heightSource == .relative ? "above take-off" : "above ground"
    tile(
      "Ground sampling", Shown.number(sampling.map { $0.median * 100 }, 1, "cm"),
      height.map { "at \(Shown.number($0.median, 0, "m")) \(source)" } ?? "no height")
    page.raw("</section>\n")
  }

  static func mark(_ severity: Severity) -> String {
    let (name, sign, shape) =
      switch severity {
      case .error: ("bad", "!", "<circle cx=\"8\" cy=\"8\" r=\"7.5\"/>")
      case .warning: ("warn", "!", "<path d=\"M8 .5 15.7 15H.3z\"/>")
      case .note: ("note", "i", "<rect x=\"1\" y=\"1\" width=\"14\" height=\"14\" rx=\"3\"/>")
      }
    return "<svg class=\"mark \(name)\" viewBox=\"0 0 16 16\" role=\"img\" aria-label=\""
      + "\(severity.rawValue)\">\(shape)<text x=\"8\" y=\"12\">\(sign)</text></svg>"
  }

  private func findings(_ page: inout HTMLText, _ findings: [FlightFinding]) {
    page.raw("<h2>Findings</h2>")
    guard !findings.isEmpty else { return page.raw("<p>None.</p>") }
    page.raw("<table><thead><tr><th></th><th class=\"n\">#</th><th>Finding</th><th>Rule</th>")
    page.raw("<th>Flight or folder</th><th>Photos</th><th class=\"n\">Measured</th>")
    page.raw("<th class=\"n\">Limit</th></tr></thead><tbody>")
    for (place, finding) in findings.prefix(Self.mostFindings).enumerated() {
      page.raw("<tr><td>\(Self.mark(finding.severity))</td><td class=\"n\">\(place + 1)</td><td>")
      page.element("b", "", finding.rule.title)
      page.raw("<br>")
      page.text(finding.text)
      page.raw("</td>")
      page.element("td", "", finding.rule.rawValue)
      page.element("td", "", finding.flight ?? finding.folder)
      page.element("td", "class=\"photos\"", Self.photos(finding))
      page.element("td", "class=\"n\"", Self.value(finding.value, finding.unit))
      page.element("td", "class=\"n\"", Self.value(finding.limit, finding.unit))
      page.raw("</tr>\n")
    }
    page.raw("</tbody></table>\n")
    if findings.count > Self.mostFindings {
      page.element(
        "p", "", "And \(findings.count - Self.mostFindings) more: gpsindex qc -f csv lists all.")
    }
  }

  private static func value(_ value: Double?, _ unit: String) -> String {
    guard let value, value.isFinite else { return "" }
    let decimals = abs(value) >= 100 || value == value.rounded() ? 0 : abs(value) >= 10 ? 1 : 2
    return Shown.number(value, decimals, unit)
  }

  private static func photos(_ finding: FlightFinding) -> String {
    func name(_ photo: FlightFinding.Photo) -> String {
      photo.path.split(separator: "/").last.map(String.init) ?? photo.path
    }
    guard let first = finding.photos.first else { return "" }
    guard let last = finding.photos.last, finding.photoCount > 1 else { return name(first) }
    return "\(name(first)) – \(name(last)) (\(finding.photoCount))"
  }
}
