import FuzzSupport
import PhotoModel
import TestSupport
import Testing

@testable import PhotoMetadata

/// What the camera was set to, how large the picture is, and where smaller ones stand.
@Suite struct PictureTests {
  typealias Entry = JpegTiff.Entry

  private static func run(
    seeksPreview: Bool = false, _ change: (inout JpegBuilder) -> Void
  ) -> (record: PhotoRecord, bytes: [UInt8]) {
    var photo = JpegBuilder()
    change(&photo)
    let bytes = photo.build()
    var reader = MetadataReader(fileSize: Int64(bytes.count), seeksPreview: seeksPreview)
    let record = reader.record { range in
      Array(bytes[Int(range.lowerBound)..<min(bytes.count, Int(range.upperBound))])
    }
    return (record, bytes)
  }

  @Test(arguments: JpegTiff.ByteOrder.allCases)
  func readsTheSettingsOfTheCamera(order: JpegTiff.ByteOrder) {
    let record = Self.run { photo in
      photo.byteOrder = order
      photo.ifd0Overrides = [Entry(0x0112, .shorts([6]))]
      photo.exifOverrides = [
        Entry(0x829A, .rationals([(1, 1250)])), Entry(0x829D, .rationals([(28, 10)])),
        Entry(0x8827, .shorts([200])), Entry(0x9206, .rationals([(775, 10)])),
        Entry(0x920A, .rationals([(1229, 100)])), Entry(0xA20E, .rationals([(4167, 1)])),
        Entry(0xA210, .shorts([3])), Entry(0xA404, .rationals([(2, 1)])),
        Entry(0xA434, .ascii("24.0 mm f/2.8 ")),
      ]
    }.record
    #expect(record.exposureTime == 1 / 1250.0 && record.fNumber == 2.8 && record.iso == 200)
    #expect(record.subjectDistance == 77.5 && record.focalLength == 12.29)
    #expect(record.focalPlaneResolution == 416.7 && record.digitalZoom == 2)
    #expect(record.lens == "24.0 mm f/2.8" && record.orientation == 6)
  }

  /// Exif 3.0 §4.6.5: a numerator of 0 is unknown, one of FFFFFFFF infinite; x/0 is nothing.
  @Test func takesNoUnknownValueForOne() {
    let record = Self.run { photo in
      photo.ifd0Overrides = [Entry(0x0112, .shorts([9]))]
      photo.exifOverrides = [
        Entry(0x829A, .rationals([(1, 0)])), Entry(0x829D, .rationals([(0, 1)])),
        Entry(0x8827, .ascii("200")), Entry(0x9206, .rationals([(0xFFFF_FFFF, 1)])),
        Entry(0x920A, .signedRationals([(-5, 1)])), Entry(0xA20E, .rationals([(4167, 1)])),
        Entry(0xA210, .shorts([7])), Entry(0xA404, .rationals([(0, 1)])),
      ]
    }.record
    var none = record
    none.exposureTime = nil
    none.fNumber = nil
    none.iso = nil
    none.subjectDistance = nil
    none.focalLength = nil
    none.focalPlaneResolution = nil
    none.digitalZoom = nil
    none.orientation = nil
    #expect(record == none && record.verdict == "located")
  }

  @Test func readsWhatADroneStatesOfItsLens() {
    let record = Self.run {
      $0.xmp = .packet(
        FieldTests.packet([
          ("drone-dji:CalibratedFocalLength", "3666.67"),
          ("drone-dji:CalibratedOpticalCenterX", "2736.0"),
          ("drone-dji:CalibratedOpticalCenterY", "1824.0"),
          ("drone-dji:DewarpData", "2021-09-30;3713.29,3713.3,7.02,-8.72,-0.11"),
          ("drone-dji:CaptureUUID", "9f1c2d"), ("drone-dji:FlightXSpeed", "+3.5"),
          ("drone-dji:FlightYSpeed", "-2.25"), ("drone-dji:FlightZSpeed", "9999"),
        ]))
    }.record
    #expect(record.calibratedFocalLength == 3666.67 && record.opticalCenterX == 2736)
    #expect(record.opticalCenterY == 1824 && record.dewarpFocalLength == 3713.29)
    #expect(record.captureID == "9f1c2d" && record.flightSpeedX == 3.5)
    #expect(record.flightSpeedY == -2.25 && record.flightSpeedZ == nil)
  }

  /// Pix4D's angles as written: pitch −90 with yaw and roll left alone is not the same attitude.
  @Test func keepsTheAnglesOfABodyAsWritten() {
    func record(_ make: String, _ pitch: String) -> PhotoRecord {
      Self.run {
        $0.make = make
        $0.xmp = .packet(
          FieldTests.packet([
            ("Camera:Yaw", "-10"), ("Camera:Pitch", pitch), ("Camera:Roll", "10"),
          ]))
      }.record
    }
    let body = record("senseFly", "2.25")
    #expect(body.attitudeConvention == .body && body.gimbalPitch == -87.75)
    #expect(body.rawYaw == -10 && body.rawPitch == 2.25 && body.rawRoll == 10)
    let ned = record("Camera", "-45")
    #expect(ned.attitudeConvention == .ned && ned.gimbalPitch == -45 && ned.rawPitch == nil)
  }

  // MARK: Places

  @Test(arguments: [300, 20_000]) func placesTheThumbnailOfIFD1(count: Int) throws {
    let (record, bytes) = Self.run { $0.thumbnailBytes = count }
    let place = try #require(record.thumbnail)
    #expect(place.length == Int64(count))
    // It is the end of the Exif segment, behind which a marker comes.
    let end = Int(place.offset + place.length)
    #expect(bytes[end] == 0xFF && bytes[end + 1] >= 0xC0)
    #expect(record.preview == nil)
  }

