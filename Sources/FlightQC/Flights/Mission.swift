import PhotoModel

/// Flights of one camera and lens, each of which goes on where the one before stopped: with new batteries.
struct Mission {
  var parts: [Part]

  struct Part {
    var track: Track
    var members: FlightMembers
    /// Another part goes on where this one stops.
    var isContinued = false
    /// Of the whole mission, which shows what kind its parts are.
    var kind: FlightKind?
    /// All parts of a corridor together; in the first one only.
    var whole: Track?
    /// Side overlap is judged with ``whole``.
    var isOfSeveral = false
  }

  /// Seconds.
  private static let longestPause = 3600.0

  static func all(_ photos: [FlightPhoto], _ check: FlightCheck) -> [Mission] {
    var missions: [Mission] = []
    for members in FlightSplit.flights(photos) {
      guard let track = Track(members, photos, check) else { continue }
      let part = Part(track: track, members: members)
      if let last = missions.last?.parts.last, goesOn(last.track, track) {
        missions[missions.count - 1].parts.append(part)
      } else {
        missions.append(Mission(parts: [part]))
      }
    }
    for place in missions.indices where missions[place].parts.count > 1 {
      missions[place].recognise(photos, check)
    }
    return missions
  }

  /// The drone comes back to where it stopped, or to the begin of the next row.
  private static func goesOn(_ a: Track, _ b: Track) -> Bool {
    guard let last = a.photos.last, let next = b.photos.first, let from = a.usable.last,
      let to = b.usable.first, last.imageSource == next.imageSource, last.serial == next.serial,
      last.make == next.make, last.model == next.model, let position = b.photos[to].position
    else { return false }
    let pause = b.times[to] - a.times[from]
    guard pause > 0, pause <= longestPause else { return false }
    let metres = Ring.length(a.plane.ground(position) - a.points[from])
    // The next pass of a corridor is as far away as a picture is wide.
    let wide = a.wholeFootprint(from).map { Ring.area($0.corners).squareRoot() } ?? 0
    return metres <= max(15, 4 * max(a.spacing, b.spacing), wide)
  }

  private mutating func recognise(_ photos: [FlightPhoto], _ check: FlightCheck) {
    var all = FlightMembers()
    for part in parts {
      let start = all.indices.count
      all.indices += part.members.indices
      all.times += part.members.times
      all.numbers += part.members.numbers
      all.strays.formUnion(part.members.strays.map { $0 + start })
    }
    guard var whole = Track(all, photos, check) else { return }
    _ = whole.takeOutliers(check.rules.limits(check.rules.kind ?? .mapping))
    whole.findLines(check.rules.kind)
    for place in parts.indices {
      parts[place].isContinued = place + 1 < parts.count
      if whole.kind != .other { parts[place].kind = whole.kind }
      parts[place].isOfSeveral = true
    }
    if whole.kind == .corridor { parts[0].whole = whole }
  }
}
