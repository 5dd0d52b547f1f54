import PhotoModel

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Rules on the photos of one folder, whatever flight they belong to.
struct FolderRules {
  let photos: [FlightPhoto]
  let check: FlightCheck
  private(set) var findings: [FlightFinding] = []

  /// - Parameter copies: photos that earlier folders have, too.
  static func findings(
    _ photos: [FlightPhoto], _ check: FlightCheck,
    _ copies: [(folder: String, photos: [FlightPhoto])]
  ) -> [FlightFinding] {
    var rules = FolderRules(photos, check)
    for (folder, photos) in copies {
      rules.find(
        .duplicate, .warning, photos,
        "\(Words.photos(photos.count)) of the name, size and time of photos in “\(folder)”",
        Double(photos.count), limit: 0, "photos")
    }
    if let first = photos.first, let pattern = check.rules.folderPattern,
      check.rules.isOn(.folderName), var finding = nameFinding(first, pattern)
    {
      finding.severity = check.rules.severity(.folderName, finding.severity)
      rules.findings.append(finding)
    }
    return rules.findings
  }

  init(_ photos: [FlightPhoto], _ check: FlightCheck) {
    self.photos = photos
    self.check = check
    findUnusable()
    findClock()
    findWrongPlace()
    findWrongTime()
    findTwins()
  }

  private mutating func find(
    _ rule: FlightRule, _ severity: Severity, _ photos: [FlightPhoto], _ text: String,
    _ value: Double? = nil, limit: Double? = nil, _ unit: String = ""
  ) {
    guard check.rules.isOn(rule), !photos.isEmpty else { return }
    var finding = FlightFinding(rule, check.rules.severity(rule, severity), photos, text)
    (finding.value, finding.limit, finding.unit) = (value, limit, unit)
    findings.append(finding)
  }

  private mutating func findUnusable() {
    var groups: [String: [FlightPhoto]] = [:]
    // By places: copying a photo costs more than looking at it.
    for place in photos.indices {
      if let problem = photos[place].problem {
        groups[problem.reason, default: []].append(photos[place])
      }
    }
    for (reason, photos) in groups.sorted(by: { $0.key < $1.key }) {
      let count = Double(photos.count)
      if case .failed? = photos.first?.problem {
        find(
          .damaged, .error, photos, "\(Words.photos(photos.count)) not readable (\(reason))", count,
          limit: 0, "photos")
      } else {
        find(
          .noPosition, .warning, photos,
          "\(Words.photos(photos.count)) without a position (\(reason))", count, limit: 0, "photos")
      }
    }
    let void = photos.filter { $0.flags.contains(.void) }
    find(
      .voidFix, .warning, void,
      "the receiver calls the position of \(Words.photos(void.count)) invalid",
      Double(void.count), limit: 0, "photos")
  }

  private mutating func findClock() {
    let limits = check.rules.limits(.other)
    let year = Int64(
      CivilDay.number(year: Int(max(0, min(9999, limits.clockYear))), month: 1, day: 1))
    let day: Int64 = 86_400_000
    let unset = photos.filter { photo in
      if photo.flags.contains(.badTime) { return true }
      guard let time = photo.takenLocal ?? photo.takenAt else { return false }
      if time < year * day { return true }
      return check.now.map { Double(time) > Double($0) + Double(day) } ?? false
    }
    find(
      .clockNotSet, .warning, unset, "the clock of \(Words.photos(unset.count)) was not set",
      Double(unset.count), limit: 0, "photos")
  }

  private mutating func findWrongPlace() {
    let limits = check.rules.limits(.other)
    guard let origin = photos.first(where: { $0.position != nil })?.position,
      !areNear(origin, metres: limits.wrongPlaceDistance / 2)
    else { return }
    let located = photos.filter { $0.position != nil }
    guard located.count >= 3 else { return }
    let plane = LocalPlane(origin: origin)
    let points = located.map { plane.ground($0.position ?? origin) }
    let centre = Ground(Robust.median(points.map(\.x)), Robust.median(points.map(\.y)))
    let distances = points.map { Ring.length($0 - centre) }
    let limit = max(limits.wrongPlaceDistance, 10 * Robust.median(distances))
    let far = distances.indices.filter { distances[$0] > limit }
    guard let worst = far.map({ distances[$0] }).max() else { return }
    // Many of them are another site, not a mistake.
    let isGroup = far.count > max(3, located.count / 10)
    find(
      .wrongPlace, isGroup ? .note : .warning, far.map { located[$0] },
      "\(Words.photos(far.count)) up to \(Words.number(worst / 1000)) km from the others of this folder",
      worst, limit: limit, "m")
  }

