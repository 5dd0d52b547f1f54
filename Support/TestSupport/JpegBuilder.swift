/// A drone-like JPEG built from code: the header segments a camera writes, and a small grey picture.
///
/// `build()` gives a whole file; a caller who wants a photo of 6 MB puts a hole before the end. The defaults make a photo like a DJI
/// Phantom 4 RTK's with a position near Frankfurt.
///
///     var photo = JpegBuilder(make: "DJI", model: "FC6310R", latitude: 50.1, longitude: 8.6)
///     photo.xmp = .drone(.init(relativeAltitude: 99.5, rtkFlag: 50))
///     let bytes = photo.build()
package struct JpegBuilder: Sendable {
  package var byteOrder = JpegTiff.ByteOrder.little
  /// False leaves the Exif segment out.
  package var hasExif = true

  package var make: String?
  package var model: String?
  package var serialNumber: String?
  /// Degrees, signed; written as degrees, minutes and 1/10,000,000 s with an N/S/E/W reference.
  package var latitude: Double?
  package var longitude: Double?
  /// Metres, signed; written as 1/1000 m with GPSAltitudeRef 0 or 1.
  package var altitude: Double?
  /// Exif form, `2024:05:17 10:11:12`.
  package var dateTimeOriginal: String?
  package var subSeconds: String?
  /// `+02:00`.
  package var offsetTime: String?
  /// GPSDateStamp `2024:05:17` and GPSTimeStamp in whole seconds of the day.
  package var gpsDate: String?
  package var gpsSecondsOfDay: Int?
  package var pixelWidth: Int?
  package var pixelHeight: Int?
  package var focalLength35: Int?
  /// GPSImgDirection, degrees, reference T.
  package var imageDirection: Double?

  /// Bytes of MakerNote inside the Exif directory's values: pushes the GPS directory back.
  package var makerNoteBytes = 256
  /// Where the GPS directory begins, counted from the TIFF header; nil: right behind what comes
  /// before. An offset already passed is ignored.
  package var gpsOffset: Int?
  /// Bytes of thumbnail in IFD1 at the end of the Exif segment.
  package var thumbnailBytes = 0
  /// Replace or add entries (by tag) of the three directories, or take entries away.
  package var ifd0Overrides: [JpegTiff.Entry] = []
  package var exifOverrides: [JpegTiff.Entry] = []
  package var gpsOverrides: [JpegTiff.Entry] = []
  package var gpsRemoved: Set<UInt16> = []

  package var xmp: Xmp = .absent
  package var xmpPlace = XmpPlace.afterExif
  /// Segments between SOI and Exif, and between the Exif/XMP pair and the quantization table.
  package var segmentsBefore: [Segment] = []
  package var segmentsAfter: [Segment] = []
  /// Extra 0xFF bytes before each marker (ITU-T T.81 §B.1.1.2 allows any number).
  package var fillBytes = 0

  package enum XmpPlace: Sendable { case beforeExif, afterExif }

  package enum Segment: Sendable {
    case jfif
    case comment(bytes: Int)
    /// APPn with filler of the given size.
    case app(UInt8, bytes: Int)
    /// APP2 `MPF\0`.
    case mpf(bytes: Int)
    /// APP3 runs of at most 65,533 bytes each, as thermal cameras write them.
    case thermal(bytes: Int)
    /// Any marker with any payload, its length field correct.
    case raw(marker: UInt8, payload: [UInt8])
    /// These bytes as they are.
    case verbatim([UInt8])
  }

  package init(
    make: String? = "DJI", model: String? = "FC6310R", latitude: Double? = 50.110924,
    longitude: Double? = 8.682127, altitude: Double? = 186.65,
    dateTimeOriginal: String? = "2024:05:17 10:11:12"
  ) {
    self.make = make
    self.model = model
    self.latitude = latitude
    self.longitude = longitude
    self.altitude = altitude
    self.dateTimeOriginal = dateTimeOriginal
    pixelWidth = 5472
    pixelHeight = 3648
  }

  package func build() -> [UInt8] {
    var out: [UInt8] = [0xFF, 0xD8]
    for segment in segmentsBefore { append(segment, to: &out) }
    if xmpPlace == .beforeExif { appendXmp(to: &out) }
    if hasExif {
      append(.raw(marker: 0xE1, payload: Array("Exif\0\0".utf8) + tiff()), to: &out)
    }
    if xmpPlace == .afterExif { appendXmp(to: &out) }
    for segment in segmentsAfter { append(segment, to: &out) }
    appendPicture(to: &out)
    return out + Self.end
  }

  /// The TIFF block of the Exif segment.
  package func tiff() -> [UInt8] {
    var tiff = JpegTiff(order: byteOrder)
    let exif = exifEntries()
    let gps = gpsEntries()
    var ifd0 = [JpegTiff.Entry]()
    if let make { ifd0.append(.init(0x010F, .ascii(make))) }
    if let model { ifd0.append(.init(0x0110, .ascii(model))) }
    ifd0.append(.init(0x0112, .shorts([1])))
    if !exif.isEmpty { ifd0.append(.init(0x8769, .longs([0]))) }
    if !gps.isEmpty { ifd0.append(.init(0x8825, .longs([0]))) }
    ifd0 = merged(ifd0, ifd0Overrides)

    tiff.patch(8, at: 4)
    let first = tiff.directory(ifd0)
    if !exif.isEmpty {
      if let field = first.fields[0x8769], !overridden(0x8769) {
        tiff.patch(UInt32(tiff.pad(to: tiff.bytes.count)), at: field)
      }
      tiff.directory(exif)
    }
    if !gps.isEmpty {
      let start = tiff.pad(to: gpsOffset ?? tiff.bytes.count)
      if let field = first.fields[0x8825], !overridden(0x8825) {
        tiff.patch(UInt32(start), at: field)
      }
      tiff.directory(gps)
    }
    if thumbnailBytes > 0 {
      tiff.patch(UInt32(tiff.pad(to: tiff.bytes.count)), at: first.next)
      let place = UInt32(tiff.bytes.count + 2 + 12 * 2 + 4)
      tiff.directory([
        .init(0x0201, .longs([place])), .init(0x0202, .longs([UInt32(thumbnailBytes)])),
      ])
      tiff.append(thumbnail(thumbnailBytes))
    }
    return tiff.bytes
  }

  /// Bytes that no compression shortens, as those of real thumbnails and maker notes; the same for the same place.
  func noise(_ count: Int) -> [UInt8] {
    var random = SplitMix64(seed: (latitude ?? 0).bitPattern ^ (longitude ?? 0).bitPattern &* 31)
    var bytes = [UInt8](repeating: 0, count: count)
    var place = 0
    // A debug build takes ten times as long over ranges and closures, for each of thousands of photos.
    while place < count {
      bytes[place] = UInt8(truncatingIfNeeded: random.next())
      place += 1
    }
    return bytes
  }

  private func overridden(_ tag: UInt16) -> Bool { ifd0Overrides.contains { $0.tag == tag } }

  private func merged(
    _ entries: [JpegTiff.Entry], _ overrides: [JpegTiff.Entry], without removed: Set<UInt16> = []
  ) -> [JpegTiff.Entry] {
    let replaced = Set(overrides.map(\.tag))
    return (entries.filter { !replaced.contains($0.tag) && !removed.contains($0.tag) } + overrides)
      .sorted { $0.tag < $1.tag }
  }

  private func exifEntries() -> [JpegTiff.Entry] {
    var e = [JpegTiff.Entry]()
    if let dateTimeOriginal { e.append(.init(0x9003, .ascii(dateTimeOriginal))) }
    if let offsetTime { e.append(.init(0x9011, .ascii(offsetTime))) }
    if makerNoteBytes > 0 {
      e.append(.init(0x927C, .undefined(makerNote())))
    }
    if let subSeconds { e.append(.init(0x9291, .ascii(subSeconds))) }
    if let pixelWidth { e.append(.init(0xA002, .longs([UInt32(pixelWidth)]))) }
    if let pixelHeight { e.append(.init(0xA003, .longs([UInt32(pixelHeight)]))) }
    if let focalLength35 { e.append(.init(0xA405, .shorts([UInt16(focalLength35)]))) }
    if let serialNumber { e.append(.init(0xA431, .ascii(serialNumber))) }
    return merged(e, exifOverrides)
  }

  private func gpsEntries() -> [JpegTiff.Entry] {
    var e: [JpegTiff.Entry] = []
    if let latitude {
      e.append(.init(1, .ascii(latitude < 0 ? "S" : "N")))
      e.append(.init(2, .rationals(Self.sexagesimal(latitude))))
    }
    if let longitude {
      e.append(.init(3, .ascii(longitude < 0 ? "W" : "E")))
      e.append(.init(4, .rationals(Self.sexagesimal(longitude))))
    }
    if let altitude {
      e.append(.init(5, .bytes([altitude < 0 ? 1 : 0])))
      e.append(.init(6, .rationals([(UInt32(abs(altitude) * 1000 + 0.5), 1000)])))
    }
    if let s = gpsSecondsOfDay {
      let parts = [s / 3600, s / 60 % 60, s % 60].map { (UInt32($0), UInt32(1)) }
      e.append(.init(7, .rationals(parts)))
    }
    if let imageDirection {
      e.append(.init(0x10, .ascii("T")))
      e.append(.init(0x11, .rationals([(UInt32(imageDirection * 100 + 0.5), 100)])))
    }
    if let gpsDate { e.append(.init(0x1D, .ascii(gpsDate))) }
    if !e.isEmpty || !gpsOverrides.isEmpty { e.append(.init(0, .bytes([2, 3, 0, 0]))) }
    return merged(e, gpsOverrides, without: gpsRemoved)
  }

  /// Degrees, minutes and seconds in 1/10,000,000 s (3 µm on the ground).
  package static func sexagesimal(_ degrees: Double) -> [(UInt32, UInt32)] {
    let units = UInt64(abs(degrees) * 36_000_000_000 + 0.5)
    let d = units / 36_000_000_000
    let m = units / 600_000_000 % 60
    let s = units % 600_000_000
    return [(UInt32(d), 1), (UInt32(m), 1), (UInt32(s), 10_000_000)]
  }
}
