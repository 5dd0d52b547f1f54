import FuzzSupport
import Foundation
import PhotoMetadata
import PhotoModel

/// Compares a record with the corpus's truth: position to 1e-7 degree, height to 1 mm, time to 1 ms. What
/// is expected is worked out from the values that another decoder shows, by the rules of the decision
/// table written down a second time.
enum Judge {
  /// Degrees as text: the decision table calls them a wrong type.
  private static let knownDifferences: Set = ["bep__imagemeta/goexif/geodegrees_as_string.jpg"]
  /// `55/1 54/1 4074/100` and `36/1 57/1 4852/100`: the other tool takes the six numbers for three.
  private static let misread = [
    "bep__imagemeta/metadata-extractor/issue-590.png": Corpus.Position(
      lat: 55 + 54.0 / 60 + 40.74 / 3600, lon: 36 + 57.0 / 60 + 48.52 / 3600),
    // `GPSLongitudeRef` is W, in a property of its own, which the other tool does not apply.
    "photoprism__photoprism/testdata/date.heic.xmp": Corpus.Position(
      lat: 47.675_403_333_333_3, lon: -122.317_391_666_667),
  ]

  /// What is wrong with the record; empty when it agrees.
  static func complaints(_ file: Corpus.File, _ record: PhotoRecord) -> [String] {
    position(file, record)
      + (file.isUnread ? [] : height(file, record) + time(file, record))
  }

  /// A damaged file may end in a reason; what it states besides must be right.
  static func complaintsOfDamaged(_ file: Corpus.File, _ record: PhotoRecord) -> [String] {
    record.position == nil ? [] : complaints(file, record)
  }

  private static func near(_ a: Coordinate, _ b: Corpus.Position) -> Bool {
    abs(a.latitude - b.lat) <= 1e-7 && abs(a.longitude - b.lon) <= 1e-7
  }

  /// Good to 0.5 % over short distances.
  private static func metres(_ a: Coordinate, _ b: Corpus.Position) -> Double {
    let north = (a.latitude - b.lat) * 111_200
    let east = (a.longitude - b.lon) * 111_200 * cos(a.latitude * .pi / 180)
    return (north * north + east * east).squareRoot()
  }

  // MARK: Position

  /// What a drone's XMP says of the position.
  private static func drone(_ file: Corpus.File) -> Corpus.Position? {
    if let p = file.gps_xmp_dji { return p }
    guard let lat = file.number("XMP-drone-dji:GPSLatitude", "XMP-drone-dji:Latitude"),
      let lon = file.number(
        "XMP-drone-dji:GPSLongitude", "XMP-drone-dji:GPSLongtitude", "XMP-drone-dji:Longitude")
    else { return nil }
    return Corpus.Position(lat: lat, lon: lon)
  }

  private static func position(_ file: Corpus.File, _ record: PhotoRecord) -> [String] {
    if knownDifferences.contains(file.path) {
      return record.verdict == "bad-type" ? [] : [record.verdict]
    }
    guard let ours = record.position else { return noPosition(file, record) }
    if record.source == .xmpDrone {
      guard let theirs = drone(file) else { return ["no drone position there"] }
      if let exif = file.gps, exif.source == "EXIF", exif.in_range == true,
        metres(ours, exif) > 201
      {
        return ["the drone's position is too far from Exif's"]
      }
      return near(ours, theirs) ? [] : ["\(ours) is not \(theirs)"]
    }
    var answers = [Corpus.Position]()
    if let right = misread[file.path] {
      answers.append(right)
    } else if let gps = file.gps {
      answers.append(gps)
      if record.source != source(gps) { return ["source \(String(describing: record.source))"] }
    }
    for case .position(let p) in file.accept ?? [] { answers.append(p) }
    return answers.contains { near(ours, $0) } ? [] : ["\(ours) is not one of \(answers)"]
  }

