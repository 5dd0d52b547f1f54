import FuzzSupport
import Foundation
import PhotoMetadata
import PhotoModel
import Synchronization
import TestSupport
import Testing

/// Cut, contradictory and random files: a verdict, never a trap, never an impossible position.
@Suite struct DamageTests {
  @Test(
    arguments: [
      ([], "damaged"), ([0xFF], "damaged"), ([0xFF, 0xD8], "damaged"),
      ([0xFF, 0xD8, 0xFF], "damaged"),
      ([0x41], "not-an-image"), ([0xFF, 0xD8, 0x00, 0x00], "not-an-image"),
      ([0xFF, 0xD8, 0xFF, 0xD9], "no-exif"), ([0xFF, 0xD8, 0xFF, 0xE0, 0, 1], "damaged"),
      ([0xFF, 0xD8, 0xFF, 0xE0, 0, 4, 0, 0, 0x12], "damaged"),
      ([0xFF, 0xD8, 0xFF, 0xE0, 0, 4, 0, 0, 0xFF, 0xD9], "no-exif"),
      (Array("<html><body>404</body></html>".utf8), "not-an-image"),
      (Array("%PDF-1.7 and so on".utf8), "not-an-image"),
      ([UInt8](repeating: 0, count: 100), "not-an-image"),
      ([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0], "damaged"),
      (Array("RIFF\u{10}\0\0\0WEBPVP8X".utf8), "damaged"),
      (Array("RIFF\u{10}\0\0\0WEBPVP8 \0\0\0\0".utf8), "no-exif"),
      ([0, 0, 0, 16] + Array("ftypheic\0\0\0\0".utf8), "damaged"),
      ([0, 0, 0, 24] + Array("ftypavif\0\0\0\0".utf8), "damaged"),
      ([0, 0, 0, 16] + Array("ftypcrx \0\0\0\0".utf8), "damaged"),
      ([0, 0, 0, 16] + Array("ftypisom\0\0\0\0".utf8), "damaged"),
      ([0, 0, 0, 8] + Array("wide\0\0\0\0mdat".utf8), "damaged"),
      ([0, 0, 0, 8] + Array("wide".utf8) + [0, 0, 0, 8] + Array("moov".utf8), "no-gps"),
      ([0, 0, 0, 12] + Array("JXL \r\n\u{7F}\n".utf8), "no-exif"),
      ([0xFF, 0x0A, 1, 2, 3], "no-exif"),
      (Array("II*\0\u{8}\0\0\0".utf8), "damaged"),
      (Array("MM\0*\0\0\0\u{8}\0\0\0\0\0\0".utf8), "no-exif"),
      (Array("II+\0\u{8}\0\0\0".utf8), "unsupported"),
      (Array("FUJIFILMCCD-RAW 0201".utf8), "damaged"), (Array("\0MRM\0\0\0\0".utf8), "damaged"),
    ] as [([UInt8], String)])
  func tellsFilesApartByTheirFirstBytes(file: [UInt8], verdict: String) {
    let run = Run(file)
    #expect(run.record.verdict == verdict)
    #expect(run.reader.bytesAsked <= Int64(max(file.count, 0)))
    #expect(Run(file, tellSize: false).record.verdict == verdict)
  }

  @Test func readsLittleOfAHugeSparseFile() {
    let run = Run([], size: 4 << 30)
    #expect(run.record.verdict == "not-an-image")
    #expect(run.reader.bytesAsked <= 4096)
    // A header that promises segments of zeros for ever.
    let endless = Run([0xFF, 0xD8, 0xFF, 0xE3, 0xFF, 0xFF], size: 4 << 30)
    #expect(endless.record.verdict == "damaged")
    let fill = Run([0xFF, 0xD8] + [UInt8](repeating: 0xFF, count: 900_000), size: 4 << 30)
    #expect(fill.record.position == nil)
    #expect(fill.reader.bytesAsked <= 262_144)
  }

