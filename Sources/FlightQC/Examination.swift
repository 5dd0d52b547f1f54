import PhotoModel

/// One flight: its figures and its findings.
struct Examination {
  private var track: Track
  private var judge: Judge
  private let check: FlightCheck
  private(set) var flight = Flight()
  private var overlaps: Overlaps?
  private var coverage: Coverage?

  var findings: [FlightFinding] { judge.findings }
  var unproved: UnprovedEnd? { judge.unproved }
  var examined: ExaminedFlight { ExaminedFlight(flight, track, overlaps, coverage) }

  init(_ part: Mission.Part, _ check: FlightCheck, name: String, isSecondary: Bool) {
    track = part.track
    self.check = check
    let limits = check.rules.limits(check.rules.kind ?? .mapping)
    let outliers = track.strays(nearerThan: limits.wrongPlaceDistance) + track.takeOutliers(limits)
    track.findLines(check.rules.kind ?? part.kind)
    judge = Judge(track, check, flight: name)
    flight.name = name
    flight.isSecondary = isSecondary
    if track.kind != .orbit, track.kind != .facade {
      overlaps = Overlaps(track)
      cover()
    }
    judge.overlaps = overlaps
    judge.coverage = coverage
    if isSecondary { judge.findMissingCamera() } else { applyRules(outliers, part) }
    summarise()
    describe()
  }

  private mutating func applyRules(
    _ outliers: [(place: Int, metres: Double)], _ part: Mission.Part
  ) {
    for (place, metres) in outliers.prefix(Judge.mostEvents) {
      judge.find(
        .outlier, .warning, [track.photos[place]],
        "position \(Words.number(metres)) m off the line of the photos around it", metres,
        limit: judge.limits.outlierDistance, "m")
    }
    judge.findGaps()
    judge.findNumbers()
    judge.findTimeBackward(part.members.falls)
    if !part.isContinued { judge.findCutShort() }
    judge.findOverlaps(part)
    judge.findHoles()
    judge.findHorizon()
    judge.findMissingCamera()
    judge.findHeights()
    judge.findAltitudeJumps()
    judge.findMixedAltitudes()
    judge.findRTK()
    judge.findSmear()
    judge.findSpeed()
    judge.findStationary()
    judge.findClockDrift()
    judge.findLowSun()
    findOutside()
  }

  /// Photos outside of the wanted area.
  private mutating func findOutside() {
    guard let area = check.area, judge.isOn(.geofence) else { return }
    let test = PolygonTest(area)
    let rings = area.polygons.flatMap { $0.map { $0.map(track.plane.ground) } }
    var outside: [Int] = []
    var worst = 0.0
    var limit = judge.limits.geofenceMargin
    for place in track.usable.indices {
      let at = track.usable[place]
      guard let position = track.photos[at].position, !test.contains(position) else { continue }
      let metres = rings.map { Ring.distance($0, track.points[at]) }.min() ?? .infinity
      let margin =
        judge.isInLine[place] ? judge.limits.geofenceMargin : judge.limits.geofenceTurnMargin
      guard metres > margin else { continue }
      outside.append(place)
      if metres > worst { (worst, limit) = (metres, margin) }
    }
    guard !outside.isEmpty else { return }
    judge.find(
      .geofence, .warning, judge.photos(outside),
      "\(Words.photos(outside.count)) up to \(Words.number(worst)) m outside of the area", worst,
      limit: limit, "m")
  }

  mutating func judgePairs(_ tracks: [Track]) {
    let pairs = LensPairs(tracks, share: judge.limits.pairShare, apart: judge.limits.altitudePair)
    for (lens, group) in Dictionary(grouping: pairs.incomplete, by: \.missing)
      .sorted(by: { $0.key < $1.key })
    {
      judge.find(
        .pairIncomplete, .warning, group.map(\.photo),
        "\(group.count) \(group.count == 1 ? "capture" : "captures") without the picture of \(lens)",
        Double(group.count), limit: 0, "captures")
    }
    if let worst = pairs.apart.map(\.metres).max() {
      judge.find(
        .mixedAltitude, track.kind == .mapping ? .error : .warning, pairs.apart.map(\.photo),
        "altitudes of pictures of one capture differ by up to \(Words.number(worst)) m", worst,
        limit: judge.limits.altitudePair, "m")
    }
  }

