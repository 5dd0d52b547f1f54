import PhotoModel

/// Applies the rules to one flight.
struct Judge {
  let track: Track
  let check: FlightCheck
  let limits: FlightLimits
  let flightName: String
  var overlaps: Overlaps?
  var coverage: Coverage?
  /// Square metres, median of whole footprints; NaN without one.
  var footprintArea = Double.nan
  private(set) var findings: [FlightFinding] = []
  private(set) var notChecked: [(rule: FlightRule, why: String)] = []
  /// A flight that ends early, if the area is not covered there.
  var unproved: UnprovedEnd?
  /// Members behind which a gap was found.
  var gapSteps: Set<Int> = []
  /// Usable places that belong to a line.
  let isInLine: [Bool]

  /// Events of one rule in one flight that are listed one by one.
  static let mostEvents = 100

  init(_ track: Track, _ check: FlightCheck, flight name: String) {
    self.track = track
    self.check = check
    limits = check.rules.limits(track.kind)
    flightName = name
    var isInLine = [Bool](repeating: false, count: track.usable.count)
    for line in track.lines { for place in line.range { isInLine[place] = true } }
    self.isInLine = isInLine
  }

  func isOn(_ rule: FlightRule) -> Bool { check.rules.isOn(rule, track.kind) }

  mutating func skip(_ rule: FlightRule, _ why: String) {
    if isOn(rule) { notChecked.append((rule, why)) }
  }

  /// - Parameter photos: located or not; the first one gives the position.
  mutating func find(
    _ rule: FlightRule, _ severity: Severity, _ photos: [FlightPhoto], _ text: String,
    _ value: Double? = nil, limit: Double? = nil, _ unit: String = "", at place: Coordinate? = nil,
    outline: [Coordinate] = []
  ) {
    guard isOn(rule) else { return }
    var finding = FlightFinding(rule, check.rules.severity(rule, severity), photos, text)
    finding.flight = flightName
    (finding.value, finding.limit, finding.unit) = (value, limit, unit)
    finding.outline = outline
    if let place { finding.position = place }
    if finding.site.isEmpty, let photo = track.all.first {
      (finding.site, finding.folder) = (photo.site, photo.folder)
    }
    findings.append(finding)
  }

  mutating func add(_ other: Judge) {
    findings += other.findings
    notChecked += other.notChecked
  }

  /// Of usable places.
  func photos(_ usable: some Sequence<Int>) -> [FlightPhoto] {
    usable.map { track.photos[track.usable[$0]] }
  }

  /// Runs of places that follow each other.
  static func runs(_ places: [Int]) -> [ClosedRange<Int>] {
    var runs: [ClosedRange<Int>] = []
    for place in places {
      if let last = runs.last, last.upperBound + 1 == place {
        runs[runs.count - 1] = last.lowerBound...place
      } else {
        runs.append(place...place)
      }
    }
    return runs
  }
}

/// An end of a flight that is a finding only where ground of the wanted area is missed.
struct UnprovedEnd: Sendable {
  var finding: FlightFinding
  /// Where photos are missed, and how many metres around it.
  var place: Coordinate
  var reach: Double
}

/// Numbers in sentences.
enum Words {
  static func photos(_ count: Int) -> String { count == 1 ? "1 photo" : "\(count) photos" }

  /// With one decimal below 10 and without above.
  static func number(_ value: Double) -> String {
    guard value.isFinite, abs(value) < 1e15 else { return "\(value)" }
    if abs(value) >= 10 || value == value.rounded() { return "\(Int(value.rounded()))" }
    let tenths = Int((abs(value) * 10).rounded())
    if tenths == 0, value != 0 {
      let thousandths = Int((abs(value) * 1000).rounded())
      let digits = "\(thousandths)"
      return (value < 0 ? "-" : "") + "0."
        + String(repeating: "0", count: max(0, 3 - digits.count)) + digits
    }
    return (value < 0 ? "-" : "") + "\(tenths / 10).\(tenths % 10)"
  }
}
