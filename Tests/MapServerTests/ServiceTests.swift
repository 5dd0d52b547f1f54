import Foundation
import PhotoIndex
import PhotoModel
import Testing

@testable import MapServer

@Suite struct ServiceTests {
  @Test func pointsAreColumns() async throws {
    let place = try Place()
    let answer = try await place.get("/map/points?site=nas&folder=zurich")
    let bytes = answer.bytes
    func number<T: FixedWidthInteger>(_ type: T.Type, at offset: Int) -> T {
      bytes[offset..<(offset + T.bitWidth / 8)].reversed().reduce(0) {
        $0 << 8 | T(truncatingIfNeeded: $1)
      }
    }
    #expect(bytes.prefix(4).elementsEqual("GPM2".utf8))
    #expect((1...3).map { number(UInt32.self, at: $0 * 4) } == [0, 3, 1])
    #expect(Double(bitPattern: number(UInt64.self, at: 16)) == 3)
    var at = 24 + 3 * 8
    func column<T: FixedWidthInteger>(_ type: T.Type, _ count: Int = 3) -> [T] {
      defer { at += count * T.bitWidth / 8 }
      return (0..<count).map { number(type, at: at + $0 * T.bitWidth / 8) }
    }
    let folders = column(UInt64.self, 1).map { Double(bitPattern: $0) }
    let known = try await place.get("/map/folders?site=nas&folder=zurich").json()
    #expect(folders == (known["folders"] as? [[String: Any]])?.compactMap { $0["id"] as? Double })
    #expect(column(Int32.self) == [85_010_000, 85_020_000, 85_030_000])
    #expect(column(Int32.self) == [474_000_000, 474_000_000, 474_000_000])
    #expect(column(UInt32.self) == [1_714_557_603, 1_714_557_605, 1_714_557_607])
    #expect(column(UInt32.self).map { Float(bitPattern: $0) } == [501, 502, 503])
    let relative = column(UInt32.self).map { Float(bitPattern: $0) }
    #expect(relative[0] == 80 && relative[1].isNaN && relative[2].isNaN)
    #expect(column(UInt32.self, 1) == [3])
    #expect(column(UInt16.self) == [10_000, 20_000, 30_000])
    #expect(column(Int16.self) == [-9000, .max, .max])
    #expect(column(Int16.self) == [120, .max, .max])
    #expect(column(UInt8.self) == [4 + 16, 2, 2 + 8])
    #expect(at == bytes.count)
  }

  /// Minutes of local time before UTC; a clock that is wrong by days has no zone.
  @Test(
    arguments: [
      (0, 7_200_000, 120), (0, -12_600_000, -210), (1_000_000, 1_029_000, 0), (nil, 5, 32_766),
      (5, nil, 32_767), (nil, nil, 32_767), (0, 172_800_000, 32_766), (.min, .max, 32_766),
    ] as [(Int64?, Int64?, Int16)])
  func zonesComeFromBothTimes(utc: Int64?, local: Int64?, zone: Int16) {
    #expect(PointsResponse.zone(utc: utc, local: local) == zone)
  }

  @Test func tooManyPhotosBecomeFolders() throws {
    let place = try Place(photos: 40)
    let reader = try IndexReader(path: place.index)
    let bytes = try PointsResponse.bytes(.init(), reader, most: 10)
    #expect(bytes[4] == 1 && bytes[8] == 4)
    #expect(try PointsResponse.bytes(.init(), reader, most: 1000)[4] == 0)
  }

  @Test func photoDetailsContainAllFields() async throws {
    let place = try Place()
    let page = try await place.get("/collections/photos/items?folder=zurich&limit=1")
    let id = try #require(try FeaturesTests.features(page).first?["id"] as? Int)
    let photo = try await place.get("/map/photo/\(id)").json()
    #expect(photo["file"] as? String == "DJI_0001.JPG")
    #expect(photo["location"] as? String == "sftp://drone@nas/photos/zurich/DJI_0001.JPG")
    #expect(photo["taken_at"] as? String == "2024-05-01T10:00:02Z")
    #expect(photo["fix"] as? String == "fixed")
    #expect(try await place.get("/map/photo/99999").status == 404)
    #expect(try await place.get("/map/photo/x").status == 404)
  }

