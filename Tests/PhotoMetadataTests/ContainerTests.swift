import FuzzSupport
import PhotoMetadata
import PhotoModel
import TestSupport
import Testing

/// Every container with the same Exif block, XMP packet or place in it.
@Suite struct ContainerTests {
  typealias B = ContainerBuilder

  struct Row: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var verdict: String
    var file: [UInt8]
    var source: PositionSource?

    init(
      _ name: String, _ file: [UInt8], verdict: String = "located", source: PositionSource = .exif
    ) {
      testDescription = name
      self.file = file
      self.verdict = verdict
      self.source = verdict == "located" ? source : nil
    }
  }

  static let tiff = JpegBuilder(latitude: 47.5, longitude: -8.25, altitude: 500).tiff()
  static let marked = Array("Exif\0\0".utf8) + tiff
  static let xmp = Array(
    """
    <x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF \
    xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" \
    xmlns:exif="http://ns.adobe.com/exif/1.0/" exif:GPSLatitude="47,30.0N" \
    exif:GPSLongitude="8,15.0W"/></rdf:RDF></x:xmpmeta>
    """.utf8)

  /// A JFIF segment, and where the next one should begin nothing of the kind.
  static let brokenJpeg: [UInt8] =
    [0xFF, 0xD8, 0xFF, 0xE0, 0, 16] + Array("JFIF\0".utf8) + [UInt8](repeating: 0, count: 200)

  static let photoBrokenBehindExif: [UInt8] = {
    var photo = JpegBuilder(latitude: 47.5, longitude: -8.25)
    photo.segmentsAfter = [.verbatim([UInt8](repeating: 0, count: 100))]
    return photo.build()
  }()

  static let images: [Row] = [
    Row("TIFF", tiff),
    Row("PNG, eXIf", B.png([B.chunk("eXIf", tiff)])),
    Row("PNG, eXIf with a mark", B.png([B.chunk("eXIf", marked)])),
    Row("PNG, eXIf behind 300 chunks", B.png([], images: 300, after: [B.chunk("eXIf", tiff)])),
    Row("PNG, raw profile", B.png([B.rawProfile("exif", marked)])),
    Row("PNG, raw APP1 profile", B.png([B.rawProfile("APP1", marked)])),
    Row(
      "PNG, iTXt", B.png([B.chunk("iTXt", B.latin("XML:com.adobe.xmp\0\0\0\0\0") + xmp)]),
      source: .xmpExif),
    Row("PNG, none", B.png([]), verdict: "no-exif"),
    Row(
      "PNG, packed profile that is none",
      B.png([B.chunk("zTXt", B.latin("Raw profile type exif\0\0abc"))]), verdict: "no-exif"),
    Row("WebP", B.webp([("EXIF", tiff)], flags: 8)),
    Row("WebP, marked, odd length", B.webp([("EXIF", marked + [0])], flags: 8)),
    Row("WebP, XMP", B.webp([("XMP ", xmp)], flags: 4), source: .xmpExif),
    Row("WebP, not announced", B.webp([("EXIF", tiff)], flags: 0)),
    Row("WebP, none", B.webp([], flags: 0), verdict: "no-exif"),
    Row("HEIC, item at the end", B.heif(tiff: tiff)),
    Row("HEIC, item in idat", B.heif(tiff: tiff, inside: true)),
    Row("HEIC, two extents in a row", B.heif(tiff: tiff, extents: 2)),
    Row("HEIC, marked item", B.heif(tiff: tiff, prefix: [0, 0, 0, 6] + Array("Exif\0\0".utf8))),
    Row("HEIC, wrong offset", B.heif(tiff: tiff, prefix: [0, 0, 0, 0] + Array("Exif\0\0".utf8))),
    Row("HEIC, item without a header", B.heif(tiff: [1, 2, 3, 4]), verdict: "damaged"),
    Row("AVIF", B.heif(tiff: tiff, brand: "avif")),
    Row("JPEG XL", B.jxl([B.box("jxlc", [1, 2, 3]), B.box("Exif", [0, 0, 0, 0] + tiff)])),
    Row("JPEG XL, XMP", B.jxl([B.box("xml ", xmp)]), source: .xmpExif),
    Row("JPEG XL, Brotli", B.jxl([B.box("brob", B.latin("Exif") + [1])]), verdict: "unsupported"),
    Row("RAF", B.raf(jpeg: JpegBuilder(latitude: 47.5, longitude: -8.25).build())),
    Row("RAF, no JPEG", B.raf(jpeg: [1, 2]), verdict: "damaged"),
    Row("RAF, JPEG broken before its metadata", B.raf(jpeg: brokenJpeg), verdict: "damaged"),
    Row(
      "RAF, JPEG broken behind the position",
      B.raf(jpeg: photoBrokenBehindExif)),
    Row("CR3", B.cr3(tiff: tiff, xmp: xmp)),
    Row("MRW", B.mrw(tiff: tiff)),
  ]

  static let apple = "com.apple.quicktime."
  static let place = "+47.5000-008.2500/"
  static let user = B.box("udta", B.userText("©xyz", place))
  /// A list that says nothing of the place.
  static let empty = B.appleMeta([(apple + "software", "X")])

  static func trackWith(_ end: String) -> [UInt8] {
    B.box(
      "trak", [UInt8](repeating: 0, count: 20_000) + B.box(end, [UInt8](repeating: 0, count: 40)))
  }

  /// `moov` is followed by XMP, as written by exiftool and by Adobe's programs.
  static let xmpBehind: [Row] = [
    Row("MP4, XMP behind moov", B.ftyp("mp42") + movie + xmpBox + media, source: .xmpExif),
    Row("MP4, XMP at the end", B.ftyp("mp42") + movie + media + xmpBox, source: .xmpExif),
    Row("MP4, media first", B.ftyp("mp42") + media + movie + xmpBox, source: .xmpExif),
    Row(
      "MP4, XMP behind fragments",
      B.ftyp("mp42") + movie + (0..<9).flatMap { _ in B.box("moof", [0]) + media } + xmpBox,
      verdict: "no-gps"),
  ]
  private static let media = B.box("mdat", [UInt8](repeating: 9, count: 30_000))
  private static let movie = B.box(
    "moov", B.fullBox("mvhd", B.big(UInt32(3_600_000_000)) + [UInt8](repeating: 0, count: 92)))
  private static let xmpBox = B.box("uuid", xmpUUID + xmp)
  private static let xmpUUID: [UInt8] = [
    0xBE, 0x7A, 0xCF, 0xCB, 0x97, 0xA9, 0x42, 0xE8, 0x9C, 0x71, 0x99, 0x94, 0x91, 0xE3, 0xAF, 0xAC,
  ]
  static let videos: [Row] = [
    Row("MP4, ©xyz", B.video([B.box("udta", B.userText("©xyz", "+47.5000-008.2500+500.0/"))])),
    Row("MP4, minutes", B.video([B.box("udta", B.userText("©xyz", "+4730.00-00815.00/"))])),
    Row("MP4, seconds", B.video([B.box("udta", B.userText("©xyz", "+473000.0-0081500.0/"))])),
    Row("MP4, loci", B.video([B.box("udta", B.loci(47.5, -8.25, 500))])),
    Row(
      "MOV, key",
      B.video(
        brand: "qt  ",
        [B.appleMeta([(apple + "make", "X"), (apple + "location.ISO6709", "+47.5-008.25+500/")])])),
    Row(
      "MP4, 64-bit mdat",
      B.video(
        media: B.longBox("mdat", [UInt8](repeating: 1, count: 99_999)),
        [B.box("udta", B.userText("©xyz", "+47.5-008.25/"))])),
    Row(
      "MP4, 0,0", B.video([B.box("udta", B.userText("©xyz", "+00.0000+000.0000/"))]),
      verdict: "zero"),
    Row(
      "MP4, 91 degrees", B.video([B.box("udta", B.userText("©xyz", "+91.0+000.0/"))]),
      verdict: "out-of-range"),
    Row("MP4, item of a list without keys", B.video([B.box("udta", B.itemList("©xyz", place))])),
    Row("MOV, such an item in moov", B.video(brand: "qt  ", [B.itemList("©xyz", place)])),
    // exiftool adds `meta` at the end of `moov`.
    Row("MP4, in front of the tracks", B.video(front: user, [empty])),
    Row("MP4, in front, the last track ends like moov", B.video(front: user, [trackWith("udta")])),
    Row("MP4, between the tracks", B.video([user, trackWith("meta")])),
    Row(
      "MP4, in front of many tracks",
      B.video(front: user, Array(repeating: trackWith("udta"), count: 9))),
    Row("MP4, no text", B.video([B.box("udta", B.userText("©xyz", "here"))]), verdict: "no-gps"),
    Row("MP4, none", B.video([]), verdict: "no-gps"),
    Row("MP4 without moov", B.ftyp("mp42") + B.box("mdat", [1, 2, 3]), verdict: "damaged"),
  ].map {
    var row = $0
    if row.source != nil { row.source = .container }
    return row
  }

  @Test(arguments: images + videos + xmpBehind)
  func findsThePositionInEveryContainer(row: Row) {
    for hint in [ReadHint.initial, ReadHint(ranges: []), greedyHint] {
      for tellSize in [true, false] {
        let record = Run(row.file, tellSize: tellSize, hint: hint).record
        #expect(record.verdict == row.verdict)
        #expect(record.source == row.source)
        guard let place = record.position else { continue }
        #expect(abs(place.latitude - 47.5) < 1e-9 && abs(place.longitude + 8.25) < 1e-9)
      }
    }
  }

  @Test(arguments: videos)
  func readsWhenAVideoWasTaken(row: Row) {
    let record = Run(row.file).record
    #expect(record.kind == .video)
    // 3,600,000,000 s after 1904-01-01 is 2018-01-28T16:00:00, on a clock of whatever zone.
    if row.verdict != "damaged" { #expect(record.takenLocal == "2018-01-28T16:00:00") }
    #expect(record.takenAt == nil)
  }

  @Test func statesAVideosAltitudeReferenceOnlyWhereTheFormatDoes() {
    func record(_ boxes: [[UInt8]]) -> PhotoRecord { Run(B.video(boxes)).record }
    let text = record([B.box("udta", B.userText("©xyz", "+47.5-008.25-012.5/"))])
    #expect(text.altitude == -12.5 && text.altitudeReference == .unknown)
    let loci = record([B.box("udta", B.loci(47.5, -8.25, 500))])
    #expect(loci.altitude == 500 && loci.altitudeReference == .seaLevel)
  }

  @Test func neverReadsImageData() {
    let large = (Self.images + Self.videos).filter { $0.file.count > 30_000 }
    #expect(large.count >= 5, "\(large.count) files have image data worth skipping")
    for row in large {
      #expect(Run(row.file).reader.bytesAsked < 32_768, "\(row.testDescription)")
    }
  }

  @Test func refusesBigTiff() {
    for head in ["II+\0\u{8}\0\0\0", "MM\0+\0\u{8}\0\0"] {
      let run = Run(Array(head.utf8) + [UInt8](repeating: 0, count: 100))
      #expect(run.record.verdict == "unsupported")
    }
  }
}
