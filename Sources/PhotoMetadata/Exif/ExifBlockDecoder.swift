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

    init(numerator: Int64, denominator: Int64) {
      (self.numerator, self.denominator) = (numerator, denominator)
    }

    /// FLOAT or DOUBLE: exact, but for what is finer than 2⁻⁶⁰ or beyond 2⁶²; 0/0 for what is no number.
    init(_ value: Double) {
      guard value.isFinite else {
        self.init(numerator: 0, denominator: 0)
        return
      }
      var scaled = min(max(value, -0x1p62), 0x1p62)
      var under: Int64 = 1
      while scaled != scaled.rounded(), under < 1 << 60 {
        scaled *= 2
        under *= 2
      }
      self.init(numerator: Int64(scaled.rounded()), denominator: under)
    }
  }

  /// Up to three numbers.
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

  /// 1 or `count` components of any numeric type (TIFF 6.0 §2): the standard wants RATIONAL, and writers choose others.
  func ratios(_ tag: UInt16, in directory: TiffDirectory, count: Int) -> Value<Ratios> {
    guard let entry = unsafe entry(tag, directory) else { return .absent }
    let e = unsafe entry.pointee
    guard let unit = unsafe Self.numberSize(e.format),
      unsafe e.components == 1 || e.components == UInt(count),
      unsafe UInt(e.size) >= UInt(unit) * e.components, let bytes = unsafe e.data
    else { return .refused }
    func ratio(_ i: Int) -> Ratio { unsafe number(bytes + unit * i, e.format) }
    var out = unsafe Ratios(count: Int(e.components), first: ratio(0))
    if out.count == 3 {
      out.second = ratio(1)
      out.third = ratio(2)
    }
    return .value(out)
  }

  /// Bytes of one number; nil for texts and UNDEFINED.
  private static func numberSize(_ format: ExifFormat) -> Int? {
    switch format {
    case EXIF_FORMAT_BYTE, EXIF_FORMAT_SBYTE: 1
    case EXIF_FORMAT_SHORT, EXIF_FORMAT_SSHORT: 2
    case EXIF_FORMAT_LONG, EXIF_FORMAT_SLONG, EXIF_FORMAT_FLOAT: 4
    case EXIF_FORMAT_RATIONAL, EXIF_FORMAT_SRATIONAL, EXIF_FORMAT_DOUBLE: 8
    default: nil
    }
  }

  /// The number at `place`, where ``numberSize(_:)`` bytes are.
  private func number(_ place: UnsafePointer<UInt8>, _ format: ExifFormat) -> Ratio {
    func whole(_ value: some BinaryInteger) -> Ratio {
      Ratio(numerator: Int64(value), denominator: 1)
    }
    switch format {
    case EXIF_FORMAT_RATIONAL:
      let r = unsafe exif_get_rational(place, order)
      return Ratio(numerator: Int64(r.numerator), denominator: Int64(r.denominator))
    case EXIF_FORMAT_SRATIONAL:
      let r = unsafe exif_get_srational(place, order)
      return Ratio(numerator: Int64(r.numerator), denominator: Int64(r.denominator))
    case EXIF_FORMAT_SHORT: return unsafe whole(exif_get_short(place, order))
    case EXIF_FORMAT_SSHORT: return unsafe whole(exif_get_sshort(place, order))
    case EXIF_FORMAT_LONG:
      return unsafe whole(UInt32(truncatingIfNeeded: exif_get_long(place, order)))
    case EXIF_FORMAT_SLONG: return unsafe whole(exif_get_slong(place, order))
    case EXIF_FORMAT_SBYTE: return unsafe whole(Int8(bitPattern: place.pointee))
    case EXIF_FORMAT_FLOAT:
      let bits = unsafe UInt32(truncatingIfNeeded: exif_get_long(place, order))
      return Ratio(Double(Float(bitPattern: bits)))
    case EXIF_FORMAT_DOUBLE:
      let first = unsafe UInt64(UInt32(truncatingIfNeeded: exif_get_long(place, order)))
      let second = unsafe UInt64(UInt32(truncatingIfNeeded: exif_get_long(place + 4, order)))
      let isBig = order == EXIF_BYTE_ORDER_MOTOROLA
      return Ratio(Double(bitPattern: isBig ? first << 32 | second : second << 32 | first))
    default: return unsafe whole(place.pointee)
    }
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

  /// A reference of the GPS directory: a letter or a small number, in ASCII, UNDEFINED or any integer type. Other numbers
  /// are 255.
  func reference(_ tag: UInt16) -> UInt8? {
    if let text = bytes(tag, in: .gps) { return text.first { $0 != 0x20 } }
    guard let entry = unsafe entry(tag, .gps) else { return nil }
    let e = unsafe entry.pointee
    guard let unit = unsafe Self.numberSize(e.format), unsafe Int(e.size) >= unit,
      let place = unsafe e.data
    else { return nil }
    let number = unsafe number(place, e.format)
    return number.denominator == 1 ? UInt8(exactly: number.numerator) ?? 255 : nil
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