  /// A broken IFD1 costs nothing but the thumbnail.
  @Test(arguments: [UInt32(7), 60_000, 0xFFFF_FFF0]) func aBrokenIFD1FailsNoPhoto(length: UInt32) {
    var photo = JpegBuilder()
    photo.ifd0Overrides = [Entry(0x0201, .longs([length]))]
    var bytes = photo.build()
    // The pointer behind IFD0's entries: make, model, orientation, 0x0201, two directories.
    let header = 12
    let next = header + 8 + 2 + 12 * 6
    for (i, byte) in withUnsafeBytes(of: length.littleEndian, Array.init).enumerated() {
      bytes[next + i] = byte
    }
    var reader = MetadataReader(fileSize: Int64(bytes.count))
    let record = reader.record { range in
      Array(bytes[Int(range.lowerBound)..<min(bytes.count, Int(range.upperBound))])
    }
    #expect(record.verdict == "located" && record.thumbnail == nil)
  }

  /// CIPA DC-007 §5.2.3: the first picture, a large thumbnail, a gain map.
  private static let index: [UInt8] = {
    var tiff = JpegTiff(order: .big)
    tiff.patch(8, at: 4)
    func picture(_ type: UInt32, _ size: UInt32, _ offset: UInt32) -> [UInt8] {
      tiff.encoded(type) + tiff.encoded(size) + tiff.encoded(offset) + [0, 0, 0, 0]
    }
    let list =
      picture(0x2003_0000, 90_000, 0) + picture(0x0001_0001, 4_000, 95_000)
      + picture(0, 9_000, 99_000)
    tiff.directory([
      Entry(0xB000, .undefined(Array("0100".utf8))), Entry(0xB001, .longs([3])),
      Entry(0xB002, .undefined(list)),
    ])
    return Array("MPF\0".utf8) + tiff.bytes
  }()

  @Test func placesTheLargeThumbnailOfAMultiPictureFile() throws {
    let before = Self.run { $0.segmentsBefore = [.raw(marker: 0xE2, payload: Self.index)] }
    let place = try #require(before.record.preview)
    // Offsets count from the block, behind SOI, marker, length and `MPF\0`.
    #expect(place == EmbeddedPicture(offset: 2 + 8 + 95_000, length: 4_000))
    // Behind all that a sync reads, it takes a caller who wants it.
    func behind(_ seeksPreview: Bool) -> EmbeddedPicture? {
      Self.run(seeksPreview: seeksPreview) {
        $0.xmp = .drone(.init(relativeAltitude: 60))
        $0.segmentsAfter = [.raw(marker: 0xE2, payload: Self.index)]
      }.record.preview
    }
    #expect(behind(false) == nil)
    #expect(behind(true)?.length == 4_000)
  }

  // MARK: Sizes

  @Test func takesTheSizeOfTheFrameWhereExifHasNone() {
    let stated = Self.run { _ in }.record
    #expect(stated.pixelWidth == 5472 && stated.pixelHeight == 3648)
    let (record, bytes) = Self.run {
      $0.pixelWidth = nil
      $0.pixelHeight = nil
    }
    let frame = bytes.indices.first { bytes[$0] == 0xFF && bytes[$0 + 1] == 0xC0 } ?? 0
    #expect(record.pixelHeight == Int(bytes[frame + 5]) << 8 | Int(bytes[frame + 6]))
    #expect(record.pixelWidth == Int(bytes[frame + 7]) << 8 | Int(bytes[frame + 8]))
    #expect(frame > 0)
  }

  private static func webp(_ name: String, _ content: [UInt8]) -> [UInt8] {
    let head = Array("RIFF".utf8) + [0, 0, 0, 0] + Array("WEBP".utf8) + Array(name.utf8)
    return head + [0, 0, 0, 0] + content + [UInt8](repeating: 0, count: 16)
  }

  /// 500 × 300 in each of the three codings.
  @Test(
    arguments: [
      ("VP8X", [0x08, 0, 0, 0, 0xF3, 0x01, 0x00, 0x2B, 0x01, 0x00]),
      ("VP8 ", [0, 0, 0, 0x9D, 0x01, 0x2A, 0xF4, 0x01, 0x2C, 0x01]),
      ("VP8L", [0x2F, 0xF3, 0xC1, 0x4A, 0x00, 0, 0, 0, 0, 0]),
    ] as [(String, [UInt8])])
  func readsTheSizeOfAWebP(name: String, content: [UInt8]) {
    let size = PictureHeaders.webp(Self.webp(name, content)[...])
    #expect(size == PixelSize(width: 500, height: 300))
  }

  /// ISO/IEC 18181-1 §D.2: 200 × 100 as a small size with ratio 2:1 is no multiple of 8 (104); 500 × 300 in nine bits.
  @Test func readsTheSizeOfAJPEGXL() {
    func stream(_ fields: [(value: UInt64, bits: UInt64)]) -> [UInt8] {
      var word: UInt64 = 0
      var at: UInt64 = 0
      for field in fields {
        word |= field.value << at
        at += field.bits
      }
      return [0xFF, 0x0A] + (0..<8).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) } + [0, 0]
    }
    let small = stream([(1, 1), (12, 5), (7, 3)])
    #expect(PictureHeaders.jxl(small[...]) == PixelSize(width: 208, height: 104))
    let large = stream([(0, 1), (0, 2), (299, 9), (0, 3), (0, 2), (499, 9)])
    #expect(PictureHeaders.jxl(large[...]) == PixelSize(width: 500, height: 300))
    let wide = stream([(0, 1), (3, 2), (299, 30), (0, 3), (1, 2), (499, 13)])
    #expect(PictureHeaders.jxl(wide[...]) == PixelSize(width: 500, height: 300))
  }
}
