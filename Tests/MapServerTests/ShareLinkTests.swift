import Foundation
import PhotoIndex
import PhotoModel
import ShareLinks
import TestSupport
import Testing

@testable import MapServer

/// Links of `gpsindex share add`: what they show, and that they show nothing else (row S31).
@Suite struct ShareLinkTests {
  let place: Place
  let file: ShareFile
  /// Ids of all photos by site and path.
  let ids: [String: Int64]

  init() throws {
    place = try Place(isProtected: true, isSharing: true)
    file = ShareFile(index: place.index)
    var ids: [String: Int64] = [:]
    var all = PhotoFilter()
    all.which = .all
    try IndexReader(path: place.index).photos(all) { ids["\($0.site)/\($0.path)"] = $0.id }
    self.ids = ids
  }

  /// Makes a link.
  /// - Returns: its token.
  func link(
    _ name: String, _ filter: [FilterName: String], expires: Int64? = nil, hasPaths: Bool = false
  ) throws -> String {
    var words = FilterWords()
    for (name, value) in filter { words[name] = value }
    let token = ShareToken.new()
    try file.add(
      Share(
        name: name, token: token, words: words, created: 1_700_000_000_000, expires: expires,
        hasPaths: hasPaths))
    return token
  }

  /// Across 180°; one folder; what has no position.
  func threeLinks(hasPaths: Bool = false) throws -> (box: String, folder: String, missing: String) {
    (
      try link("islands", [.bbox: "179,-18,-179,-17"], hasPaths: hasPaths),
      try link("town", [.folder: "zurich"], hasPaths: hasPaths),
      try link("lost", [.missing: "true"], hasPaths: hasPaths)
    )
  }

  func id(_ path: String) throws -> Int64 { try #require(ids["nas/\(path)"]) }

  static func bearer(_ token: String) -> [(String, String)] {
    [("Authorization", "Bearer \(token)")]
  }
  static func cookie(_ token: String) -> [(String, String)] {
    [("Cookie", "a=b; gpsindex-8470=\(token)")]
  }

  // MARK: Statuses

  @Test func everyEndpointAnswersEveryRoleAsTheTableSays() async throws {
    let (box, folder, missing) = try threeLinks()
    let (east, zurich, lost) = (
      try id("fiji/east.jpg"), try id("zurich/DJI_0001.JPG"), try id("zurich/x.jpg")
    )
    // The child that reads pictures is /bin/false: 503 is a picture that may be seen.
    let rows: [(target: String, box: Int, folder: Int, missing: Int, owner: Int, nobody: Int)] = [
      ("/", 200, 200, 200, 200, 401), ("/conformance", 200, 200, 200, 200, 401),
      ("/api", 200, 200, 200, 200, 401), ("/collections", 200, 200, 200, 200, 401),
      ("/collections/photos", 200, 200, 200, 200, 401),
      ("/collections/photos/items", 200, 200, 200, 200, 401),
      ("/collections/photos/items/\(east)", 200, 404, 404, 200, 401),
      ("/collections/photos/items/\(zurich)", 404, 200, 404, 200, 401),
      ("/collections/photos/items/\(lost)", 404, 200, 200, 200, 401),
      ("/collections/folders", 403, 403, 403, 200, 401),
      ("/collections/folders/items", 403, 403, 403, 200, 401),
      ("/map/config", 200, 200, 200, 200, 401), ("/map/points", 200, 200, 200, 200, 401),
      ("/map/points?site=nobody", 200, 200, 200, 404, 401),
      ("/map/points?bbox=1", 400, 400, 400, 400, 401),
      ("/map/folders", 200, 200, 200, 200, 401), ("/map/missing", 200, 200, 200, 200, 401),
      ("/map/findings", 200, 200, 200, 200, 401),
      ("/map/names?id=\(east),\(zurich)", 200, 200, 200, 200, 401),
      ("/map/download?f=csv", 200, 200, 200, 200, 401),
      ("/map/download?f=kml", 200, 200, 200, 200, 401),
      ("/map/photo/\(east)", 200, 404, 404, 200, 401),
      ("/map/photo/\(zurich)", 404, 200, 404, 200, 401),
      ("/map/photo/\(lost)", 404, 200, 200, 200, 401),
      ("/map/photo/999999", 404, 404, 404, 404, 401),
      ("/map/events", 403, 403, 403, 200, 401), ("/map/anything", 403, 403, 403, 404, 401),
      ("/photos/\(east)/thumbnail", 503, 404, 404, 503, 401),
      ("/photos/\(zurich)/thumbnail", 404, 503, 404, 503, 401),
      ("/photos/\(zurich)/preview", 404, 503, 404, 503, 401),
      ("/photos/\(zurich)/image", 403, 403, 403, 503, 401),
      ("/assets/app.js", 200, 200, 200, 200, 401), ("/basemap/0/0/0", 404, 404, 404, 404, 401),
    ]
    for row in rows {
      for (token, status) in [
        (box, row.box), (folder, row.folder), (missing, row.missing), (Place.token, row.owner),
        ("wrong", row.nobody),
      ] {
        for headers in [Self.bearer(token), Self.cookie(token)] {
          // A download with a wrong token in a header is refused as one of a browser.
          if status == 401, row.target.hasPrefix("/map/download") { continue }
          let answer = try await place.get(row.target, headers)
          #expect(answer.status == status, "\(row.target) \(headers)")
        }
      }
      #expect(try await place.get(row.target).status == row.nobody, "\(row.target)")
    }
  }

  @Test func linksChangeNothing() async throws {
    let token = try threeLinks().folder
    let json = ("Content-Type", "application/json")
    for (target, status) in [
      ("/session", 204), ("/photos/ahead?ids=1,2,999999", 202), ("/map/sync?site=nas", 403),
      ("/map/cancel?site=nas", 403), ("/map/points", 403), ("/", 403),
    ] {
      #expect(try await place.post(target, Self.bearer(token) + [json]).status == status)
      // A cookie is sent by pages of other origins, too.
      #expect(try await place.post(target, Self.cookie(token) + [json]).status == 401)
    }
    let session = try await place.post("/session", Self.bearer(token) + [json])
    #expect(
      session.header("Set-Cookie")
        == "gpsindex-8470=\(token); HttpOnly; SameSite=Strict; Path=/")
  }

