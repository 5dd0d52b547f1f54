/// Gathers what a video's boxes state.
struct VideoFields: Sendable {
  /// `mvhd` in milliseconds since 1970-01-01, as if it were UTC.
  var createdAt: Int64?
  /// Whose clock that is: see ``keepsToUTC``.
  private var isGoPro = false
  private var isAndroid = false
  private var key: IsoPlace?
  private var userData: IsoPlace?
  private var loci: IsoPlace?
  private var createdText: String?
  private var make: String?
  private var model: String?

  /// Boxes of `udta` that are read.
  enum UserData: Sendable {
    case place, make, model, loci, goPro

    init?(_ type: FourCC) {
      switch type {
      case FourCC("©xyz"): self = .place
      case FourCC("©mak"): self = .make
      case FourCC("©mod"): self = .model
      case FourCC("loci"): self = .loci
      // Firmware, camera, global metadata, media (gpmf-parser, "GPMF_mp4reader").
      case FourCC("FIRM"), FourCC("CAME"), FourCC("GPMF"), FourCC("MUID"): self = .goPro
      default: return nil
      }
    }
  }

  /// `mvhd` (ISO/IEC 14496-12 §8.2.2): seconds since 1904-01-01 UTC, 32 bits or 64; 0 is unknown, and
  /// so is what lies before 1970: a clock that was never set.
  static func creationTime(_ content: ArraySlice<UInt8>) -> Int64? {
    var reader = ByteReader(content)
    guard let version = reader.u8(), version <= 1, reader.skip(3),
      let seconds = reader.number(version == 0 ? 4 : 8)
    else { return nil }
    let between: UInt64 = 2_082_844_800
    // To 2100 alone.
    guard seconds > between, seconds - between < 4_102_444_800 else { return nil }
    return Int64(seconds - between) * 1000
  }

  var hasPlace: Bool { key != nil || userData != nil || loci != nil }

  mutating func noteGoPro() { isGoPro = true }
  mutating func noteAndroid() { isAndroid = true }

  mutating func take(_ kind: UserData, _ content: ArraySlice<UInt8>) {
    if kind == .loci {
      loci = loci ?? IsoPlace(loci: content)
      return
    }
    // QuickTime international text: length, language, text.
    var reader = ByteReader(content)
    guard let size = reader.u16(), reader.skip(2),
      let text = reader.take(min(Int(size), reader.left))
    else { return }
    switch kind {
    case .place: userData = userData ?? IsoPlace(text)
    case .make: make = make ?? cleanText(text)
    case .model: model = model ?? cleanText(text)
    case .loci, .goPro: break
    }
  }

  /// - Parameter item: a `data` box: its header, type, locale, text.
  mutating func take(_ kind: AppleKey, _ item: ArraySlice<UInt8>) {
    var reader = ByteReader(item)
    guard let size = reader.u32(), reader.fourCC() == FourCC("data"), reader.skip(8), size >= 16,
      let text = reader.take(min(Int(size) - 16, reader.left))
    else { return }
    switch kind {
    case .place: key = key ?? IsoPlace(text)
    case .created: createdText = createdText ?? cleanText(text)
    case .make: make = make ?? cleanText(text)
    case .model: model = model ?? cleanText(text)
    }
  }

  func result() -> ContainerFields? {
    let place = key ?? userData ?? loci
    if place == nil && createdAt == nil && createdText == nil && make == nil && model == nil {
      return nil
    }
    let isUTC = keepsToUTC
    return ContainerFields(
      latitude: place?.latitude ?? .absent, longitude: place?.longitude ?? .absent,
      altitude: place?.altitude, altitudeIsSeaLevel: key == nil && userData == nil && loci != nil,
      createdAt: isUTC ? createdAt : nil,
      createdLocal: isUTC ? nil : createdAt.map { CivilTime(milliseconds: $0) },
      createdText: createdText, make: make, model: model)
  }

  /// `mvhd` is UTC by its standard, and many cameras write their local clock there. Apple and Android
  /// (AOSP's MPEG4Writer, which phones of all makers use) keep to it; GoPro and others do not.
  private var keepsToUTC: Bool { !isGoPro && (isAndroid || make == "Apple") }
}

/// Apple's metadata keys (QuickTime File Format, "Metadata item keys") that are read.
enum AppleKey: Sendable {
  case place, created, make, model

  /// An item of a list without keys is named by its type, as in iTunes' files.
  init?(_ type: FourCC) {
    switch type {
    case FourCC("©xyz"): self = .place
    case FourCC("©mak"): self = .make
    case FourCC("©mod"): self = .model
    default: return nil
    }
  }

