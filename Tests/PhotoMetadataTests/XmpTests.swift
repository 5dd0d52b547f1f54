import FuzzSupport
import PhotoMetadata
import PhotoModel
import TestSupport
import Testing

/// Vendors' fields, and packets that are not what they should be.
@Suite struct XmpTests {
  static func record(_ packet: String, exif: Bool = true) -> PhotoRecord {
    var photo = JpegBuilder(latitude: 47.5, longitude: 8.25)
    if !exif {
      photo.latitude = nil
      photo.longitude = nil
    }
    photo.xmp = .packet(packet)
    return Run(photo.build()).record
  }

  static func rdf(_ inner: String) -> String {
    """
    <x:xmpmeta xmlns:x="adobe:ns:meta/">
     <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
     \(inner)
     </rdf:RDF>
    </x:xmpmeta>
    """
  }

  static let skydioElements = rdf(
    """
    <rdf:Description rdf:about="" xmlns:drone-skydio="https://www.skydio.com/drone-skydio/1.0/">
      <drone-skydio:Latitude>47.5</drone-skydio:Latitude>
      <drone-skydio:Longitude>8.25</drone-skydio:Longitude>
      <drone-skydio:RelativeAltitude>12.5</drone-skydio:RelativeAltitude>
      <drone-skydio:CameraOrientationFLU rdf:parseType="Resource">
        <drone-skydio:Roll>1</drone-skydio:Roll>
        <drone-skydio:Pitch>2</drone-skydio:Pitch>
        <drone-skydio:Yaw>3</drone-skydio:Yaw>
      </drone-skydio:CameraOrientationFLU>
      <drone-skydio:CameraOrientationNED rdf:parseType="Resource">
        <drone-skydio:Roll>0.5</drone-skydio:Roll>
        <drone-skydio:Pitch>-45.25</drone-skydio:Pitch>
        <drone-skydio:Yaw>-90</drone-skydio:Yaw>
      </drone-skydio:CameraOrientationNED>
    </rdf:Description>
    """)

  static let skydioAttributes = rdf(
    """
    <rdf:Description rdf:about="" xmlns:drone-skydio="https://www.skydio.com/drone-skydio/1.0/"
      drone-skydio:Latitude="47.5" drone-skydio:Longitude="8.25"
      drone-skydio:RelativeAltitude="12.5">
     <drone-skydio:CameraOrientationFLU drone-skydio:Roll="1" drone-skydio:Pitch="2"
       drone-skydio:Yaw="3"/>
     <drone-skydio:CameraOrientationNED drone-skydio:Roll="0.5" drone-skydio:Pitch="-45.25"
       drone-skydio:Yaw="-90"/>
    </rdf:Description>
    """)

  /// With an unclosed element the tolerant scan must find the same.
  @Test(arguments: [
    skydioElements, skydioAttributes, skydioElements.replacing("</rdf:Description>", with: ""),
    skydioAttributes.replacing("</rdf:Description>", with: ""),
  ])
  func readsSkydio(packet: String) {
    let record = Self.record(packet, exif: false)
    #expect(record.position == Coordinate(latitude: 47.5, longitude: 8.25))
    #expect(record.source == .xmpDrone)
    #expect(record.relativeAltitude == 12.5)
    #expect(record.gimbalYaw == 270)
    #expect(record.gimbalPitch == -45.25)
    #expect(record.gimbalRoll == 0.5)
  }

  @Test func readsParrotAnafi() {
    let record = Self.record(
      Self.rdf(
        """
        <rdf:Description rdf:about="" xmlns:drone-parrot="http://www.parrot.com/drone-parrot/1.0/"
          drone-parrot:CameraYawDegree="12.5" drone-parrot:CameraPitchDegree="-89.5"
          drone-parrot:CameraRollDegree="0" drone-parrot:DroneYawDegree="-10"
          drone-parrot:SerialNumber="PI040416AB"/>
        """))
    #expect(record.gimbalYaw == 12.5)
    #expect(record.gimbalPitch == -89.5)
    #expect(record.flightYaw == 350)
    #expect(record.serialNumber == "PI040416AB")
  }

  /// Pitch 0 is straight down, a velocity of −2e+10 unknown; the element is never closed.
  @Test func readsSenseFly() {
    let record = Self.record(
      Self.rdf(
        """
        <rdf:Description rdf:about="" xmlns:sensefly="sensefly/" xmlns:Camera="Camera/"
          sensefly:CamId="30" Camera:IMULinearVelocity="-2e+10,-2e+10,-2e+10"
          Camera:Pitch="2.25" Camera:Roll="10.2135" Camera:Yaw="19.5534"
          Camera:GPSXYAccuracy="0.0214224" Camera:GPSZAccuracy="0.0406418">
        """))
    #expect(record.gimbalPitch == -87.75)
    #expect(record.gimbalYaw == 19.5534)
    #expect(record.rtkStdLon == 0.0214224)
    #expect(record.rtkStdLat == 0.0214224)
    #expect(record.rtkStdHeight == 0.0406418)
  }

  @Test func readsBebop() {
    let record = Self.record(
      Self.rdf(
        """
        <rdf:Description rdf:about="" xmlns:Camera="Camera/" Camera:Yaw="-112.25"
          Camera:Pitch="-2" Camera:AboveGroundAltitude="24.962"/>
        """))
    // Two degrees past straight down: the same direction from the other side.
    #expect(record.gimbalYaw == 67.75)
    #expect(record.gimbalPitch == -88)
    #expect(record.relativeAltitude == 24.962)
  }

