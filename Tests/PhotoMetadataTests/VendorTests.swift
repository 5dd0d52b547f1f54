import Foundation
import FuzzSupport
import PhotoModel
import TestSupport
import Testing

@testable import PhotoMetadata

/// Packets as each maker writes them, and what becomes of every value.
@Suite struct VendorTests {
  /// A photo with a position in Exif near the one that the packets state, and the packet.
  static func record(_ inner: String, about: String = "") -> PhotoRecord {
    var photo = JpegBuilder(latitude: 24.000_5, longitude: 121.000_3, altitude: 512)
    photo.xmp = .packet(
      XmpTests.rdf("<rdf:Description rdf:about=\"\(about)\"\n\(inner)"))
    return Run(photo.build()).record
  }

  /// A Matrice with an H20T's range finder, RTK fixed.
  static let matrice = """
    xmlns:tiff="http://ns.adobe.com/tiff/1.0/" xmlns:drone-dji="http://www.dji.com/drone-dji/1.0/"
     tiff:Make="DJI" tiff:Model="ZH20T" drone-dji:Version="1.4" drone-dji:ImageSource="ZoomCamera"
     drone-dji:GpsStatus="RTK" drone-dji:AltitudeType="RtkAlt" drone-dji:GpsLatitude="+24.000500001"
     drone-dji:GpsLongitude="+121.000300002" drone-dji:AbsoluteAltitude="+512.123"
     drone-dji:RelativeAltitude="+80.004" drone-dji:GimbalRollDegree="+0.00"
     drone-dji:GimbalYawDegree="-12.50" drone-dji:GimbalPitchDegree="-35.10"
     drone-dji:FlightRollDegree="+1.50" drone-dji:FlightYawDegree="-13.20"
     drone-dji:FlightPitchDegree="-2.25" drone-dji:RtkFlag="50" drone-dji:RtkStdLon="0.01070"
     drone-dji:RtkStdLat="0.01130" drone-dji:RtkStdHgt="0.02590" drone-dji:LRFStatus="Normal"
     drone-dji:LRFTargetDistance="140.577" drone-dji:LRFTargetLon="121.001300002"
     drone-dji:LRFTargetLat="24.001500001" drone-dji:LRFTargetAlt="-42.700"
     drone-dji:LRFTargetAbsAlt="469.300" drone-dji:DroneSerialNumber="1ZNBJ" />
    """