  struct Structure: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var verdict: String
    var photo: JpegBuilder
    init(_ name: String, _ verdict: String, _ edit: (inout JpegBuilder) -> Void) {
      testDescription = name
      self.verdict = verdict
      photo = JpegBuilder(latitude: 47.5, longitude: 8.25)
      edit(&photo)
    }
  }

  /// TIFF 6.0 §2: a directory stands in one place; exiftool: "GPS pointer references previous ExifIFD directory". A broken part
  /// costs that part, and `damaged` is a photo whose position may have been in it.
  static let structures: [Structure] = [
    Structure("GPS pointer outside", "damaged") {
      $0.ifd0Overrides = [.init(0x8825, .longs([0x00FF_FFFF]))]
    },
    Structure("GPS pointer to IFD0", "no-gps") {
      $0.ifd0Overrides = [.init(0x8825, .longs([8]))]
    },
    Structure("GPS pointer 0", "no-gps") { $0.ifd0Overrides = [.init(0x8825, .longs([0]))] },
    Structure("Exif pointer to IFD0", "located") {
      $0.ifd0Overrides = [.init(0x8769, .longs([8]))]
    },
    Structure("both pointers alike", "no-gps") {
      $0.ifd0Overrides = [.init(0x8769, .longs([200])), .init(0x8825, .longs([200]))]
    },
    Structure("both pointers alike, position in XMP", "located") {
      $0.ifd0Overrides = [.init(0x8769, .longs([200])), .init(0x8825, .longs([200]))]
      $0.xmp = .drone(JpegBuilder.DroneXmp(latitude: 47.5, longitude: 8.25))
    },
    Structure("GPS pointer outside, position in XMP", "located") {
      $0.ifd0Overrides = [.init(0x8825, .longs([0x00FF_FFFF]))]
      $0.xmp = .drone(JpegBuilder.DroneXmp(latitude: 47.5, longitude: 8.25))
    },
    Structure("bad byte order", "damaged") {
      $0.hasExif = false
      $0.segmentsBefore = [
        .raw(marker: 0xE1, payload: Array("Exif\0\0XX*\0\u{8}\0\0\0".utf8) + [0, 0, 0, 0])
      ]
    },
    Structure("Exif without a body", "no-exif") {
      $0.hasExif = false
      $0.segmentsBefore = [.raw(marker: 0xE1, payload: Array("Exif\0\0".utf8))]
    },
    Structure("two Exif, the second with a position", "located") {
      var first = JpegBuilder(latitude: nil, longitude: nil, altitude: nil)
      first.model = "first"
      $0.segmentsBefore = [.raw(marker: 0xE1, payload: Array("Exif\0\0".utf8) + first.tiff())]
    },
    Structure("two Exif, the first with a position", "located") {
      let second = JpegBuilder(latitude: 1, longitude: 1)
      $0.segmentsAfter = [.raw(marker: 0xE1, payload: Array("Exif\0\0".utf8) + second.tiff())]
    },
    Structure("FLIR before Exif", "located") {
      $0.segmentsBefore = [
        .raw(marker: 0xE1, payload: Array("FLIR\0".utf8) + [UInt8](repeating: 1, count: 900))
      ]
    },
    Structure("Exif at 195 KB", "located") {
      $0.segmentsBefore = (0..<3).map { _ in .app(9, bytes: 65_000) }
    },
    Structure("Exif beyond 1 MiB", "no-exif") {
      $0.segmentsBefore = (0..<17).map { _ in .app(9, bytes: 65_000) }
    },
    Structure("garbage between segments", "located") {
      $0.segmentsBefore = [.jfif, .verbatim([1, 2, 3])]
    },
    Structure("segment length 1", "damaged") {
      $0.segmentsBefore = [.verbatim([0xFF, 0xE5, 0, 1])]
    },
  ]

  @Test(arguments: structures)
  func followsNoStructureThatContradictsItself(row: Structure) {
    let run = Run(row.photo.build())
    #expect(run.record.verdict == row.verdict)
    #expect(run.reader.bytesAsked <= 262_144)
    if row.verdict == "located" {
      #expect(run.record.position == Coordinate(latitude: 47.5, longitude: 8.25))
    }
  }

  @Test func refusesADirectoryOfTooManyEntries() {
    var bytes = JpegBuilder().build()
    // The GPS directory's count, found by its first entry (GPSVersionID 2.3.0.0).
    let entry: [UInt8] = [0, 0, 1, 0, 4, 0, 0, 0, 2, 3, 0, 0]
    guard
      let place = bytes.indices.first(where: { bytes[$0...].prefix(12).elementsEqual(entry) })
    else {
      Issue.record("no GPS directory")
      return
    }
    bytes[place - 2] = 0xFF
    bytes[place - 1] = 0xFF
    #expect(Run(bytes).record.verdict == "damaged")
  }

  static let seeds: [Seed] =
    ReadingTests.shapes.enumerated().map { Seed("shape \($0)", $1.build(), size: 6_000_000) }
    + (ContainerTests.images + ContainerTests.videos).map { Seed($0.testDescription, $0.file) }
    + PhotoSeeds.made + (Corpus.isPresent ? PhotoSeeds.files(below: Corpus.root.path) : [])

  /// Another run with GPSINDEX_SEED; `make fuzz` makes a million in release.
  static let all = PhotoMutants(
    seeds: seeds,
    run: ProcessInfo.processInfo.environment["GPSINDEX_SEED"].flatMap { UInt64($0) } ?? 1009)

  /// 50,000 over all formats.
  @Test(arguments: 0..<50)
  func mutantsBreakNoLimit(batch: UInt64) {
    let result = Self.all.run((batch * 1000)..<((batch + 1) * 1000))
    #expect(result.complaints.isEmpty, "\(result.complaints.prefix(5))")
    let total = Self.sum.withLock {
      $0.0 += 1
      $0.1.add(result)
      return $0
    }
    if total.0 == 50 {
      print(
        "mutants: 50,000 of \(Self.seeds.count) files, run \(Self.all.run), the slowest \(total.1.slowest) "
          + "(number \(total.1.slowestNumber)), most bytes \(total.1.mostBytes)")
    }
  }

  private static let sum = Mutex((0, PhotoMutants.Result()))

  /// Cut at each 1/64 of the first 64 KiB: the position as soon as it is there, else damaged.
  @Test func aCutFileHasItsPositionOrIsDamaged() {
    var cuts = 0
    for (index, seed) in Self.seeds.enumerated() {
      let whole = Run(seed.file, size: seed.size).record
      for k in 0...64 where k * 1024 < seed.file.count {
        let run = Run(Array(seed.file[..<(k * 1024)]), tellSize: k % 2 == 0)
        let complaints = PhotoMutants.complaints(run)
        #expect(complaints.isEmpty, "\(seed.name) cut at \(k) KiB: \(complaints)")
        if index < ReadingTests.shapes.count, let p = run.record.position, p != whole.position {
          // A cut may take the drone's XMP away, which only refines the position.
          #expect(run.record.source != whole.source)
        }
        cuts += 1
      }
    }
    #expect(cuts > 50 && Self.seeds.count > ReadingTests.shapes.count, "\(cuts) cuts")
  }
}
