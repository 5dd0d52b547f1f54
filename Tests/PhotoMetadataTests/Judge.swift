import PhotoMetadata
import PhotoModel

/// Compares a record with the corpus's truth.
enum Judge {
  /// Degrees as text: the decision table calls them a wrong type.
  private static let knownDifferences: Set = ["bep__imagemeta/goexif/geodegrees_as_string.jpg"]
  /// `55/1 54/1 4074/100` and `36/1 57/1 4852/100`: the other tool takes the six numbers for three.
  private static let misread = [
    "bep__imagemeta/metadata-extractor/issue-590.png": Corpus.Position(
      lat: 55 + 54.0 / 60 + 40.74 / 3600, lon: 36 + 57.0 / 60 + 48.52 / 3600)
  ]

  /// What is wrong with the record; empty when it agrees.
  static func complaints(_ file: Corpus.File, _ record: PhotoRecord) -> [String] {
    position(file, record) + altitude(file, record) + time(file, record)
  }

  private static func near(_ a: Coordinate, _ b: Corpus.Position) -> Bool {
    abs(a.latitude - b.lat) <= 1e-7 && abs(a.longitude - b.lon) <= 1e-7
  }

  /// What a drone's XMP says of the position, as another tool shows it.
  private static func drone(_ file: Corpus.File) -> Corpus.Position? {
    if let p = file.gps_xmp_dji { return p }
    func value(_ names: [String]) -> Double? {
      for name in names {
        if let v = file.exiftool?["XMP-drone-dji:\(name)"]?.number { return v }
      }
      return nil
    }
    guard let lat = value(["GPSLatitude", "Latitude"]),
      let lon = value(["GPSLongitude", "GPSLongtitude", "Longitude"])
    else { return nil }
    return Corpus.Position(lat: lat, lon: lon)
  }

  private static func position(_ file: Corpus.File, _ record: PhotoRecord) -> [String] {
    if knownDifferences.contains(file.path) {
      return record.verdict == "bad-type" ? [] : [record.verdict]
    }
    guard let ours = record.position else {
      // A position that we do not give must be 0,0, out of range, or optional.
      let optional = file.accept?.contains { if case .none = $0 { true } else { false } } ?? false
      let isZero = file.gps?.null_island == true && record.verdict == "zero"
      if file.gps == nil && (!isFailed(record) || file.cases.contains("truncated")) { return [] }
      return optional || isZero ? [] : ["missing: \(record.verdict)"]
    }
    if record.source == .xmpDrone {
      guard let theirs = drone(file) else { return ["no drone position there"] }
      return near(ours, theirs) ? [] : ["\(ours) is not \(theirs)"]
    }
    var answers = [Corpus.Position]()
    if let right = misread[file.path] {
      answers.append(right)
    } else if let gps = file.gps {
      answers.append(gps)
    }
    for case .position(let p) in file.accept ?? [] { answers.append(p) }
    return answers.contains { near(ours, $0) } ? [] : ["\(ours) is not one of \(answers)"]
  }

  /// A sound file may fail only when it is marked as damaged, or is no photo at all.
  private static func isFailed(_ record: PhotoRecord) -> Bool {
    if case .failed = record.outcome { true } else { false }
  }

  /// Heights differ only where a decision says so, and then by a flag.
  private static func altitude(_ file: Corpus.File, _ record: PhotoRecord) -> [String] {
    guard record.position != nil, let theirs = file.gps?.alt else { return [] }
    if !record.flags.isDisjoint(with: [.altOutOfRange, .altConflict]) { return [] }
    guard let ours = record.altitude else { return ["no altitude"] }
    return abs(ours - theirs) <= 1e-3 ? [] : ["altitude \(ours) is not \(theirs)"]
  }

  /// The camera's clock and, in videos, the time of creation.
  private static func time(_ file: Corpus.File, _ record: PhotoRecord) -> [String] {
    if record.kind == .video {
      guard case .text(let text) = file.exiftool?["QuickTime:CreateDate"],
        let theirs = seconds(text)
      else { return [] }
      guard let ours = record.takenAt else { return ["no time"] }
      // A creation date with a zone is truer than the time in the header.
      return abs(ours / 1000 - theirs) <= 86_400 ? [] : ["time \(ours) is not \(text)"]
    }
    guard case .text(let text) = file.exiftool?["ExifIFD:DateTimeOriginal"], seconds(text) != nil
    else { return [] }
    let digits = text.filter(\.isNumber).prefix(14)
    let ours = record.takenLocal?.filter(\.isNumber).prefix(14)
    return ours == digits ? [] : ["time \(record.takenLocal ?? "none") is not \(text)"]
  }

  /// Seconds since 1970 of `2018:05:17 10:11:12`; nil for anything else and for dates that no
  /// clock shows.
  private static func seconds(_ text: String) -> Int64? {
    let parts = text.prefix(19).split { !$0.isNumber }.compactMap { Int64($0) }
    guard parts.count == 6, parts[0] > 1970, (1...12).contains(parts[1]),
      (1...31).contains(parts[2]), parts[3] < 24, parts[4] < 60, parts[5] < 60
    else { return nil }
    let month = (parts[1] + 9) % 12
    let year = parts[0] - month / 10
    let days = 365 * year + year / 4 - year / 100 + year / 400 + (month * 306 + 5) / 10 + parts[2]
    return (days - 719_469) * 86_400 + parts[3] * 3600 + parts[4] * 60 + parts[5]
  }
}
