import FuzzSupport
import PhotoMetadata
import PhotoModel
import TestSupport
import Testing

@testable import PhotoSource

/// Real photos and videos of many cameras against what other decoders say.
@Suite(.enabled(if: Corpus.isPresent, "no photo corpus beside the package (GPSINDEX_PHOTOS)"))
struct CorpusTests {
  /// Formats that are not read: left out by their extension, or recognised by content.
  static let notRead: Set = [
    "EXV", "PSD", "MIE", "EPS", "JP2", "CRW", "X3F", "PGF", "ICC", "MacOS", "TXT", "HTML", "XMP",
    "None",
  ]

  static func name(_ file: Corpus.File) -> String {
    file.path.hasSuffix(".exv") ? "EXV" : file.format ?? "None"
  }

  static func isRead(_ file: Corpus.File) -> Bool { !notRead.contains(name(file)) }

  static let all = (try? Corpus.files()) ?? []
  static let formats = Set(all.filter { isRead($0) && !$0.malformed }.map(name)).sorted()

  @Test(arguments: formats)
  func recordsAgreeWithTheTruth(format: String) throws {
    var agreed = 0
    var located = 0
    var wrong = [String]()
    let files = Self.all.filter { Self.name($0) == format && !$0.malformed }
    for file in files {
      let run = Run(try file.bytes())
      let complaints = Judge.complaints(file, run.record)
      if complaints.isEmpty { agreed += 1 } else { wrong.append("\(file.path): \(complaints)") }
      if run.record.position != nil { located += 1 }
    }
    print("corpus \(format): \(agreed) of \(files.count) agree, \(located) with a position")
    #expect(!files.isEmpty)
    #expect(wrong.isEmpty, "\(wrong.joined(separator: "\n"))")
  }

  /// Each file is judged by exactly one of the tests of this suite.
  @Test func judgesEveryFileOfTheCorpus() {
    let judged = Self.formats.map { format in
      Self.all.count { Self.name($0) == format && !$0.malformed }
    }.reduce(0, +)
    let left = Self.all.count { !Self.isRead($0) && !$0.malformed }
    let malformed = Self.all.count(where: \.malformed)
    let sidecars = Self.all.count { Self.name($0) == "XMP" }
    print(
      "corpus: \(judged) of \(Self.formats.count) formats, \(sidecars) side-cars, "
        + "\(left - sidecars) of others, \(malformed) malformed")
    #expect(judged + left + malformed == Self.all.count)
    #expect(Self.all.count == 392 && malformed == 53)
  }

  /// A wrong digit, a missing value or an invented one does not escape the judge.
  @Test func theJudgeFindsEveryWrongValue() throws {
    var judged = 0
    for file in Self.all where Self.isRead(file) && !file.malformed {
      let good = Run(try file.bytes()).record
      var wrong = [PhotoRecord]()
      func change(_ edit: (inout PhotoRecord) -> Void) {
        var record = good
        edit(&record)
        wrong.append(record)
      }
      if let place = good.position {
        for (lat, lon) in [(2e-7, 0.0), (0, -2e-7), (90, 0)] {
          change {
            $0.outcome = .located(
              Coordinate(latitude: place.latitude + lat, longitude: place.longitude + lon))
          }
        }
        let isOptional = !(file.accept ?? []).isEmpty
        if !isOptional && good.source != .xmpDrone {
          change { $0.outcome = .withoutPosition(.noGPS) }
        }
      } else {
        change {
          $0.outcome = .located(Coordinate(latitude: 1, longitude: 1))
          $0.source = .exif
        }
      }
      if !file.isUnread {
        change { $0.altitude = ($0.altitude ?? 1) + 0.002 }
        if good.altitude != nil { change { $0.altitude = nil } }
        change { $0.takenAt = ($0.takenAt ?? 0) + 2 }
        change { $0.takenLocal = $0.takenLocal == nil ? "2020-01-01T00:00:00" : nil }
      }
      for record in wrong {
        #expect(!Judge.complaints(file, record).isEmpty, "\(file.path) \(record)")
      }
      judged += wrong.count
    }
    #expect(judged > 500, "\(judged) wrong records")
  }

  /// Sidecar XMP files of the corpus.
  @Test func readsSidecarsAsPhotosOfTheSameXMP() throws {
    let files = Self.all.filter { Self.name($0) == "XMP" }
    var wrong = [String]()
    for file in files {
      var record = SidecarTests.read(.xmp, try file.bytes()).record
      #expect(record.source == .sidecar)
      // The judge knows XMP by the name that it has inside of a photo.
      record.source = .xmpExif
      let complaints = Judge.complaints(file, record)
      if !complaints.isEmpty { wrong.append("\(file.path): \(complaints)") }
    }
    print("corpus side-cars: \(files.count - wrong.count) of \(files.count) agree")
    #expect(wrong.isEmpty, "\(wrong.joined(separator: "\n"))")
    #expect(files.count == 6)
  }

