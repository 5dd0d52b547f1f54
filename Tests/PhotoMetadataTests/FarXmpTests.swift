import FuzzSupport
import PhotoMetadata
import PhotoModel
import TestSupport
import Testing

/// Metadata behind other segments, chunks and properties, once the position is known.
@Suite struct FarXmpTests {
  typealias B = ContainerBuilder

  struct Row: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var make: String
    var segments: [JpegBuilder.Segment]
    var isRead: Bool

    init(
      _ make: String, _ name: String, _ count: Int, _ segment: JpegBuilder.Segment,
      last: JpegBuilder.Segment? = nil, isRead: Bool = true
    ) {
      testDescription = "\(make), \(count) × \(name)"
      self.make = make
      segments = Array(repeating: segment, count: count) + (last.map { [$0] } ?? [])
      self.isRead = isRead
    }
  }

  static func flir(_ count: Int) -> JpegBuilder.Segment {
    .raw(marker: 0xE1, payload: Array("FLIR\0\u{1}".utf8) + [UInt8](repeating: 0, count: count))
  }

  static let drone = JpegBuilder.DroneXmp(
    latitude: 47.500001, longitude: 8.250001, relativeAltitude: 50, rtkFlag: 50)

  static func xmp(_ packet: String) -> JpegBuilder.Segment {
    .raw(marker: 0xE1, payload: JpegBuilder.xmpPayload(packet, padding: 0))
  }

  static func photo(_ make: String, _ segments: [JpegBuilder.Segment]) -> JpegBuilder {
    var photo = JpegBuilder(make: make, latitude: 47.5, longitude: 8.25)
    photo.segmentsAfter = segments
    return photo
  }

  /// Zenmuse XT2 and XTR: 11 and more FLIR segments between Exif and XMP (exiftool, "FLIR Tags"); thermal cameras of DJI: APP3.
  static let rows = [
    Row("FLIR", "FLIR", 5, flir(65_000)), Row("DJI", "FLIR", 11, flir(65_000), last: flir(9000)),
    Row("Unknown", "FLIR", 11, flir(65_000)), Row("DJI", "APP3", 12, .app(3, bytes: 65_533)),
    Row("Autel Robotics", "ICC", 8, .app(2, bytes: 2000)),
    Row("Parrot", "comment", 12, .comment(bytes: 5)),
    Row("Canon", "comment", 4, .comment(bytes: 5)),
    Row("Canon", "APP3", 12, .app(3, bytes: 65_000), isRead: false),
    Row("DJI", "APP3", 30, .app(3, bytes: 20), isRead: false),
  ]

  @Test(arguments: rows) func readsADronesXmpBehindManySegments(_ row: Row) {
    let photo = Self.photo(row.make, row.segments + [Self.xmp(Self.drone.packet())])
    for hint in [ReadHint.initial, greedyHint] {
      let run = Run(photo.build(), size: 6_000_000, hint: hint)
      #expect(run.record.position?.latitude == (row.isRead ? 47.500001 : 47.5))
      #expect(run.record.relativeAltitude == (row.isRead ? 50 : nil))
      #expect(run.record.fix == (row.isRead ? .fixed : nil))
      #expect(run.flights <= 6, "\(run.flights) flights")
      if hint == .initial {
        #expect(run.reader.bytesAsked <= 24_576, "\(run.reader.bytesAsked) bytes")
      }
    }
  }

  /// A drone's photo without XMP must not be read through.
  @Test(arguments: [700_000, 2_650_000]) func thermalDataWithoutXmpCostsLittle(_ bytes: Int) {
    let run = Run(Self.photo("DJI", [.thermal(bytes: bytes)]).build())
    #expect(run.record.position?.latitude == 47.5)
    #expect(run.flights <= 6 && run.reader.bytesAsked <= 16_384)
  }

  /// XMP with a position first, Exif behind seven segments: camera and clock are Exif's.
  @Test func readsExifBehindXmpAndSegments() {
    var photo = JpegBuilder(latitude: nil, longitude: nil)
    photo.segmentsBefore =
      [Self.xmp(Self.drone.packet())] + Array(repeating: .app(4, bytes: 900), count: 7)
    let run = Run(photo.build(), size: 6_000_000)
    #expect(run.record.source == .xmpDrone && run.record.cameraMake == "DJI")
    #expect(run.record.takenLocal == "2024-05-17T10:11:12")
    #expect(run.flights <= 6)
  }

  /// A packet of a program with long properties in front of the drone's.
  static func packet(_ bytes: Int) -> String {
    XmpTests.rdf(
      "<rdf:Description xmlns:dc=\"http://purl.org/dc/elements/1.1/\" dc:format=\""
        + String(repeating: "x", count: bytes)
        + "\" xmlns:drone-dji=\"http://www.dji.com/drone-dji/1.0/\""
        + " drone-dji:RelativeAltitude=\"+50.0\" drone-dji:GimbalPitchDegree=\"-90.0\"/>")
  }

  @Test(
    arguments: [
      ("DJI", 13_000, true), ("DJI", 30_000, true), ("Canon", 30_000, false),
    ] as [(String, Int, Bool)])
  func readsADronesLongPacket(_ make: String, _ bytes: Int, _ isRead: Bool) {
    let text = Self.packet(bytes)
    let photo = Self.photo(make, [Self.xmp(text)])
    var tiff = JpegBuilder(make: make, latitude: 47.5, longitude: 8.25)
    tiff.ifd0Overrides = [.init(700, .bytes(Array(text.utf8)))]
    let png = B.png([
      B.chunk("eXIf", JpegBuilder(make: make, latitude: 47.5, longitude: 8.25).tiff()),
      B.chunk("iTXt", B.latin("XML:com.adobe.xmp\0\0\0\0\0") + Array(text.utf8)),
    ])
    for file in [photo.build(), tiff.tiff(), png] {
      let run = Run(file)
      #expect(run.record.position != nil)
      #expect((run.record.relativeAltitude != nil) == isRead)
      #expect(!run.record.flags.contains(.xmpCut))
      #expect(run.flights <= 6)
      #expect(run.reader.bytesAsked <= (isRead ? 49_152 : 24_576))
    }
  }

  /// 64 KiB of a packet are read. What is behind them may be all that a drone says.
  @Test(arguments: [("DJI", true), ("Canon", false)])
  func aCutPacketOfADroneIsFlagged(_ make: String, _ isFlagged: Bool) {
    var photo = JpegBuilder(make: make, latitude: 47.5, longitude: 8.25)
    photo.ifd0Overrides = [.init(700, .bytes(Array(Self.packet(70_000).utf8)))]
    let record = Run(photo.tiff()).record
    #expect(record.position?.latitude == 47.5 && record.relativeAltitude == nil)
    #expect(record.flags.contains(.xmpCut) == isFlagged)
  }

  /// PNG, third edition, §5.6: texts may follow the image data.
  @Test(arguments: [("DJI", true), ("Canon", false)])
  func readsADronesXmpBehindTheImageOfAPng(_ make: String, _ isRead: Bool) {
    let tiff = JpegBuilder(make: make, latitude: 47.5, longitude: 8.25).tiff()
    let text = B.chunk(
      "iTXt", B.latin("XML:com.adobe.xmp\0\0\0\0\0") + Array(Self.drone.packet().utf8))
    for images in [1, 300] {
      let run = Run(B.png([B.chunk("eXIf", tiff)], images: images, after: [text]))
      #expect((run.record.relativeAltitude != nil) == isRead)
      #expect(run.flights <= 6)
    }
  }

  /// ITU-T T.81 §B.1.1.2 allows no bytes between segments; libjpeg and exiftool go on at the next marker.
  @Test(
    arguments: [
      ([0, 0], true), ([1, 2, 3], true), ([0xFF, 0, 7], true), ([0, 0xFF, 0, 0xFF, 0x41], true),
      (Array(repeating: 0xAA, count: 900), true), (Array(repeating: 0xAA, count: 2000), false),
      (Array(repeating: 0, count: 79), true), (Array(repeating: 0, count: 80), true),
    ] as [([UInt8], Bool)])
  func passesStrayBytes(_ stray: [UInt8], _ isFollowed: Bool) {
    var before = JpegBuilder(latitude: 47.5, longitude: 8.25)
    before.segmentsBefore = [.jfif, .verbatim(stray)]
    var behind = JpegBuilder(latitude: nil, longitude: nil)
    behind.segmentsAfter = [.verbatim(stray)]
    for hint in [ReadHint.initial, greedyHint] {
      let run = Run(before.build(), hint: hint)
      #expect(run.record.verdict == (isFollowed ? "located" : "damaged"))
      #expect(run.flights <= 6)
      #expect(Run(behind.build(), hint: hint).record.verdict == (isFollowed ? "no-gps" : "damaged"))
    }
  }
}
