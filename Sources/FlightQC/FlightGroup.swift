import PhotoModel

/// Folders of one camera that follow each other in time.
struct FlightBatch {
  private(set) var photos: [FlightPhoto]
  private var serials: Set<String>
  /// Seconds; nil without times.
  private var span: ClosedRange<Int64>?

  /// Folders of one camera whose times are at most so many seconds apart belong together.
  private static let longestPause: Int64 = 300
  private static let mostPhotos = 200_000
  /// Of folders that wait for others. Two aircraft at one site write folders whose names alternate.
  private static let mostWaiting = 4
  private static let mostPhotosWaiting = 20_000

  var site: String { photos.first?.site ?? "" }

  init(_ photos: [FlightPhoto]) {
    self.photos = photos
    serials = Set(photos.lazy.compactMap(\.serial))
    span = Self.span(photos)
  }

  mutating func append(_ more: [FlightPhoto]) {
    photos += more
    serials.formUnion(more.lazy.compactMap(\.serial))
    if let span, let added = Self.span(more) {
      self.span =
        min(span.lowerBound, added.lowerBound)...max(span.upperBound, added.upperBound)
    }
  }

  func isContinued(by more: [FlightPhoto]) -> Bool {
    guard photos.count + more.count <= Self.mostPhotos,
      more.contains(where: { $0.serial.map(serials.contains) ?? false }),
      let span, let added = Self.span(more)
    else { return false }
    return added.lowerBound - span.upperBound <= Self.longestPause
      && span.lowerBound - added.upperBound <= Self.longestPause
  }

  static func areTooMany(_ open: [FlightBatch]) -> Bool {
    open.count > mostWaiting
      || open.count > 1 && open.reduce(0) { $0 + $1.photos.count } > mostPhotosWaiting
  }

  private static func span(_ photos: [FlightPhoto]) -> ClosedRange<Int64>? {
    var span: ClosedRange<Int64>?
    for photo in photos {
      guard let time = photo.takenAt ?? photo.takenLocal else { continue }
      let second = time / 1000
      if let old = span {
        if second < old.lowerBound { span = second...old.upperBound }
        if second > old.upperBound { span = old.lowerBound...second }
      } else {
        span = second...second
      }
    }
    return span
  }
}

/// Flights that the lenses of one camera made together, the main lens first.
struct FlightGroup: Sendable {
  /// What their names begin with.
  var base: String
  var flights: [Judged]

  struct Judged: Sendable {
    var flight: Flight
    var findings: [FlightFinding]
    var unproved: UnprovedEnd?
    /// What its photos show, in the plane of the wanted area.
    var prints: [[Ground]] = []
    var examined: ExaminedFlight?

    func renamed(from base: String, _ number: Int) -> Judged {
      let name = "\(base) (\(number))" + flight.name.dropFirst(base.count)
      var copy = self
      copy.flight.name = name
      for place in copy.findings.indices where copy.findings[place].flight != nil {
        copy.findings[place].flight = name
      }
      if copy.unproved != nil { copy.unproved?.finding.flight = name }
      copy.examined?.flight.name = name
      return copy
    }
  }

  /// - Parameters:
  ///   - handsOver: keeps photos and footprints.
  ///   - plane: of the wanted area.
  static func examine(
    _ photos: [FlightPhoto], _ check: FlightCheck, handsOver: Bool, covering plane: LocalPlane?
  ) -> [FlightGroup] {
    let missions = Mission.all(photos, check)
    var parts = missions.flatMap(\.parts)
    parts.sort { ($0.track.times.first ?? .nan) < ($1.track.times.first ?? .nan) }
    return groups(parts.map(\.track)).compactMap { group in
      let group = group.map { parts[$0] }
      guard let first = group.first?.track.all.first else { return nil }
      var result = FlightGroup(
        base: first.folder.isEmpty ? first.site : first.folder, flights: [])
      for (place, part) in group.enumerated() {
        let lens = part.track.all.first?.imageSource ?? "lens"
        var examination = Examination(
          part, check, name: place == 0 ? result.base : "\(result.base), \(lens)",
          isSecondary: place > 0 && !check.rules.judgesAllLenses)
        if place == 0, group.count > 1 { examination.judgePairs(group.map(\.track)) }
        var judged = Judged(flight: examination.flight, findings: examination.findings)
        judged.unproved = examination.unproved
        if place == 0, let plane { judged.prints = examination.prints(in: plane) }
        if handsOver { judged.examined = examination.examined }
        result.flights.append(judged)
      }
      return result
    }
  }

  /// Places of tracks of one camera that overlap in time: the main lens first.
  private static func groups(_ tracks: [Track]) -> [[Int]] {
    var groups: [[Int]] = []
    var isTaken = [Bool](repeating: false, count: tracks.count)
    for place in tracks.indices where !isTaken[place] {
      var group = [place]
      isTaken[place] = true
      for other in tracks.indices.dropFirst(place + 1) where !isTaken[other] {
        guard tracks[place].isBeside(tracks[other]) else { continue }
        group.append(other)
        isTaken[other] = true
      }
      groups.append(group.sorted { tracks[$0].lensRank > tracks[$1].lensRank })
    }
    return groups
  }
}

extension Track {
  /// Two lenses of one camera in one flight.
  func isBeside(_ other: Track) -> Bool {
    guard let a = all.first, let b = other.all.first,
      a.imageSource != b.imageSource, a.serial == b.serial, a.make == b.make,
      let from = allTimes.first, let to = allTimes.last,
      let otherFrom = other.allTimes.first, let otherTo = other.allTimes.last
    else { return false }
    return from <= otherTo + 1 && otherFrom <= to + 1
  }

  /// The lens that shows most is the one a flight is planned for.
  var lensRank: Double {
    guard let photo = photos.first, let lens = try? Lens(photo.lens, model: photo.model) else {
      return photos.first?.imageSource?.contains("Infrared") ?? false ? -1 : 0
    }
    return lens.halfWidth * lens.halfHeight
  }
}
