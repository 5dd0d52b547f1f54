import Foundation
import PhotoIndex
import PhotoModel
import TestSupport
import Testing

@testable import MapServer

/// Pictures over HTTP: the real programs, and a folder of photos.
@Suite(.enabled(if: ServerTests.hasLeaflet)) struct PictureTests {
  private let folder: TemporaryFolder
  private let root: String
  private let index: String

  init() throws {
    folder = try TemporaryFolder("gpsindex-map-pictures")
    root = folder.file("photos")
    index = folder.file("index.gpkg")
    _ = try SiteBuilder(photos: 4, folders: 1, fileSize: 60_000, seed: 2).write(to: root)
    let result = try Command.run(
      ServerTests.gpsindex, ["sync", root, "--index", index, "-q", "--progress", "none"])
    try #require(result.exitCode == 0, "\(result.errorText)")
  }

  private func thumbnail(_ id: Int64) throws -> [UInt8] {
    let row = try #require(try IndexReader(path: index).photo(id: id))
    let place = try #require(row.record.thumbnail)
    let file = try Data(contentsOf: URL(filePath: "\(root)/\(row.path)"))
    return Array(file[Int(place.offset)..<Int(place.offset + place.length)])
  }

  /// Status line and headers, and the body's bytes.
  private static func get(
    _ server: ServerTests.Serving, _ target: String, _ headers: [String] = []
  ) throws -> (head: String, body: [UInt8]) {
    let curl = try #require(Command.find("curl"))
    let words = headers.flatMap { ["-H", $0] }
    let result = try Command.run(
      curl, ["-s", "-i", "--max-time", "60", "--path-as-is"] + words + [server.root + target])
    let end = Array("\r\n\r\n".utf8)
    guard let split = result.stdout.firstRange(of: end) else { return ("", []) }
    return (
      String(decoding: result.stdout[..<split.lowerBound], as: UTF8.self),
      Array(result.stdout[split.upperBound...])
    )
  }

  @Test(.enabled(if: Command.find("curl") != nil))
  func aThumbnailIsServedAsItStandsInTheFile() throws {
    let server = try ServerTests.Serving(index)
    let (head, body) = try Self.get(server, "/photos/1/thumbnail")
    #expect(try head.hasPrefix("HTTP/1.1 200") && body == thumbnail(1), "\(head)")
    for line in [
      "Content-Type: image/jpeg", "X-Content-Type-Options: nosniff", "Cache-Control: private",
      "default-src 'none'", "Cross-Origin-Resource-Policy: same-origin",
    ] {
      #expect(head.contains(line), "\(line)")
    }
    #expect(!head.contains("no-store"))
    let tag = try #require(
      head.split(separator: "\r\n").first { $0.hasPrefix("ETag: ") }?.dropFirst(6))
    let again = try Self.get(server, "/photos/1/thumbnail", ["If-None-Match: \(tag)"])
    #expect(again.head.hasPrefix("HTTP/1.1 304") && again.body.isEmpty)
    let other = try Self.get(server, "/photos/2/thumbnail", ["If-None-Match: \(tag)"])
    #expect(try other.head.hasPrefix("HTTP/1.1 200") && other.body == thumbnail(2))
    let whole = try Self.get(server, "/photos/1/image")
    let row = try #require(try IndexReader(path: index).photo(id: 1))
    #expect(whole.body == Array(try Data(contentsOf: URL(filePath: "\(root)/\(row.path)"))))
  }

  #if os(Linux)
    /// A client that waits for the end of its connection would wait for the child, too, and a child keeps no port.
    @Test(.enabled(if: Command.find("curl") != nil && Command.find("pgrep") != nil))
    func theProcessThatReadsPicturesHasNoSocketOfTheServer() throws {
      let server = try ServerTests.Serving(index)
      #expect(try Self.get(server, "/photos/1/thumbnail").body == thumbnail(1))
      let children = try Command.run(
        try #require(Command.find("pgrep")), ["-P", String(server.command.pid)])
      let child = try #require(children.text.split(separator: "\n").first)
      let folder = "/proc/\(child)/fd"
      let opened = try FileManager.default.contentsOfDirectory(atPath: folder).compactMap {
        try? FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/\($0)")
      }
      #expect(opened.count > 2 && !opened.contains { $0.hasPrefix("socket:") }, "\(opened)")
    }
  #endif

  /// The same ids name other photos in the index that takes its place.
  @Test(.enabled(if: Command.find("curl") != nil))
  func anIndexThatIsReplacedIsReadAnew() throws {
    let server = try ServerTests.Serving(index)
    #expect(try Self.get(server, "/photos/1/thumbnail").body == thumbnail(1))
    let (other, next) = (folder.file("other"), folder.file("next.gpkg"))
    _ = try SiteBuilder(photos: 4, folders: 1, fileSize: 60_000, seed: 3).write(to: other)
    let result = try Command.run(
      ServerTests.gpsindex, ["sync", other, "--index", next, "-q", "--progress", "none"])
    #expect(result.exitCode == 0, "\(result.errorText)")
    let row = try #require(try IndexReader(path: next).photo(id: 1))
    try #require(rename(next, index) == 0)
    let image = try Self.get(server, "/photos/1/image")
    #expect(image.body == Array(try Data(contentsOf: URL(filePath: "\(other)/\(row.path)"))))
  }

  @Test(
    .enabled(if: Command.find("curl") != nil),
    arguments: [
      ("/photos/99/thumbnail", "404", "NotFound"), ("/photos/1/preview", "404", "NoPicture"),
      ("/photos/3/thumbnail", "404", "PhotoGone"), ("/photos/4/thumbnail", "404", "PhotoChanged"),
      ("/photos/x/thumbnail", "404", "NotFound"), ("/photos/1/other", "404", "NotFound"),
      ("/photos/-1/thumbnail", "404", "NotFound"),
      ("/photos/9223372036854775808/thumbnail", "404", "NotFound"),
      ("/photos/1/thumbnail/..", "404", "NotFound"),
    ])
  func whereThereIsNoPictureTheReasonIsJSON(target: String, status: String, code: String) throws {
    let rows = try IndexReader(path: index)
    let files = FileManager.default
    try files.removeItem(atPath: "\(root)/\(try #require(try rows.photo(id: 3)).path)")
    try Data("another".utf8).write(
      to: URL(filePath: "\(root)/\(try #require(try rows.photo(id: 4)).path)"))
    let server = try ServerTests.Serving(index)
    let (head, body) = try Self.get(server, target)
    #expect(head.hasPrefix("HTTP/1.1 \(status)") && head.contains("application/json"), "\(head)")
    let json = try JSONSerialization.jsonObject(with: Data(body)) as? [String: Any]
    #expect(json?["code"] as? String == code)
    #expect((json?["description"] as? String)?.isEmpty == false)
  }

  @Test(.enabled(if: Command.find("curl") != nil))
  func aServerThatCannotBeReachedIsAnError() throws {
    // Nobody listens on port 1.
    let writer = try IndexWriter(path: index)
    let site = try #require(try writer.sites().first)
    var moved = site
    moved.location = "sftp://drone@127.0.0.1:1/photos"
    try writer.updateSite(moved)
    let server = try ServerTests.Serving(index)
    let (head, body) = try Self.get(server, "/photos/1/thumbnail")
    #expect(head.hasPrefix("HTTP/1.1 503"), "\(head)")
    #expect(String(decoding: body, as: UTF8.self).contains("\"Unreachable\""))
  }

  @Test(.enabled(if: Command.find("curl") != nil))
  func picturesFollowTheRulesOfOtherData() throws {
    let server = try ServerTests.Serving(index, "--ask-token")
    #expect(try Self.get(server, "/photos/1/thumbnail").head.hasPrefix("HTTP/1.1 401"))
    let token = "Authorization: Bearer \(server.token)"
    #expect(try Self.get(server, "/photos/1/thumbnail", [token]).head.hasPrefix("HTTP/1.1 200"))
    let foreign = [token, "Sec-Fetch-Site: cross-site", "Sec-Fetch-Dest: image"]
    #expect(try Self.get(server, "/photos/1/thumbnail", foreign).head.hasPrefix("HTTP/1.1 403"))
    let rebound = [token, "Host: evil.example"]
    #expect(try Self.get(server, "/photos/1/thumbnail", rebound).head.hasPrefix("HTTP/1.1 403"))
  }

  @Test(.enabled(if: Command.find("curl") != nil))
  func thumbnailsAreReadAheadIntoTheCache() throws {
    let server = try ServerTests.Serving(index)
    let curl = try #require(Command.find("curl"))
    func post(_ target: String, _ token: String) throws -> String {
      try Command.run(
        curl,
        [
          "-s", "-o", "/dev/null", "-w", "%{http_code}", "-X", "POST", "-H",
          "Content-Type: application/json", "-H", "Authorization: Bearer \(token)",
          server.root + target,
        ]
      ).text
    }
    #expect(try post("/photos/ahead?ids=1,2", "wrong") == "401")
    for wrong in ["", "ids=", "ids=x", "ids=1,,x", "ids=" + String(repeating: "1,", count: 501)] {
      #expect(try post("/photos/ahead?\(wrong)", server.token) == "400", "\(wrong)")
    }
    #expect(try post("/photos/ahead?ids=1,2,3,4", server.token) == "202")
    let sqlite = try #require(Command.find("sqlite3"))
    #expect(
      Poll.until(seconds: 60) {
        let found = try? Command.run(
          sqlite, ["-readonly", index + ".pictures", "SELECT count(*) FROM picture"])
        return found?.text == "4\n"
      })
    try FileManager.default.removeItem(atPath: root)
    #expect(try Self.get(server, "/photos/2/thumbnail").head.hasPrefix("HTTP/1.1 200"))
  }
}
