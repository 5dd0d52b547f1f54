import PhotoModel

/// Judges photos as they come, folder by folder, in memory for the folders of one flight.
///
/// Hand over photos ordered by site and folder with ``add(_:)``, then call ``finish()`` once. Other threads do the work;
/// flights come out in order.
public struct FlightExaminer {
  private let check: FlightCheck
  private let each: ((ExaminedFlight) throws -> Void)?
  /// Folders that later ones may continue, and the folder that is being read.
  private var open: [FlightBatch] = []
  private var incoming: [FlightPhoto] = []
  private let work = OrderedWork<Done>()
  private var copies = CopyTable()
  private var names: [String: Int] = [:]
  private var report = FlightReport()
  private var area: AreaCoverage?
  private var unproved: [UnprovedEnd] = []

  /// Part of a footprint that a flight must miss at its end.
  private static let smallestRest = 0.25

  private enum Done: Sendable {
    case folder([FlightFinding])
    case flights([FlightGroup])
  }

  /// - Parameter each: takes every flight with its photos and footprints.
  public init(_ check: FlightCheck, each: ((ExaminedFlight) throws -> Void)? = nil) {
    self.check = check
    self.each = each
    area = check.area.flatMap(AreaCoverage.init)
  }

  public mutating func add(_ photo: FlightPhoto) throws {
    if let last = incoming.last, !isSameFolder(last, photo) { try closeFolder() }
    incoming.append(photo)
  }

  /// - Returns: the findings, the most severe ones first within their flights and folders.
  public mutating func finish() throws -> FlightReport {
    try closeFolder()
    while !open.isEmpty { try closeBatch() }
    try takeResults(leaving: 0)
    if let area { judge(area) }
    return report
  }

  /// Holes of the area that all flights leave, and flights that end beside one.
  private mutating func judge(_ area: AreaCoverage) {
    let limits = check.rules.limits(.mapping)
    guard let found = area.coverage(smallest: limits.holeFootprint / 100) else { return }
    report.areaCoverage = found.share
    if check.rules.isOn(.hole) {
      report.findings += found.holes.map { hole in
        var finding = FlightFinding(
          .hole, check.rules.severity(.hole, .error), [],
          "no photo shows \(Words.number(hole.area)) m² of the area"
        ).measured(
          100 * hole.area / area.footprintArea, limit: limits.holeFootprint, "% of a footprint")
        finding.site = report.flights.first?.site ?? ""
        finding.folder = report.flights.first?.folder ?? ""
        finding.outline = ExaminedFlight.ring(hole.outline, area.plane)
        finding.position = area.plane.coordinate(Judge.middle(hole.outline))
        return finding
      }
    }
    for end in unproved {
      let tip = area.plane.ground(end.place)
      guard
        let hole = found.holes.first(where: {
          $0.area > Self.smallestRest * area.footprintArea
            && (Ring.contains($0.outline, tip) || Ring.distance($0.outline, tip) < end.reach)
        })
      else { continue }
      report.findings.append(
        end.finding.measured(
          100 * hole.area / area.footprintArea, limit: 100 * Self.smallestRest, "% of a footprint"))
    }
  }

  private func isSameFolder(_ a: FlightPhoto, _ b: FlightPhoto) -> Bool {
    a.folder.hasSameBytes(as: b.folder) && a.site.hasSameBytes(as: b.site)
  }

  private mutating func closeFolder() throws {
    guard let first = incoming.first else { return }
    report.photos += incoming.count
    report.folders += 1
    let photos = incoming
    incoming = []
    incoming.reserveCapacity(photos.count)
    let copied = check.rules.isOn(.duplicate) ? copies.copies(photos, in: first.folder) : []
    try start { [check] in .folder(FolderRules.findings(photos, check, copied)) }
    if let last = open.last, !last.site.hasSameBytes(as: first.site) {
      while !open.isEmpty { try closeBatch() }
    }
    if let place = open.lastIndex(where: { $0.isContinued(by: photos) }) {
      open[place].append(photos)
    } else {
      open.append(FlightBatch(photos))
    }
    while FlightBatch.areTooMany(open) { try closeBatch() }
  }

  private mutating func closeBatch() throws {
    let batch = open.removeFirst()
    let (handsOver, plane) = (each != nil, area?.plane)
    try start { [check] in
      .flights(FlightGroup.examine(batch.photos, check, handsOver: handsOver, covering: plane))
    }
  }

  private mutating func start(_ job: @escaping @Sendable () -> Done) throws {
    try takeResults(leaving: work.most)
    work.start(job)
  }

  private mutating func takeResults(leaving count: Int) throws {
    while work.count > count, let done = work.next() {
      switch done {
      case .folder(let findings): report.findings += findings
      case .flights(let groups): for group in groups { try take(group) }
      }
    }
  }

  private mutating func take(_ group: FlightGroup) throws {
    let number = (names[group.base] ?? 0) + 1
    names[group.base] = number
    for flight in group.flights {
      let flight = number == 1 ? flight : flight.renamed(from: group.base, number)
      report.flights.append(flight.flight)
      if let end = flight.unproved { unproved.append(end) }
      for ring in flight.prints { area?.add(ring) }
      report.findings += flight.findings
      if let examined = flight.examined { try each?(examined) }
    }
  }
}

/// What was found, in the order of folders and flights.
public struct FlightReport: Sendable {
  public var flights: [Flight] = []
  public var findings: [FlightFinding] = []
  public var photos = 0
  public var folders = 0
  /// Percent of the wanted area that photos show; nil without one.
  public var areaCoverage: Double?

  public init() {}

  public func count(_ severity: Severity) -> Int { findings.count { $0.severity == severity } }
}
