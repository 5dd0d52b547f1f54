import FlightQC

extension ReportPage {
  private static let mostFlights = 500

  func flights(_ page: inout HTMLText, _ report: FlightReport) {
    page.raw("<h2>Flights</h2><table><thead><tr><th>Flight</th><th>Kind</th>")
    for name in [
      "Photos", "Start", "Path", "Area", "Speed", "Height", "GSD", "Forward", "Side", "RTK fixed",
    ] {
      page.element("th", "class=\"n\"", name)
    }
    page.raw("</tr></thead><tbody>")
    for flight in report.flights.prefix(Self.mostFlights) {
      page.raw("<tr>")
      page.element("td", "", flight.name)
      page.element("td", "", flight.isSecondary ? "second lens" : flight.kind.rawValue)
      let cells = [
        "\(flight.photos)", Shown.time(flight.start, isLocal: flight.isLocalTime),
        Shown.length(flight.length), Shown.area(flight.area),
        Shown.number(flight.speed, 1, "m/s"), Shown.number(flight.height?.median, 0, "m"),
        Shown.number(flight.groundSampling.map { $0.median * 100 }, 2, "cm"),
        Shown.number(flight.forward?.median, 0, "%"), Shown.number(flight.side?.median, 0, "%"),
        Shown.number(flight.fixedShare, 1, "%"),
      ]
      for cell in cells { page.element("td", "class=\"n\"", cell) }
      page.raw("</tr>\n")
    }
    page.raw("</tbody></table>\n")
    if report.flights.count > Self.mostFlights {
      page.element(
        "p", "",
        "And \(report.flights.count - Self.mostFlights) more: gpsindex qc -f json lists all.")
    }
  }

  func checks(_ page: inout HTMLText, _ report: FlightReport) {
    let found = Set(report.findings.map(\.rule))
    var whys: [FlightRule: Set<String>] = [:]
    for flight in report.flights where !flight.isSecondary {
      for (rule, why) in flight.notChecked { whys[rule, default: []].insert(why) }
    }
    let kinds = Set(report.flights.map(\.kind))
    let passed = FlightRule.allCases.filter { rule in
      !found.contains(rule) && whys[rule] == nil
        && (rule.kinds.map { !$0.isDisjoint(with: kinds) } ?? true)
        && (rule != .geofence || hasArea) && (rule != .folderName || hasPattern)
    }
    page.element("h2", "", "Checks passed")
    page.element(
      "p", "", passed.isEmpty ? "None." : passed.map(\.rawValue).joined(separator: ", ") + ".")
    page.element("h2", "", "Not checked")
    page.raw("<ul>")
    for rule in FlightRule.allCases {
      guard let reasons = whys[rule] else { continue }
      page.element("li", "", "\(rule.rawValue): \(reasons.sorted().joined(separator: ", "))")
    }
    for line in [
      "Sharpness, focus, exposure and dirt on the lens: the index holds no pixels.",
      "True position and height: a standard deviation is the receiver's own belief, and a wrong base shifts everything.",
      heightRemark,
      "Lens distortion, rolling shutter and smear by rotation.",
      "Photos that never reached the server.",
    ] {
      page.element("li", "", line)
    }
    page.raw("</ul>\n")
  }

  private var heightRemark: String {
    isHeightRelative
      ? "Relief: heights are above the take-off point, as if the ground were flat. Over a hill overlap is smaller."
      : "Relief: the ground is taken as flat. Over a hill overlap is smaller."
  }
}
