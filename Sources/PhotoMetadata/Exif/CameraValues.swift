/// What the camera was set to, and how it is built, as Exif states it (Exif 3.0 §4.6.5); absent where Exif says
/// unknown, infinite or nothing.
///
/// Decoded here and not by libexif: the values are whole numbers, fractions and one text, and ten more entries
/// would cost a tenth of the time of a photo.
struct CameraValues: Sendable, Equatable {
  var exposureTime: Double?
  var fNumber: Double?
  var iso: Int?
  var focalLength: Double?
  var digitalZoom: Double?
  /// Pixels per millimetre.
  var focalPlaneResolution: Double?
  /// Metres.
  var subjectDistance: Double?
  var lens: String?
  var orientation: Int?

  init() {}

  init(_ walk: TiffWalk, _ held: HeldBytes) {
    // Pixels per unit.
    var resolution: Double?
    // 2: inch, 3: centimetre; inch is the default (§4.6.5, FocalPlaneResolutionUnit).
    var unit = 2
    for entry in walk.cameraEntries {
      guard let bytes = held.bytes(entry.place), bytes.count == entry.place.count else { continue }
      let value = Number(bytes, entry.format, walk.order)
      switch entry.tag {
      case TiffTag.orientation: orientation = value.integer.flatMap { (1...8) ~= $0 ? $0 : nil }
      case TiffTag.exposureTime: exposureTime = value.ratio
      case TiffTag.fNumber: fNumber = value.ratio
      case TiffTag.iso: iso = value.integer
      case TiffTag.focalLength: focalLength = value.ratio
      case TiffTag.digitalZoom: digitalZoom = value.ratio
      case TiffTag.subjectDistance:
        // A numerator of FFFFFFFF is infinity.
        subjectDistance = value.ratio.flatMap { $0 <= 100_000 ? $0 : nil }
      case TiffTag.focalPlaneXResolution: resolution = value.ratio
      case TiffTag.focalPlaneUnit: unit = value.integer ?? unit
      case TiffTag.lensModel where entry.format == 2: lens = cleanText(bytes)
      default: break
      }
    }
    if let resolution, let size = Self.millimetres[unit] {
      focalPlaneResolution = resolution / size
    }
  }

  /// Of the units of a resolution; 4 and 5 (millimetre, micrometre) are not in the standard, but written.
  private static let millimetres: [Int: Double] = [2: 25.4, 3: 10, 4: 1, 5: 0.001]

  /// Takes over what is not known yet.
  mutating func merge(_ other: CameraValues) {
    exposureTime = exposureTime ?? other.exposureTime
    fNumber = fNumber ?? other.fNumber
    iso = iso ?? other.iso
    focalLength = focalLength ?? other.focalLength
    digitalZoom = digitalZoom ?? other.digitalZoom
    focalPlaneResolution = focalPlaneResolution ?? other.focalPlaneResolution
    subjectDistance = subjectDistance ?? other.subjectDistance
    lens = lens ?? other.lens
    orientation = orientation ?? other.orientation
  }

  /// One value of an entry (TIFF 6.0 §2). Every one of these is above 0, or unknown.
  private struct Number {
    /// SHORT or LONG, the first component.
    private(set) var integer: Int?
    /// RATIONAL or SRATIONAL, or one of the above.
    private(set) var ratio: Double?

    init(_ bytes: ArraySlice<UInt8>, _ format: UInt16, _ order: ByteOrder) {
      switch format {
      case 3 where bytes.count >= 2: integer = Int(order.u16(bytes, 0))
      case 4 where bytes.count >= 4: integer = Int(order.u32(bytes, 0))
      case 5 where bytes.count >= 8:
        ratio = Double(order.u32(bytes, 0)) / Double(order.u32(bytes, 4))
      case 10 where bytes.count >= 8:
        ratio =
          Double(Int32(bitPattern: order.u32(bytes, 0)))
          / Double(Int32(bitPattern: order.u32(bytes, 4)))
      default: break
      }
      if let whole = integer {
        integer = whole > 0 ? whole : nil
        ratio = Double(whole)
      }
      ratio = ratio.flatMap { $0 > 0 && $0.isFinite ? $0 : nil }
    }
  }
}
