package import ShareLinks

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// What a request may do.
package enum Role: Sendable {
  /// Everything.
  case owner
  /// Read what a link shows.
  case share(Share)
  /// See the sign-in page.
  case nobody
}

/// Decides which requests are served, and for whom.
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
  /// nil: no link is accepted.
  private let shares: ShareBook?

  /// - Parameter names: the host names of this machine.
  package init(
    token: String, address: String, port: Int, isLoopback: Bool, protectsReading: Bool,
    names: [String] = [], shares: ShareBook? = nil
  ) {
    self.token = token
    self.shares = shares
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

  package enum Decision: Sendable {
    case granted(Role)
    case refused(MapResponse)
  }

  package func decide(_ request: MapRequest) -> Decision {
    if let refusal = originRefusal(request) { return .refused(refusal) }
    let credential = credential(request)
    if request.path == ["map", "download"], !allowsDownload(request, credential) {
      return .refused(Self.forbidden("a download needs a request from the map, or the token"))
    }
    if request.method == "POST" { return decidePost(request, credential) }
    let isOpen = Self.open.contains(request.path)
    switch credential {
    case .owner: return .granted(.owner)
    case .share(let share): return .granted(.share(share))
    case .endedLink(let refusal): return isOpen ? .granted(.nobody) : .refused(refusal)
    case .none, .wrong:
      if !protectsReading { return .granted(.owner) }
      return isOpen ? .granted(.nobody) : .refused(Self.unauthorized)
    }
  }

  /// A cookie is not enough: only a header proves that the page itself sends the request.
  private func decidePost(_ request: MapRequest, _ credential: Credential) -> Decision {
    guard bearer(request) != nil else { return .refused(Self.unauthorized) }
    let role: Role
    switch credential {
    case .owner: role = .owner
    case .share(let share): role = .share(share)
    case .endedLink(let refusal): return .refused(refusal)
    case .none, .wrong: return .refused(Self.unauthorized)
    }
    guard request.header("content-type") == "application/json" else {
      return .refused(
        .failure(415, "UnsupportedMediaType", "Content-Type must be application/json"))
    }
    return .granted(role)
  }

  /// What does not depend on who sends the request: its method, and the page that it comes from.
  private func originRefusal(_ request: MapRequest) -> MapResponse? {
    guard ["GET", "HEAD", "POST"].contains(request.method) else {
      return MapResponse(405, "text/plain", [], headers: [("Allow", "GET, HEAD, POST")])
    }
    guard let host = request.header("host"), isOwn(host: host) else {
      return Self.forbidden("the Host header does not name this server")
    }
    if let origin = request.headers["origin"], origin != ["http://\(host)"] {
      return Self.forbidden("cross-origin requests are rejected")
    }
    if let site = request.headers["sec-fetch-site"], site != ["same-origin"], site != ["none"] {
      // Following a link from another page is harmless, except to paths that only the page itself requests.
      guard request.method == "GET", request.header("sec-fetch-mode") == "navigate",
        request.header("sec-fetch-dest") == "document", request.path.first != "map"
      else { return Self.forbidden("cross-origin requests are rejected") }
    }
    return nil
  }

  private static func forbidden(_ why: String) -> MapResponse { .failure(403, "Forbidden", why) }

  private static let unauthorized = MapResponse.failure(
    401, "Unauthorized",
    "the token is missing or wrong; open the address that gpsindex serve printed")

  /// Browsers start downloads without a prompt, also from links of other pages. So a download needs the token in a header, or
  /// must come from a page of this server, or from a program that is not a browser.
  private func allowsDownload(_ request: MapRequest, _ credential: Credential) -> Bool {
    if bearer(request) != nil { return credential.isValid }
    // Checked above.
    if request.headers["sec-fetch-site"] != nil { return true }
    if let referer = request.headers["referer"] {
      let own = "http://\(request.header("host") ?? "")/"
      return referer.count == 1 && (referer[0] + "/").hasPrefix(own)
    }
    // An old browser does not tell where the link came from.
    let isBrowser =
      request.headers["upgrade-insecure-requests"] != nil
      || request.headers["sec-fetch-mode"] != nil || request.headers["sec-fetch-dest"] != nil
      || request.headers["accept"]?.contains { $0.contains("text/html") } ?? false
    return !isBrowser || credential.isValid
  }

  // MARK: Tokens

  /// What a request shows, as a header or as the cookie of ``cookie(_:)``.
  private enum Credential {
    case none, wrong, owner
    case share(Share)
    /// The token of a link that is not accepted, which never counts as no token.
    case endedLink(MapResponse)

    var isValid: Bool {
      switch self {
      case .owner, .share: true
      case .none, .wrong, .endedLink: false
      }
    }
  }

  private func credential(_ request: MapRequest) -> Credential {
    guard let given = bearer(request) ?? request.cookie(cookieName) else { return .none }
    guard given.hasPrefix(ShareToken.prefix) else { return isToken(given) ? .owner : .wrong }
    func ended(_ status: Int, _ why: String) -> Credential {
      .endedLink(.failure(status, "LinkRefused", why))
    }
    switch shares?.find(given) {
    case .share(let share): return .share(share)
    case .unknown, .expired:
      return ended(401, "This link was revoked, or it has expired. Ask its owner for a new one.")
    case .unusable:
      return ended(503, "The server cannot read its links. Its owner has to repair them.")
    case nil: return ended(401, "This server does not accept links. Ask its owner.")
    }
  }

  /// The files of the sign-in page, which contain nothing of the index.
  private static let open: Set<[String]> = [
    [], ["assets", "signin.js"], ["assets", "style.css"], ["assets", "icon.svg"],
  ]

  /// Cookies ignore ports, so the name contains it: two servers on one machine need separate cookies.
  private var cookieName: String { "gpsindex-\(port)" }

  /// Set-Cookie for a browser that has shown a valid token in a header, which becomes the cookie.
  func cookie(_ request: MapRequest) -> String {
    "\(cookieName)=\(bearer(request) ?? ""); HttpOnly; SameSite=Strict; Path=/"
  }

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