  @Test func namesOfPhotosAreAskedInBatches() async throws {
    let place = try Place()
    let page = try await place.get("/collections/photos/items?folder=zurich&limit=2")
    let ids = try FeaturesTests.features(page).compactMap { $0["id"] as? Int }
    let list = ids.map(String.init).joined(separator: ",")
    let answer = try await place.get("/map/names?id=\(list),99999")
    let rows = try #require(
      try JSONSerialization.jsonObject(with: Data(answer.bytes)) as? [[String: Any]])
    #expect(rows.compactMap { $0["file"] as? String } == ["DJI_0001.JPG", "DJI_0002.JPG"])
    #expect(rows.compactMap { $0["id"] as? Int } == ids)
    let many = (1...PageAnswers.mostNames + 1).map(String.init).joined(separator: ",")
    for query in ["", "?id=", "?id=x", "?id=1,,2", "?name=1", "?id=1&id=2", "?id=\(many)"] {
      #expect(try await place.get("/map/names\(query)").status == 400, "\(query.prefix(40))")
    }
  }

  @Test func photosWithoutPositionHaveTheirReasons() async throws {
    let place = try Place()
    let answer = try await place.get("/map/missing?site=nas").json()
    let photos = try #require(answer["photos"] as? [[String: Any]])
    #expect(answer["total"] as? Int == 2)
    #expect(photos.compactMap { $0["file"] as? String } == ["x.jpg", "y.jpg"])
    #expect(photos.compactMap { $0["reason"] as? String } == ["no-gps", "damaged"])
    // A box matches located photos only.
    let inBox = try await place.get("/map/missing?bbox=8,47,9,48").json()
    #expect(inBox["total"] as? Int == 0 && (inBox["photos"] as? [Any])?.isEmpty == true)
    #expect(try await place.get("/map/missing?x=1").status == 400)
  }

  /// Browsers unpack it themselves; the page has at most 250 kB to load.
  @Test func baseMapIsCompressed() async throws {
    let answer = try await Place().get("/assets/basemap.bin")
    #expect(answer.header("Content-Encoding") == "gzip")
    #expect(answer.bytes.starts(with: [0x1F, 0x8B]) && answer.bytes.count <= 250_000)
  }

  /// Every file that the page names exists, and no other.
  @Test func pageNamesFilesThatExist() async throws {
    let place = try Place()
    let page = try await place.get("/?f=html").text
    let names = page.matches(of: /"(\/(?:assets|leaflet)\/[a-z.]+)"/).map { String($0.1) }
    #expect(names.count > 20)
    for name in names { #expect(try await place.get(name).status == 200, "\(name)") }
    for script in names where script.hasSuffix(".js") {
      let text = try await place.get(script).text
      for module in text.matches(of: /from "\.\/([a-z]+\.js)"/).map({ "/assets/\($0.1)" }) {
        // Preloaded, so that no module waits for another one.
        #expect(names.contains(module), "\(script) imports \(module)")
      }
    }
  }

  @Test(arguments: [
    ("geojson", "application/geo+json"), ("csv", "text/csv; charset=utf-8"),
    ("gpx", "application/gpx+xml"),
  ])
  func downloadsMatchingPhotos(format: String, type: String) async throws {
    let answer = try await Place().get("/map/download?f=\(format)&bbox=8,47,9,48")
    #expect(answer.status == 200 && answer.type == type)
    #expect(answer.header("Content-Disposition") == "attachment; filename=\"photos.\(format)\"")
    #expect(answer.text.contains("DJI_0003.JPG") && !answer.text.contains("east.jpg"))
  }

  @Test func downloadsRefuseInvalidParameters() async throws {
    let place = try Place()
    #expect(try await place.get("/map/download?f=exe").status == 400)
    #expect(try await place.get("/map/download?site=none").status == 404)
  }

  @Test func foldersHaveTheirCounts() async throws {
    let answer = try await Place().get("/map/folders?bbox=8,47,9,48").json()
    let folders = try #require(answer["folders"] as? [[String: Any]])
    #expect(folders.count == 1 && folders.first?["located"] as? Int == 3)
  }

  @Test(arguments: [
    "/assets/../index.html", "/assets/%2e%2e/%2e%2e/etc/passwd", "/leaflet/..%2f..%2fetc%2fpasswd",
    "/assets//etc/passwd", "/etc/passwd", "/assets/", "/assets/app.js/x", "/map", "/map/nothing",
    "/assets/index.gpkg", "/leaflet/images/layers.png", "/collections/photos/other",
  ])
  func s17_servesNoFileByPath(target: String) async throws {
    #expect(try await Place().get(target).status == 404)
  }

  @Test func s17_refusesInvalidTargets() {
    for target in ["http://evil.example/", "*", "", "/%", "/%zz", "/a?b=%f", "/%ff"] {
      #expect(MapRequest(method: "GET", target: target) == nil, "\(target)")
    }
  }

  @Test(arguments: ["/", "/?f=html", "/map/points", "/collections", "/nothing", "/map/points?x=1"])
  func s17_everyResponseHasSecurityHeaders(target: String) async throws {
    let answer = try await Place().get(target)
    let policy = try #require(answer.header("Content-Security-Policy"))
    for part in [
      "default-src 'none'", "script-src 'self';", "connect-src 'self';", "img-src 'self' data:;",
      "frame-ancestors 'none'", "form-action 'none'", "base-uri 'none'",
    ] {
      #expect(policy.contains(part))
    }
    #expect(!policy.contains("unsafe"))
    #expect(answer.header("X-Content-Type-Options") == "nosniff")
    #expect(answer.header("Cross-Origin-Resource-Policy") == "same-origin")
    #expect(!answer.headers.contains { $0.name.lowercased().hasPrefix("access-control") })
  }

  @Test(arguments: [
    ("https://tile.example.org/{z}/{x}/{y}.png", "https://tile.example.org"),
    ("http://127.0.0.1:8080/{z}/{x}/{y}", "http://127.0.0.1:8080"),
    ("https://{s}.tile.example.org/{z}/{x}/{y}.png", "https://*.tile.example.org"),
    ("https://a;script-src *", nil), ("ftp://a/", nil), ("https://", nil),
  ])
  func policyAllowsOnlyTheConfiguredTiles(tiles: String, origin: String?) async throws {
    #expect(MapService.origin(tiles) == origin)
  }

  /// Names never become markup: they reach the page only as JSON, and scripts insert them as text.
  @Test func s14_namesAreDataOnly() async throws {
    let place = try Place()
    let page = try await place.get("/?f=html")
    #expect(
      !page.text.contains("odd") && !page.text.contains("style=") && !page.text.contains("onclick"))
    for name in [
      "app.js", "details.js", "empty.js", "facts.js", "filters.js", "hover.js", "legend.js",
      "map.js", "net.js",
      "signin.js", "stack.js", "strip.js", "syncs.js", "text.js", "tree.js",
    ] {
      let script = try await place.get("/assets/\(name)").text
      for word in ["insertAdjacentHTML", "outerHTML", "document.write", "eval(", "Function("] {
        #expect(!script.contains(word), "\(name): \(word)")
      }
      // The only use reads text that the browser has escaped.
      #expect(script.split(separator: "innerHTML").count <= (name == "map.js" ? 2 : 1))
    }
    // Responses with hostile names are valid JSON, with a type that no browser renders as a page.
    for target in ["/map/folders", "/collections/photos/items?limit=100", "/map/download"] {
      let answer = try await place.get(target)
      #expect(!answer.type.contains("html"))
      _ = try answer.json()
    }
  }

  @Test func firstEventContainsEverySite() async throws {
    let place = try Place()
    let event = try await place.get("/map/events")
    #expect(event.type == "text/event-stream")
    let lines = event.text.split(separator: "\n")
    #expect(lines[1] == "event: state" && lines[2].hasPrefix("data: "))
    let data =
      try JSONSerialization.jsonObject(with: Data(lines[2].dropFirst(6).utf8)) as? [String: Any]
    let sites = try #require(data?["sites"] as? [[String: Any]])
    #expect(sites.compactMap { $0["site"] as? String } == ["<b>odd", "nas"])
    #expect(sites.last?["photos"] as? Int == 7 && sites.last?["state"] as? String == "never")
  }

  /// é as one code point and é as two code points are two names.
  @Test func sitesWithCanonicallyEqualNamesHaveSeparateStates() throws {
    let place = try Place()
    let writer = try IndexWriter(path: place.index)
    let names = ["caf\u{E9}", "cafe\u{301}"]
    for name in names { _ = try writer.addSite(SiteRecord(name: name, location: "/" + name)) }
    try writer.checkpoint()
    var states = SiteStates(path: place.index)
    _ = try states.look(ours: [ExactText(names[1])])
    let cafes = states.states.filter { $0.site.name.hasPrefix("caf") }
    #expect(cafes.map { Array($0.site.name.utf8) } == names.reversed().map { Array($0.utf8) })
    #expect(cafes.map(\.isOurs) == [true, false])
  }

  /// The state comes only from files that another process's sync leaves beside the index.
  @Test func showsSyncsOfOtherProcesses() throws {
    let place = try Place()
    var states = SiteStates(path: place.index)
    let isFirstNew = try states.look(ours: [])
    #expect(isFirstNew)
    let site = try IndexReader(path: place.index).site(named: "nas")
    func nas() -> SiteStates.State? { states.states.first { $0.site.name == "nas" } }
    #expect(nas()?.running == nil && nas()?.attempt == nil && nas()?.photos == 7)
    var lease: SiteLease? = try IndexWriter(path: place.index).lease(site: site.id)
    var counters = SyncCounters()
    (counters.listed, counters.toRead, counters.read) = (100, 50, 20)
    lease?.publish(counters)
    _ = try states.look(ours: [ExactText("nas")])
    #expect(nas()?.running?.counters == counters && nas()?.isOurs == true)
    lease = nil
    _ = try states.look(ours: [])
    #expect(nas()?.running == nil && nas()?.isOurs == false)
    // The outcome is written a moment after the end.
    SiteAttempt(.failed, time: 5000, message: "no way").keep(index: place.index, site: site)
    let isChanged = try states.look(ours: [])
    #expect(!isChanged)
    #expect(nas()?.attempt == SiteAttempt(.failed, time: 5000, message: "no way"))
  }

  @Test func startsSyncsOnlyForSites() async throws {
    let place = try Place()
    #expect(try await place.post("/map/sync?site=none").status == 404)
    #expect(try await place.post("/map/sync").status == 400)
    #expect(try await place.post("/map/sync?site=nas&index=/etc/passwd").status == 400)
    #expect(try await place.post("/map/cancel?site=nas").status == 409)
    #expect(try await place.post("/map/nothing?site=nas").status == 404)
    #expect(try await place.get("/map/sync?site=nas").status == 404)
  }

  @Test func sessionCookieIsPerServer() async throws {
    let place = try Place(isProtected: true)
    #expect(try await place.get("/", [("Accept", "text/html")]).text.contains("signin.js"))
    #expect(try await place.get("/").status == 401)
    let cookie = try #require(try await place.post("/session").header("Set-Cookie"))
    let page = try await place.get(
      "/", [("Accept", "text/html"), ("Cookie", String(cookie.prefix { $0 != ";" }))])
    #expect(page.text.contains("app.js"))
  }
}
