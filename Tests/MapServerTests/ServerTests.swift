import Foundation
import PhotoIndex
import TestSupport
import Testing

@testable import MapServer

/// The real program, with its socket.
@Suite struct ServerTests {
  static let programs = URL(filePath: CommandLine.arguments[0]).standardizedFileURL
    .deletingLastPathComponent()
  static let gpsindex = programs.appending(path: "gpsindex").path
  static let hasLeaflet = Leaflet() != nil

  /// `gpsindex serve` until the test is over.
  final class Serving {
    let command: RunningCommand
    /// `http://127.0.0.1:port`.
    let root: String
    let token: String
    var port: Int { Int(root.split(separator: ":").last ?? "") ?? 0 }

    init(_ index: String, _ more: String..., environment: [String: String] = [:]) throws {
      let running = try Command.start(
        ServerTests.gpsindex, ["serve", "--listen", "127.0.0.1:0", "--index", index] + more,
        environment: ["PATH": "/usr/bin:/bin", "HOME": "/nowhere"].merging(environment) { $1 })
      command = running
      _ = Poll.until(seconds: 60) { running.outputSoFar.contains(0x0A) || !running.isRunning }
      let line = String(decoding: running.outputSoFar, as: UTF8.self)
      let parts = line.split(separator: "/#token=")
      try #require(
        parts.count == 2, "\(line)\(String(decoding: running.errorsSoFar, as: UTF8.self))")
      root = String(parts[0])
      token = parts[1].trimmingCharacters(in: .newlines)
    }

    deinit {
      command.send(signal: SIGTERM)
      _ = command.result(timeout: 60)
    }

    /// Sends bytes unchanged, and reads until the server closes the connection, or for a minute.
    func exchange(_ request: String) throws -> String {
      try ServerTests.exchange(request, port: port)
    }