  @Test(arguments: ["-2e+10", "1e400", "nan", "inf", "0x10", "12,5", "", "--3"])
  func ignoresSentinels(value: String) {
    let record = Self.record(
      Self.rdf(
        "<rdf:Description drone-dji:GimbalYawDegree=\"\(value)\" "
          + "drone-dji:RelativeAltitude=\"\(value)\" drone-dji:RtkStdLon=\"\(value)\" "
          + "xmlns:drone-dji=\"x\"/>"))
    #expect(record.gimbalYaw == nil)
    #expect(record.relativeAltitude == nil)
    #expect(record.rtkStdLon == nil)
    #expect(record.verdict == "located")
  }

  static let drone = """
    drone-dji:GpsLatitude="+47.25" drone-dji:GpsLongitude="-8.5"
    """

  struct Broken: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var packet: String
  }

  static let broken: [Broken] = [
    Broken(
      testDescription: "unbound prefix", packet: rdf("<rdf:Description \(drone)/>")),
    Broken(testDescription: "unclosed", packet: "<x:xmpmeta><rdf:Description \(drone)"),
    Broken(
      testDescription: "attribute twice", packet: rdf("<rdf:Description \(drone) a=\"\" a=\"\"/>")),
    Broken(
      testDescription: "bare ampersand", packet: rdf("<rdf:Description b=\"a & b\" \(drone)/>")),
    Broken(
      testDescription: "control character",
      packet: rdf("<rdf:Description b=\"\u{1}\" \(drone)/>")),
    Broken(
      testDescription: "several descriptions",
      packet: rdf("<rdf:Description b=\"1\"/><rdf:Description \(drone)/>")),
    Broken(
      testDescription: "no xmpmeta",
      packet: "<rdf:RDF xmlns:rdf=\"r\"><rdf:Description \(drone)/></rdf:RDF>"),
    Broken(
      testDescription: "garbage behind the root",
      packet: "<rdf:RDF xmlns:rdf=\"r\"><rdf:Description \(drone)/></rdf:RDF> & <"),
    Broken(
      testDescription: "entities declared",
      packet: """
        <!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">\
        <!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;">]>\
        <x:xmpmeta xmlns:x="x"><rdf:Description b="&d;&d;&d;&d;" \(drone)/></x:xmpmeta>
        """),
    Broken(
      testDescription: "single quotes and blanks around the sign",
      packet: rdf(
        "<rdf:Description drone-dji:GpsLatitude = '+47.25' drone-dji:GpsLongitude= '-8.5'>")),
  ]

  @Test(arguments: broken)
  func scansBrokenPackets(row: Broken) {
    let record = Self.record(row.packet, exif: false)
    #expect(record.position == Coordinate(latitude: 47.25, longitude: -8.5))
    #expect(record.source == .xmpDrone)
  }

  @Test(arguments: [200, 1000, 60_000])
  func joinsExtendedXMP(chunk: Int) {
    var photo = JpegBuilder(latitude: nil, longitude: nil, altitude: nil)
    let guid = "0123456789ABCDEF0123456789ABCDEF"
    let main = Self.rdf(
      "<rdf:Description xmlns:xmpNote=\"n\" xmpNote:HasExtendedXMP=\"\(guid)\"/>")
    let rest = Self.rdf(
      "<rdf:Description b=\"\(String(repeating: "z", count: 3000))\" \(Self.drone)/>")
    photo.xmp = .extended(main: main, rest: rest, guid: guid, chunk: chunk)
    let record = Run(photo.build()).record
    #expect(record.position == Coordinate(latitude: 47.25, longitude: -8.5))

    let other = String(guid.reversed())
    photo.xmp = .extended(main: main, rest: rest, guid: other, chunk: chunk)
    #expect(Run(photo.build()).record.verdict == "no-gps")
  }

  @Test func readsXMPInsideExif() {
    var photo = JpegBuilder(latitude: nil, longitude: nil, altitude: nil)
    let packet = Self.rdf("<rdf:Description \(Self.drone)/>")
    photo.ifd0Overrides = [.init(0x02BC, .bytes(Array(packet.utf8)))]
    let record = Run(photo.build()).record
    #expect(record.position == Coordinate(latitude: 47.25, longitude: -8.5))
    #expect(record.source == .xmpDrone)
  }

  static let otherPlaces = rdf(
    """
    <rdf:Description xmlns:drone-dji="d" xmlns:exif="e" drone-dji:LRFTargetLat="47.1"
     drone-dji:LRFTargetLon="8.1"><Iptc4xmpExt:LocationCreated xmlns:Iptc4xmpExt="i"><rdf:Bag>
     <rdf:li exif:GPSLatitude="1" exif:GPSLongitude="2"/><rdf:li rdf:parseType="Resource">
     <exif:GPSLatitude>1</exif:GPSLatitude><exif:GPSLongitude>2</exif:GPSLongitude></rdf:li>
     </rdf:Bag></Iptc4xmpExt:LocationCreated></rdf:Description>
    """)

  /// What the picture shows, not where the camera was.
  @Test(arguments: [otherPlaces, otherPlaces.replacing("</rdf:Description>", with: "")])
  func takesNoOtherPlaceForThePosition(packet: String) {
    #expect(Self.record(packet, exif: false).verdict == "no-gps")
  }
}
