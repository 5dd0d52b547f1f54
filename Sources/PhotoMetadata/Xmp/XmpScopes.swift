/// The namespace declarations in scope (Namespaces in XML 1.0 §6.1), each looked up in the vocabulary once.
///
/// expat can process namespaces, too. It then hashes the URI and the name of every attribute to find duplicates, which
/// doubles the time of a packet.
struct XmpScopes {
  private struct Declaration {
    /// The hash of the prefix; of nothing for the default namespace.
    var prefix: XmpName
    /// nil: no vocabulary has it.
    var space: XmpSpaces.Space?
    /// Of the element that declares it.
    var depth: Int
  }

  /// No packet declares so many at once.
  private static let maxDeclarations = 256

  /// `xml` and `xmlns` need no declaration (§3).
  private var declarations = XmpScopes.reserved
  private static let reserved = [
    Declaration(prefix: XmpName("xml"), space: nil, depth: 0),
    Declaration(prefix: XmpName("xmlns"), space: nil, depth: 0),
  ]

  /// - Parameters:
  ///   - prefix: empty for the default namespace.
  ///   - depth: of the element with the declaration.
  /// - Returns: false for a declaration that is not allowed: a prefix without a URI (§2.2), or too many.
  mutating func declare(
    _ prefix: some Collection<UInt8>, _ uri: some Collection<UInt8>, depth: Int
  ) -> Bool {
    if declarations.count >= Self.maxDeclarations || uri.isEmpty && !prefix.isEmpty { return false }
    let name = XmpName(prefix)
    var space = uri.isEmpty ? nil : XmpSpaces.space(uri: XmpName(uri))
    if space == nil, !prefix.isEmpty {
      space = XmpSpaces.space(prefix: name, isAbsolute: XmpSpaces.isAbsolute(uri))
    }
    declarations.append(Declaration(prefix: name, space: space, depth: depth))
    return true
  }

  /// Forgets what elements at `depth` and below have declared.
  mutating func leave(depth: Int) {
    while let last = declarations.last, last.depth >= depth { declarations.removeLast() }
  }

  enum Meaning {
    case undeclared
    case unknown
    case known(XmpSpaces.Space)
  }

  /// The innermost declaration counts.
  func meaning(_ prefix: XmpName) -> Meaning {
    var i = declarations.count
    while i > 0 {
      i -= 1
      if declarations[i].prefix == prefix {
        return declarations[i].space.map(Meaning.known) ?? .unknown
      }
    }
    return .undeclared
  }
}
