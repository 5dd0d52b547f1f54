internal import PhotoModel

extension RecordBuilder {
  static func addLens(_ camera: CameraValues, _ xmp: XmpValues, to record: inout PhotoRecord) {
    record.orientation = camera.orientation
    record.lens = camera.lens
    record.exposureTime = camera.exposureTime
    record.fNumber = camera.fNumber
    record.iso = camera.iso
    record.focalLength = camera.focalLength
    record.digitalZoom = camera.digitalZoom
    record.focalPlaneResolution = camera.focalPlaneResolution
    record.subjectDistance = camera.subjectDistance ?? laserDistance(xmp)
    record.calibratedFocalLength = pixels(xmp, .calibratedFocalLength)
    record.opticalCenterX = pixels(xmp, .opticalCenterX)
    record.opticalCenterY = pixels(xmp, .opticalCenterY)
    record.dewarpFocalLength = dewarpFocalLength(xmp)
    record.captureID = xmp[.captureID]
  }

  private static func laserDistance(_ xmp: XmpValues) -> Double? {
    guard xmp[.targetStatus].map({ $0 == "Normal" }) ?? true else { return nil }
    return metres(xmp, .targetDistance)
  }

  /// 0 is what is written when nothing is known.
  private static func pixels(_ xmp: XmpValues, _ key: XmpKey) -> Double? {
    xmp.number(key).flatMap(pixels)
  }

  private static func pixels(_ value: Double) -> Double? {
    value > 0 && value <= 1_000_000 ? value : nil
  }

  /// DJI's `DewarpData` is a date, a semicolon and `fx,fy,cx,cy,k1,k2,p1,p2,k3`, in pixels.
  private static func dewarpFocalLength(_ xmp: XmpValues) -> Double? {
    guard let text = xmp[.dewarpData], let mark = text.utf8.firstIndex(of: 0x3B) else { return nil }
    let first = text[text.index(after: mark)...].prefix { $0 != "," }
    return XmpValues.number(first).flatMap(pixels)
  }

  /// The size of the picture: the format's own header knows best, then the directory of a raw file's full picture;
  /// Exif's numbers may be those of the picture before it was resized.
  static func addPictures(_ values: MetadataValues, to record: inout PhotoRecord) {
    let exif = values.exif
    var size = values.pictures.size ?? exif?.pictures.size
    if size == nil, let width = exif?.pixelWidth, let height = exif?.pixelHeight {
      size = PixelSize(width: width, height: height)
    }
    size = size ?? exif?.pictures.statedSize ?? values.pictures.statedSize
    record.pixelWidth = size?.width
    record.pixelHeight = size?.height
    record.thumbnail = exif?.pictures.thumbnail ?? values.pictures.thumbnail
    record.preview = values.pictures.preview ?? exif?.pictures.preview
  }
}
