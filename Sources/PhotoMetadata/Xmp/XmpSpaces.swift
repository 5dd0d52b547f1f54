/// Which vocabulary a namespace stands for.
enum XmpSpaces {
  struct Space: Sendable {
    /// The hash of the vocabulary's usual prefix and a colon: a local name added to it is a name of
    /// ``XmpKey``.
    var prefix: XmpName
    /// Only the prefix says so, and the URI is another one: values of the right URI come first.
    var isWeak = false
  }

  /// By the hash of the URI, with and without `/` or `#` at the end, by http and https.
  private static let byURI: [XmpName: XmpName] = {
    var out = [XmpName: XmpName]()
    for vendor in XmpVocabulary.vendors + XmpVocabulary.structures {
      for uri in vendor.uris {
        for end in ["", "/", "#"] {
          out[XmpName((uri + end).utf8)] = XmpName((vendor.prefix + ":").utf8)
          guard uri.hasPrefix("http:") else { continue }
          out[XmpName(("https" + uri.dropFirst(4) + end).utf8)] = XmpName(
            (vendor.prefix + ":").utf8)
        }
      }
    }
    return out
  }()

  private static let byPrefix: [XmpName: (name: XmpName, isMaker: Bool)] = {
    var out = [XmpName: (name: XmpName, isMaker: Bool)]()
    for vendor in XmpVocabulary.vendors + XmpVocabulary.structures {
      out[XmpName(vendor.prefix.utf8)] = (XmpName((vendor.prefix + ":").utf8), vendor.isMaker)
    }
    return out
  }()

  /// - Parameter uri: the hash of a namespace URI.
  static func space(uri: XmpName) -> Space? { byURI[uri].map { Space(prefix: $0) } }

  /// A prefix whose URI says nothing: there is none, or it is unknown.
  ///
  /// - Parameter isAbsolute: the URI begins with a scheme. Real files also bind `Camera` to `Camera/`,
  ///   which names nobody: there the prefix counts. A whole URI of somebody else only gives way to
  ///   a maker's prefix, and only for what is not stated elsewhere.
  static func space(prefix: XmpName, isAbsolute: Bool) -> Space? {
    guard let known = byPrefix[prefix] else { return nil }
    if !isAbsolute { return Space(prefix: known.name) }
    return known.isMaker ? Space(prefix: known.name, isWeak: true) : nil
  }

  /// Whether a URI begins with a scheme (RFC 3986 §3.1).
  static func isAbsolute(_ uri: some Sequence<UInt8>) -> Bool {
    for (i, byte) in uri.enumerated() {
      switch byte {
      case 0x3A: return i > 0
      case 0x41...0x5A, 0x61...0x7A: continue
      case 0x30...0x39, 0x2B, 0x2D, 0x2E: if i == 0 { return false }
      default: return false
      }
    }
    return false
  }
}
