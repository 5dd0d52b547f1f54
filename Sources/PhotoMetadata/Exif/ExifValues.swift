/// The wanted values of one Exif segment, decoded but not yet judged against other sources.
struct ExifValues: Sendable {
  var latitude = Axis.absent
  var latitudeRef: Hemisphere?
  var longitude = Axis.absent
  var longitudeRef: Hemisphere?
  /// Metres, without the sign of the reference.
  var altitude: Double?
  /// Exif 3.0 §4.6.6: 0 above sea level, 1 below, 2 above the ellipsoid, 3 below.
  var altitudeRef: UInt8?
  /// GPSStatus `V`.
  var isVoid = false
  var gpsDate: String?
  /// Seconds of the day.
  var gpsTime: Double?
  var imageDirection: Double?
  var imageDirectionMagnetic = false
  /// GPSMapDatum as written.
  var datum: String?

  /// The three clocks of a photo (Exif 3.0 §4.6.5), each with its own fraction and zone: when the
  /// shutter opened, when the picture became digital, when the file was changed.
  var original = Clock()
  var digitized = Clock()
  var changed = Clock()

  struct Clock: Sendable {
    var text: String?
    var fraction: String?
    var offset: String?
  }

  var make: String?
  var model: String?
  var serialNumber: String?
  var pixelWidth: Int?
  var pixelHeight: Int?
  var focalLength35: Double?
  var camera = CameraValues()
  /// Of a block that stands in the file as it is.
  var pictures = PictureValues()

  /// The block contradicts itself or is cut.
  var isDamaged = false
  /// A TIFF file without an Exif and a GPS directory.
  var isBare = false

  /// Lets libexif decode the entries that `walk` has found.
  init(_ walk: TiffWalk, _ held: HeldBytes) {
    isDamaged = walk.isDamaged
    camera = CameraValues(walk, held)
    pictures = PictureValues(walk)
    if walk.entries.isEmpty && walk.refused.isEmpty { return }
    guard let block = ExifBlockDecoder(block: ExifBlock.compose(walk, held)) else {
      isDamaged = true
      return
    }
    decodePosition(block, walk)
    decodeCamera(block)
    decodeTimes(block)
  }

  private mutating func decodePosition(_ block: borrowing ExifBlockDecoder, _ walk: TiffWalk) {
    latitude = Axis(block.ratios(TiffTag.latitude, in: .gps, count: 3), limit: 90)
    longitude = Axis(block.ratios(TiffTag.longitude, in: .gps, count: 3), limit: 180)
    for r in walk.refused where r.directory == .gps {
      if r.tag == TiffTag.latitude || r.tag == TiffTag.longitude, r.why == .place {
        isDamaged = true
      } else if r.tag == TiffTag.latitude {
        latitude = .badType
      } else if r.tag == TiffTag.longitude {
        longitude = .badType
      }
    }
    latitudeRef = Hemisphere(block.reference(TiffTag.latitudeRef), isLatitude: true)
    longitudeRef = Hemisphere(block.reference(TiffTag.longitudeRef), isLatitude: false)
    if case .value(let r) = block.ratios(TiffTag.altitude, in: .gps, count: 1) {
      altitude = r.first.value
    }
    if let ref = block.reference(TiffTag.altitudeRef) {
      // BYTE by the standard, ASCII digits are seen.
      let digit = ref >= 0x30 ? ref - 0x30 : ref
      altitudeRef = digit <= 3 ? digit : nil
    }
    isVoid = block.reference(TiffTag.status).map { $0 & 0xDF } == 0x56
    if case .value(let r) = block.ratios(TiffTag.imageDirection, in: .gps, count: 1) {
      imageDirection = r.first.value
    }
    imageDirectionMagnetic =
      block.reference(TiffTag.imageDirectionRef).map { $0 & 0xDF } == 0x4D
    datum = block.text(TiffTag.mapDatum, in: .gps)
  }

  private mutating func decodeCamera(_ block: borrowing ExifBlockDecoder) {
    make = block.text(TiffTag.make, in: .ifd0)
    model = block.text(TiffTag.model, in: .ifd0)
    serialNumber = block.text(TiffTag.bodySerialNumber, in: .exif)
    pixelWidth = block.integer(TiffTag.pixelWidth, in: .exif)
    pixelHeight = block.integer(TiffTag.pixelHeight, in: .exif)
    focalLength35 = block.integer(TiffTag.focalLength35, in: .exif).map { Double($0) }
  }

  private mutating func decodeTimes(_ block: borrowing ExifBlockDecoder) {
    original = Clock(
      // In IFD0 by TIFF/EP (ISO 12234-2 §5.2), as in DNG.
      text: block.text(TiffTag.dateTimeOriginal, in: .exif)
        ?? block.text(TiffTag.dateTimeOriginal, in: .ifd0),
      fraction: block.text(TiffTag.subSecOriginal, in: .exif),
      offset: block.text(TiffTag.offsetTimeOriginal, in: .exif))
    digitized = Clock(
      text: block.text(TiffTag.dateTimeDigitized, in: .exif),
      fraction: block.text(TiffTag.subSecDigitized, in: .exif),
      offset: block.text(TiffTag.offsetTimeDigitized, in: .exif))
    changed = Clock(
      text: block.text(TiffTag.dateTime, in: .ifd0),
      offset: block.text(TiffTag.offsetTime, in: .exif))
    gpsDate = block.bytes(TiffTag.dateStamp, in: .gps).flatMap { Self.date($0) }
    if case .value(let r) = block.ratios(TiffTag.timeStamp, in: .gps, count: 3), r.count == 3,
      let h = r.first.value, let m = r.second.value, let s = r.third.value,
      (0..<24).contains(h), (0..<60).contains(m), (0..<60).contains(s)
    {
      gpsTime = h * 3600 + m * 60 + s
    }
  }

  /// Some writers put a NUL between year, month and day (ExifTool, `ExifDate`).
  private static func date(_ bytes: [UInt8]) -> String? {
    guard bytes.count > 5, bytes[4] == 0, bytes[5] != 0 else { return cleanText(bytes) }
    return cleanText(bytes.map { $0 == 0 ? 0x20 : $0 })
  }
}