    func get(_ target: String, _ headers: String = "") throws -> String {
      try exchange(
        "GET \(target) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nConnection: close\r\n\(headers)\r\n")
    }
  }

  #if canImport(Darwin)
    static let (streamType, noSignal) = (SOCK_STREAM, Int32(0))
  #else
    static let streamType = Int32(SOCK_STREAM.rawValue)
    static let noSignal = Int32(MSG_NOSIGNAL)
  #endif

  static func exchange(_ request: String, port: Int) throws -> String {
    let handle = socket(AF_INET, streamType, 0)
    defer { close(handle) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(UInt16(port).bigEndian)
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    let connected = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(handle, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard connected == 0 else { throw TestSupportError("no connection") }
    var patience = timeval(tv_sec: 60, tv_usec: 0)
    setsockopt(
      handle, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    var rest = Array(request.utf8)[...]
    while !rest.isEmpty {
      let sent = rest.withUnsafeBytes { send(handle, $0.baseAddress, $0.count, noSignal) }
      if sent <= 0 { break }
      rest = rest.dropFirst(sent)
    }
    var answer: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = recv(handle, &chunk, chunk.count, 0)
      if count == 0 || count < 0 && errno == ECONNRESET { break }
      if count < 0 { return "(open) " + String(decoding: answer, as: UTF8.self) }
      answer += chunk[..<count]
    }
    return String(decoding: answer, as: UTF8.self)
  }

  @Test(.enabled(if: hasLeaflet)) func servesPageAndDataOverTheSocket() throws {
    let place = try Place()
    let server = try Serving(place.index)
    #expect(try server.get("/", "Accept: text/html\r\n").contains("<div id=\"map\""))
    #expect(try server.get("/leaflet/leaflet.js").contains("Leaflet"))
    #expect(try server.get("/collections/photos/items?limit=1").contains("\"numberMatched\":14"))
    #expect(try server.get("/map/download?site=nas").hasSuffix("0\r\n\r\n"))
    #expect(!server.token.isEmpty && server.root.hasPrefix("http://127.0.0.1:"))
  }

  @Test(.enabled(if: hasLeaflet)) func s17_limitsRequestSize() throws {
    let place = try Place()
    let server = try Serving(place.index)
    let start = "GET / HTTP/1.1\r\nHost: 127.0.0.1:\(server.port)\r\n"
    let long = String(repeating: "a", count: 40_000)
    for request in [
      "GET /\(long) HTTP/1.1\r\nHost: x\r\n\r\n", "\(start)X: \(long)\r\n\r\n",
      start + (0..<100).map { "X\($0): y\r\n" }.joined() + "\r\n",
      "POST /map/sync?site=nas HTTP/1.1\r\nHost: 127.0.0.1:\(server.port)\r\nContent-Length: 50000\r\n\r\n\(long)\(long)",
      "nonsense\r\n\r\n", "GET / HTTP/9.9\r\n\r\n",
    ] {
      let answer = try server.exchange(request)
      #expect(
        !answer.hasPrefix("(open)") && !answer.contains(" 200 "), "\(request.prefix(40)): \(answer)"
      )
    }
    #expect(try server.get("/conformance").contains(" 200 "))
  }

  @Test func s17_closesSlowRequests() async throws {
    let workers = Workers(threads: 1)
    let listener = try await MapListener.bind(
      address: "127.0.0.1", port: 0, workers: workers, .init(request: .seconds(1)), .init())
    let place = try Place()
    let task = Task { try await listener.run(place.service) }
    let port = listener.port
    let answer = try await workers.run {
      try ServerTests.exchange("GET / HTTP/1.1\r\nHost: 127", port: port)
    }
    #expect(answer.isEmpty)
    task.cancel()
  }

  @Test(
    .enabled(if: hasLeaflet),
    .enabled(if: FileManager.default.fileExists(atPath: "/proc/net/tcp"), "needs /proc"))
  func s17_listensOnLoopbackOnly() throws {
    let place = try Place()
    let server = try Serving(place.index)
    // Reading the table can miss lines while other sockets open and close, so it is read several times.
    var listening: Set<String> = []
    for _ in 0..<5 {
      #expect(
        Poll.until(seconds: 60) {
          let found = Self.listeningAddresses(of: server.command.pid)
          listening.formUnion(found)
          return !found.isEmpty
        })
    }
    #expect(listening == ["0100007F:" + String(format: "%04X", server.port)])
  }

  /// Listening addresses of the process, in the form of /proc/net/tcp and tcp6.
  private static func listeningAddresses(of pid: Int32) -> Set<String> {
    let files = "/proc/\(pid)/fd"
    let names = (try? FileManager.default.contentsOfDirectory(atPath: files)) ?? []
    let own = Set(
      names.compactMap {
        try? FileManager.default.destinationOfSymbolicLink(atPath: "\(files)/\($0)")
      })
    var found: Set<String> = []
    for table in ["tcp", "tcp6"] {
      let text = (try? String(contentsOfFile: "/proc/\(pid)/net/\(table)", encoding: .utf8)) ?? ""
      for line in text.split(separator: "\n").dropFirst() {
        // proc(5): number, local address, remote address, state (0A listens), …, the tenth is the inode.
        let fields = line.split(separator: " ").map(String.init)
        if fields.count > 9, fields[3] == "0A", own.contains("socket:[\(fields[9])]") {
          found.insert(fields[1])
        }
      }
    }
    return found
  }

  @Test(arguments: [
    (["--listen", "0.0.0.0:0"], 64, "--expose"), (["--listen", "192.0.2.1:80"], 64, "--expose"),
    (["--listen", "nowhere"], 64, "ADDRESS:PORT"),
    (["--listen", "127.0.0.1:99999"], 64, "ADDRESS:PORT"),
    (["--tiles", "ftp://x"], 64, "--tiles"),
    (["--basemap", "/nowhere/a.mbtiles"], 66, "/nowhere/a.mbtiles: No such file"),
    (["--basemap", "/etc/passwd"], 66, "neither MBTiles nor PMTiles"),
    (["--basemap", "a", "--tiles", "http://h/{z}/{x}/{y}"], 64, "cannot be combined"),
    (["--index", "/nowhere/x.gpkg"], 66, "no index"),
  ])
  func startupErrorsHaveTheirExitCode(
    arguments: [String], status: Int32, words: String
  ) throws {
    let place = try Place()
    let result = try Command.run(
      Self.gpsindex, ["serve"] + arguments, environment: ["GPSINDEX_INDEX": place.index])
    #expect(result.exitCode == status && result.stdout.isEmpty)
    #expect(result.errorText.contains(words) && result.errorText.contains("\ntry: "))
  }

  @Test(.enabled(if: hasLeaflet), arguments: [(SIGINT, 130), (SIGTERM, 143)] as [(Int32, Int32)])
  func signalsEndTheServer(signal: Int32, status: Int32) throws {
    let place = try Place()
    let server = try Serving(place.index)
    // A listening page does not delay the end.
    let port = server.port
    Thread {
      _ = try? ServerTests.exchange(
        "GET /map/events HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\n\r\n", port: port)
    }
    .start()
    _ = try server.get("/map/config")
    server.command.send(signal: signal)
    let result = server.command.result(timeout: 60)
    #expect(result.exitCode == status && result.errorText.isEmpty, "\(result.errorText)")
  }

  /// Inside of an SSH session the server says how a browser elsewhere reaches it.
  @Test(.enabled(if: hasLeaflet)) func sessionsOfSSHGetTheirCommand() throws {
    let place = try Place()
    let server = try Serving(
      place.index,
      environment: ["SSH_CONNECTION": "203.0.113.9 51000 192.0.2.7 22", "USER": "pilot"])
    server.command.send(signal: SIGTERM)
    let text = server.command.result(timeout: 60).errorText
    let port = server.port
    #expect(
      text
        == "gpsindex: to open it from your own machine, run there: ssh -L \(port):127.0.0.1:\(port) pilot@192.0.2.7\n"
    )
  }

  @Test(.enabled(if: hasLeaflet)) func usedPortEndsWithBusy() throws {
    let place = try Place()
    let server = try Serving(place.index)
    let second = try Command.run(
      Self.gpsindex, ["serve", "--listen", "127.0.0.1:\(server.port)", "--index", place.index])
    #expect(second.exitCode == 75)
    #expect(
      second.errorText == """
        gpsindex: cannot listen on 127.0.0.1 port \(server.port): another program uses this port, perhaps another gpsindex serve
        try: --listen 127.0.0.1:0, for any free port

        """)
  }

  /// Requests of GDAL, which QGIS uses.
  @Test(.enabled(if: hasLeaflet && Command.find("ogrinfo") != nil))
  func gdalReadsTheCollections() throws {
    let place = try Place(photos: 2500)
    let server = try Serving(place.index)
    func ogrinfo(_ more: String...) throws -> String {
      let result = try Command.run(
        Command.find("ogrinfo") ?? "", ["-ro"] + ["OAPIF:\(server.root)"] + more)
      #expect(result.exitCode == 0, "\(result.errorText)")
      return result.text
    }
    let photos = try ogrinfo("photos", "-so")
    #expect(photos.contains("Feature Count: \(2500 + Place.allLocated)"), "\(photos)")
    #expect(photos.contains("Geometry: Point") && photos.contains("Extent: (-180.0"))
    // All pages, not only the first.
    let all = try Command.run(
      Command.find("ogr2ogr") ?? "",
      ["-f", "CSV", "/vsistdout/", "OAPIF:\(server.root)", "photos"])
    #expect(all.text.split(separator: "\n").count >= 2501 + Place.allLocated - 2)
    let box = try ogrinfo("photos", "-so", "-spat", "8", "47", "9", "48")
    #expect(box.contains("Feature Count: 3"))
    let folders = try ogrinfo("folders", "-so")
    // A folder across 180° is a MultiPolygon, the others are Polygons.
    #expect(folders.contains("Feature Count: 4") && !folders.contains("Geometry: Point"))
    let parts = try Command.run(
      Command.find("ogr2ogr") ?? "",
      ["-f", "GeoJSONSeq", "/vsistdout/", "OAPIF:\(server.root)", "folders"])
    #expect(parts.text.contains("\"MultiPolygon\"") && parts.text.contains("\"Polygon\""))
  }

  /// A POST with the token starts a sync as a child process.
  @Test(.enabled(if: hasLeaflet)) func pageStartsASync() throws {
    let place = try Place()
    let photos = try place.folder.folder("photos")
    let count = try SiteBuilder(photos: 20, folders: 2, fileSize: 20_000, seed: 3).write(to: photos)
      .count
    let added = try Command.run(
      Self.gpsindex, ["site", "add", "local", photos, "--index", place.index],
      environment: ["HOME": "/nowhere"])
    #expect(added.exitCode == 0, "\(added.errorText)")
    let server = try Serving(place.index)
    let request =
      "POST /map/sync?site=local HTTP/1.1\r\nHost: 127.0.0.1:\(server.port)\r\nConnection: close\r\n"
      + "Content-Type: application/json\r\nContent-Length: 2\r\n"
    #expect(try server.exchange(request + "\r\n{}").contains(" 401 "))
    let answer = try server.exchange(request + "Authorization: Bearer \(server.token)\r\n\r\n{}")
    #expect(answer.contains(" 202 "), "\(answer)")
    let reader = { try IndexReader(path: place.index) }
    let site = try reader().site(named: "local")
    #expect(Poll.until(seconds: 60) { (try? reader().lastAttempt(site)?.outcome) == .complete })
    #expect(try reader().status(site: "local").first?.photos == count)
  }
}

