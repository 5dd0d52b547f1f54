import FuzzSupport
import PhotoMetadata
import PhotoModel
import TestSupport
import Testing

/// One line of the decision table: a photo, and what must come of it in every container that can hold it,
/// in either byte order.
struct Decision: Sendable, CustomTestStringConvertible {
  let testDescription: String
  private let photo: JpegBuilder
  private let holds: @Sendable (PhotoRecord) -> Bool

  /// - Parameters:
  ///   - edit: from a photo at 47.5° N, 8.25° E, 500 m above the sea.
  ///   - holds: what the record must satisfy.
  init(
    _ name: String, _ edit: (inout JpegBuilder) -> Void = { _ in },
    then holds: @escaping @Sendable (PhotoRecord) -> Bool
  ) {
    testDescription = name
    var photo = JpegBuilder(latitude: 47.5, longitude: 8.25, altitude: 500)
    edit(&photo)
    self.photo = photo
    self.holds = holds
  }

  /// The same Exif block and XMP packet in each container; a photo with other segments is a JPEG only.
  private var files: [(name: String, bytes: [UInt8])] {
    var out = [(name: String, bytes: [UInt8])]()
    for order in JpegTiff.ByteOrder.allCases {
      var photo = photo
      photo.byteOrder = order
      out.append(("JPEG, \(order)-endian", photo.build()))
      guard photo.hasExif, photo.segmentsBefore.isEmpty, photo.segmentsAfter.isEmpty else {
        continue
      }
      typealias B = ContainerBuilder
      let tiff = photo.tiff()
      let packet: [UInt8]
      switch photo.xmp {
      case .absent: packet = []
      case .packet(let text, _): packet = Array(text.utf8)
      case .drone(let fields): packet = Array(fields.packet().utf8)
      case .extended: continue
      }
      var png = [B.chunk("eXIf", tiff)]
      var webp = [("EXIF", tiff)]
      var jxl = [B.box("Exif", [0, 0, 0, 0] + tiff)]
      if packet.isEmpty {
        out.append(("TIFF", tiff))
        out.append(("HEIC", B.heif(tiff: tiff)))
      } else {
        png.append(B.chunk("iTXt", B.latin("XML:com.adobe.xmp\0\0\0\0\0") + packet))
        webp.append(("XMP ", packet))
        jxl.append(B.box("xml ", packet))
      }
      out.append(("PNG", B.png(png)))
      out.append(("WebP", B.webp(webp, flags: packet.isEmpty ? 8 : 12)))
      out.append(("JPEG XL", B.jxl(jxl)))
    }
    return out
  }

  func check() {
    for (name, bytes) in files {
      let record = Run(bytes).record
      if !holds(record) { Issue.record("\(testDescription), \(name): \(record)") }
    }
  }
}

extension PhotoRecord {
  /// Located there, to a nanodegree, by that source and with no other flags of a position.
  func isAt(
    _ latitude: Double, _ longitude: Double, _ source: PositionSource = .exif,
    _ flags: PhotoFlags = []
  ) -> Bool {
    guard let place = position else { return false }
    let ofPositions: PhotoFlags = [.degraded, .refMissing, .void, .conflict]
    return abs(place.latitude - latitude) < 1e-9 && abs(place.longitude - longitude) < 1e-9
      && self.source == source && self.flags.intersection(ofPositions) == flags
  }

  func isHigh(
    _ metres: Double?, _ reference: AltitudeReference? = nil, _ flags: PhotoFlags = []
  ) -> Bool {
    let ofHeights: PhotoFlags = [.altOutOfRange, .altRefMissing, .altConflict]
    guard self.flags.intersection(ofHeights) == flags, altitudeReference == reference else {
      return false
    }
    guard let metres, let altitude else { return altitude == nil && metres == nil }
    return abs(altitude - metres) < 1e-3
  }

  /// The loser of a conflict, or what was refused.
  func keeps(_ latitude: Double, _ longitude: Double) -> Bool {
    guard let other = otherPosition else { return false }
    return abs(other.latitude - latitude) < 1e-9 && abs(other.longitude - longitude) < 1e-9
  }
}

/// Parts of the photos that the table is about.
enum Parts {
  typealias Entry = JpegTiff.Entry

  static func dms(
    _ tag: UInt16, _ d: (UInt32, UInt32), _ m: (UInt32, UInt32), _ s: (UInt32, UInt32)
  ) -> Entry { Entry(tag, .rationals([d, m, s])) }

  static func packet(_ attributes: [(key: String, value: String)]) -> JpegBuilder.Xmp {
    .packet(FieldTests.packet(attributes))
  }

  static func dji(_ attributes: [(key: String, value: String)]) -> JpegBuilder.Xmp {
    packet(attributes.map { ("drone-dji:" + $0.key, $0.value) })
  }

  static func drone(_ latitude: Double, _ longitude: Double) -> JpegBuilder.Xmp {
    .drone(JpegBuilder.DroneXmp(latitude: latitude, longitude: longitude))
  }

  static func exifXmp(_ latitude: String, _ longitude: String) -> JpegBuilder.Xmp {
    packet([("exif:GPSLatitude", latitude), ("exif:GPSLongitude", longitude)])
  }

  /// A fixed number of millimetres.
  static func altitude(_ millimetres: UInt32) -> Entry {
    let pair: (UInt32, UInt32) = (millimetres, 1000)
    return Entry(6, .rationals([pair]))
  }
}

extension JpegBuilder {
  /// What is read of the photo that `edit` makes of the usual one.
  static func record(_ edit: (inout JpegBuilder) -> Void) -> PhotoRecord {
    var photo = JpegBuilder()
    edit(&photo)
    return Run(photo.build()).record
  }

  mutating func removePosition() {
    latitude = nil
    longitude = nil
  }
}