  private mutating func cover() {
    var prints: [[Ground]] = []
    var (areas, lengths): ([Double], [Double]) = ([], [])
    let axis = track.grids.first?.axis ?? track.lines.first?.direction ?? Ground(1, 0)
    for place in track.usable {
      guard let print = track.wholeFootprint(place) else { continue }
      prints.append(print.corners)
      areas.append(Ring.area(print.corners))
      if let chord = Ring.chord(print.corners, through: print.centre, along: axis) {
        lengths.append(chord.upperBound - chord.lowerBound)
      }
    }
    guard !areas.isEmpty, !lengths.isEmpty else { return }
    judge.footprintArea = Robust.median(areas)
    coverage = Coverage(
      prints, direction: axis, along: Robust.median(lengths),
      smallest: judge.limits.holeFootprint / 100 * judge.footprintArea, wanted: nil)
    if check.area != nil { coverage?.holes = [] }
  }

  /// What photos show, in the plane of the wanted area. What shows a tower or a wall is not meant to cover ground.
  func prints(in plane: LocalPlane) -> [[Ground]] {
    if track.kind == .orbit || track.kind == .facade { return [] }
    return track.usable.compactMap { place in
      track.wholeFootprint(place)?.corners.map { plane.ground(track.plane.coordinate($0)) }
    }
  }

  private mutating func summarise() {
    flight.kind = track.kind
    flight.photos = track.all.count
    flight.withoutPosition = track.all.count - track.photos.count
    flight.lines = track.lines.count
    flight.rows = track.grids.reduce(0) { $0 + $1.rows.count }
    flight.spacing = track.spacing
    for place in track.usable.indices.dropLast() {
      flight.length += track.distance(place, place + 1)
    }
    let speeds = track.lines.map { track.speed($0) }.filter { !$0.isNaN }
    if !speeds.isEmpty {
      flight.speed = Robust.median(speeds)
    } else if let from = track.times.first, let to = track.times.last, to > from {
      flight.speed = flight.length / (to - from)
    }
    flight.area = coverage?.area
    flight.areaOfThree = coverage?.areaOfThree
    flight.holes = coverage?.holes.count ?? 0
    flight.height = Flight.Spread(track.usable.map { track.heights[$0] })
    flight.heightSource = check.heightSource
    let whole = track.usable.compactMap(track.wholeFootprint)
    flight.groundSampling = Flight.Spread(whole.map(\.groundSampling))
    flight.clamped = track.footprints.count { $0?.isClamped ?? false }
    for case .some(let fault) in track.faults { flight.withoutFootprint[fault, default: 0] += 1 }
    flight.assumesNadir = track.assumesNadir
    flight.forward = overlaps.flatMap { Flight.Spread($0.allForward) }
    flight.side = overlaps.flatMap { Flight.Spread($0.allSide) }
    if let overlaps, !overlaps.forwardByDistance.isEmpty {
      flight.forwardByDistance = Robust.median(overlaps.forwardByDistance)
    }
    if let overlaps, !overlaps.sideByDistance.isEmpty {
      flight.sideByDistance = Robust.median(overlaps.sideByDistance)
    }
    flight.notChecked = judge.notChecked
  }

  private mutating func describe() {
    guard let photo = track.all.first else { return }
    flight.site = photo.site
    flight.folder = photo.folder
    let make = photo.make ?? ""
    let model = photo.model ?? ""
    flight.camera = model.hasPrefix(make) || model.isEmpty ? model : "\(make) \(model)"
    flight.imageSource = photo.imageSource
    flight.first = track.photos.first?.position
    if let located = track.photos.first {
      flight.lensSource = try? Lens(located.lens, model: located.model).source
    }
    let utc = track.all.compactMap { $0.takenAt }
    let local = track.all.compactMap { $0.takenLocal }
    flight.isLocalTime = utc.count < local.count
    let times = flight.isLocalTime ? local : utc
    (flight.start, flight.end) = (times.min(), times.max())
    let flagged = track.photos.count { $0.rtkFlag != nil }
    if flagged > 0 {
      flight.fixedShare =
        100 * Double(track.photos.count { $0.rtkFlag == 50 }) / Double(flagged)
    }
    flight.sigma = Flight.Spread(
      track.photos.compactMap { photo in
        guard let east = photo.rtkStdLon, let north = photo.rtkStdLat, east > 0 || north > 0
        else { return nil }
        return (east * east + north * north).squareRoot()
      })
    let suns = [track.photos.first, track.photos.last].compactMap { photo -> Double? in
      guard let photo, let time = photo.takenAt, let place = photo.position else { return nil }
      return Sun.height(at: place, time: time)
    }
    flight.sunHeight = Flight.Spread(suns)
  }
}
