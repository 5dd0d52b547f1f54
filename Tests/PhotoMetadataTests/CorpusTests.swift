import PhotoMetadata
import PhotoModel
import Testing

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

  static let formats = Set((try? Corpus.files().map(name)) ?? []).sorted()

  @Test(arguments: formats.filter { !notRead.contains($0) })
  func agrees(format: String) throws {
    var agreed = 0
    var located = 0
    var wrong = [String]()
    let files = try Corpus.files().filter { Self.name($0) == format && !$0.malformed }
    for file in files {
      let run = Run(try file.bytes())
      let complaints = Judge.complaints(file, run.record)
      if complaints.isEmpty { agreed += 1 } else { wrong.append("\(file.path): \(complaints)") }
      if run.record.position != nil { located += 1 }
    }
    print("corpus \(format): \(agreed) of \(files.count) agree, \(located) with a position")
    #expect(wrong.isEmpty, "\(wrong.joined(separator: "\n"))")
  }

  @Test(arguments: try Corpus.files().filter { notRead.contains(name($0)) && !$0.malformed })
  func notReadFormats(file: Corpus.File) throws {
    let run = Run(try file.bytes())
    #expect(["unsupported", "not-an-image"].contains(run.record.verdict))
    #expect(run.reader.bytesAsked <= 4096)
  }

  /// Damaged files end in a reason, or in the right answer.
  @Test func malformed() throws {
    let files = try Corpus.files().filter(\.malformed)
    var slowest = Duration.zero
    for file in files {
      let bytes = try file.bytes()
      let start = ContinuousClock.now
      let run = Run(bytes)
      slowest = max(slowest, ContinuousClock.now - start)
      #expect(run.reader.bytesAsked <= 262_144, "\(file.path)")
      if run.record.position != nil {
        #expect(Judge.complaints(file, run.record).isEmpty, "\(file.path)")
      }
    }
    print("corpus malformed: \(files.count) files, the slowest \(slowest)")
    #expect(files.count == 53)
  }

  /// No more is read than up to the last byte that matters, rounded up to one read, and 16 KiB.
  @Test func bytesRead() throws {
    var total: Int64 = 0
    var needed: Int64 = 0
    for file in try Corpus.files() where !file.malformed {
      guard let most = file.needed_bytes else { continue }
      let run = Run(try file.bytes())
      let rounded = (most + 2047) / 2048 * 2048
      #expect(run.reader.bytesAsked <= rounded + 16_384, "\(file.path)")
      total += run.reader.bytesAsked
      needed += most
    }
    print("corpus bytes: \(total) asked for, \(needed) up to the last one that matters")
  }

  @Test func recordsDoNotDependOnTheHint() throws {
    var random = Random(state: 3)
    for file in try Corpus.files() {
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

  /// Not a bar, a figure: what the corpus costs with no knowledge of it.
  @Test(arguments: formats.filter { !notRead.contains($0) })
  func costs(format: String) throws {
    var asked = [Int64]()
    var flights = [Int]()
    for file in try Corpus.files() where Self.name(file) == format && !file.malformed {
      let run = Run(try file.bytes())
      asked.append(run.reader.bytesAsked)
      flights.append(run.flights)
    }
    guard !asked.isEmpty else { return }
    asked.sort()
    flights.sort()
    print(
      "corpus \(format): median \(asked[asked.count / 2]) bytes in \(flights[flights.count / 2]) "
        + "flights, most \(asked.last ?? 0) in \(flights.last ?? 0)")
    #expect(asked[asked.count / 2] <= 16_384)
    #expect(flights[flights.count / 2] <= 9)
  }
}
