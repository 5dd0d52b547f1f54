import Testing

@testable import MapServer

/// Who is let in (fault-matrix row S17).
@Suite struct GateTests {
  static let token = Gate.newToken()

  static func gate(guarded: Bool = false, isLoopback: Bool = true) -> Gate {
    Gate(
      token: token, address: isLoopback ? "127.0.0.1" : "192.0.2.7", port: 8470,
      isLoopback: isLoopback, guardsReading: guarded, names: ["Box.local"])
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
  func s17_onlyTheOwnNamesAreAnswered(host: String, isOwn: Bool) throws {
    let request = try Self.request("GET", "/map/config", [], host: host)
    #expect((Self.gate().refusal(request)?.status ?? 200) == (isOwn ? 200 : 403))
  }

  @Test func s17_aMissingOrDoubledHostIsRefused() throws {
    #expect(Self.gate().refusal(try Self.request("GET", "/", [], host: nil))?.status == 403)
    let twice = try Self.request("GET", "/", [("host", "localhost:8470")])
    #expect(Self.gate().refusal(twice)?.status == 403)
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
  func s17_otherPagesAreRefused(headers: [(String, String)], isIn: Bool) throws {
    let request = try Self.request("GET", "/collections", headers)
    #expect((Self.gate().refusal(request) == nil) == isIn)
  }

  static let navigation = [("Sec-Fetch-Mode", "navigate"), ("Sec-Fetch-Dest", "document")]

  @Test(arguments: ["cross-site", "same-site"], ["download", "events", "points", "photo/1"])
  func linksOfOtherPagesLeadToNothingThatOnlyTheMapAsksFor(site: String, name: String) throws {
    let headers = Self.navigation + [("Sec-Fetch-Site", site)]
    #expect(Self.gate().refusal(try Self.request("GET", "/map/\(name)", headers))?.status == 403)
    #expect(Self.gate().refusal(try Self.request("GET", "/", headers)) == nil)
  }

  static let downloads: [([(String, String)], Bool)] = [
    // A program.
    ([], true), ([("Accept", "*/*"), ("User-Agent", "curl/8")], true),
    ([("Authorization", "Bearer \(token)")], true), ([("Authorization", "Bearer wrong")], false),
    // A link of the page itself, or an address that somebody typed.
    (navigation + [("Sec-Fetch-Site", "same-origin")], true),
    (navigation + [("Sec-Fetch-Site", "none")], true),
    ([("Sec-Fetch-Site", "same-origin"), ("Sec-Fetch-Mode", "cors")], true),
    ([("Origin", "http://localhost:8470")], true), ([("Origin", "http://localhost:1")], false),
    // A link of another page. Pages of other ports send this server's cookie along.
    (navigation + [("Sec-Fetch-Site", "cross-site")], false),
    (
      navigation + [("Sec-Fetch-Site", "same-site"), ("Cookie", "gpsindex-8470=\(token)")], false
    ),
    ([("Sec-Fetch-Site", "same-origin, cross-site")], false),
    ([("Sec-Fetch-Site", "same-origin"), ("Sec-Fetch-Site", "cross-site")], false),
    // A browser that knows nothing of Sec-Fetch-Site.
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
  func aDownloadNeedsTheTokenOrComesFromTheMap(headers: [(String, String)], isIn: Bool) throws {
    let request = try Self.request("GET", "/map/download?f=csv", headers)
    #expect((Self.gate().refusal(request)?.status ?? 200) == (isIn ? 200 : 403))
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
  func s17_nothingStartsWithoutTheToken(headers: [(String, String)], status: Int) throws {
    let request = try Self.request("POST", "/map/sync?site=nas", headers)
    #expect((Self.gate().refusal(request)?.status ?? 200) == status)
  }

  @Test(arguments: ["PUT", "DELETE", "OPTIONS", "TRACE", "PATCH", "CONNECT"])
  func s17_otherMethodsAreRefused(method: String) throws {
    #expect(Self.gate().refusal(try Self.request(method, "/", []))?.status == 405)
  }

  @Test(arguments: [true, false])
  func s17_aGuardedServerWantsTheTokenForEverything(isLoopback: Bool) throws {
    let gate = Self.gate(guarded: isLoopback, isLoopback: isLoopback)
    for target in [
      "/map/points", "/map/config", "/collections", "/collections/photos/items", "/api",
      "/map/events", "/map/download", "/assets/app.js", "/leaflet/leaflet.js", "/conformance",
    ] {
      #expect(gate.refusal(try Self.request("GET", target, []))?.status == 401, "\(target)")
      for header in [
        ("Authorization", "Bearer \(Self.token)"), ("Cookie", "a=b; gpsindex-8470=\(Self.token)"),
      ] {
        #expect(gate.refusal(try Self.request("GET", target, [header])) == nil, "\(target)")
      }
      let wrong = ("Cookie", "gpsindex-8471=\(Self.token); gpsindex-8470=x")
      #expect(gate.refusal(try Self.request("GET", target, [wrong]))?.status == 401)
    }
    // The page that signs in, which holds nothing.
    for target in ["/", "/assets/signin.js", "/assets/style.css"] {
      #expect(gate.refusal(try Self.request("GET", target, [])) == nil)
    }
    #expect(gate.cookie.contains("HttpOnly; SameSite=Strict"))
  }

  @Test(arguments: [
    ("192.0.2.7:8470", true), ("198.51.100.1:8470", true), ("[2001:db8::1]:8470", true),
    ("box.local:8470", true), ("evil.example:8470", false), ("192.0.2.7.evil.example:8470", false),
  ])
  func s17_anExposedServerGoesByAddressesAndItsOwnName(host: String, isOwn: Bool) throws {
    let headers = [("Authorization", "Bearer \(Self.token)")]
    let request = try Self.request("GET", "/api", headers, host: host)
    #expect((Self.gate(isLoopback: false).refusal(request) == nil) == isOwn)
  }

  @Test func everyStartHasATokenOfItsOwn() {
    let tokens = (0..<100).map { _ in Gate.newToken() }
    #expect(Set(tokens).count == 100)
    #expect(tokens.allSatisfy { $0.count == 48 && $0.allSatisfy(\.isHexDigit) })
  }
}