  // MARK: Contents

  /// Asks for everything, and looks for traces of other photos in the bytes.
  @Test(arguments: [false, true]) func noAnswerContainsATraceOfOtherPhotos(
    hasPaths: Bool
  ) async throws {
    let (box, folder, missing) = try threeLinks(hasPaths: hasPaths)
    let islands = ["east.jpg", "west.jpg", "fiji", "179.9000000"]
    let town = ["DJI_0001", "DJI_0002", "DJI_0003", "8.5010000", "47.4000000"]
    let lost = ["x.jpg", "y.jpg"]
    let odd = ["alert", "onerror", "gpj.exe", "line.jpg", "onclick", "<b>odd", "48.8000000"]
    let hidden = hasPaths ? [] : ["\"nas\"", "drone@", "sftp:", "1581F5"]
    // The words do occur in answers to the owner.
    let everything = try await crawl(Place.token).values.flatMap(\.bytes)
    for word in islands + town + lost + odd + ["zurich", "\"nas\"", "drone@", "sftp:", "1581F5"] {
      #expect(everything.firstRange(of: Array(word.utf8)) != nil, "\(word)")
    }
    for (token, others) in [
      (box, town + lost + ["zurich"]), (folder, islands), (missing, islands + town),
    ] {
      let answers = try await crawl(token)
      #expect(answers.count > 100)
      for (target, answer) in answers {
        // Links of an answer repeat what was asked.
        let words = others + odd + hidden + [place.index, place.folder.path]
        for word in words where !target.contains(word) {
          #expect(answer.bytes.firstRange(of: Array(word.utf8)) == nil, "\(target): \(word)")
        }
      }
      let points = try #require(answers["/map/points"]).bytes
      for place in others == islands ? [(179.9, -17.5)] : [(8.501, 47.4), (2.3, 48.8)] {
        for side in [place.0, place.1] {
          let bytes = withUnsafeBytes(of: Int32(side * 1e7).littleEndian) { Array($0) }
          #expect(points.firstRange(of: bytes) == nil)
        }
      }
    }
  }

  /// Every address that can lead to a photo, with every id, and with filters that ask for more.
  private func crawl(_ token: String) async throws -> [String: Place.Answer] {
    let largest = try #require(ids.values.max())
    let filters = [
      "", "missing=true", "bbox=-180,-90,180,90", "site=nas", "site=%3Cb%3Eodd", "folder=**",
      "folder=zurich", "folder=fiji", "near=8.5,47.4&radius=20000km", "limit=1000", "reason=no-gps",
    ]
    var targets = ["/map/config", "/collections", "/collections/photos", "/conformance"]
    for filter in filters {
      for path in ["points", "folders", "missing", "findings"] {
        targets.append("/map/\(path)" + (filter.isEmpty ? "" : "?\(filter)"))
      }
      for format in ["geojson", "csv", "gpx", "kml"] {
        targets.append("/map/download?f=\(format)&\(filter)")
      }
      targets.append("/collections/photos/items?\(filter)")
      targets.append("/collections/folders/items?\(filter)")
    }
    for id in -1...(largest + 2) {
      targets += [
        "/map/photo/\(id)", "/collections/photos/items/\(id)", "/collections/folders/items/\(id)",
        "/photos/\(id)/thumbnail", "/photos/\(id)/preview", "/photos/\(id)/image",
      ]
    }
    targets.append("/map/names?id=" + (0...largest).map(String.init).joined(separator: ","))
    var answers: [String: Place.Answer] = [:]
    for target in targets { answers[target] = try await place.get(target, Self.cookie(token)) }
    return answers
  }

