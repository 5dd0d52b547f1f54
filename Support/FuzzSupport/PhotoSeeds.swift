import Foundation
import TestSupport

/// Files to begin with: one of each container and of each odd structure, made from code.
package enum PhotoSeeds {
  private typealias B = ContainerBuilder

  package static let made: [Seed] = jpegs + images + videos

  /// All of the photo folder, where there is one; large files as far as their first 64 KiB, the listing
  /// stating the whole size.
  package static func files(below root: String) -> [Seed] {
    let names = FileManager.default.enumerator(atPath: root)?.compactMap { $0 as? String } ?? []
    return names.sorted().compactMap { name in
      let lower = name.lowercased()
      if [".json", ".md", ".txt"].contains(where: lower.hasSuffix) { return nil }
      guard let data = FileManager.default.contents(atPath: root + "/" + name) else { return nil }
      let bytes = [UInt8](data)
      return Seed(
        name, bytes.count > 200_000 ? Array(bytes[..<65_536]) : bytes, size: Int64(bytes.count))
    }
  }

  private static let drone = JpegBuilder.DroneXmp(
    latitude: 50.110924, longitude: 8.682127, absoluteAltitude: 186.65, relativeAltitude: 100.01,
    rtkFlag: 50)

  private static func photo(_ edit: (inout JpegBuilder) -> Void = { _ in }) -> JpegBuilder {
    var photo = JpegBuilder(latitude: 47.5, longitude: -8.25, altitude: 500)
    edit(&photo)
    return photo
  }

  static let full = photo {
    $0.xmp = .drone(drone)
    $0.serialNumber = "0AXDF"
    $0.offsetTime = "+02:00"
    $0.subSeconds = "345"
    $0.gpsDate = "2024:05:17"
    $0.gpsSecondsOfDay = 29_472
    $0.imageDirection = 101.39
    $0.focalLength35 = 24
    $0.gpsOverrides = [.init(9, .ascii("A"))]
  }

  static let bigEndian = photo {
    $0.byteOrder = .big
    $0.gpsDate = "2024:05:17"
    $0.gpsSecondsOfDay = 29_472
  }

  /// XMP packets of several makers, in both forms.
  static let packets: [String] = {
    var elements = drone
    elements.form = .elements
    var autel = drone
    autel.prefix = "drone"
    return [
      drone.packet(), elements.packet(), autel.packet(),
      """
      <x:xmpmeta xmlns:x="x"><rdf:RDF xmlns:rdf="r"><rdf:Description xmlns:exif="e" xmlns:xmp="m" \
      exif:GPSLatitude="50,14.0769N" exif:GPSLongitude="14,30,0W" exif:GPSAltitude="18665/100" \
      exif:GPSAltitudeRef="1" exif:DateTimeOriginal="2024-05-17T10:11:12.5+08:00" \
      xmp:CreateDate="2024-05-17T10:11:12Z"/></rdf:RDF></x:xmpmeta>
      """,
      """
      <x:xmpmeta xmlns:x="x"><rdf:RDF xmlns:rdf="r"><rdf:Description xmlns:drone-skydio="s" \
      drone-skydio:Latitude="47.5" drone-skydio:Longitude="8.25">\
      <drone-skydio:CameraOrientationNED rdf:parseType="Resource"><drone-skydio:Yaw>-90</drone-skydio:Yaw>\
      </drone-skydio:CameraOrientationNED></rdf:Description></rdf:RDF></x:xmpmeta>
      """,
      """
      <rdf:RDF xmlns:rdf="r"><rdf:Description xmlns:Camera="Camera/" Camera:Yaw="-112.25" \
      Camera:Pitch="-2" Camera:GPSXYAccuracy="0.02" Camera:AboveGroundAltitude="24.962">
      """,
    ]
  }()

  private static let jpegs: [Seed] = {
    let guid = "0123456789ABCDEF0123456789ABCDEF"
    let main = """
      <x:xmpmeta xmlns:x="x"><rdf:RDF xmlns:rdf="r"><rdf:Description xmlns:xmpNote="n" \
      xmpNote:HasExtendedXMP="\(guid)"/></rdf:RDF></x:xmpmeta>
      """
    return [
      Seed("drone", full.build(), size: 6_000_000),
      Seed(
        "big-endian, elements",
        photo {
          $0.byteOrder = .big
          var fields = drone
          fields.form = .elements
          $0.xmp = .drone(fields)
          $0.xmpPlace = .beforeExif
        }.build(), size: 6_000_000),
      Seed("GPS far back", photo { $0.makerNoteBytes = 36_000 }.build()),
      Seed(
        "thermal",
        photo {
          $0.removePlace()
          $0.segmentsAfter = [.thermal(bytes: 190_000)]
        }.build(), size: 3_000_000),
      Seed(
        "extended",
        photo {
          $0.removePlace()
          $0.xmp = .extended(main: main, rest: drone.packet(), guid: guid, chunk: 300)
        }.build()),
      Seed(
        "two Exif, many segments",
        photo {
          $0.segmentsBefore =
            [.jfif, .comment(bytes: 30)] + (0..<40).map { .app(4, bytes: $0) }
            + [
              .raw(
                marker: 0xE1, payload: Array("Exif\0\0".utf8) + photo { $0.removePlace() }.tiff())
            ]
          $0.fillBytes = 3
        }.build()),
      Seed(
        "XMP in Exif",
        photo {
          $0.removePlace()
          $0.ifd0Overrides = [.init(0x02BC, .bytes(Array(drone.packet().utf8)))]
        }.build()),
    ]
  }()

  private static let images: [Seed] = {
    let tiff = full.tiff()
    let marked = Array("Exif\0\0".utf8) + tiff
    let xmp = Array(drone.packet().utf8)
    let text = B.chunk("iTXt", B.latin("XML:com.adobe.xmp\0\0\0\0\0") + xmp)
    return [
      Seed("TIFF", tiff),
      Seed("TIFF, big-endian", photo { $0.byteOrder = .big }.tiff()),
      Seed("PNG", B.png([B.chunk("eXIf", tiff), text])),
      Seed("PNG, at the end", B.png([], images: 3, after: [text, B.chunk("eXIf", marked)])),
      Seed("PNG, raw profile", B.png([B.rawProfile("exif", marked)])),
      Seed("WebP", B.webp([("EXIF", tiff), ("XMP ", xmp)], flags: 12)),
      Seed("HEIC", B.heif(tiff: tiff)),
      Seed("HEIC, idat", B.heif(tiff: tiff, inside: true)),
      Seed("AVIF, extents", B.heif(tiff: tiff, brand: "avif", extents: 3)),
      Seed("JPEG XL", B.jxl([B.box("Exif", [0, 0, 0, 0] + tiff), B.box("xml ", xmp)])),
      Seed("RAF", B.raf(jpeg: full.build())),
      Seed("MRW", B.mrw(tiff: tiff)),
    ]
  }()

  private static let videos: [Seed] = [
    Seed("MP4, ©xyz", B.video([B.box("udta", B.userText("©xyz", "+47.5000-008.2500+500.0/"))])),
    Seed("MP4, loci", B.video([B.box("udta", B.loci(47.5, -8.25, 500))])),
    Seed(
      "MOV",
      B.video(
        brand: "qt  ",
        [
          B.appleMeta([
            ("com.apple.quicktime.make", "X"),
            ("com.apple.quicktime.location.ISO6709", "+47.5-008.25+500/"),
            ("com.apple.quicktime.creationdate", "2024-05-17T12:11:12+0200"),
          ])
        ])),
    Seed(
      "MP4, 64-bit",
      B.video(
        media: B.longBox("mdat", [UInt8](repeating: 1, count: 9999)),
        [B.box("udta", B.userText("©xyz", "+4730.00-00815.00/"))])),
  ]
}

extension JpegBuilder {
  fileprivate mutating func removePlace() {
    latitude = nil
    longitude = nil
    altitude = nil
  }
}