  private static let names: [(StaticString, AppleKey)] = [
    ("com.apple.quicktime.location.ISO6709", .place),
    ("com.apple.quicktime.creationdate", .created), ("com.apple.quicktime.make", .make),
    ("com.apple.quicktime.model", .model),
    ("com.android.manufacturer", .make), ("com.android.model", .model),
  ]
  private static let android = Array("com.android.".utf8)

  /// - Parameter content: a `keys` box: version, count, entries of size, namespace and name.
  static func list(_ content: ArraySlice<UInt8>) -> (keys: [AppleKey?], isAndroid: Bool) {
    var reader = ByteReader(content)
    guard reader.skip(8) else { return ([], false) }
    var out = [AppleKey?]()
    var isAndroid = false
    while let size = reader.u32(), size >= 8, reader.skip(4), let name = reader.take(Int(size) - 8)
    {
      if name.starts(with: android) { isAndroid = true }
      out.append(names.first { name.elementsEqual("\($0.0)".utf8) }?.1)
    }
    return (out, isAndroid)
  }
}

/// A place as videos state it.
struct IsoPlace: Sendable {
  var latitude: Axis
  var longitude: Axis
  /// Metres.
  var altitude: Double?

  /// ISO 6709 §H: `+37.3865-122.0765+010.0/`; also degrees with minutes (`±DDMM.m`) and seconds
  /// (`±DDMMSS.s`).
  init?(_ text: ArraySlice<UInt8>) {
    var numbers = [(digits: Substring, value: Double)]()
    var rest = text[...]
    while numbers.count < 3, let first = rest.first, first == 0x2B || first == 0x2D {
      let body = rest.dropFirst().prefix { $0 >= 0x30 && $0 <= 0x39 || $0 == 0x2E }
      let digits = String(decoding: body, as: UTF8.self)[...]
      guard let value = XmpValues.number(digits) else { break }
      numbers.append((digits, first == 0x2D ? -value : value))
      rest = rest.dropFirst(1 + body.count)
    }
    guard numbers.count >= 2 else { return nil }
    latitude = Self.axis(numbers[0], wholeDigits: 2, limit: 90)
    longitude = Self.axis(numbers[1], wholeDigits: 3, limit: 180)
    altitude = numbers.count > 2 ? numbers[2].value : nil
  }

  /// The number of digits before the point tells degrees from minutes and seconds.
  private static func axis(
    _ number: (digits: Substring, value: Double), wholeDigits: Int, limit: Double
  ) -> Axis {
    let whole = number.digits.prefix { $0 != "." }
    let fraction = number.digits.dropFirst(whole.count)
    var size = abs(number.value)
    func part(_ text: Substring) -> ExactDegrees.Part {
      ExactDegrees.Part(text) ?? ExactDegrees.Part(0)
    }
    let degrees = whole.prefix(wholeDigits)
    let rest = whole.dropFirst(wholeDigits)
    switch whole.count - wholeDigits {
    case 2:
      size = ExactDegrees.value(
        part(degrees), part(Substring(rest + fraction)), ExactDegrees.Part(0))
    case 4:
      size = ExactDegrees.value(
        part(degrees), part(rest.prefix(2)), part(Substring(rest.dropFirst(2) + fraction)))
    default: break
    }
    let value = number.value < 0 ? -size : size
    return size <= limit ? .degrees(value, degraded: false) : .outOfRange(value)
  }

  /// 3GPP TS 26.244 §8.3: after a name and a role, longitude, latitude and height above the sea, each
  /// signed 16.16.
  init?(loci content: ArraySlice<UInt8>) {
    var reader = ByteReader(content)
    guard reader.skip(6) else { return nil }
    // The name is UTF-16 when it begins with a byte order mark.
    var probe = reader
    if let mark = probe.u16(), mark == 0xFEFF || mark == 0xFFFE {
      reader = probe
      while let unit = reader.u16(), unit != 0 {}
    } else {
      guard reader.text() != nil else { return nil }
    }
    guard reader.skip(1), let lon = reader.u32(), let lat = reader.u32(), let alt = reader.u32()
    else { return nil }
    func fixed(_ raw: UInt32) -> Double { Double(Int32(bitPattern: raw)) / 65_536 }
    func axis(_ value: Double, _ limit: Double) -> Axis {
      abs(value) <= limit ? .degrees(value, degraded: false) : .outOfRange(value)
    }
    latitude = axis(fixed(lat), 90)
    longitude = axis(fixed(lon), 180)
    altitude = fixed(alt)
  }
}