  @Test func readsDJIWithARangeFinder() {
    let r = Self.record(Self.matrice, about: "DJI Meta Data")
    #expect(r.position == Coordinate(latitude: 24.000_500_001, longitude: 121.000_300_002))
    #expect(r.source == .xmpDrone && r.flags == [])
    #expect(r.altitude == 512 && r.altitudeReference == .ellipsoid && r.relativeAltitude == 80.004)
    #expect(r.gpsStatus == "RTK" && r.altitudeType == "RtkAlt" && r.imageSource == "ZoomCamera")
    #expect(r.gimbalYaw == 347.5 && r.gimbalPitch == -35.1 && r.gimbalRoll == 0)
    #expect(r.flightYaw == 346.8 && r.flightPitch == -2.25 && r.flightRoll == 1.5)
    #expect(r.fix == .fixed && r.rtkFlag == 50)
    #expect(r.rtkStdLon == 0.0107 && r.rtkStdLat == 0.0113 && r.rtkStdHeight == 0.0259)
    #expect(r.serialNumber == "1ZNBJ" && r.sources[.serial] == .xmpDrone)
    #expect(
      r.target
        == LaserTarget(
          coordinate: Coordinate(latitude: 24.001_500_001, longitude: 121.001_300_002),
          altitude: 469.3, distance: 140.577))
    #expect(r.sources[.altitude] == .exif && r.sources[.target] == .xmpDrone)
  }

  /// XMP's copies of make and model count where Exif has neither.
  @Test func readsTheCameraOfAPacket() {
    var photo = JpegBuilder(latitude: 24.000_5, longitude: 121.000_3, altitude: 512)
    (photo.make, photo.model) = (nil, nil)
    photo.xmp = .packet(XmpTests.rdf("<rdf:Description rdf:about=\"\"\n\(Self.matrice)"))
    let r = Run(photo.build()).record
    #expect(r.cameraMake == "DJI" && r.cameraModel == "ZH20T" && r.sources[.camera] == .xmp)
  }

  struct NoTarget: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var old: String
    var new: String
  }

  @Test(arguments: [
    NoTarget(testDescription: "too far", old: "LRFStatus=\"Normal\"", new: "LRFStatus=\"TooFar\""),
    NoTarget(
      testDescription: "latitude beyond the pole", old: "LRFTargetLat=\"24.",
      new: "LRFTargetLat=\"94."
    ),
    NoTarget(testDescription: "one half missing", old: "LRFTargetLon", new: "LRFTargetX"),
    NoTarget(
      testDescription: "no number", old: "LRFTargetLat=\"24.001500001\"",
      new: "LRFTargetLat=\"nan\""),
  ])
  func omitsATargetWithoutAnEcho(row: NoTarget) {
    let record = Self.record(Self.matrice.replacing(row.old, with: row.new))
    #expect(record.target == nil)
    #expect(record.position != nil && record.fix == .fixed)
  }

  @Test func omitsTargetsOfZerosAndImpossibleAltitudes() {
    let zeros = Self.matrice.replacing("LRFTargetLat=\"24.001500001\"", with: "LRFTargetLat=\"0\"")
      .replacing("LRFTargetLon=\"121.001300002\"", with: "LRFTargetLon=\"0.0\"")
    #expect(Self.record(zeros).target == nil)
    let odd = Self.matrice.replacing("469.300", with: "99999").replacing("140.577", with: "-1")
    let target = Self.record(odd).target
    #expect(target != nil && target?.altitude == nil && target?.distance == nil)
  }

  /// The wide, the zoomed and the thermal picture of one shot keep what each says of itself.
  @Test(arguments: ["WideCamera", "ZoomCamera", "InfraredCamera"])
  func keepsTheImageSource(name: String) {
    #expect(Self.record(Self.matrice.replacing("ZoomCamera", with: name)).imageSource == name)
  }

  @Test func readsNewerAutelFirmware() {
    let r = Self.record(
      """
      xmlns:drone="http://www.autelrobotics.com/drone/1.0/" drone:AbsoluteAltitude="+512.50"
       drone:RelativeAltitude="+30.20" drone:GpsLatitude="+24.0005001" drone:GpsLongtitude="+121.0003002"
       drone:GimbalRollDegree="-0.10" drone:GimbalYawDegree="+90.25" drone:GimbalPitchDegree="-89.90"
       drone:FlightYawDegree="-179.5" drone:FlightPitchDegree="-3" drone:FlightRollDegree="2"
       drone:RtkFlag="16" drone:GpsStatus="Normal" />
      """, about: "DJI Meta Data")
    #expect(r.position == Coordinate(latitude: 24.000_500_1, longitude: 121.000_300_2))
    #expect(r.source == .xmpDrone && r.relativeAltitude == 30.2)
    #expect(r.gimbalYaw == 90.25 && r.gimbalPitch == -89.9 && r.gimbalRoll == -0.1)
    #expect(r.flightYaw == 180.5 && r.fix == .single && r.gpsStatus == "Normal")
  }

  /// Position in Exif alone; pitch 0 is straight down and 90 the horizon.
  @Test func readsOlderAutelFirmware() {
    let r = Self.record(
      """
      xmlns:Camera="http://pix4d.com/camera/1.0/" Camera:Pitch="45.5" Camera:Yaw="-10.25" Camera:Roll="0.5"
       Camera:GPSXYAccuracy="0.00" Camera:GPSZAccuracy="0.00" />
      """, about: "Autel Robotics Meta Data")
    #expect(r.source == .exif)
    #expect(r.gimbalPitch == -44.5 && r.gimbalYaw == 349.75 && r.gimbalRoll == 0.5)
  }

  @Test func readsSkydio() {
    let r = Self.record(
      """
      xmlns:drone-skydio="https://www.skydio.com/drone-skydio/1.0/" drone-skydio:Latitude="24.0005001"
       drone-skydio:Longitude="121.0003002" drone-skydio:AbsoluteAltitude="512.4"
       drone-skydio:RelativeAltitude="12.5"><drone-skydio:CameraOrientationNED
       drone-skydio:Roll="0.5" drone-skydio:Pitch="-45.25" drone-skydio:Yaw="-90"/></rdf:Description>
      """)
    #expect(r.source == .xmpDrone && r.altitude == 512 && r.relativeAltitude == 12.5)
    #expect(r.gimbalYaw == 270 && r.gimbalPitch == -45.25 && r.gimbalRoll == 0.5)
  }

  @Test func readsParrot() {
    let r = Self.record(
      """
      xmlns:drone-parrot="http://www.parrot.com/drone-parrot/1.0/" drone-parrot:CameraRollDegree="1"
       drone-parrot:CameraPitchDegree="-60.5" drone-parrot:CameraYawDegree="-1.5"
       drone-parrot:DroneRollDegree="2" drone-parrot:DronePitchDegree="-4.5" drone-parrot:DroneYawDegree="3"
       drone-parrot:SerialNumber="PI040416AB" drone-parrot:ModelId="091A" />
      """)
    #expect(r.source == .exif && r.gimbalYaw == 358.5 && r.gimbalPitch == -60.5)
    #expect(r.flightYaw == 3 && r.flightPitch == -4.5 && r.flightRoll == 2)
    #expect(r.serialNumber == "PI040416AB")
  }

  @Test func readsSenseFly() {
    let r = Self.record(
      """
      xmlns:sensefly="sensefly/" xmlns:Camera="Camera/" sensefly:CamId="30" Camera:Yaw="19.5"
       Camera:Pitch="2.25" Camera:Roll="10.2" Camera:GPSXYAccuracy="0.0214"
       Camera:GPSZAccuracy="0.0406" Camera:IMULinearVelocity="-2e+10,-2e+10,-2e+10" />
      """)
    #expect(r.gimbalPitch == -87.75 && r.rtkStdLat == 0.0214 && r.rtkStdHeight == 0.0406)
    #expect(r.fix == nil && r.rtkFlag == nil)
  }

  @Test func keepsAnInvalidFixAndFlagsIt() {
    let r = Self.record(Self.matrice.replacing("\"RTK\"", with: "\"Invalid\""))
    #expect(r.position != nil && r.flags == .void && r.gpsStatus == "Invalid")
  }

  // MARK: The table itself

  @Test func givesEachPropertyOneMeaning() {
    let names = XmpVocabulary.names.map(\.name)
    #expect(Set(names).count == names.count && names.count > 50)
    for (name, key) in XmpVocabulary.names {
      #expect(XmpKey.key(XmpName(name.utf8), insideNED: false) == key, "\(name)")
    }
    #expect(XmpKey.key(XmpName("drone-dji:Other".utf8), insideNED: false) == nil)
  }

  /// Every maker's name stands in docs/fields.md.
  @Test func documentsEveryProperty() throws {
    let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "docs/fields.md")
    let text = try String(contentsOf: file, encoding: .utf8)
    #expect(XmpVocabulary.vendors.count > 3)
    for vendor in XmpVocabulary.vendors {
      #expect(!vendor.keys.isEmpty)
      #expect(text.contains("`\(vendor.prefix):`"), "\(vendor.prefix)")
      for key in vendor.keys {
        #expect(text.contains("`\(key.name)`"), "\(vendor.prefix):\(key.name)")
      }
    }
    for group in FieldGroup.allCases { #expect(text.contains("| \(group.rawValue) |"), "\(group)") }
    let words =
      NoPosition.allCases.map(\.rawValue) + Failure.allCases.map(\.rawValue)
      + PhotoFlags.names.map(\.name) + PositionSource.allCases.map(\.rawValue)
      + ValueSource.allCases.map(\.name) + AltitudeReference.allCases.map(\.rawValue)
      + FixQuality.allCases.map(\.rawValue)
    for word in words { #expect(text.contains("`\(word)`"), "\(word)") }
  }

  /// Real photos: what their makers wrote, read by another program.
  @Test(.enabled(if: Corpus.isPresent)) func readsRealPhotosOfTheVendors() throws {
    func read(_ path: String) throws -> PhotoRecord? {
      guard let file = try Corpus.files().first(where: { $0.path.hasSuffix(path) }) else {
        return nil
      }
      return Run(try file.bytes()).record
    }
    let rtk = try #require(try read("100_0005_0136.tif"))
    #expect(abs((rtk.position?.latitude ?? 0) - 24.680_146_78) < 1e-8)
    #expect(rtk.rtkFlag == 50 && rtk.fix == .fixed && rtk.relativeAltitude == 100.01)
    #expect(rtk.rtkStdLon == 0.00906 && rtk.rtkStdLat == 0.00867 && rtk.rtkStdHeight == 0.02208)
    #expect(rtk.gimbalPitch == -60 && rtk.gimbalYaw.map { abs($0 - 184.2) < 1e-9 } == true)
    let bebop = try #require(try read("Samples/Bebop_2.jpg"))
    #expect(
      bebop.relativeAltitude == 24.962 && bebop.altitude.map { abs($0 - 29.9) < 0.01 } == true)
    let wing = try #require(try read("Samples/sensefly.jpg"))
    #expect(wing.rtkStdLon.map { abs($0 - 0.0214) < 1e-4 } == true && wing.source == .exif)
  }
}
