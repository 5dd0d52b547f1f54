extension Judge {
  /// Drones without RTK write no RTK flag.
  mutating func findRTK() {
    let flagged = track.photos.indices.filter { track.photos[$0].rtkFlag != nil }
    guard !flagged.isEmpty else {
      for rule in [FlightRule.rtkNone, .rtkFloat] { skip(rule, "the drone writes no RTK flag") }
      return findSigma()
    }
    let none = flagged.filter { (track.photos[$0].rtkFlag ?? 0) < 32 }
    if !none.isEmpty {
      // Some drones without a receiver for RTK write 0 all the same; they never call an altitude that of RTK.
      let isWithout = flagged.allSatisfy {
        track.photos[$0].rtkFlag == 0 && (track.photos[$0].rtkStdLat ?? 0) == 0
          && track.photos[$0].altitudeType != "RtkAlt"
      }
      find(
        .rtkNone, isWithout ? .note : .error, none.map { track.photos[$0] },
        none.count == flagged.count
          ? "no photo has an RTK solution"
          : "\(Words.photos(none.count)) of \(flagged.count) without an RTK solution",
        100 * Double(none.count) / Double(flagged.count), limit: 0, "% of photos")
    }
    let fixed = flagged.count { track.photos[$0].rtkFlag == 50 }
    let share = 100 * Double(fixed) / Double(flagged.count)
    if share < limits.fixedWarning, none.count < flagged.count {
      let isError = share < limits.fixedError
      find(
        .rtkFloat, isError ? .error : .warning,
        flagged.filter { track.photos[$0].rtkFlag != 50 }.map { track.photos[$0] },
        "\(Words.number(share)) % of \(Words.photos(flagged.count)) with a fixed solution", share,
        limit: isError ? limits.fixedError : limits.fixedWarning, "%")
    }
    findSigma()
  }

  private mutating func findSigma() {
    func worst(_ photo: FlightPhoto) -> Double {
      max(photo.rtkStdLon ?? 0, max(photo.rtkStdLat ?? 0, photo.rtkStdHeight ?? 0))
    }
    for (severity, limit) in [
      (Severity.error, limits.sigmaError), (.note, limits.sigmaNote),
    ] {
      let photos = track.photos.filter { worst($0) > limit }
      guard let highest = photos.map(worst).max() else { continue }
      find(
        .rtkSigma, severity, photos,
        "\(Words.photos(photos.count)) with a standard deviation above \(limit) m", highest,
        limit: limit, "m")
      return
    }
  }

  /// Speed over ground × exposure time / ground sampling distance.
  mutating func findSmear() {
    guard isOn(.smear) else { return }
    guard track.photos.contains(where: { $0.exposureTime != nil }) else {
      return skip(.smear, "no exposure time")
    }
    var lineSpeed = [Double](repeating: .nan, count: track.usable.count)
    for line in track.lines {
      let speed = track.speed(line)
      for place in line.range { lineSpeed[place] = speed }
    }
    var smears: [(place: Int, pixels: Double)] = []
    let usual = Robust.median(track.heights.filter { !$0.isNaN })
    for place in track.usable.indices {
      let at = track.usable[place]
      // Climbing photos at the begin and end show little ground.
      if track.heights[at] < 0.6 * usual || !isInLine[place] { continue }
      guard let print = track.wholeFootprint(at), let time = track.photos[at].exposureTime else {
        continue
      }
      var speed = lineSpeed[place]
      if let north = track.photos[at].speedNorth, let east = track.photos[at].speedEast {
        speed = (north * north + east * east).squareRoot()
      }
      let pixels = speed * time / print.groundSampling
      if !pixels.isNaN { smears.append((place, pixels)) }
    }
    guard let worst = smears.map(\.pixels).max() else {
      return skip(.smear, track.footprints.contains { $0 != nil } ? "no speed" : whyNoFootprints)
    }
    // Speeds, heights and focal lengths are not more exact than this.
    let tolerance = 1.05
    guard worst > tolerance * limits.smearWarning else { return }
    let isError = worst > tolerance * limits.smearError
    let limit = isError ? limits.smearError : limits.smearWarning
    let over = smears.filter { $0.pixels > limits.smearWarning }.map(\.place)
    find(
      .smear, isError ? .error : .warning, photos(over),
      "\(Words.photos(over.count)) with motion smear of up to \(Words.number(worst)) pixels", worst,
      limit: limit, "pixels")
  }

  /// The sun moves by 2.5° in ten minutes: a few photos show that it is high for all.
  private var isSunHigh: Bool {
    var last: Int64?
    for place in track.photos.indices {
      guard let time = track.photos[place].takenAt, let position = track.photos[place].position
      else { return false }
      if let last, place < track.photos.count - 1, time >= last,
        Double(time) - Double(last) < 600_000
      {
        continue
      }
      if Sun.height(at: position, time: time) < limits.sunHeight + 3 { return false }
      last = time
    }
    return last != nil
  }

  mutating func findLowSun() {
    guard isOn(.sunLow) else { return }
    if track.photos.first?.imageSource?.contains("Infrared") ?? false { return }
    if isSunHigh { return }
    var low: [FlightPhoto] = []
    var lowest = Double.infinity
    for photo in track.photos {
      guard let time = photo.takenAt, let place = photo.position else { continue }
      let height = Sun.height(at: place, time: time)
      if height < limits.sunHeight {
        low.append(photo)
        lowest = min(lowest, height)
      }
    }
    if low.isEmpty {
      if !track.photos.contains(where: { $0.takenAt != nil }) { skip(.sunLow, "no UTC time") }
      return
    }
    find(
      .sunLow, .note, low, "the sun is \(Words.number(lowest))° above the horizon", lowest,
      limit: limits.sunHeight, "°")
  }
}
