#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Decides which requests are served.
///
/// The threat on a loopback address is a web page in the user's own browser. It can send requests, and with DNS rebinding it
/// could read the responses. Therefore Host is checked, and Origin and Sec-Fetch-Site, which browsers add and pages cannot
/// forge. A request that starts something needs a token.
package struct AccessControl: Sendable {
  package let token: String
  /// Reading needs the token, too.
  package let protectsReading: Bool
  /// In lower case, without port.
  private let hosts: Set<String>
  /// The server listens on all addresses, so any numeric Host is its own.
  private let acceptsAnyAddress: Bool
  let port: Int

  /// - Parameter names: the host names of this machine.
  package init(
    token: String, address: String, port: Int, isLoopback: Bool, protectsReading: Bool,
    names: [String] = []
  ) {
    self.token = token
    self.port = port
    self.protectsReading = protectsReading || !isLoopback
    var hosts: Set<String> = ["127.0.0.1", "localhost", "[::1]", Self.inHost(address)]
    if !isLoopback { hosts.formUnion(names.map { $0.lowercased() }) }
    self.hosts = hosts
    acceptsAnyAddress = !isLoopback
    let meansAll = ["0.0.0.0", "::"].contains(address)
    let shown = meansAll ? names.first ?? address : address
    self.address = "http://\(Self.inHost(shown)):\(port)"
  }

  /// `http://host:port` to print. For a wildcard address it contains the machine's name.
  package let address: String

  /// - Returns: nil when the request is accepted.
  package func refusal(_ request: MapRequest) -> MapResponse? {
    func refused(_ why: String) -> MapResponse { .failure(403, "Forbidden", why) }
    guard ["GET", "HEAD", "POST"].contains(request.method) else {
      return MapResponse(405, "text/plain", [], headers: [("Allow", "GET, HEAD, POST")])
    }
    guard let host = request.header("host"), isOwn(host: host) else {
      return refused("the Host header does not name this server")
    }
    if let origin = request.headers["origin"], origin != ["http://\(host)"] {
      return refused("cross-origin requests are rejected")
    }
    if let site = request.headers["sec-fetch-site"], site != ["same-origin"], site != ["none"] {
      // Following a link from another page is harmless, except to paths that only the page itself requests.
      guard request.method == "GET", request.header("sec-fetch-mode") == "navigate",
        request.header("sec-fetch-dest") == "document", request.path.first != "map"
      else { return refused("cross-origin requests are rejected") }
    }
    if request.path == ["map", "download"], !allowsDownload(request, host) {
      return refused("a download needs a request from the map, or the token")
    }
    if request.method == "POST" {
      // A cookie is not enough: only a header proves that the page itself sends the request.
      guard let given = bearer(request), isToken(given) else {
        return .failure(401, "Unauthorized", Self.tokenRequired)
      }
      guard request.header("content-type") == "application/json" else {
        return .failure(415, "UnsupportedMediaType", "Content-Type must be application/json")
      }
    } else if protectsReading, !Self.open.contains(request.path), !hasToken(request) {
      return .failure(401, "Unauthorized", Self.tokenRequired)
    }
    return nil
  }

  private static let tokenRequired =
    "the token is missing or wrong; open the address that gpsindex serve printed"

  /// Browsers start downloads without a prompt, also from links of other pages. So a download needs the token in a header, or
  /// must come from a page of this server, or from a program that is not a browser.
  private func allowsDownload(_ request: MapRequest, _ host: String) -> Bool {
    if let given = bearer(request) { return isToken(given) }
    // Checked above.
    if request.headers["sec-fetch-site"] != nil { return true }
    if let referer = request.headers["referer"] {
      return referer.count == 1 && (referer[0] + "/").hasPrefix("http://\(host)/")
    }
    // An old browser does not tell where the link came from.
    let isBrowser =
      request.headers["upgrade-insecure-requests"] != nil
      || request.headers["sec-fetch-mode"] != nil || request.headers["sec-fetch-dest"] != nil
      || request.headers["accept"]?.contains { $0.contains("text/html") } ?? false
    return !isBrowser || hasToken(request)
  }

  /// The files of the sign-in page, which contain nothing of the index.
  private static let open: Set<[String]> = [
    [], ["assets", "signin.js"], ["assets", "style.css"], ["assets", "icon.svg"],
  ]

  /// The request carries the token, as a header or as the cookie of ``cookie``.
  func hasToken(_ request: MapRequest) -> Bool {
    (bearer(request) ?? request.cookie(cookieName)).map(isToken) ?? false
  }

  /// Cookies ignore ports, so the name contains it: two servers on one machine need separate cookies.
  private var cookieName: String { "gpsindex-\(port)" }

  /// Set-Cookie for a browser that has shown the token.
  var cookie: String { "\(cookieName)=\(token); HttpOnly; SameSite=Strict; Path=/" }

  private func bearer(_ request: MapRequest) -> String? {
    guard let value = request.header("authorization"), value.hasPrefix("Bearer ") else {
      return nil
    }
    return String(value.dropFirst(7))
  }

  /// Constant-time comparison.
  private func isToken(_ given: String) -> Bool {
    let (a, b) = (Array(given.utf8), Array(token.utf8))
    guard a.count == b.count else { return false }
    return zip(a, b).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
  }

  private func isOwn(host: String) -> Bool {
    let suffix = ":\(port)"
    guard host.hasSuffix(suffix) || port == 80 else { return false }
    let name = (host.hasSuffix(suffix) ? String(host.dropLast(suffix.count)) : host).lowercased()
    return hosts.contains(name) || acceptsAnyAddress && Self.isAddress(name)
  }

  /// The host part of a URL: IPv6 in brackets (RFC 3986 §3.2.2).
  static func inHost(_ address: String) -> String {
    address.contains(":") ? "[\(address)]" : address.lowercased()
  }

  private static func isAddress(_ name: String) -> Bool {
    var room = in6_addr()
    if name.hasPrefix("["), name.hasSuffix("]") {
      return inet_pton(AF_INET6, String(name.dropFirst().dropLast()), &room) == 1
    }
    return inet_pton(AF_INET, name, &room) == 1
  }

  /// 192 random bits.
  package static func newToken() -> String {
    var generator = SystemRandomNumberGenerator()
    let digits = Array("0123456789abcdef")
    return String((0..<48).map { _ in digits[Int(generator.next() & 15)] })
  }
}