  @Test func aLinkShowsAllOfItsPhotos() async throws {
    let (box, folder, missing) = try threeLinks()
    for (token, located, photos) in [(box, 2, 2), (folder, 3, 5), (missing, 0, 2)] {
      let headers = Self.bearer(token)
      let items = try await place.get("/collections/photos/items?limit=100", headers).json()
      #expect(items["numberMatched"] as? Int == located)
      let folders = try await place.get("/map/folders", headers).json()
      let rows = try #require(folders["folders"] as? [[String: Any]])
      #expect(rows.reduce(0) { $0 + ($1["photos"] as? Int ?? 0) } == photos)
      let without = try await place.get("/map/missing", headers).json()
      #expect(without["total"] as? Int == photos - located)
    }
    let config = try await place.get("/map/config", Self.bearer(box)).json()
    #expect((config["share"] as? [String: Any])?["name"] as? String == "islands")
    #expect(config["index"] == nil)
    let collections = try await place.get("/collections", Self.bearer(box)).text
    #expect(!collections.contains("extent") && !collections.contains("\"folders\""))
  }

  /// The hidden part of a path cannot be guessed letter by letter, either.
  @Test func folderPatternsSeeNoMoreThanTheReader() async throws {
    let writer = try IndexWriter(path: place.index)
    let nas = try writer.reader.site(named: "nas")
    var changes = FolderChanges(site: nas.id, folder: PathBytes(text: "secret/client/pit"))
    var record = PhotoRecord(outcome: .located(Coordinate(latitude: 5, longitude: 6)))
    record.serialNumber = "SERIAL77"
    changes.inserts.append(
      PhotoChange(
        file: ListedFile(name: PathBytes(text: "p.jpg"), size: 5, mtime: 0), record: record,
        racy: false, parserVersion: 1))
    try writer.apply(changes)
    try writer.checkpoint()
    let headers = Self.bearer(try link("pit", [.folder: "secret"]))
    for (filter, count) in [
      ("folder=secret", 0), ("folder=s*/**", 0), ("folder=secret/client/pit", 0),
      ("folder=client/pit", 1), ("folder=client", 1), ("site=nas", 0), ("site=pit", 1),
      ("site=pit&folder=client/pit", 1), ("folder=**", 1), ("", 1),
    ] {
      let answer = try await place.get("/collections/photos/items?\(filter)", headers)
      #expect(try answer.json()["numberMatched"] as? Int == count, "\(filter)")
      #expect(!answer.text.contains("secret") || filter.contains("secret"))
    }
    let folders = try await place.get("/map/folders", headers).text
    #expect(folders.contains("client/pit") && !folders.contains("secret"))
    let photo = try await place.get("/map/photo/\(ids.values.max().map { $0 + 1 } ?? 0)", headers)
    #expect(photo.status == 200 && photo.text.contains("p.jpg"), "\(photo.text)")
    #expect(!photo.text.contains("secret") && !photo.text.contains("SERIAL77"))
    let owner = try await place.get(
      "/map/photo/\(ids.values.max().map { $0 + 1 } ?? 0)", Self.bearer(Place.token))
    #expect(owner.text.contains("secret/client/pit") && owner.text.contains("SERIAL77"))
  }

  @Test func withPathsShowsThem() async throws {
    let token = try link("town", [.folder: "zurich"], hasPaths: true)
    let text = try await place.get("/map/photo/\(id("zurich/DJI_0001.JPG"))", Self.bearer(token))
      .text
    for word in ["\"nas\"", "sftp://drone@nas/photos/zurich", "1581F5"] {
      #expect(text.contains(word), "\(word)")
    }
    let image = try await place.get(
      "/photos/\(id("zurich/DJI_0001.JPG"))/image", Self.bearer(token))
    #expect(image.status == 503)
    #expect(!image.text.contains("false"))
  }

