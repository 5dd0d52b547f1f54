import Testing

@testable import MapServer

extension AccessControl {
  /// nil: the request is accepted.
  func refusal(_ request: MapRequest) -> MapResponse? {
    if case .refused(let response) = decide(request) { response } else { nil }
  }
}

/// Access control (row S17).
@Suite struct AccessControlTests {
  static let token = AccessControl.newToken()

  static func access(isProtected: Bool = false, isLoopback: Bool = true) -> AccessControl {
    AccessControl(
      token: token, address: isLoopback ? "127.0.0.1" : "192.0.2.7", port: 8470,
      isLoopback: isLoopback, protectsReading: isProtected, names: ["Box.local"])
  }

  static func request(
    _ method: String, _ target: String, _ headers: [(String, String)],
    host: String? = "localhost:8470"
  ) throws -> MapRequest {
    try #require(
      MapRequest(
        method: method, target: target, headers: headers + (host.map { [("Host", $0)] } ?? [])))
  }

  @Test(arguments: [
    ("127.0.0.1:8470", true), ("localhost:8470", true), ("LOCALHOST:8470", true),
    ("[::1]:8470", true), ("evil.example:8470", false), ("127.0.0.1", false),
    ("127.0.0.1:80", false), ("127.0.0.1:8470.evil.example", false), ("192.168.1.9:8470", false),
    ("localhost.evil.example:8470", false), ("", false),
  ])
  func s17_acceptsOnlyOwnHostNames(host: String, isOwn: Bool) throws {
    let request = try Self.request("GET", "/map/config", [], host: host)
    #expect((Self.access().refusal(request)?.status ?? 200) == (isOwn ? 200 : 403))
  }

  @Test func s17_refusesMissingAndRepeatedHost() throws {
    #expect(Self.access().refusal(try Self.request("GET", "/", [], host: nil))?.status == 403)
    let twice = try Self.request("GET", "/", [("host", "localhost:8470")])
    #expect(Self.access().refusal(twice)?.status == 403)
  }

  @Test(arguments: [
    ([("Origin", "http://localhost:8470")], true), ([("Origin", "https://localhost:8470")], false),
    ([("Origin", "http://evil.example")], false), ([("Origin", "null")], false),
    ([("Sec-Fetch-Site", "same-origin")], true), ([("Sec-Fetch-Site", "none")], true),
    ([("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "no-cors")], false),
    ([("Sec-Fetch-Site", "same-site"), ("Sec-Fetch-Mode", "cors")], false),
    (
      [
        ("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "navigate"),
        ("Sec-Fetch-Dest", "document"),
      ], true
    ),
    (
      [
        ("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "navigate"),
        ("Sec-Fetch-Dest", "iframe"),
      ], false
    ),
  ])
  func s17_rejectsCrossOriginRequests(headers: [(String, String)], isIn: Bool) throws {
    let request = try Self.request("GET", "/collections", headers)
    #expect((Self.access().refusal(request) == nil) == isIn)
  }

  static let navigation = [("Sec-Fetch-Mode", "navigate"), ("Sec-Fetch-Dest", "document")]

  @Test(arguments: ["cross-site", "same-site"], ["download", "events", "points", "photo/1"])
  func rejectsCrossOriginLinksToMapResources(site: String, name: String) throws {
    let headers = Self.navigation + [("Sec-Fetch-Site", site)]
    #expect(Self.access().refusal(try Self.request("GET", "/map/\(name)", headers))?.status == 403)
    #expect(Self.access().refusal(try Self.request("GET", "/", headers)) == nil)
  }

  static let downloads: [([(String, String)], Bool)] = [
    // A program.
    ([], true), ([("Accept", "*/*"), ("User-Agent", "curl/8")], true),
    ([("Authorization", "Bearer \(token)")], true), ([("Authorization", "Bearer wrong")], false),
    // A link of the page itself, or a typed address.
    (navigation + [("Sec-Fetch-Site", "same-origin")], true),
    (navigation + [("Sec-Fetch-Site", "none")], true),
    ([("Sec-Fetch-Site", "same-origin"), ("Sec-Fetch-Mode", "cors")], true),
    ([("Origin", "http://localhost:8470")], true), ([("Origin", "http://localhost:1")], false),
    // A link of another page. Pages on other ports send this server's cookie, too.
    (navigation + [("Sec-Fetch-Site", "cross-site")], false),
    (
      navigation + [("Sec-Fetch-Site", "same-site"), ("Cookie", "gpsindex-8470=\(token)")], false
    ),
    ([("Sec-Fetch-Site", "same-origin, cross-site")], false),
    ([("Sec-Fetch-Site", "same-origin"), ("Sec-Fetch-Site", "cross-site")], false),
    // A browser without Sec-Fetch-Site.
    ([("Referer", "http://localhost:8470/"), ("Accept", "text/html,*/*")], true),
    ([("Referer", "http://localhost:8470")], true),
    ([("Referer", "http://localhost:8470.evil.example/")], false),
    ([("Referer", "http://evil.example/")], false),
    ([("Referer", "http://evil.example/http://localhost:8470/")], false),
    ([("Referer", "")], false),
    ([("Accept", "text/html,application/xhtml+xml,*/*;q=0.8")], false),
    ([("Accept", "text/html"), ("Cookie", "gpsindex-8470=\(token)")], true),
    ([("Upgrade-Insecure-Requests", "1")], false), (navigation, false),
  ]

  @Test(arguments: downloads)
  func downloadNeedsTheTokenOrTheMap(headers: [(String, String)], isIn: Bool) throws {
    let request = try Self.request("GET", "/map/download?f=csv", headers)
    #expect((Self.access().refusal(request)?.status ?? 200) == (isIn ? 200 : 403))
  }

  static let json = ("Content-Type", "application/json")

  @Test(arguments: [
    ([json, ("Authorization", "Bearer \(token)")], 200),
    ([json], 401), ([json, ("Authorization", "Bearer wrong")], 401),
    ([json, ("Authorization", "Bearer \(token.dropLast())0x")], 401),
    ([json, ("Cookie", "gpsindex-8470=\(token)")], 401),
    ([("Authorization", "Bearer \(token)")], 415),
    ([("Content-Type", "text/plain"), ("Authorization", "Bearer \(token)")], 415),
    ([json, ("Authorization", "Bearer \(token)"), ("Origin", "http://evil.example")], 403),
  ])
  func s17_actionsNeedTheToken(headers: [(String, String)], status: Int) throws {
    let request = try Self.request("POST", "/map/sync?site=nas", headers)
    #expect((Self.access().refusal(request)?.status ?? 200) == status)
  }

  @Test(arguments: ["PUT", "DELETE", "OPTIONS", "TRACE", "PATCH", "CONNECT"])
  func s17_refusesOtherMethods(method: String) throws {
    #expect(Self.access().refusal(try Self.request(method, "/", []))?.status == 405)
  }

  @Test(arguments: [true, false])
  func s17_protectedServerNeedsTheTokenForEverything(isLoopback: Bool) throws {
    let access = Self.access(isProtected: isLoopback, isLoopback: isLoopback)
    for target in [
      "/map/points", "/map/config", "/collections", "/collections/photos/items", "/api",
      "/map/events", "/map/download", "/assets/app.js", "/leaflet/leaflet.js", "/conformance",
    ] {
      #expect(access.refusal(try Self.request("GET", target, []))?.status == 401, "\(target)")
      for header in [
        ("Authorization", "Bearer \(Self.token)"), ("Cookie", "a=b; gpsindex-8470=\(Self.token)"),
      ] {
        #expect(access.refusal(try Self.request("GET", target, [header])) == nil, "\(target)")
      }
      let wrong = ("Cookie", "gpsindex-8471=\(Self.token); gpsindex-8470=x")
      #expect(access.refusal(try Self.request("GET", target, [wrong]))?.status == 401)
    }
    // The sign-in page, which contains no data.
    for target in ["/", "/assets/signin.js", "/assets/style.css"] {
      #expect(access.refusal(try Self.request("GET", target, [])) == nil)
    }
    let signIn = try Self.request("POST", "/session", [("Authorization", "Bearer \(Self.token)")])
    #expect(
      access.cookie(signIn) == "gpsindex-8470=\(Self.token); HttpOnly; SameSite=Strict; Path=/")
  }

  @Test(arguments: [
    ("192.0.2.7:8470", true), ("198.51.100.1:8470", true), ("[2001:db8::1]:8470", true),
    ("box.local:8470", true), ("evil.example:8470", false), ("192.0.2.7.evil.example:8470", false),
  ])
  func s17_exposedServerAcceptsAddressesAndItsName(host: String, isOwn: Bool) throws {
    let headers = [("Authorization", "Bearer \(Self.token)")]
    let request = try Self.request("GET", "/api", headers, host: host)
    #expect((Self.access(isLoopback: false).refusal(request) == nil) == isOwn)
  }

  @Test func everyStartHasANewToken() {
    let tokens = (0..<100).map { _ in AccessControl.newToken() }
    #expect(Set(tokens).count == 100)
    #expect(tokens.allSatisfy { $0.count == 48 && $0.allSatisfy(\.isHexDigit) })
  }
}
