/// A tolerant scan for wanted properties in a packet that expat refuses: cut, unbalanced, with
/// invalid bytes, with a document type. Finds `name="value"`, `name='value'` and `<name>value<`;
/// no entity is ever expanded. A prefix means what its first `xmlns:` says, else what it usually means.
enum XmpScan {
  static func values(_ packet: ArraySlice<UInt8>) -> XmpValues {
    let bytes = Array(packet)
    var out = XmpValues()
    let spaces = declaredSpaces(bytes)
    var insideNED = false
    var insideOtherPlace = false
    var i = 0
    while i < bytes.count {
      guard isNameByte(bytes[i]) else {
        i += 1
        continue
      }
      let start = i
      guard let name = name(bytes, &i, spaces) else { continue }
      let opens = start > 0 && bytes[start - 1] == 0x3C
      if name == XmpKey.nedParent {
        insideNED = opens && !endsEmpty(bytes, i)
        if opens && !insideNED { scanAttributes(bytes, from: i, spaces, &out) }
        continue
      }
      if XmpKey.otherPlaces.contains(name) {
        insideOtherPlace = opens && !endsEmpty(bytes, i)
        continue
      }
      guard !insideOtherPlace, let key = XmpKey.key(name, insideNED: insideNED) else { continue }
      if let value = opens ? elementText(bytes, i) : attributeText(bytes, i) {
        out.set(key, bytes[value])
        i = value.upperBound
      }
    }
    return out
  }

  private static let declaration = XmpName("xmlns")

  /// What the packet's own declarations say of its prefixes; the first one of a prefix counts.
  private static func declaredSpaces(_ bytes: [UInt8]) -> [XmpName: XmpName] {
    var out = [XmpName: XmpName]()
    var i = 0
    while let x = bytes[i...].firstIndex(of: UInt8(ascii: "x")) {
      i = x + 1
      let colon = x + 5
      guard colon < bytes.count, bytes[colon] == 0x3A, XmpName(bytes[x..<colon]) == declaration
      else { continue }
      i = colon + 1
      var prefix = XmpName()
      while i < bytes.count, isNameByte(bytes[i]), bytes[i] != 0x3A {
        prefix.add(bytes[i])
        i += 1
      }
      guard let uri = attributeText(bytes, i) else { continue }
      i = uri.upperBound
      if out[prefix] == nil, out.count < maxSpaces,
        let space = XmpSpaces.space(uri: XmpName(bytes[uri]))
      {
        out[prefix] = space.prefix
      }
    }
    return out
  }

  /// No packet declares so many.
  private static let maxSpaces = 256

  /// The name at `i`, in the usual prefix; nil for one without a prefix. `i` moves behind it.
  private static func name(
    _ bytes: [UInt8], _ i: inout Int, _ spaces: [XmpName: XmpName]
  ) -> XmpName? {
    var name = XmpName()
    var hasColon = false
    while i < bytes.count, isNameByte(bytes[i]) {
      if bytes[i] == 0x3A, !hasColon {
        hasColon = true
        if let usual = spaces[name] {
          name = usual
          i += 1
          continue
        }
      }
      name.add(bytes[i])
      i += 1
    }
    return hasColon ? name : nil
  }

  private static func isNameByte(_ b: UInt8) -> Bool {
    (b | 0x20) >= 0x61 && (b | 0x20) <= 0x7A || b >= 0x30 && b <= 0x3A || b == 0x2D || b == 0x5F
  }

  private static func isBlank(_ b: UInt8) -> Bool { b == 0x20 || b >= 0x09 && b <= 0x0D }

  /// The attributes of an empty CameraOrientationNED element, up to its `>`.
  private static func scanAttributes(
    _ bytes: [UInt8], from: Int, _ spaces: [XmpName: XmpName], _ out: inout XmpValues
  ) {
    var i = from
    while i < bytes.count, bytes[i] != 0x3E {
      guard isNameByte(bytes[i]) else {
        i += 1
        continue
      }
      let name = name(bytes, &i, spaces)
      if let value = attributeText(bytes, i) {
        if let name, let key = XmpKey.key(name, insideNED: true) { out.set(key, bytes[value]) }
        i = value.upperBound
      }
    }
  }

  /// Whether the tag that goes on at `i` ends with `/>`.
  private static func endsEmpty(_ bytes: [UInt8], _ i: Int) -> Bool {
    guard let close = bytes[i...].firstIndex(of: 0x3E) else { return true }
    return close > i && bytes[close - 1] == 0x2F
  }

  /// The value behind `=` and a quotation mark.
  private static func attributeText(_ bytes: [UInt8], _ from: Int) -> Range<Int>? {
    var i = from
    while i < bytes.count, isBlank(bytes[i]) { i += 1 }
    guard i < bytes.count, bytes[i] == 0x3D else { return nil }
    i += 1
    while i < bytes.count, isBlank(bytes[i]) { i += 1 }
    guard i < bytes.count, bytes[i] == 0x22 || bytes[i] == 0x27 else { return nil }
    return text(bytes, from: i + 1, upTo: bytes[i])
  }

  /// The text of the element whose start tag goes on at `i`.
  private static func elementText(_ bytes: [UInt8], _ from: Int) -> Range<Int>? {
    guard let close = bytes[from...].prefix(1024).firstIndex(of: 0x3E),
      close == from || bytes[close - 1] != 0x2F
    else { return nil }
    return text(bytes, from: close + 1, upTo: 0x3C)
  }

  /// A value must end within a kilobyte, or it is none.
  private static func text(_ bytes: [UInt8], from: Int, upTo end: UInt8) -> Range<Int>? {
    guard from <= bytes.count, let close = bytes[from...].prefix(1024).firstIndex(of: end) else {
      return nil
    }
    return from..<close
  }
}
