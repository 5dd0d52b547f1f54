import FuzzSupport
import PhotoMetadata
import PhotoModel
import TestSupport
import Testing

/// Each flight is a round trip of the link: no photo takes more than six, whatever its structure.
@Suite struct FlightTests {
  typealias B = ContainerBuilder

  struct Row: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var file: [UInt8]
    var verdict = "located"
    var size: Int64?
  }

  static func thermal(
    _ segments: [(marker: UInt8, size: Int, count: Int)], _ xmp: JpegBuilder.Xmp = .absent
  ) -> [UInt8] {
    var photo = JpegBuilder(latitude: nil, longitude: nil, altitude: nil)
    photo.gpsRemoved = Set(0...31)
    photo.thumbnailBytes = 9000
    photo.xmp = xmp
    photo.segmentsAfter = segments.flatMap { segment in
      [JpegBuilder.Segment](
        repeating: .raw(
          marker: segment.marker, payload: [UInt8](repeating: 7, count: segment.size - 4)),
        count: segment.count)
    }
    return photo.build()
  }

  static let texts = (0..<100).map {
    B.chunk("tEXt", B.latin("Note \($0)\0") + [UInt8](repeating: 0x78, count: 400))
  }
  static let exif = B.chunk("eXIf", JpegBuilder(latitude: 47.5, longitude: 8.25).tiff())

  /// Exif behind 195 kB of other segments, XMP behind it: three hops, the directory, its values, the packet.
  static let deepExif: [UInt8] = {
    var photo = JpegBuilder(latitude: 47.5, longitude: 8.25)
    photo.segmentsBefore = [65_000, 64_000, 63_000].map { .app(7, bytes: $0) }
    photo.thumbnailBytes = 4000
    photo.segmentsAfter = [
      .raw(marker: 0xED, payload: [UInt8](repeating: 1, count: 4600)),
      .raw(marker: 0xE1, payload: longPacket),
    ]
    return photo.build()
  }()

  /// What a photo editor leaves: Exif without a position, Photoshop's resources, a packet of 9 kB, a profile.
  static let edited: [UInt8] = {
    var photo = JpegBuilder(latitude: nil, longitude: nil, altitude: nil)
    photo.gpsRemoved = Set(0...31)
    photo.thumbnailBytes = 3000
    photo.segmentsAfter = [
      .raw(marker: 0xED, payload: [UInt8](repeating: 1, count: 4600)),
      .raw(marker: 0xE1, payload: longPacket), .raw(marker: 0xEE, payload: [1, 2, 3]),
      .app(2, bytes: 560), .raw(marker: 0xDB, payload: [UInt8](repeating: 1, count: 130)),
    ]
    return photo.build()
  }()

  /// Two Exif blocks, of which the second has the position.
  static let twoBlocks: [UInt8] = {
    var photo = JpegBuilder(latitude: 47.5, longitude: 8.25)
    var first = JpegBuilder(latitude: nil, longitude: nil, altitude: nil)
    first.gpsRemoved = Set(0...31)
    first.thumbnailBytes = 3000
    photo.segmentsBefore = [
      .raw(marker: 0xE1, payload: Array("Exif\0\0".utf8) + first.tiff())
    ]
    photo.makerNoteBytes = 600
    photo.gpsOffset = 1600
    photo.thumbnailBytes = 3000
    photo.segmentsAfter = [.app(13, bytes: 5000), .raw(marker: 0xE1, payload: longPacket)]
    return photo.build()
  }()

  static let longPacket =
    Array("http://ns.adobe.com/xap/1.0/\0".utf8)
    + Array(
      """
      <x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF \
      xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" \
      xmlns:dc="http://purl.org/dc/elements/1.1/" dc:source="\(String(repeating: "history ", count: 1000))"\
      /></rdf:RDF></x:xmpmeta>
      """.utf8)

  static let rows: [Row] = [
    Row(testDescription: "Exif behind 195 kB of other segments", file: deepExif),
    Row(
      testDescription: "a photo of an editor, without a position", file: edited, verdict: "no-gps"),
    Row(testDescription: "two Exif blocks", file: twoBlocks),
    Row(
      testDescription: "PNG of many pieces, texts on both sides",
      file: B.png(Array(texts[..<3]), images: 15, after: Array(texts[..<3]) + [exif])),
    Row(
      testDescription: "PNG with large texts before the image",
      file: B.png(
        (0..<2).map { _ in B.chunk("iCCP", [UInt8](repeating: 5, count: 6500)) }, images: 15,
        after: [exif])),
    Row(
      testDescription: "CR3",
      file: B.cr3(tiff: ContainerTests.tiff, xmp: ContainerTests.xmp)),

    Row(
      testDescription: "R-JPEG of an H20T without a position",
      file: thermal([
        (0xE2, 182, 1), (0xE3, 65_536, 10), (0xE3, 44, 1), (0xE4, 2564, 1), (0xE5, 32_772, 1),
      ]), verdict: "no-gps"),
    Row(
      testDescription: "R-JPEG of an XT S without a position",
      file: thermal(
        [
          (0xE2, 1264, 1), (0xE3, 32_772, 1), (0xE4, 65_536, 10), (0xE4, 44, 1),
        ], Parts.dji([("RelativeAltitude", "+10")])), verdict: "no-gps"),
    Row(
      testDescription: "FLIR without a position",
      file: thermal([(0xE1, 65_536, 10), (0xE1, 2400, 1)]), verdict: "no-gps"),
    Row(
      testDescription: "thirty small segments", file: thermal([(0xE9, 700, 30)]),
      verdict: "no-gps"),
    Row(testDescription: "PNG of texts", file: B.png(texts, after: [exif])),
    Row(testDescription: "PNG of texts behind the image", file: B.png([], after: texts + [exif])),
    Row(testDescription: "PNG of 300 pieces", file: B.png([], images: 300, after: [exif])),
    Row(
      testDescription: "HEIC at its end",
      file: B.heif(tiff: JpegBuilder(latitude: 47.5, longitude: 8.25).tiff(), gap: 90_000)),
    Row(
      testDescription: "MOV of many tracks",
      file: B.video(
        brand: "qt  ",
        (0..<8).map { _ in B.box("trak", [UInt8](repeating: 1, count: 9000)) } + [
          B.box("udta", B.userText("©xyz", "+47.5000+008.2500/")),
          B.appleMeta([("com.apple.quicktime.make", "Apple")]),
        ])),
  ]

  @Test(arguments: rows) func sixFlightsAtMost(row: Row) {
    let run = Run(row.file)
    #expect(run.record.verdict == row.verdict)
    #expect(run.flights <= 6)
    #expect(run.reader.flights == run.flights)
    #expect(run.reader.bytesAsked <= 65_536)
    let other = Run(row.file, hint: greedyHint).record
    #expect(other == run.record)
  }
}
