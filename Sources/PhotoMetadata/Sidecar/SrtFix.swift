/// The first fix in a drone's subtitle file, which tells its place once per frame or second.
///
/// Newer drones of DJI name their values: `[latitude: 47.1] [longitude: 8.5] [rel_alt: 1.3 abs_alt:
/// 132.8]`, with the camera's clock (`2023-09-15 10:12:13.456`) in a line before. Older ones give a tuple:
/// `GPS(8.5,47.1,16) BAROMETER:1.9` or `GPS (8.5, 47.1, 15), D 224.33m, H 58.50m` with the longitude
/// first and the number of satellites last; the Matrice 300 `GPS(47.1,8.5,0.0M)` with the latitude first
/// and a height with its unit; the Phantom 4 RTK `RTK (8.5, 47.1, 28)`; Autel `GPS(E: 8.5, N: 47.1, 1.01m)`.
/// The third number is therefore never a height here. Until the receiver has a fix, zeros stand there.
///
/// Attitudes: `[gb_yaw: -30.0 gb_pitch: -29.9 gb_roll: 0.0]` of the gimbal, `[drone_yaw: … drone_pitch: …
/// drone_roll: …]` of the aircraft; `[Gimbal: Yaw:10.0, Pitch:-45.0, Roll:0.0]` and `[Drone: …]`; or
/// `G.PRY (-40.0°, 0.0°, 28.2°)` and `F.PRY (…)`: pitch, roll, yaw. An `altitude` of older firmware is left
/// out: some say it is above the take-off point, others above the sea.
enum SrtFix {
  /// - Parameter isWhole: the file ends where `text` ends. Else the last entry may go on, and is left alone.
  /// - Returns: nil when no entry of `text` has a fix; the values are under the drones' keys.
  static func values(_ text: ArraySlice<UInt8>, isWhole: Bool) -> XmpValues? {
    var entry = Entry()
    // A file that was cut may end in the middle of a number: half of one is another place.
    let cut = text.reversed().prefix { $0 >= 0x2B && $0 <= 0x39 }.count
    for line in text.dropLast(cut).split(separator: 0x0A) {
      // A time line begins an entry; what came before it is complete.
      if behind(line, "-->") != nil {
        if let values = entry.values { return values }
        entry = Entry()
      } else {
        entry.read(line)
      }
    }
    return isWhole ? entry.values : nil
  }

  private struct Entry {
    private var texts: [XmpKey: ArraySlice<UInt8>] = [:]

    mutating func read(_ line: ArraySlice<UInt8>) {
      for (name, key) in SrtFix.names {
        if let rest = SrtFix.behind(line, name) { set(key, SrtFix.digits(rest)) }
      }
      for name in ["GPS", "RTK"] as [StaticString] where texts[.gpsLatitude] == nil {
        if let tuple = SrtFix.behind(line, name) { read(tuple: tuple) }
      }
      for name in [", H ", "H="] as [StaticString] {
        if let height = SrtFix.behind(line, name) { set(.relativeAltitude, SrtFix.digits(height)) }
      }
      for (name, keys) in SrtFix.attitudes {
        if let angles = SrtFix.behind(line, name) { read(angles: angles, keys) }
      }
      for (name, keys) in SrtFix.groups {
        guard let group = SrtFix.behind(line, name)?.prefix(while: { $0 != 0x5D }) else { continue }
        for (word, key) in zip(["Pitch", "Roll", "Yaw"] as [StaticString], keys) {
          if let angle = SrtFix.behind(group, word) { set(key, SrtFix.digits(angle)) }
        }
      }
      if texts[.createDate] == nil { set(.createDate, SrtFix.clock(line)) }
    }

    private mutating func set(_ key: XmpKey, _ value: ArraySlice<UInt8>?) {
      if texts[key] == nil { texts[key] = value }
    }

    private mutating func read(tuple: ArraySlice<UInt8>) {
      let inner = tuple.drop { $0 == 0x20 }
      guard inner.first == 0x28, let close = inner.firstIndex(of: 0x29) else { return }
      let parts = inner.dropFirst().prefix(upTo: close).split(separator: 0x2C)
      guard parts.count >= 2, let first = Number(parts[0]), let second = Number(parts[1]) else {
        return
      }
      let hasUnit = parts.count > 2 && parts[2].last.map { $0 | 0x20 == 0x6D } == true
      var isLatitudeFirst = first.isLatitude ?? second.isLatitude.map { !$0 } ?? hasUnit
      // Only a longitude is larger than 90.
      if first.isLatitude == nil, second.isLatitude == nil {
        if abs(first.value) > 90 { isLatitudeFirst = false }
        if abs(second.value) > 90 { isLatitudeFirst = true }
      }
      texts[.gpsLatitude] = isLatitudeFirst ? first.text : second.text
      texts[.gpsLongitude] = isLatitudeFirst ? second.text : first.text
    }

    /// Pitch, roll and yaw in brackets.
    private mutating func read(angles: ArraySlice<UInt8>, _ keys: [XmpKey]) {
      let inner = angles.drop { $0 == 0x20 }
      guard inner.first == 0x28, let close = inner.firstIndex(of: 0x29) else { return }
      let parts = inner.dropFirst().prefix(upTo: close).split(separator: 0x2C)
      guard parts.count == 3 else { return }
      for (part, key) in zip(parts, keys) { set(key, SrtFix.digits(part)) }
    }