  /// All are so near to one that none can be far from their middle.
  private func areNear(_ origin: Coordinate, metres: Double) -> Bool {
    // A degree of latitude is at most 111.7 km; one of longitude is that times the cosine.
    let north = 0.7 * metres / 111_700
    let (_, cosine) = Angle.sineAndCosine(max(0, abs(origin.latitude) - north))
    let east = north / max(cosine, 1e-9)
    return photos.allSatisfy { photo in
      guard let place = photo.position else { return true }
      return abs(place.latitude - origin.latitude) < north
        && abs(place.longitude - origin.longitude) < east
    }
  }

  private mutating func findWrongTime() {
    let limits = check.rules.limits(.other)
    let hours = photos.compactMap { photo in
      (photo.takenAt ?? photo.takenLocal).map { Double($0) / 3_600_000 }
    }
    guard hours.count >= 3, let low = hours.min(), let high = hours.max(),
      high - low > limits.wrongTimeHours
    else { return }
    let timed = photos.filter { $0.takenAt != nil || $0.takenLocal != nil }
    let median = Robust.median(hours)
    let far = hours.indices.filter { abs(hours[$0] - median) > limits.wrongTimeHours }
    guard let worst = far.map({ abs(hours[$0] - median) }).max() else { return }
    let isGroup = far.count > max(3, timed.count / 10)
    find(
      .wrongTime, isGroup ? .note : .warning, far.map { timed[$0] },
      "\(Words.photos(far.count)) up to \(Words.number(worst / 24)) days from the others of this folder",
      worst, limit: limits.wrongTimeHours, "h")
  }

  /// Photos of one lens at one time and place.
  private mutating func findTwins() {
    guard check.rules.isOn(.duplicate) else { return }
    let limits = check.rules.limits(.other)
    struct Key: Hashable {
      var time: Int64
      var camera: Int
    }
    var cameras: [FlightPhoto] = []
    func camera(_ photo: FlightPhoto) -> Int {
      let known = cameras.firstIndex {
        $0.imageSource == photo.imageSource && $0.serial == photo.serial && $0.model == photo.model
      }
      if let known { return known }
      cameras.append(photo)
      return cameras.count - 1
    }
    var first: [Key: Int] = [:]
    first.reserveCapacity(photos.count)
    var twins: [FlightPhoto] = []
    for index in photos.indices {
      guard let time = photos[index].takenAt ?? photos[index].takenLocal,
        let position = photos[index].position
      else { continue }
      let key = Key(time: time, camera: camera(photos[index]))
      guard let other = first.updateValue(index, forKey: key), let place = photos[other].position
      else { continue }
      first[key] = other
      let photo = photos[index]
      // Raw and JPEG of one picture, and brackets of exposure, are no duplicates.
      guard FileNumber.stem(photo.name) != FileNumber.stem(photos[other].name),
        photo.exposureTime == photos[other].exposureTime,
        FlightSplit.roughDistance(position, place) <= limits.duplicateDistance
      else { continue }
      twins += [photos[other], photo]
    }
    find(
      .duplicate, .warning, twins,
      "\(Words.photos(twins.count / 2)) of the time and position of another one",
      Double(twins.count / 2), limit: 0, "photos")
  }

  /// - Parameter pattern: for the whole path.
  static func nameFinding(_ folder: FlightPhoto, _ pattern: String) -> FlightFinding? {
    guard let regex = try? Regex(pattern), (try? regex.wholeMatch(in: folder.folder)) ?? nil == nil
    else { return nil }
    var finding = FlightFinding(
      .folderName, .note, [], "folder “\(folder.folder)” does not match \(pattern)")
    (finding.site, finding.folder) = (folder.site, folder.folder)
    finding.position = folder.position
    return finding
  }
}

/// Copies of photos in other folders, by name, size and time.
struct CopyTable {
  private var folderOf: [UInt64: UInt32] = [:]
  private var folders: [String] = []

  /// Photos of a folder that an earlier folder has, too, by that folder.
  mutating func copies(_ photos: [FlightPhoto], in folder: String) -> [(
    folder: String, photos: [FlightPhoto]
  )] {
    let number = UInt32(truncatingIfNeeded: folders.count)
    folders.append(folder)
    var found: [UInt32: [FlightPhoto]] = [:]
    for place in photos.indices {
      guard let size = photos[place].size,
        let time = photos[place].takenAt ?? photos[place].takenLocal
      else { continue }
      let key = Self.hash(photos[place].name, size, time)
      if let other = folderOf.updateValue(number, forKey: key) {
        folderOf[key] = other
        if other != number { found[other, default: []].append(photos[place]) }
      }
    }
    return found.sorted { $0.key < $1.key }.map { (folders[Int($0.key)], $0.value) }
  }

  /// FNV-1a, 64 bits; the same at every run.
  private static func hash(_ name: String, _ size: Int64, _ time: Int64) -> UInt64 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    for value in [size, time] {
      hash = (hash ^ UInt64(bitPattern: value)) &* 0x9E37_79B9_7F4A_7C15
      hash ^= hash >> 29
    }
    return hash
  }
}
