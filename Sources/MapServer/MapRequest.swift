/// The parts of a request that responses depend on.
package struct MapRequest: Sendable {
  package var method: String
  /// Components of the path, percent-decoded; empty for `/`.
  package var path: [String]
  package var parameters: [(name: String, value: String)]
  /// Keys are lower case.
  package var headers: [String: [String]]
  package var body: [UInt8]

  /// - Parameter target: path and query (RFC 9112 §3.2.1). The result is nil for any other form.
  package init?(
    method: String, target: String, headers: [(String, String)] = [], body: [UInt8] = []
  ) {
    guard target.hasPrefix("/") else { return nil }
    let halves = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    self.method = method
    var path: [String] = []
    for part in halves[0].split(separator: "/") {
      guard let text = Self.decoded(part, plusIsSpace: false) else { return nil }
      path.append(text)
    }
    self.path = path
    parameters = []
    for pair in halves.count > 1 ? halves[1].split(separator: "&") : [] {
      let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard let name = Self.decoded(sides[0], plusIsSpace: true),
        let value = Self.decoded(sides.count > 1 ? sides[1] : "", plusIsSpace: true)
      else { return nil }
      parameters.append((name, value))
    }
    self.headers = [:]
    for (name, value) in headers { self.headers[name.lowercased(), default: []].append(value) }
    self.body = body
  }

  /// The value of a header; nil when it is absent or repeated.
  package func header(_ name: String) -> String? {
    guard let values = headers[name], values.count == 1 else { return nil }
    return values[0]
  }

  /// The value of a cookie (RFC 6265 §5.4).
  package func cookie(_ name: String) -> String? {
    for part in (headers["cookie"] ?? []).joined(separator: ";").split(separator: ";") {
      let sides = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      if sides.count == 2, sides[0].drop(while: { $0 == " " }) == name { return String(sides[1]) }
    }
    return nil
  }

  /// - Returns: nil for invalid escapes and for bytes that are not UTF-8.
  private static func decoded(_ text: Substring, plusIsSpace: Bool) -> String? {
    var bytes: [UInt8] = []
    var rest = text.utf8[...]
    while let byte = rest.popFirst() {
      switch byte {
      case UInt8(ascii: "%"):
        guard let high = rest.popFirst().flatMap(Self.digit),
          let low = rest.popFirst().flatMap(Self.digit)
        else { return nil }
        bytes.append(high << 4 | low)
      case UInt8(ascii: "+") where plusIsSpace: bytes.append(UInt8(ascii: " "))
      default: bytes.append(byte)
      }
    }
    return String(validating: bytes, as: UTF8.self)
  }

  private static func digit(_ byte: UInt8) -> UInt8? {
    Character(UnicodeScalar(byte)).hexDigitValue.map(UInt8.init)
  }
}
