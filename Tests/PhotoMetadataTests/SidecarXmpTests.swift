import FuzzSupport
import PhotoModel
import TestSupport
import Testing

@testable import PhotoMetadata

extension SidecarTests {
  @Test(arguments: [true, false]) func readsXMPBesideAPhoto(tellSize: Bool) {
    let body = XmpTests.rdf(
      """
      <rdf:Description rdf:about="" xmlns:exif="http://ns.adobe.com/exif/1.0/"
       exif:GPSLatitude="52,27.5814N" exif:GPSLongitude="13,19.3099E" exif:GPSAltitudeRef="1"
       exif:GPSAltitude="425/10" exif:DateTimeOriginal="2020-01-01T17:28:22+01:00"/>
      """)
    for text in [
      body, "\u{FEFF}" + body, "<?xpacket begin=''?>\n" + body + "\n<?xpacket end='w'?>",
    ] {
      let (record, _, flights) = Self.read(.xmp, Array(text.utf8), tellSize: tellSize)
      #expect(abs((record.position?.latitude ?? 0) - 52.459_69) < 1e-9)
      #expect(record.altitude == -42.5 && record.altitudeReference == .seaLevel)
      #expect(record.takenLocal == "2020-01-01T17:28:22" && record.utcOffsetMinutes == 60)
      #expect(record.takenAt == 1_577_896_102_000 && flights == 1)
    }
  }

  @Test(arguments: ["", " ", "not XML", "<x:xmpmeta", "\0\0\0\0"])
  func findsNothingInWhatIsNoXMP(text: String) {
    #expect(Self.read(.xmp, text).verdict == "no-gps")
    #expect(Self.read(.srt, text).verdict == "no-gps")
  }

  @Test func readsLongXMPToItsEndOrTheLimit() {
    let filler = String(repeating: "<a>history</a>", count: 5000)
    let inner = "<rdf:Description \(XmpTests.drone)>\(filler)</rdf:Description>"
    let whole = Self.read(.xmp, Array(XmpTests.rdf(inner).utf8))
    #expect(whole.flights == 2 && whole.record.position != nil)
    let endless = XmpTests.rdf(inner + String(repeating: filler, count: 40))
    let cut = Self.read(.xmp, Array(endless.utf8))
    #expect(cut.asked == 131_072 && cut.record.position != nil)
  }

  /// Encodings of XML files of their own (XMP part 1 §7.1).
  enum Wide: CaseIterable {
    case little16, big16, little32, big32

    func bytes(_ text: String) -> [UInt8] {
      func bytes<T: FixedWidthInteger>(_ value: T, isBig: Bool) -> [UInt8] {
        withUnsafeBytes(of: isBig ? value.bigEndian : value.littleEndian) { Array($0) }
      }
      let scalars = text.unicodeScalars
      return switch self {
      case .little16: text.utf16.flatMap { bytes($0, isBig: false) }
      case .big16: text.utf16.flatMap { bytes($0, isBig: true) }
      case .little32: scalars.flatMap { bytes($0.value, isBig: false) }
      case .big32: scalars.flatMap { bytes($0.value, isBig: true) }
      }
    }
  }

  @Test(arguments: Wide.allCases) func readsWideCharacters(encoding: Wide) {
    let declared = "<?xml version=\"1.0\" encoding=\"UTF-16\"?>\n"
    let body = XmpTests.rdf(
      "<rdf:Description drone-dji:CameraSerialNumber=\"\u{1F681}é\" \(XmpTests.drone)/>")
    for text in [
      body, "\u{FEFF}" + body, "\u{FEFF}" + declared + body, declared + body + "\n",
      "<?xpacket begin=\"\u{FEFF}\" id=\"x\"?>" + body + "   <?xpacket end='w'?>  ",
      // No XML: the tolerant scan.
      body.replacing("</rdf:RDF>", with: ""),
    ] {
      let bytes = encoding.bytes(text)
      let record = Self.read(.xmp, bytes).record
      #expect(record.position == Coordinate(latitude: 47.25, longitude: -8.5), "\(text)")
      #expect(record.serialNumber == "\u{1F681}é")
      // In a photo, as IFD0 of a TIFF may have it.
      var photo = JpegBuilder(latitude: nil, longitude: nil, altitude: nil)
      photo.ifd0Overrides = [.init(0x02BC, .bytes(bytes))]
      #expect(Run(photo.build()).record.position == record.position)
      // Cut at any byte: no trap, and the whole place or none.
      for count in stride(from: 0, to: bytes.count, by: 7) {
        let cut = Self.read(.xmp, Array(bytes[..<count])).record
        #expect(cut.position == nil || cut.position == record.position)
      }
    }
  }

  /// No position behind the ceiling is taken for no position.
  @Test func flagsXMPThatWasCut() {
    let filler = String(repeating: "<a>history</a>", count: 12_000)
    let place = "<rdf:Description \(XmpTests.drone)/>"
    let late = Self.read(.xmp, Array(XmpTests.rdf(filler + place).utf8)).record
    #expect(late.verdict == "no-gps" && late.flags == .xmpCut)
    let unsized = Self.read(.xmp, Array(XmpTests.rdf(filler + place).utf8), tellSize: false).record
    #expect(unsized == late)
    let early = Self.read(.xmp, Array(XmpTests.rdf(place + filler).utf8)).record
    #expect(early.position != nil && early.flags == [])
    let padded = XmpTests.rdf("<rdf:Description/>") + String(repeating: " ", count: 200_000)
    #expect(Self.read(.xmp, Array(padded.utf8)).record.flags == [])
    // It reaches the photo, unless that has a position.
    let none = PhotoRecord(outcome: .withoutPosition(.noGPS))
    #expect(none.completed(by: late).flags == .xmpCut)
    #expect(Self.photo(.located(Self.here)).completed(by: late).flags == [])
    var cut = none
    cut.flags = .xmpCut
    #expect(cut.completed(by: Self.sidecar(.located(Self.here))).flags == [])
  }

  @Test func flagsLongXMPInAPhoto() {
    var photo = JpegBuilder(latitude: nil, longitude: nil, altitude: nil)
    let guid = "0123456789ABCDEF0123456789ABCDEF"
    let main = XmpTests.rdf(
      "<rdf:Description xmlns:xmpNote=\"n\" xmpNote:HasExtendedXMP=\"\(guid)\"/>")
    let filler = String(repeating: "z", count: 300_000)
    let rest = XmpTests.rdf("<rdf:Description b=\"\(filler)\" \(XmpTests.drone)/>")
    photo.xmp = .extended(main: main, rest: rest, guid: guid, chunk: 60_000)
    #expect(Run(photo.build()).record.flags == .xmpCut)
    photo.latitude = 47
    photo.longitude = 8
    #expect(Run(photo.build()).record.flags == [])
    let packet = Array(XmpTests.rdf(String(repeating: "<a>z</a>", count: 20_000)).utf8)
    let webp = ContainerBuilder.webp([("XMP ", packet)], flags: 4)
    #expect(Run(webp).record.flags == .xmpCut)
  }
}
