/// Gathers what a video's boxes state.
struct VideoFields: Sendable {
  /// Milliseconds since 1970-01-01 UTC.
  var createdAt: Int64?
  private var key: IsoPlace?
  private var userData: IsoPlace?
  private var loci: IsoPlace?
  private var createdText: String?
  private var make: String?
  private var model: String?

  /// Boxes of `udta` that are read.
  enum UserData: Sendable {
    case place, make, model, loci

    init?(_ type: FourCC) {
      switch type {
      case FourCC("©xyz"): self = .place
      case FourCC("©mak"): self = .make
      case FourCC("©mod"): self = .model
      case FourCC("loci"): self = .loci
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
    case .loci: break
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
    return ContainerFields(
      latitude: place?.latitude ?? .absent, longitude: place?.longitude ?? .absent,
      altitude: place?.altitude, altitudeIsSeaLevel: key == nil && userData == nil && loci != nil,
      createdAt: createdAt, createdText: createdText, make: make, model: model)
  }
}

/// Apple's metadata keys (QuickTime File Format, "Metadata item keys") that are read.
enum AppleKey: Sendable {
  case place, created, make, model

  private static let names: [(StaticString, AppleKey)] = [
    ("com.apple.quicktime.location.ISO6709", .place),
    ("com.apple.quicktime.creationdate", .created), ("com.apple.quicktime.make", .make),
    ("com.apple.quicktime.model", .model),
  ]

  /// - Parameter content: a `keys` box: version, count, entries of size, namespace and name.
  static func list(_ content: ArraySlice<UInt8>) -> [AppleKey?] {
    var reader = ByteReader(content)
    guard reader.skip(8) else { return [] }
    var out = [AppleKey?]()
    while let size = reader.u32(), size >= 8, reader.skip(4), let name = reader.take(Int(size) - 8)
    {
      out.append(names.first { name.elementsEqual("\($0.0)".utf8) }?.1)
    }
    return out
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
    var numbers = [(digits: Int, value: Double)]()
    var rest = text[...]
    while numbers.count < 3, let first = rest.first, first == 0x2B || first == 0x2D {
      let body = rest.dropFirst().prefix { $0 >= 0x30 && $0 <= 0x39 || $0 == 0x2E }
      guard let value = XmpValues.number(String(decoding: body, as: UTF8.self)[...]) else { break }
      let digits = body.prefix { $0 != 0x2E }.count
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
    _ number: (digits: Int, value: Double), wholeDigits: Int, limit: Double
  ) -> Axis {
    var size = abs(number.value)
    switch number.digits - wholeDigits {
    case 2:
      let degrees = (size / 100).rounded(.down)
      size = degrees + (size - degrees * 100) / 60
    case 4:
      let degrees = (size / 10_000).rounded(.down)
      let minutes = ((size - degrees * 10_000) / 100).rounded(.down)
      size = degrees + minutes / 60 + (size - degrees * 10_000 - minutes * 100) / 3600
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
