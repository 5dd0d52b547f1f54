import PhotoModel

/// Photos of one flight and one lens, in order.
struct FlightMembers {
  var indices: [Int] = []
  var times: [Double] = []
  var numbers: [Int?] = []
  /// Places where the camera's clock fell.
  var falls: [(place: Int, seconds: Double)] = []
  /// Which of them are far from the others, although before and behind them the flight goes on.
  var strays: Set<Int> = []
}

/// Splits photos of folders into flights.
enum FlightSplit {
  /// Metres, and metres per second, between photos of one flight (hotosm/drone-tm).
  private static let farthest = 1000.0
  private static let fastest = 50.0

  private struct Key: Hashable {
    var camera: String
    var lens: String
  }

  static func flights(_ photos: [FlightPhoto]) -> [FlightMembers] {
    var groups: [Key: [Int]] = [:]
    var keys: [Key] = []
    // Photos of one camera mostly follow each other.
    var (last, run): (Key?, [Int]) = (nil, [])
    func close() {
      guard let last, !run.isEmpty else { return }
      if groups[last] == nil { keys.append(last) }
      groups[last, default: []] += run
      run.removeAll(keepingCapacity: true)
    }
    for index in photos.indices where isOfFlight(photos[index]) {
      if let at = run.last, photos[at].isOfCamera(photos[index]) {
        run.append(index)
        continue
      }
      close()
      last = Key(
        camera: photos[index].serial
          ?? "\(photos[index].make ?? "")|\(photos[index].model ?? "")",
        lens: photos[index].imageSource ?? "")
      run.append(index)
    }
    close()
    return keys.flatMap { split(ordered(photos, groups[$0] ?? []), photos) }
  }

  /// Files that cannot be read tell nothing of a flight.
  private static func isOfFlight(_ photo: FlightPhoto) -> Bool {
    if case .failed = photo.problem { false } else { true }
  }

  /// All photos of a camera: each folder in its own order, then together by time.
  private static func ordered(_ photos: [FlightPhoto], _ indices: [Int]) -> FlightMembers {
    var byFolder: [String: [Int]] = [:]
    var folders: [String] = []
    for index in indices {
      if byFolder[photos[index].folder] == nil { folders.append(photos[index].folder) }
      byFolder[photos[index].folder, default: []].append(index)
    }
    var parts = folders.map { PhotoOrder(photos, byFolder[$0] ?? []) }
    parts.sort { ($0.times.first ?? .nan) < ($1.times.first ?? .nan) }
    var all = FlightMembers()
    for part in parts {
      let start = all.indices.count
      all.falls += part.falls.map { ($0.place + start, $0.seconds) }
      all.indices += part.order
      all.times += part.times
      all.numbers += part.numbers
    }
    return all
  }

  /// Seconds between photos of one flight.
  private static func longestStep(_ times: [Double]) -> Double {
    var steps: [Double] = []
    for place in times.indices.dropFirst() where times[place] > times[place - 1] {
      steps.append(times[place] - times[place - 1])
    }
    return max(120, 10 * Robust.median(steps))
  }

  private static func split(_ all: FlightMembers, _ photos: [FlightPhoto]) -> [FlightMembers] {
    guard let first = all.indices.first else { return [] }
    let longest = longestStep(all.times)
    var flights: [FlightMembers] = []
    var current = FlightMembers()
    var lastPlaced: Int?
    var placedBefore: Int?
    var skip = 0
    func append(_ place: Int) {
      current.indices.append(all.indices[place])
      current.times.append(all.times[place])
      current.numbers.append(all.numbers[place])
      if all.falls.isEmpty { return }
      current.falls += all.falls.filter { $0.place == place }
        .map { (current.indices.count - 1, $0.seconds) }
    }
    append(0)
    if photos[first].position != nil { lastPlaced = 0 }
    for place in all.indices.indices.dropFirst() {
      let step = all.times[place] - all.times[place - 1]
      // Time falls where a folder repeats what another one holds.
      var isNew = step > longest || step < 0
      if !isNew, skip > 0 {
        skip -= 1
        current.strays.insert(current.indices.count)
      } else if !isNew, let last = lastPlaced, isJump(all, last, place, photos) {
        if let before = placedBefore, isAstray(all, before, last, place, photos) {
          let back = current.indices.count - (place - last)
          if back >= 0 { current.strays.insert(back) }
          append(place)
          (placedBefore, lastPlaced) = (before, place)
          continue
        }
        if let back = (place + 1..<min(place + 4, all.indices.count)).first(where: {
          photos[all.indices[$0]].position != nil && !isJump(all, last, $0, photos)
            && abs(all.times[$0] - all.times[last]) <= longest
        }) {
          skip = back - place - 1
          current.strays.insert(current.indices.count)
        } else {
          isNew = true
        }
      }
      if isNew {
        flights.append(current)
        current = FlightMembers()
        skip = 0
        (placedBefore, lastPlaced) = (nil, nil)
      }
      append(place)
      if photos[all.indices[place]].position != nil,
        !current.strays.contains(current.indices.count - 1)
      {
        (placedBefore, lastPlaced) = (lastPlaced, place)
      }
    }
    flights.append(current)
    return flights
  }

  /// Whether the middle one of three photos is far away, and not the last one: the way goes on there.
  private static func isAstray(
    _ all: FlightMembers, _ before: Int, _ middle: Int, _ place: Int, _ photos: [FlightPhoto]
  ) -> Bool {
    func metres(_ a: Int, _ b: Int) -> Double {
      guard let from = photos[all.indices[a]].position, let to = photos[all.indices[b]].position
      else { return .infinity }
      return roughDistance(from, to)
    }
    guard !isJump(all, before, place, photos),
      let next = (place + 1..<min(place + 4, all.indices.count)).first(where: {
        photos[all.indices[$0]].position != nil
      })
    else { return false }
    return metres(place, next) < metres(middle, next)
  }

  private static func isJump(
    _ all: FlightMembers, _ a: Int, _ b: Int, _ photos: [FlightPhoto]
  ) -> Bool {
    guard let from = photos[all.indices[a]].position, let to = photos[all.indices[b]].position
    else { return false }
    let metres = roughDistance(from, to)
    if metres > farthest { return true }
    // Times of whole seconds are up to a second too near.
    let seconds = all.times[b] - all.times[a]
    return !seconds.isNaN && metres > fastest * (max(seconds, 0) + 1)
  }

  /// Good to a percent below a degree; more than a kilometre beyond.
  static func roughDistance(_ a: Coordinate, _ b: Coordinate) -> Double {
    let north = (b.latitude - a.latitude) * 111_200
    let (_, cosine) = Angle.sineAndCosine((a.latitude + b.latitude) / 2)
    var east = b.longitude - a.longitude
    if east > 180 { east -= 360 } else if east < -180 { east += 360 }
    east *= 111_320 * cosine
    return (north * north + east * east).squareRoot()
  }
}

extension FlightPhoto {
  fileprivate func isOfCamera(_ other: FlightPhoto) -> Bool {
    serial == other.serial && imageSource == other.imageSource
      && (serial != nil || make == other.make && model == other.model)
  }
}
