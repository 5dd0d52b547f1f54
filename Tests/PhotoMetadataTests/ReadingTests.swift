import FuzzSupport
import PhotoMetadata
import PhotoModel
import TestSupport
import Testing

/// Which bytes are asked for, and that the record does not depend on it.
@Suite struct ReadingTests {
  static func dji() -> JpegBuilder {
    var photo = JpegBuilder(model: "FC300S")
    photo.gpsOffset = 1600
    photo.thumbnailBytes = 42_000
    photo.xmp = .drone(.init(latitude: 50.110924, longitude: 8.682127, rtkFlag: 50))
    photo.segmentsAfter = [.mpf(bytes: 200), .thermal(bytes: 700_000)]
    return photo
  }

  /// Photos of many shapes.
  static let shapes: [JpegBuilder] = {
    var all = [dji()]
    func add(_ edit: (inout JpegBuilder) -> Void) {
      var photo = JpegBuilder()
      edit(&photo)
      all.append(photo)
    }
    add { _ in }
    add { $0.segmentsBefore = [.jfif, .comment(bytes: 3000), .app(7, bytes: 60_000)] }
    add {
      $0.segmentsBefore = [
        .app(7, bytes: 65_000), .app(8, bytes: 65_000), .raw(marker: 0xDB, payload: [1]),
      ]
    }
    add { $0.makerNoteBytes = 36_000 }
    add {
      $0.makerNoteBytes = 30_000
      $0.byteOrder = .big
      $0.xmp = .drone(.init(latitude: 1, longitude: 2))
    }
    add {
      $0.fillBytes = 7
      $0.xmp = .drone(.init())
      $0.xmpPlace = .beforeExif
    }
    add {
      $0.fillBytes = 300
      $0.segmentsAfter = [.app(13, bytes: 9000)]
    }
    add {
      $0.latitude = nil
      $0.segmentsAfter = [.thermal(bytes: 600_000)]
    }
    add {
      $0.hasExif = false
      $0.segmentsAfter = [.thermal(bytes: 1_500_000)]
    }
    add {
      $0.latitude = nil
      $0.segmentsAfter = [.app(1, bytes: 40), .mpf(bytes: 90)]
      $0.xmp = .packet(XmpTests.rdf("<rdf:Description \(XmpTests.drone)/>"), padding: 30_000)
    }
    add {
      $0.xmp = .packet(
        XmpTests.rdf(
          "<rdf:Description b=\"\(String(repeating: "x", count: 20_000))\" \(XmpTests.drone)/>"))
    }
    add {
      $0.latitude = nil
      let guid = "0123456789ABCDEF0123456789ABCDEF"
      $0.xmp = .extended(
        main: XmpTests.rdf(
          "<rdf:Description xmlns:xmpNote=\"n\" xmpNote:HasExtendedXMP=\"\(guid)\"/>"),
        rest: XmpTests.rdf(
          "<rdf:Description b=\"\(String(repeating: "x", count: 90_000))\" \(XmpTests.drone)/>"),
        guid: guid, chunk: 60_000)
    }
    add { $0.segmentsBefore = (0..<1500).map { .app(4, bytes: $0 % 7) } }
    return all
  }()

  /// Any hint, any order of the answers, a known or unknown size: one record.
  @Test(arguments: shapes.indices)
  func recordDependsOnTheFileAlone(index: Int) {
    let file = Self.shapes[index].build()
    let expected = Run(file, hint: greedyHint)
    #expect(expected.reader.bytesAsked <= 262_144)
    var random = SplitMix64(seed: UInt64(index))
    for _ in 0..<40 {
      let hint = ReadHint(
        ranges: (0..<Int.random(in: 0...9, using: &random)).map { _ in
          let start = Int64.random(in: 0..<Int64(file.count), using: &random)
          return start..<(start + Int64.random(in: 0...9000, using: &random))
        }, afterExif: Int64.random(in: 0...20_000, using: &random))
      let size: Int64? = Bool.random(using: &random) ? 6_000_000 : nil
      let run = Run(file, size: size, tellSize: Bool.random(using: &random), hint: hint) {
        $0.shuffled(using: &random)
      }
      #expect(run.record == expected.record)
      #expect(run.reader.bytesAsked <= 262_144)
    }
  }

  /// A whole file that is read at once, as far as a hint goes: nothing else is asked for.
  @Test func neverAsksForAByteTwice() {
    for photo in Self.shapes {
      let file = photo.build()
      for hint in [ReadHint.initial, greedyHint, ReadHint(ranges: [100..<200, 5000..<5001])] {
        let ranges = Run(file, hint: hint).ranges.sorted { $0.lowerBound < $1.lowerBound }
        #expect(!ranges.isEmpty)
        for (a, b) in zip(ranges, ranges.dropFirst()) {
          #expect(a.upperBound <= b.lowerBound)
        }
        #expect(ranges.allSatisfy { !$0.isEmpty && $0.upperBound <= Int64(file.count) })
      }
    }
  }

