/// A pinhole camera by its ratios: the same for the full picture and a resized copy.
public struct Lens: Equatable, Sendable {
  /// Where the focal length comes from.
  public enum Source: String, Sendable {
    /// `CalibratedFocalLength` or `DewarpData`.
    case calibrated
    /// Focal length and sensor resolution.
    case sensor
    /// 35 mm equivalent, by the diagonal.
    case equivalent35 = "35mm"
    /// Pixel size of a known thermal camera.
    case table
  }

  /// Half of the picture's width and height, divided by the focal length.
  public var halfWidth: Double
  public var halfHeight: Double
  /// Focal length in pixels of the picture's stated width.
  public var focalPixels: Double
  public var source: Source

  public init?(width: Double, height: Double, focalPixels: Double, source: Source) {
    guard width > 0, height > 0, focalPixels > 0, width.isFinite, height.isFinite,
      focalPixels.isFinite
    else { return nil }
    halfWidth = width / 2 / focalPixels
    halfHeight = height / 2 / focalPixels
    self.focalPixels = focalPixels
    self.source = source
  }
}

/// Why a photo has no lens.
public enum LensFault: Error, Equatable, Sendable {
  /// Neither a focal length in pixels nor one of 35 mm, or no picture size.
  case unknown
  /// Wider than 12 mm (35 mm equivalent): a fisheye, which is no pinhole.
  case fisheye
}

extension Lens {
  /// Diagonal of 36 mm × 24 mm (CIPA DCG-001).
  private static let fullFrameDiagonal = 43.266_615_305_567_87

  /// - Parameter zoom: what a digital zoom adds that the 35 mm value does not contain; 1 without one.
  public init(_ values: LensValues, model: String?, zoom: Double = 1) throws(LensFault) {
    guard let width = values.width, let height = values.height, width > 0, height > 0 else {
      throw .unknown
    }
    let diagonal = (width * width + height * height).squareRoot()
    let equivalent = values.focal35.flatMap {
      $0 > 0 ? $0 * diagonal / Self.fullFrameDiagonal : nil
    }
    if let focal35 = values.focal35, focal35 > 0, focal35 < 12 { throw .fisheye }
    let chosen =
      Self.calibrated(values, width, equivalent)
      ?? Self.ofSensor(values, equivalent) ?? equivalent.map { ($0, .equivalent35) }
      ?? Self.ofTable(values, model)
    guard let (focal, source) = chosen,
      let lens = Lens(
        width: width, height: height, focalPixels: focal * zoom, source: source)
    else { throw .unknown }
    self = lens
  }

  /// The value belongs to the full-size picture, whose width is twice the optical centre; an editor
  /// keeps it when it resizes.
  private static func calibrated(
    _ values: LensValues, _ width: Double, _ equivalent: Double?
  ) -> (Double, Source)? {
    guard let focal = values.calibratedFocal, focal > 0 else { return nil }
    if let centre = values.opticalCentreX, centre > 0 {
      return (focal * width / (2 * centre), .calibrated)
    }
    return agrees(focal, equivalent) ? (focal, .calibrated) : nil
  }

  private static func ofSensor(_ values: LensValues, _ equivalent: Double?) -> (Double, Source)? {
    guard let focal = values.focal, focal > 0, let resolution = values.sensorResolution,
      resolution > 0
    else { return nil }
    let pixels = focal * resolution
    return agrees(pixels, equivalent) ? (pixels, .sensor) : nil
  }

  /// Values in pixels are of another scale in a resized picture; the 35 mm value, good to 8 %, tells.
  private static func agrees(_ pixels: Double, _ equivalent: Double?) -> Bool {
    guard let equivalent else { return true }
    return abs(pixels / equivalent - 1) < 0.12
  }

  /// FLIR Vue Pro, Zenmuse XT and XT2 have pixels of 17 µm and write no 35 mm value.
  private static func ofTable(_ values: LensValues, _ model: String?) -> (Double, Source)? {
    guard let focal = values.focal, focal > 0, let model, ["FLIR", "XT2"].contains(model),
      values.width == 640 && values.height == 512 || values.width == 336 && values.height == 256
    else { return nil }
    return (focal / 0.017, .table)
  }
}
