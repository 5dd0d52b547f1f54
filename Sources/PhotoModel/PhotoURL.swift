/// URLs of sites, folders and photos. Texts beyond ASCII stay as they are (RFC 3987); the view `photos_named` of the index
/// writes the same.
package enum PhotoURL {
  /// `file:///…/` or `sftp://…/`: the root of a site with a slash at its end.
  ///
  /// - Parameter location: as the index stores it: an absolute path, `user@host:path` (relative to the home folder without a
  ///   slash) or `sftp://…`.
  package static func root(_ location: String) -> String {
    let slash = location.utf8.last == UInt8(ascii: "/") ? "" : "/"
    if location.utf8.starts(with: "sftp://".utf8) { return location + slash }
    if location.utf8.first == UInt8(ascii: "/") { return "file://" + encoded(location) + slash }
    let (login, path) = parts(of: location)
    if path.isEmpty { return "sftp://\(login)/~/" }
    let isAbsolute = path.utf8.first == UInt8(ascii: "/")
    return "sftp://\(login)\(isAbsolute ? "" : "/~/")\(encoded(path))\(slash)"
  }

  /// The colon of an address in brackets is none in front of the path.
  private static func parts(of location: String) -> (login: String, path: String) {
    let bytes = location.utf8
    let host = bytes.firstIndex(of: UInt8(ascii: "["))
    let colonFrom = host.flatMap { bytes[$0...].firstIndex(of: UInt8(ascii: "]")) }
    let first = bytes.firstIndex(of: UInt8(ascii: ":")) ?? bytes.endIndex
    let colon =
      if let host, host < first, let colonFrom {
        bytes[colonFrom...].firstIndex(of: UInt8(ascii: ":")) ?? bytes.endIndex
      } else {
        first
      }
    return (
      String(Substring(bytes[..<colon])), String(Substring(bytes[colon...].dropFirst()))
    )
  }

  /// With a slash at its end.
  package static func folder(_ root: String, _ folder: String) -> String {
    folder.isEmpty ? root : root + encoded(folder) + "/"
  }

  /// Percent-encodes what may not stand in the path of a URL (RFC 3986 §3.3). A byte that is not UTF-8, which the index writes
  /// as U+FFFD and two digits, becomes `%XX`.
  package static func encoded(_ text: String) -> String {
    if text.utf8.allSatisfy(isPlain) { return text }
    var out: [UInt8] = []
    out.reserveCapacity(text.utf8.count + 8)
    for scalar in text.unicodeScalars {
      if scalar == "\u{FFFD}" {
        out.append(UInt8(ascii: "%"))
      } else if scalar.isASCII, !isPlain(UInt8(truncatingIfNeeded: scalar.value)) {
        let digits = String(scalar.value, radix: 16, uppercase: true)
        out += Array((scalar.value < 16 ? "%0" : "%").utf8) + Array(digits.utf8)
      } else {
        out += Array(UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
      }
    }
    return String(decoding: out, as: UTF8.self)
  }

  /// `pchar` of RFC 3986, and the slash.
  private static func isPlain(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x61...0x7A, 0x40...0x5A, 0x26...0x3B: true
    case UInt8(ascii: "!"), UInt8(ascii: "$"), UInt8(ascii: "="), UInt8(ascii: "_"),
      UInt8(ascii: "~"):
      true
    default: false
    }
  }
}

extension PhotoRow {
  /// `sftp://…` or `file:///…`; nil for a row that was not read from an index.
  public var url: String? { folderURL.isEmpty ? nil : folderURL + PhotoURL.encoded(file) }
}