  // MARK: The end of a link

  @Test func aRevokedLinkEndsAtOnce() async throws {
    let token = try link("town", [.folder: "zurich"])
    let other = try link("islands", [.folder: "fiji"])
    #expect(try await place.get("/map/points", Self.cookie(token)).status == 200)
    try file.revoke("town")
    for target in ["/map/points", "/map/config", "/photos/1/thumbnail"] {
      let answer = try await place.get(target, Self.cookie(token))
      #expect(answer.status == 401)
      #expect(answer.text.contains("This link was revoked, or it has expired."))
    }
    let page = try await place.get("/", Self.cookie(token) + [("Accept", "text/html")])
    #expect(page.status == 200 && page.text.contains("signin.js"))
    #expect(try await place.get("/map/points", Self.cookie(other)).status == 200)
    // The same name again is another link.
    _ = try link("town", [.folder: "zurich"])
    #expect(try await place.get("/map/points", Self.cookie(token)).status == 401)
  }

  @Test func anExpiredLinkIsRefused() async throws {
    let token = try link("town", [.folder: "zurich"], expires: now() + 3_600_000)
    #expect(try await place.get("/map/points", Self.cookie(token)).status == 200)
    let book = ShareBook(index: place.index)
    guard case .expired = book.find(token, now: now() + 3_600_001) else {
      Issue.record("still valid")
      return
    }
    let old = try link("old", [:], expires: now() - 1)
    #expect(try await place.get("/map/points", Self.bearer(old)).status == 401)
    #expect(book.count() == 1)
  }

  @Test(arguments: [
    "", "{", "[]", #"{"version":2,"shares":[]}"#, #"{"version":1,"shares":[{}]}"#,
    #"{"version":1,"shares":[{"name":"a","token_sha256":"00","filter":{},"created":"2024-05-01T10:00:00Z","expires":null,"with_paths":false}]}"#,
    String(repeating: " ", count: 1 << 20) + "{}",
  ])
  func aDamagedFileRefusesAllLinksAndNothingElse(content: String) async throws {
    let token = try link("town", [.folder: "zurich"])
    let good = try Data(contentsOf: URL(filePath: file.path))
    try Data(content.utf8).write(to: URL(filePath: file.path))
    let answer = try await place.get("/map/points", Self.cookie(token))
    #expect(answer.status == 503 && answer.text.contains("cannot read its links"))
    #expect(try await place.get("/map/points", Self.cookie(Place.token)).status == 200)
    #expect(throws: ShareError.self) { try file.read() }
    // What cannot be read is not replaced.
    #expect(throws: ShareError.self) { _ = try link("new", [:]) }
    try good.write(to: URL(filePath: file.path))
    #expect(try await place.get("/map/points", Self.cookie(token)).status == 200)
  }

  /// A filter of a later version must not widen a link to everything.
  @Test func unknownFiltersRefuseTheFile() async throws {
    let token = try link("town", [.folder: "zurich"])
    let text = try String(contentsOfFile: file.path, encoding: .utf8)
    try Data(text.replacing("\"folder\"", with: "\"orbit\"").utf8).write(
      to: URL(filePath: file.path))
    #expect(try await place.get("/map/points", Self.cookie(token)).status == 503)
  }

  @Test func aFileThatOthersCanWriteIsRefused() async throws {
    let token = try link("town", [.folder: "zurich"])
    let mode = try FileManager.default.attributesOfItem(atPath: file.path)[.posixPermissions]
    #expect(mode as? Int == 0o600)
    #expect(try !String(contentsOfFile: file.path, encoding: .utf8).contains(token.dropFirst(6)))
    try FileManager.default.setAttributes([.posixPermissions: 0o666], ofItemAtPath: file.path)
    #expect(try await place.get("/map/points", Self.cookie(token)).status == 503)
    try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file.path)
    #expect(try await place.get("/map/points", Self.cookie(token)).status == 200)
    let elsewhere = place.folder.file("elsewhere")
    try FileManager.default.moveItem(atPath: file.path, toPath: elsewhere)
    try FileManager.default.createSymbolicLink(
      atPath: file.path, withDestinationPath: elsewhere)
    #expect(try await place.get("/map/points", Self.cookie(token)).status == 503)
  }

  // MARK: Other servers

  /// Where everybody may read, whoever shows a link is limited to it, also when it has ended.
  @Test func aLinkLimitsOnAnOpenServerToo() async throws {
    let open = try Place(isSharing: true)
    let book = ShareFile(index: open.index)
    var words = FilterWords()
    words[.folder] = "fiji"
    let token = ShareToken.new()
    try book.add(
      Share(name: "f", token: token, words: words, created: 0, expires: nil, hasPaths: false))
    let all = try await open.get("/collections/photos/items").json()["numberMatched"] as? Int
    #expect(all == Place.allLocated)
    let few = try await open.get("/collections/photos/items", Self.cookie(token)).json()
    #expect(few["numberMatched"] as? Int == 2)
    try book.revoke("f")
    for headers in [Self.cookie(token), Self.bearer(token)] {
      #expect(try await open.get("/map/points", headers).status == 401)
    }
  }

  @Test func aServerWithoutShareAcceptsNoLink() async throws {
    for isProtected in [true, false] {
      let closed = try Place(isProtected: isProtected)
      let token = ShareToken.new()
      try ShareFile(index: closed.index).add(
        Share(name: "f", token: token, words: .init(), created: 0, expires: nil, hasPaths: true))
      let answer = try await closed.get("/map/points", Self.bearer(token))
      #expect(answer.status == 401 && answer.text.contains("does not accept links"))
    }
  }
}