  @Test func readsADJIPhotoInOneFlightOnceItsFolderIsKnown() {
    let file = Self.dji().build()
    let first = Run(file, size: 6_000_000)
    #expect(first.record.position != nil)
    #expect(first.record.fix == .fixed)
    #expect(first.reader.bytesAsked <= 8192)
    #expect(first.flights <= 3)

    var memory = LayoutMemory()
    let folder = PathBytes(Array("flight".utf8))
    memory.learn(folder: folder, from: first.reader.usage)
    let second = Run(file, size: 6_000_000, hint: memory.hint(for: folder))
    #expect(second.record == first.record)
    #expect(second.flights == 1)
    #expect(second.reader.bytesAsked <= 4096)
    // Another folder of the same site profits as well.
    #expect(memory.hint(for: PathBytes(Array("other".utf8))) == memory.hint(for: folder))
  }

  @Test func readsAPositionAloneFromThreeKilobytes() {
    var photo = JpegBuilder()
    photo.gpsOffset = 1500
    photo.thumbnailBytes = 40_000
    let run = Run(photo.build(), size: 6_000_000)
    #expect(run.record.position != nil)
    #expect(run.reader.bytesAsked <= 3072)
  }

  /// Never read through what thermal cameras put between header and image.
  @Test func skipsThermalData() {
    var photo = JpegBuilder(latitude: nil, longitude: nil, altitude: nil)
    photo.segmentsAfter = [.thermal(bytes: 2_650_000)]
    let run = Run(photo.build())
    #expect(run.record.verdict == "no-gps")
    #expect(run.reader.bytesAsked <= 16_384)
    #expect(run.flights <= 8)
  }

  @Test func theLearnedLayoutFollowsTheCamera() {
    var memory = LayoutMemory()
    let folder = PathBytes(Array("f".utf8))
    var random = SplitMix64(seed: 7)
    var asked = [Int64]()
    var flights = [Int]()
    for i in 0..<60 {
      var photo = Self.dji()
      photo.thumbnailBytes = 41_600 + Int.random(in: 0..<700, using: &random)
      // Another camera from the thirtieth photo on.
      if i >= 30 {
        photo.makerNoteBytes = 20_000
        photo.gpsOffset = nil
        photo.model = "L1D-20c"
      }
      let run = Run(photo.build(), size: 8_000_000, hint: memory.hint(for: folder))
      #expect(run.record.source == .xmpDrone)
      memory.learn(folder: folder, from: run.reader.usage)
      asked.append(run.reader.bytesAsked)
      flights.append(run.flights)
    }
    for half in [10..<30, 40..<60] {
      #expect(asked[half].sorted()[10] <= 6144)
      #expect(flights[half].sorted()[10] == 1)
    }
  }

  /// Thumbnails of any length put XMP elsewhere in each photo: nothing is asked for where only another photo had it.
  @Test func doesNotPredictWhatStandsElsewhereInEachPhoto() {
    var memory = LayoutMemory()
    let folder = PathBytes(Array("f".utf8))
    var random = SplitMix64(seed: 11)
    var asked: [Int] = []
    for _ in 0..<60 {
      var photo = Self.dji()
      photo.thumbnailBytes = Int.random(in: 8_000..<48_000, using: &random)
      let run = Run(photo.build(), size: 8_000_000, hint: memory.hint(for: folder))
      #expect(run.record.source == .xmpDrone && run.flights <= 2)
      memory.learn(folder: folder, from: run.reader.usage)
      asked.append(run.ranges.count)
    }
    #expect(asked[10...].sorted()[25] == 2)
    #expect(asked[10...].reduce(0, +) <= 125)
  }

  @Test func remembersABoundedNumberOfFolders() {
    var memory = LayoutMemory()
    let run = Run(JpegBuilder().build())
    for i in 0..<3000 {
      memory.learn(
        folder: PathBytes(Array(String(i).utf8)), from: run.reader.usage)
    }
    let failed = Run([0xFF, 0xD8, 0xFF])
    memory.learn(folder: PathBytes(Array("0".utf8)), from: failed.reader.usage)
    #expect(memory.hint(for: PathBytes(Array("2999".utf8))).ranges.first?.lowerBound == 0)
  }

  @Test func ignoresAnswersThatWereNotAskedFor() {
    let file = JpegBuilder().build()
    var reader = MetadataReader(fileSize: nil, hint: .initial)
    reader.receive(0..<100, [UInt8](repeating: 0, count: 100))
    guard case .need(let ranges) = reader.next(), let range = ranges.first else {
      Issue.record("nothing needed")
      return
    }
    #expect(reader.next() == .need([]))
    reader.receive(5..<9, [1, 2, 3, 4])
    // Longer than asked for: the rest is dropped.
    let answer = Array(file[..<min(file.count, Int(range.upperBound))])
    reader.receive(range, answer + [9, 9, 9])
    guard case .done(let record) = reader.next() else {
      Issue.record("it asks for more than the whole file")
      return
    }
    #expect(record == Run(file).record)
  }
}