    var values: XmpValues? {
      var out = XmpValues()
      for (key, text) in texts { out.set(key, text) }
      guard case .degrees(let latitude, _) = out.decimalAxis(.gpsLatitude, limit: 90),
        case .degrees(let longitude, _) = out.decimalAxis(.gpsLongitude, limit: 180),
        latitude != 0 || longitude != 0
      else { return nil }
      return out
    }
  }

  /// One of a tuple, with or without the letter of its hemisphere.
  private struct Number {
    var text: ArraySlice<UInt8>
    var value: Double
    var isLatitude: Bool?

    init?(_ part: ArraySlice<UInt8>) {
      var part = part.drop { $0 == 0x20 }
      var sign: [UInt8] = []
      if let letter = part.first, part.dropFirst().first == 0x3A {
        switch letter & 0xDF {
        case UInt8(ascii: "N"): isLatitude = true
        case UInt8(ascii: "S"): (isLatitude, sign) = (true, [0x2D])
        case UInt8(ascii: "E"): isLatitude = false
        case UInt8(ascii: "W"): (isLatitude, sign) = (false, [0x2D])
        default: return nil
        }
        part = part.dropFirst(2)
      }
      guard let digits = SrtFix.digits(part) else { return nil }
      text = sign.isEmpty || digits.first == 0x2D ? digits : (sign + digits)[...]
      guard let value = XmpValues.number(String(decoding: text, as: UTF8.self)[...]) else {
        return nil
      }
      self.value = value
    }
  }

  /// Named values; `longtitude` is that of some firmware.
  private static let names: [(StaticString, XmpKey)] = [
    ("latitude", .gpsLatitude), ("longitude", .gpsLongitude), ("longtitude", .gpsLongitude),
    ("rel_alt", .relativeAltitude), ("abs_alt", .absoluteAltitude),
    ("BAROMETER", .relativeAltitude), ("gb_yaw", .gimbalYaw), ("gb_pitch", .gimbalPitch),
    ("gb_roll", .gimbalRoll), ("drone_yaw", .flightYaw), ("drone_pitch", .flightPitch),
    ("drone_roll", .flightRoll),
  ]

  private static let groups: [(StaticString, [XmpKey])] = [
    ("Gimbal:", [.gimbalPitch, .gimbalRoll, .gimbalYaw]),
    ("Drone:", [.flightPitch, .flightRoll, .flightYaw]),
  ]
  private static let attitudes: [(StaticString, [XmpKey])] = [
    ("G.PRY", [.gimbalPitch, .gimbalRoll, .gimbalYaw]),
    ("F.PRY", [.flightPitch, .flightRoll, .flightYaw]),
  ]

  /// What follows the first occurrence of `word` that is no part of a longer word.
  private static func behind(
    _ line: ArraySlice<UInt8>, _ word: StaticString
  ) -> ArraySlice<UInt8>? {
    let wanted = Array("\(word)".utf8)
    guard let first = wanted.first, line.count >= wanted.count else { return nil }
    for i in line.startIndex...(line.endIndex - wanted.count) where line[i] == first {
      let isInside = isLetter(first) && i > line.startIndex && isLetter(line[i - 1])
      if !isInside, line[i..<(i + wanted.count)].elementsEqual(wanted) {
        return line[(i + wanted.count)...]
      }
    }
    return nil
  }

  private static func isLetter(_ b: UInt8) -> Bool {
    (b | 0x20) >= 0x61 && (b | 0x20) <= 0x7A || b == 0x5F
  }

  /// The number behind blanks and one `:` or `(`.
  private static func digits(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
    var rest = text.drop { $0 == 0x20 }
    if rest.first == 0x3A || rest.first == 0x28 { rest = rest.dropFirst().drop { $0 == 0x20 } }
    let value = rest.prefix {
      $0 >= 0x30 && $0 <= 0x39 || $0 == 0x2B || $0 == 0x2D || $0 == 0x2E
    }
    return value.isEmpty ? nil : value
  }

  /// A date with a time of day anywhere in a line: `2023-09-15 10:12:13.456`, `2017.08.05 14:11:51`.
  private static func clock(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
    guard line.count >= 19 else { return nil }
    for i in line.startIndex...(line.endIndex - 19) where line[i] == 0x31 || line[i] == 0x32 {
      guard i == line.startIndex || line[i - 1] <= 0x20 || line[i - 1] == 0x3E,
        line[i + 10] == 0x20, line[i + 13] == 0x3A
      else { continue }
      let words = line[i...].prefix { $0 >= 0x2C && $0 <= 0x3A || $0 == 0x20 }
        .split(separator: 0x20)
      guard words.count >= 2 else { continue }
      // `10:12:13,456,789`: thousandths, and thousandths of these.
      let text = Array(words[0]) + [0x20] + words[1].prefix(12)
      if CivilTime(String(decoding: text, as: UTF8.self)) != nil { return text[...] }
    }
    return nil
  }
}