/// The file of all links.
@Suite struct ShareFileTests {
  static func words(_ filter: [FilterName: [String]]) -> FilterWords {
    var words = FilterWords()
    for (name, values) in filter { words[all: name] = values }
    return words
  }

  @Test func everyFilterComesBackAsItWasStored() throws {
    let folder = try TemporaryFolder()
    let file = ShareFile(index: folder.file("index.gpkg"))
    let polygon = #"{"type":"Polygon","coordinates":[[[0,0],[1,0],[1,1],[0,0]]]}"#
    let filters: [[FilterName: [String]]] = [
      [:], [.bbox: ["179,-18,-179,-17"], .site: ["a", "é\"x"]], [.polygon: [polygon]],
      [.near: ["8,47"], .radius: ["2km"], .folder: ["a/*", "b"]],
      [.since: ["2024-05"], .until: ["2024-06-01T10:00:00Z"], .alt: ["1..2"], .relAlt: ["..9"]],
      [.fix: ["fixed", "float"], .rtkStd: ["5cm"], .camera: ["DJI*"], .present: ["true"]],
      [.missing: ["true"]], [.reason: ["no-gps"]], [.flag: ["conflict"]],
    ]
    var made: [Share] = []
    for (number, filter) in filters.enumerated() {
      let share = try Share(
        name: "link \(number)", token: ShareToken.new(), words: Self.words(filter),
        created: 1_714_557_600_123, expires: number == 1 ? 1_900_000_000_000 : nil,
        hasPaths: number == 2)
      made.append(share)
      try file.add(share)
    }
    #expect(try file.read() == made)
    #expect(try file.revoke("link 3").words == Self.words(filters[3]))
    #expect(throws: ShareError.self) { try file.revoke("link 3") }
    #expect(throws: ShareError.self) { try file.add(made[0]) }
    #expect(try file.read().count == filters.count - 1)
  }

  @Test func relativeTimesBecomeMoments() throws {
    let clock = FilterClock(milliseconds: 1_714_557_600_000, offsetMinutes: 120)
    func stored(_ filter: [FilterName: [String]]) throws -> FilterWords {
      try ShareWords.stored(Self.words(filter), now: { clock }, polygon: nil)
    }
    #expect(try stored([.since: ["1d"]])[.since] == "2024-04-30T10:00:00Z")
    #expect(try stored([.since: ["yesterday"]])[.since] == "2024-04-30T00:00:00")
    #expect(try stored([.until: ["yesterday"]])[.until] == "2024-05-01T00:00:00")
    #expect(try stored([.since: ["2024-05"]])[.since] == "2024-05")
    #expect(throws: ShareError.self) { _ = try stored([.limit: ["5"]]) }
  }

  @Test(arguments: ["", "-x", "a\nb", String(repeating: "n", count: 101), "\u{202E}x"])
  func refusesNamesThatAPageCannotShow(name: String) {
    #expect(throws: ShareError.self) {
      _ = try Share(
        name: name, token: ShareToken.new(), words: .init(), created: 0, expires: nil,
        hasPaths: false)
    }
  }

  @Test func parallelChangesLoseNoLink() async throws {
    let folder = try TemporaryFolder()
    let file = ShareFile(index: folder.file("index.gpkg"))
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in 0..<20 {
        group.addTask {
          try file.add(
            Share(
              name: "link \(number)", token: ShareToken.new(), words: .init(), created: 0,
              expires: nil, hasPaths: false))
        }
      }
      try await group.waitForAll()
    }
    #expect(try file.read().count == 20)
  }
}