extension ServerTests {
  /// The real programs: a link works until it is revoked, and nobody reads without a token.
  @Test(.enabled(if: hasLeaflet)) func serveShareAcceptsLinksUntilTheyAreRevoked() throws {
    let place = try Place()
    func gpsindex(_ words: String...) throws -> String {
      let result = try Command.run(Self.gpsindex, words + ["--index", place.index])
      try #require(result.exitCode == 0, "\(result.errorText)")
      return String(decoding: result.stdout, as: UTF8.self)
    }
    let link = try gpsindex("share", "add", "islands", "--folder", "fiji")
    let token = try #require(link.split(separator: "=").last).trimmingCharacters(in: .newlines)
    let header = "Authorization: Bearer \(token)\r\n"
    let server = try Serving(place.index, "--share")
    #expect(try server.get("/conformance").contains(" 401 "))
    let items = "/collections/photos/items"
    #expect(try server.get(items, header).contains("\"numberMatched\":2"))
    #expect(
      try server.get(items, "Authorization: Bearer \(server.token)\r\n")
        .contains("\"numberMatched\":14"))
    #expect(try server.get("/map/events", header).contains(" 403 "))
    _ = try gpsindex("share", "revoke", "islands")
    #expect(try server.get(items, header).contains(" 401 "))
    let closed = try Serving(place.index)
    #expect(try closed.get(items, header).contains("does not accept links"))
    #expect(try closed.get(items).contains("\"numberMatched\":14"))
  }
}
