/// The directories of an Exif block that are looked into.
enum TiffDirectory: Sendable {
  case ifd0, exif, gps
  /// The directory behind IFD0, of the thumbnail (Exif 3.0 §4.5.8).
  case ifd1
  /// Of a further picture in a raw file (SubIFDs, TIFF-EP §5.2.4).
  case sub
}

/// Tags of Exif 3.0 (CIPA DC-008) that are read; nothing else of a block is asked for.
enum TiffTag {
  /// RW2 and RWL.
  static let panasonicMagic: UInt16 = 0x55
  /// The number behind the byte order: 42 (TIFF 6.0 §2), or what raw files of Panasonic and Olympus
  /// (`RO`, `RS`) have instead.
  static let magics: [UInt16] = [42, panasonicMagic, 0x4F52, 0x5352]
  // IFD0, §4.6.4
  static let jpgFromRaw: UInt16 = 0x2E
  static let xmpPacket: UInt16 = 0x02BC
  static let make: UInt16 = 0x010F
  static let model: UInt16 = 0x0110
  static let dateTime: UInt16 = 0x0132
  static let exifPointer: UInt16 = 0x8769
  static let gpsPointer: UInt16 = 0x8825
  static let subDirectories: UInt16 = 0x014A
  static let orientation: UInt16 = 0x0112
  // Exif IFD, §4.6.5
  static let dateTimeOriginal: UInt16 = 0x9003
  static let dateTimeDigitized: UInt16 = 0x9004
  static let offsetTime: UInt16 = 0x9010
  static let offsetTimeOriginal: UInt16 = 0x9011
  static let offsetTimeDigitized: UInt16 = 0x9012
  static let subSecOriginal: UInt16 = 0x9291
  static let subSecDigitized: UInt16 = 0x9292
  static let pixelWidth: UInt16 = 0xA002
  static let pixelHeight: UInt16 = 0xA003
  static let focalLength35: UInt16 = 0xA405
  static let bodySerialNumber: UInt16 = 0xA431
  static let exposureTime: UInt16 = 0x829A
  static let fNumber: UInt16 = 0x829D
  static let iso: UInt16 = 0x8827
  static let subjectDistance: UInt16 = 0x9206
  static let focalLength: UInt16 = 0x920A
  static let focalPlaneXResolution: UInt16 = 0xA20E
  static let focalPlaneUnit: UInt16 = 0xA210
  static let digitalZoom: UInt16 = 0xA404
  static let lensModel: UInt16 = 0xA434
  // GPS IFD, §4.6.6
  static let latitudeRef: UInt16 = 1
  static let latitude: UInt16 = 2
  static let longitudeRef: UInt16 = 3
  static let longitude: UInt16 = 4
  static let altitudeRef: UInt16 = 5
  static let altitude: UInt16 = 6
  static let timeStamp: UInt16 = 7
  static let status: UInt16 = 9
  static let imageDirectionRef: UInt16 = 0x10
  static let imageDirection: UInt16 = 0x11
  static let mapDatum: UInt16 = 0x12
  static let dateStamp: UInt16 = 0x1D

  /// How much of a value is taken at most.
  enum Limit {
    /// Larger values are of the wrong kind.
    case exactly(Int)
    /// Longer texts are cut.
    case text
  }
  static let maxText = 256

  /// Nil for every tag that is not read.
  static func limit(_ tag: UInt16, in directory: TiffDirectory) -> Limit? {
    switch directory {
    case .ifd0:
      switch tag {
      case make, model, dateTime, dateTimeOriginal: .text
      default: nil
      }
    case .exif:
      switch tag {
      case dateTimeOriginal, dateTimeDigitized, offsetTime, offsetTimeOriginal,
        offsetTimeDigitized, subSecOriginal, subSecDigitized, bodySerialNumber:
        .text
      case pixelWidth, pixelHeight, focalLength35: .exactly(8)
      default: nil
      }
    case .gps:
      switch tag {
      case latitude, longitude, timeStamp: .exactly(24)
      case altitude, imageDirection: .exactly(8)
      case latitudeRef, longitudeRef, altitudeRef, status, imageDirectionRef, mapDatum,
        dateStamp:
        .text
      default: nil
      }
    case .ifd1, .sub: nil
    }
  }

  /// As above, of what ``CameraValues`` decodes.
  static func cameraLimit(_ tag: UInt16, in directory: TiffDirectory) -> Limit? {
    switch (directory, tag) {
    case (.ifd0, orientation): .exactly(8)
    case (.exif, lensModel): .text
    case (.exif, exposureTime), (.exif, fNumber), (.exif, iso), (.exif, subjectDistance),
      (.exif, focalLength), (.exif, focalPlaneXResolution), (.exif, focalPlaneUnit),
      (.exif, digitalZoom):
      .exactly(8)
    default: nil
    }
  }

  /// Types of later standards that are read like one of TIFF 6.0: IFD (13, TIFF Technical Note 1) like LONG, UTF-8 (129, Exif
  /// 3.0 §4.6.2) like ASCII, of which texts with other bytes are read, too.
  static func plain(_ format: UInt16) -> UInt16 {
    switch format {
    case 13: 4
    case 129: 2
    default: format
    }
  }

  /// Bytes of one component (TIFF 6.0 §2, types 1…12); nil for an unknown type.
  static func componentSize(_ format: UInt16) -> Int? {
    switch format {
    case 1, 2, 6, 7: 1
    case 3, 8: 2
    case 4, 9, 11: 4
    case 5, 10, 12: 8
    default: nil
    }
  }
}