  /// What is no photo or video of the formats read is left out by its extension, or said to be so.
  @Test(arguments: all.filter { !isRead($0) && !$0.malformed })
  func namesFormatsThatAreNotRead(file: Corpus.File) throws {
    let name = file.path.split(separator: "/").last.map { Array($0.utf8) } ?? []
    let run = Run(try file.bytes())
    if ListingRules().isPhoto(name) {
      #expect(run.record.verdict == (file.isNoPhoto ? "not-an-image" : "unsupported"))
    } else {
      #expect(["unsupported", "not-an-image"].contains(run.record.verdict))
    }
    #expect(run.reader.bytesAsked <= 4096)
  }

  /// Damaged files end in a reason, or in the right answer.
  @Test func damagedFilesEndInAReasonOrTheRightAnswer() throws {
    var slowest = (time: Duration.zero, path: "")
    var ended = [String: Int]()
    var agreed = 0
    for file in Self.all where file.malformed {
      let bytes = try file.bytes()
      let start = ContinuousClock.now
      let run = Run(bytes)
      let time = ContinuousClock.now - start
      if time > slowest.time { slowest = (time, file.path) }
      ended[run.record.verdict, default: 0] += 1
      #expect(run.reader.bytesAsked <= 262_144, "\(file.path)")
      let complaints = Judge.complaintsOfDamaged(file, run.record)
      if complaints.isEmpty { agreed += 1 }
      #expect(complaints.isEmpty, "\(file.path): \(complaints)")
    }
    let reasons = ended.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
    print(
      "corpus malformed: \(agreed) of \(ended.values.reduce(0, +)) agree: \(reasons.joined(separator: ", ")); the slowest \(slowest.time) (\(slowest.path))"
    )
    #expect(ended.values.reduce(0, +) == 53)
  }

  /// No more is read than up to the last byte that matters, rounded up to one read, and 16 KiB.
  @Test func readsLittleBeyondTheLastByteThatMatters() throws {
    let readSize = ReadHint.initial.ranges.last?.upperBound ?? 0
    var total: Int64 = 0
    var needed: Int64 = 0
    var measured = 0
    for file in Self.all where Self.isRead(file) {
      guard let most = file.needed_bytes else { continue }
      let run = Run(try file.bytes())
      let rounded = (most + readSize - 1) / readSize * readSize
      #expect(run.reader.bytesAsked <= rounded + 16_384, "\(file.path)")
      total += run.reader.bytesAsked
      needed += most
      measured += 1
    }
    #expect(measured > 100 && total > 0, "\(measured) files")
    print("corpus bytes: \(total) asked for, \(needed) up to the last one that matters")
  }

  @Test func recordsDoNotDependOnTheHint() throws {
    var random = SplitMix64(seed: 3)
    #expect(!Self.all.isEmpty)
    for file in Self.all {
      let bytes = try file.bytes()
      let expected = Run(bytes).record
      #expect(Run(bytes, hint: greedyHint).record == expected, "\(file.path)")
      #expect(
        Run(bytes, tellSize: false, hint: ReadHint(ranges: [])).record == expected, "\(file.path)")
      for _ in 0..<4 {
        let start = Int64.random(in: 0..<Int64(max(1, bytes.count)), using: &random)
        let hint = ReadHint(
          ranges: [start..<(start + 3000), 0..<start % 5000],
          afterExif: start % 9000)
        #expect(Run(bytes, hint: hint) { $0.reversed() }.record == expected, "\(file.path)")
      }
    }
  }

  /// What the corpus costs with no knowledge of it.
  @Test(arguments: formats)
  func staysWithinSixFlightsPerPhotoAndSixteenKiBPerFormat(format: String) throws {
    var asked = [Int64]()
    var flights = [Int]()
    for file in Self.all where Self.name(file) == format && !file.malformed {
      let run = Run(try file.bytes())
      asked.append(run.reader.bytesAsked)
      flights.append(run.flights)
      #expect(run.flights <= 6, "\(file.path)")
    }
    try #require(!asked.isEmpty)
    asked.sort()
    flights.sort()
    print(
      "corpus \(format): median \(asked[asked.count / 2]) bytes in \(flights[flights.count / 2]) "
        + "flights, most \(asked.last ?? 0) in \(flights.last ?? 0)")
    #expect(asked[asked.count / 2] <= 16_384)
  }
}
