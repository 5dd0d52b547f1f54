/// Photos of one camera in the order in which they were taken.
struct PhotoOrder {
  /// Indices of the photos.
  var order: [Int] = []
  /// For each of ``order``: seconds of a clock that runs on where the camera's clock was set back;
  /// NaN without a time.
  var times: [Double] = []
  var numbers: [Int?] = []
  /// Places of ``order`` where the clock falls while the number rises, and by how many seconds.
  var falls: [(place: Int, seconds: Double)] = []
  /// Other files of the same pictures (raw and JPEG); not in ``order``.
  var companions = 0

  /// - Parameter indices: of photos of one camera and one lens, of one folder.
  init(_ photos: [FlightPhoto], _ indices: [Int]) {
    let clock = Clock(photos, indices)
    let numbers = FileNumber.numbers(indices.map { photos[$0].name })
    var keyed = indices.enumerated().map { place, index in
      Entry(index: index, time: clock.seconds(photos[index]), number: numbers[place])
    }
    // Without times only names tell the order.
    let timed = keyed.filter { !$0.time.isNaN }.count
    if timed * 2 < keyed.count {
      for place in keyed.indices { keyed[place].time = .nan }
    } else {
      keyed.removeAll { $0.time.isNaN }
    }
    keyed.sort { a, b in
      if a.time != b.time, !a.time.isNaN { return a.time < b.time }
      if a.number != b.number { return (a.number ?? -1) < (b.number ?? -1) }
      return photos[a.index].name < photos[b.index].name
    }
    dropCompanions(&keyed, photos)
    repairClock(&keyed)
    order = keyed.map(\.index)
    times = keyed.map(\.time)
    self.numbers = keyed.map(\.number)
  }

  struct Entry {
    var index: Int
    var time: Double
    var number: Int?
  }

  private mutating func dropCompanions(_ keyed: inout [Entry], _ photos: [FlightPhoto]) {
    var kept: [Entry] = []
    kept.reserveCapacity(keyed.count)
    for entry in keyed {
      if let last = kept.last, last.time == entry.time || entry.time.isNaN,
        last.number == entry.number, photos[last.index].name != photos[entry.index].name,
        FileNumber.stem(photos[last.index].name) == FileNumber.stem(photos[entry.index].name)
      {
        companions += 1
      } else {
        kept.append(entry)
      }
    }
    keyed = kept
  }

  /// The time of one to three photos differs, and that of the photos around them goes on: they are of another day.
  private static func isAlien(_ byNumber: [Entry], _ place: Int) -> Bool {
    let fall = byNumber[place - 1].time - byNumber[place].time
    func rises(_ next: Int) -> Bool {
      guard next > 0, next < byNumber.count else { return false }
      return byNumber[next].time - byNumber[next - 1].time > 0.8 * fall
    }
    return fall > 60
      && ((1...3).contains { rises(place + $0) } || (1...3).contains { rises(place - $0) })
  }

  /// A clock that was set back puts photos in a wrong order. Where numbers are unique and rise, they tell the order.
  private mutating func repairClock(_ keyed: inout [Entry]) {
    guard keyed.count >= 4, let first = keyed.first, !first.time.isNaN else { return }
    var isRising = true
    for place in 1..<keyed.count {
      guard let a = keyed[place - 1].number, let b = keyed[place].number else { return }
      if b < a { isRising = false }
    }
    if isRising { return }
    let byNumber = keyed.sorted { ($0.number ?? 0) < ($1.number ?? 0) }
    var found: [(place: Int, seconds: Double)] = []
    var steps: [Double] = []
    for place in 1..<byNumber.count {
      let (a, b) = (byNumber[place - 1], byNumber[place])
      guard let from = a.number, let to = b.number, from < to else { return }
      if b.time >= a.time {
        steps.append(b.time - a.time)
      } else if to - from <= 3 {
        if Self.isAlien(byNumber, place) { return }
        found.append((place, a.time - b.time))
      } else {
        // Another sequence begins.
        return
      }
    }
    guard !found.isEmpty, found.count <= max(3, keyed.count / 50) else { return }
    let step = Robust.median(steps)
    keyed = byNumber
    var shift = 0.0
    var next = 0
    for place in keyed.indices {
      if next < found.count, found[next].place == place {
        shift += found[next].seconds + (step.isNaN ? 1 : step)
        next += 1
      }
      keyed[place].time += shift
    }
    falls = found
  }
}

/// The time of photos that are compared with each other: all UTC, or all of the camera's clock.
struct Clock {
  private enum Kind { case utc, local, mixed }
  private let kind: Kind

  init(_ photos: [FlightPhoto], _ indices: [Int]) {
    let hasUTC = indices.allSatisfy { photos[$0].takenAt != nil }
    let hasLocal = indices.allSatisfy { photos[$0].takenLocal != nil }
    kind = hasUTC ? .utc : hasLocal ? .local : .mixed
  }

  func seconds(_ photo: FlightPhoto) -> Double {
    let time =
      switch kind {
      case .utc: photo.takenAt
      case .local: photo.takenLocal
      case .mixed: photo.takenAt ?? photo.takenLocal
      }
    return time.map { Double($0) / 1000 } ?? .nan
  }
}
