internal import CExif

/// libexif's view of one Exif block; owns an `ExifData` (`exif_data_new`, `exif_data_unref`).
///
/// libexif hands out what the file states: format, components AND size are checked here before a
/// byte of a value is decoded, and denominators are left for the caller to judge.
@safe struct ExifBlockDecoder: ~Copyable {
  private let memory: CallMemory
  private let data: UnsafeMutablePointer<ExifData>
  private let order: ExifByteOrder

  /// - Parameter block: `Exif\0\0` and a TIFF block (`exif_data_load_data`).
  /// - Returns: nil when memory is short or the block is larger than libexif takes (0xFFFE).
  init?(block: [UInt8]) {
    guard block.count <= 0xFFFE else { return nil }
    let memory = CallMemory()
    guard let allocator = unsafe CallMemory.forLibexif() else { return nil }
    let made = unsafe exif_data_new_mem(allocator)
    unsafe exif_mem_unref(allocator)
    guard let data = unsafe made else { return nil }
    self.memory = memory
    unsafe self.data = unsafe data
    // Otherwise entries would be "corrected" and added after loading.
    unsafe exif_data_unset_option(data, EXIF_DATA_OPTION_FOLLOW_SPECIFICATION)
    unsafe exif_data_unset_option(data, EXIF_DATA_OPTION_IGNORE_UNKNOWN_TAGS)
    unsafe block.withUnsafeBufferPointer {
      unsafe exif_data_load_data(data, $0.baseAddress, UInt32(truncatingIfNeeded: $0.count))
    }
    self.order = unsafe exif_data_get_byte_order(data)
  }

  deinit { unsafe exif_data_unref(data) }

  /// A numerator and a denominator as written.
  struct Ratio: Equatable {
    var numerator: Int64
    var denominator: Int64
    /// Nil for x/0 and 0/0.
    var value: Double? {
      denominator == 0 ? nil : Double(numerator) / Double(denominator)
    }
  }

  /// Up to three rationals.
  struct Ratios {
    var count: Int
    var first: Ratio
    var second = Ratio(numerator: 0, denominator: 1)
    var third = Ratio(numerator: 0, denominator: 1)
  }

  enum Value<T> {
    case absent
    /// Another format, count or size than the tag may have.
    case refused
    case value(T)
  }

  /// RATIONAL or SRATIONAL (`exif_get_rational`, `exif_get_srational`), 1 or `count` components.
  func ratios(_ tag: UInt16, in directory: TiffDirectory, count: Int) -> Value<Ratios> {
    guard let entry = unsafe entry(tag, directory) else { return .absent }
    let e = unsafe entry.pointee
    guard unsafe e.format == EXIF_FORMAT_RATIONAL || e.format == EXIF_FORMAT_SRATIONAL,
      unsafe e.components == 1 || e.components == UInt(count),
      unsafe UInt(e.size) >= 8 * e.components, let bytes = unsafe e.data
    else { return .refused }
    let signed = unsafe e.format == EXIF_FORMAT_SRATIONAL
    func ratio(_ i: Int) -> Ratio {
      if signed {
        let r = unsafe exif_get_srational(bytes + 8 * i, order)
        return Ratio(numerator: Int64(r.numerator), denominator: Int64(r.denominator))
      }
      let r = unsafe exif_get_rational(bytes + 8 * i, order)
      return Ratio(numerator: Int64(r.numerator), denominator: Int64(r.denominator))
    }
    var out = unsafe Ratios(count: Int(e.components), first: ratio(0))
    if out.count == 3 {
      out.second = ratio(1)
      out.third = ratio(2)
    }
    return .value(out)
  }

  /// SHORT or LONG, 1 component (`exif_get_short`, `exif_get_long`).
  func integer(_ tag: UInt16, in directory: TiffDirectory) -> Int? {
    guard let entry = unsafe entry(tag, directory) else { return nil }
    let e = unsafe entry.pointee
    guard unsafe e.components == 1, let bytes = unsafe e.data else { return nil }
    if unsafe e.format == EXIF_FORMAT_SHORT && e.size >= 2 {
      return unsafe Int(exif_get_short(bytes, order))
    }
    if unsafe e.format == EXIF_FORMAT_LONG && e.size >= 4 {
      return unsafe Int(exif_get_long(bytes, order))
    }
    return nil
  }

  /// The raw bytes of an ASCII, BYTE or UNDEFINED entry, at most ``TiffTag/maxText``.
  func bytes(_ tag: UInt16, in directory: TiffDirectory) -> [UInt8]? {
    guard let entry = unsafe entry(tag, directory) else { return nil }
    let e = unsafe entry.pointee
    guard
      unsafe e.format == EXIF_FORMAT_ASCII || e.format == EXIF_FORMAT_BYTE
        || e.format == EXIF_FORMAT_UNDEFINED,
      let start = unsafe e.data
    else { return nil }
    let count = unsafe min(Int(e.size), TiffTag.maxText)
    return unsafe Array(UnsafeBufferPointer(start: start, count: count))
  }

  /// A text up to its first NUL: valid UTF-8, trimmed; nil when nothing is left.
  func text(_ tag: UInt16, in directory: TiffDirectory) -> String? {
    bytes(tag, in: directory).flatMap { cleanText($0) }
  }

  /// `exif_content_get_entry`: the first entry of the tag in the directory.
  private func entry(
    _ tag: UInt16, _ directory: TiffDirectory
  ) -> UnsafeMutablePointer<ExifEntry>? {
    let ifd =
      switch directory {
      case .ifd0, .sub: EXIF_IFD_0
      case .ifd1: EXIF_IFD_1
      case .exif: EXIF_IFD_EXIF
      case .gps: EXIF_IFD_GPS
      }
    return unsafe exif_content_get_entry(
      gpsindex_exif_content(data, ifd), ExifTag(rawValue: UInt32(tag)))
  }
}
