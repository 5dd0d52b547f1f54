import PhotoMetadata
import PhotoModel
import Testing

/// Real photos of many cameras against what other decoders say.
@Suite(.enabled(if: Corpus.isPresent, "no photo corpus beside the package (GPSINDEX_PHOTOS)"))
struct CorpusTests {
  private static func near(_ a: Coordinate, _ b: Corpus.Position) -> Bool {
    abs(a.latitude - b.lat) <= 1e-6 && abs(a.longitude - b.lon) <= 1e-6
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

  /// Degrees as text: this table calls them a wrong type.
  private static let knownDifferences: Set = ["bep__imagemeta/goexif/geodegrees_as_string.jpg"]

  @Test(arguments: try Corpus.files().filter { $0.format == "JPEG" })
  func position(file: Corpus.File) throws {
    let run = Run(try file.bytes())
    let record = run.record
    #expect(run.reader.bytesAsked <= 262_144)
    if Self.knownDifferences.contains(file.path) {
      #expect(record.verdict == "bad-type")
      return
    }
    guard let ours = record.position else {
      // A position that we do not give must be 0,0, out of range, or optional.
      let optional = file.accept?.contains { if case .none = $0 { true } else { false } } ?? false
      #expect(
        file.gps == nil || optional || file.gps?.null_island == true && record.verdict == "zero",
        "\(record.verdict)")
      return
    }
    if record.source == .xmpDrone {
      let theirs = try #require(Self.drone(file))
      #expect(Self.near(ours, theirs))
      return
    }
    var answers = [Corpus.Position]()
    if let gps = file.gps { answers.append(gps) }
    for case .position(let p) in file.accept ?? [] { answers.append(p) }
    #expect(answers.contains { Self.near(ours, $0) }, "\(ours)")
  }

  /// Heights differ only where a decision says so, and then by a flag.
  @Test(arguments: try Corpus.files().filter { $0.format == "JPEG" && $0.gps?.alt != nil })
  func altitude(file: Corpus.File) throws {
    let record = Run(try file.bytes()).record
    guard record.position != nil, let theirs = file.gps?.alt else { return }
    if !record.flags.isDisjoint(with: [.altOutOfRange, .altConflict]) { return }
    let ours = try #require(record.altitude)
    #expect(abs(ours - theirs) <= 1e-3)
  }

  @Test(arguments: try Corpus.files().filter { $0.format != "JPEG" && $0.format != "MPO" })
  func otherFormats(file: Corpus.File) throws {
    let run = Run(try file.bytes())
    #expect(["unsupported", "not-an-image", "damaged"].contains(run.record.verdict))
    #expect(run.reader.bytesAsked <= 4096)
    let images = ["HEIC", "HEIF", "AVIF", "TIFF", "DNG", "PNG", "WEBP", "MP4", "MOV", "CR2", "NEF"]
    if let format = file.format, images.contains(format), !file.malformed {
      #expect(run.record.verdict == "unsupported")
    }
  }

  @Test func recordsDoNotDependOnTheHint() throws {
    var random = Random(state: 3)
    for file in try Corpus.files() where file.format == "JPEG" {
      let bytes = try file.bytes()
      let expected = Run(bytes).record
      #expect(Run(bytes, hint: greedyHint).record == expected, "\(file.path)")
      #expect(Run(bytes, tellSize: false, hint: ReadHint(ranges: [])).record == expected)
      for _ in 0..<4 {
        let start = Int64.random(in: 0..<Int64(max(1, bytes.count)), using: &random)
        let hint = ReadHint(
          ranges: [start..<(start + 3000), 0..<start % 5000],
          afterExif: start % 9000)
        #expect(Run(bytes, hint: hint) { $0.reversed() }.record == expected, "\(file.path)")
      }
    }
  }

  /// Not a bar, a figure: what the corpus costs with no knowledge of it.
  @Test func costs() throws {
    var asked = [Int64]()
    var flights = [Int]()
    for file in try Corpus.files() where file.format == "JPEG" && !file.malformed {
      let run = Run(try file.bytes())
      asked.append(run.reader.bytesAsked)
      flights.append(run.flights)
    }
    asked.sort()
    flights.sort()
    #expect(asked[asked.count / 2] <= 4096)
    #expect(flights[flights.count / 2] <= 3)
  }
}