  private static func source(_ position: Corpus.Position) -> PositionSource? {
    switch position.source {
    case "EXIF": .exif
    case "XMP": .xmpExif
    default: .container
    }
  }

  /// A position that we do not give must be 0,0, out of range, or optional, with the reason for it.
  private static func noPosition(_ file: Corpus.File, _ record: PhotoRecord) -> [String] {
    if case .failed = record.outcome, !file.cases.contains("truncated"), !file.isNoPhoto {
      return ["failed: \(record.verdict)"]
    }
    guard let gps = file.gps else { return [] }
    if gps.null_island == true {
      return record.verdict == "zero" ? [] : ["0,0 is called \(record.verdict)"]
    }
    if gps.in_range == false {
      return record.verdict == "out-of-range" ? [] : ["out of range is called \(record.verdict)"]
    }
    let isOptional = file.accept?.contains { if case .none = $0 { true } else { false } } ?? false
    return isOptional ? [] : ["missing: \(record.verdict)"]
  }

  // MARK: Height

  private static let saneHeights = -500.0...12_000.0

  /// Exif's height with the sign of its reference, unless it is absurd, the relative one or exactly 0; then the
  /// drone's absolute one; then XMP's or the video's.
  private static func expectedHeight(_ file: Corpus.File) -> Double? {
    func sane(_ height: Double?) -> Double? {
      height.flatMap { saneHeights.contains($0) ? $0 : nil }
    }
    func signed(_ height: Double, _ ref: Double?) -> Double {
      ref == 1 || ref == 3 ? -abs(height) : height
    }
    let absolute = file.number("XMP-drone-dji:AbsoluteAltitude")
    if let stated = file.number("GPS:GPSAltitude") {
      let exif = signed(stated, file.number("GPS:GPSAltitudeRef"))
      guard sane(exif) != nil else { return sane(absolute) }
      if exif == 0, let absolute = sane(absolute) { return absolute }
      if let absolute = sane(absolute), abs(absolute - exif) > 5,
        let relative = file.number("XMP-drone-dji:RelativeAltitude"), abs(relative - exif) <= 1
      {
        return absolute
      }
      return exif
    }
    if let absolute { return sane(absolute) }
    if let stated = file.number("XMP-exif:GPSAltitude") {
      return sane(signed(stated, file.number("XMP-exif:GPSAltitudeRef")))
    }
    return file.gps.flatMap { source($0) == .container ? sane($0.alt) : nil }
  }

  private static func height(_ file: Corpus.File, _ record: PhotoRecord) -> [String] {
    let expected = expectedHeight(file)
    switch (record.altitude, expected) {
    case (nil, nil): break
    case (let ours?, let theirs?) where abs(ours - theirs) <= 1e-3: break
    default:
      return ["height \(record.altitude.debugDescription) is not \(expected.debugDescription)"]
    }
    // Where a decision leaves the stated height, a flag must say so.
    if record.position != nil, let stated = file.gps?.alt,
      record.altitude.map({ abs($0 - stated) > 1e-3 }) ?? true,
      record.flags.isDisjoint(with: [.altOutOfRange, .altConflict])
    {
      return ["height \(record.altitude.debugDescription) is not \(stated), and no flag says why"]
    }
    return []
  }
}

extension Corpus.File {
  /// The first of these values that is a number.
  func number(_ names: String...) -> Double? {
    for name in names {
      if let value = exiftool?[name]?.number { return value }
    }
    return nil
  }

  /// Cut inside of its header, and all of it refused by the other decoder: nothing is known of its values.
  var isUnread: Bool {
    let groups = Set((exiftool ?? [:]).keys.compactMap { $0.split(separator: ":").first })
    return cases.contains("truncated")
      && groups.isDisjoint(with: ["IFD0", "ExifIFD", "GPS", "QuickTime"])
  }

  /// Named like a photo, but something else.
  var isNoPhoto: Bool { ["TXT", "HTML", "MacOS"].contains(format) || size == 0 }
}
