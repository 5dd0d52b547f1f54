/// Text from a file, fit for a column: up to the first NUL, invalid UTF-8 replaced, control
/// characters and surrounding blanks taken away, at most 256 bytes; nil when nothing is left.
func cleanText(_ bytes: some Collection<UInt8>) -> String? {
  let end = bytes.firstIndex(of: 0) ?? bytes.endIndex
  let body = bytes[..<end].prefix(TiffTag.maxText)
  var plain = true
  for b in body where b < 0x20 || b > 0x7E {
    plain = false
    break
  }
  if plain {
    guard let first = body.firstIndex(where: { $0 != 0x20 }) else { return nil }
    var last = body.endIndex
    while last > first, body[body.index(last, offsetBy: -1)] == 0x20 {
      last = body.index(last, offsetBy: -1)
    }
    return String(decoding: body[first..<last], as: UTF8.self)
  }
  var out = String.UnicodeScalarView()
  var size = 0
  for scalar in String(decoding: body, as: UTF8.self).unicodeScalars {
    let isControl = scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
    let kept = isControl ? " " : scalar
    if out.isEmpty && kept == " " { continue }
    size += UTF8.width(kept)
    if size > TiffTag.maxText { break }
    out.append(kept)
  }
  while out.last == " " { out.removeLast() }
  return out.isEmpty ? nil : String(out)
}
