import Platform
import GeoFormats
import PhotoIndex
import PhotoModel
package import TileFiles

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// The settings of the server.
package struct MapSettings: Sendable {
  package var index: String
  /// The URL of the tiles, such as `https://host/{z}/{x}/{y}.png`, and their attribution.
  package var tiles: String?
  package var attribution: String?
  package var leaflet: Leaflet
  /// The server answers `/photos/ID/thumbnail`, `preview` and `image`. Without it the page shows no pictures.
  package var hasPictures = false
  /// The user's own tiles, at `/basemap/ZOOM/X/Y`.
  package var basemap: TileFile?

  package init(index: String, leaflet: Leaflet, tiles: String? = nil, attribution: String? = nil) {
    self.index = index
    self.leaflet = leaflet
    self.tiles = tiles
    self.attribution = attribution
  }
}

/// Makes every response of the server, without a socket.
package struct MapService: Sendable {
  private let settings: MapSettings
  private let access: AccessControl
  private let workers: Workers
  private let control: SyncControl
  private let watch: SyncWatch
  let pictures: PictureReading

  package init(
    settings: MapSettings, access: AccessControl, workers: Workers, control: SyncControl,
    pictures: PictureReading
  ) {
    self.pictures = pictures
    self.settings = settings
    self.access = access
    self.workers = workers
    self.control = control
    watch = SyncWatch(path: settings.index, workers: workers, control: control)
  }

  package func answer(_ request: MapRequest) async -> MapResponse {
    var response: MapResponse
    switch access.decide(request) {
    case .refused(let refusal): response = refusal
    case .granted(.nobody): response = start(request, isKnown: false, "") ?? .notFound
    case .granted(.owner): response = await answer(request, .everything)
    case .granted(.share(let share)): response = await answer(request, Visible(share: share))
    }
    let own = Set(response.headers.map { $0.name })
    response.headers += securityHeaders.filter { !own.contains($0.name) }
    return response
  }

  private func answer(_ request: MapRequest, _ visible: Visible) async -> MapResponse {
    guard visible.allows(request) else {
      return .failure(403, "Forbidden", "a link shows photos only, and changes nothing")
    }
    do {
      return try await route(request, visible)
    } catch {
      return visible.share == nil ? Self.failure(error) : Self.failureForLink(error)
    }
  }

  /// Keeps a `gpsindex watch` of all sites running until ``close()``.
  package func watch(every interval: String) async throws {
    try await control.watch(every: interval)
  }

  /// Ends event streams, and the syncs that this server started.
  package func close() async {
    pictures.close()
    await watch.close()
    await control.stopAll()
  }

  static func failure(_ error: any Error) -> MapResponse {
    switch error {
    case let error as BadRequest:
      return .failure(400, "InvalidParameterValue", error.message)
    case let error as IndexError where error.kind == .notFound:
      return .failure(404, "NotFound", error.message)
    case let error as IndexError where error.kind == .invalid:
      return .failure(400, "InvalidParameterValue", error.message)
    case let error as IndexError where error.kind == .interrupted:
      return .failure(503, "TooMuchWork", "the query exceeds its time limit; narrow the filter")
    case let error as IndexError:
      return .failure(503, "IndexUnavailable", error.message)
    default: return .failure(500, "ServerError", "\(error)")
    }
  }

  /// Without the words of the index, which name files and sites.
  private static func failureForLink(_ error: any Error) -> MapResponse {
    let full = failure(error)
    switch full.status {
    case 400 where error is BadRequest: return full
    case 400: return .failure(400, "InvalidParameterValue", "a filter is not valid")
    case 404: return .notFound
    default: return .failure(full.status, "Unavailable", "the server cannot answer now")
    }
  }

  /// Pages run only scripts of this server and send no third-party requests, except for tiles that the user configured.
  private var securityHeaders: [(name: String, value: String)] {
    let tiles = settings.tiles.flatMap(Self.origin).map { " \($0)" } ?? ""
    let policy =
      "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
      + "img-src 'self' data:\(tiles); base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    return [
      ("Content-Security-Policy", policy), ("X-Content-Type-Options", "nosniff"),
      ("X-Frame-Options", "DENY"), ("Referrer-Policy", "no-referrer"),
      ("Cross-Origin-Resource-Policy", "same-origin"),
      ("Cross-Origin-Opener-Policy", "same-origin"), ("Cache-Control", "no-store"),
    ]
  }

  /// `https://host:port` of a tile URL; a variable part of the host becomes `*`.
  static func origin(_ address: String) -> String? {
    guard let scheme = ["https://", "http://"].first(where: address.hasPrefix) else { return nil }
    var host = address.dropFirst(scheme.count).prefix { $0 != "/" }
    if host.hasPrefix("{s}.") { host = "*." + host.dropFirst(4) }
    let allowed = host.allSatisfy {
      $0.isASCII && ($0.isLetter || $0.isNumber || "-.:*[]".contains($0))
    }
    return allowed && !host.isEmpty ? scheme + host : nil
  }

  // MARK: Routes

  private func route(_ request: MapRequest, _ visible: Visible) async throws -> MapResponse {
    if request.method == "POST" { return try await post(request, visible) }
    // The Host header has been checked.
    let root = "http://\(request.header("host") ?? "")"
    let path = request.path
    switch (path.first, path.count) {
    case (nil, _): return start(request, isKnown: true, root) ?? .notFound
    case ("assets", 2): return Assets.file(path[1]) ?? .notFound
    case ("leaflet", 2): return settings.leaflet.file(path[1]) ?? .notFound
    case ("basemap", 4): return try await tile(path.dropFirst().compactMap { Int($0) })
    case ("conformance", 1): return .json(Features.conformance)
    case ("api", 1): return MapResponse(200, Features.openAPI, OpenAPIDocument.bytes)
    case ("collections", 1): return try await ask(root, visible) { .json(try $0.collections()) }
    case ("collections", _):
      guard let collection = Features.Collection(rawValue: path[1]) else { return .notFound }
      switch (path.count, path.dropFirst(2).first) {
      case (2, _): return try await ask(root, visible) { .json(try $0.collection(collection)) }
      case (3, "items"): return try await ask(root, visible) { try $0.items(collection, request) }
      case (4, "items"): return try await ask(root, visible) { try $0.item(collection, path[3]) }
      default: return .notFound
      }
    case ("photos", 3): return try await picture(path, request, visible)
    case ("map", 2...3): return try await map(Array(path.dropFirst()), request, visible)
    default: return .notFound
    }
  }

  /// - Returns: nil for the files of the sign-in page, which need no token.
  private func start(_ request: MapRequest, isKnown: Bool, _ root: String) -> MapResponse? {
    if !request.path.isEmpty { return Assets.file(request.path[request.path.count - 1]) }
    let format = request.parameters.first { $0.name == "f" }?.value
    let wantsPage =
      format.map { $0 == "html" } ?? request.headers["accept"]?.contains {
        $0.contains("text/html")
      }
      ?? false
    if wantsPage { return isKnown ? Assets.page : Assets.signIn }
    guard isKnown else {
      return .failure(401, "Unauthorized", "the token is required: Authorization: Bearer TOKEN")
    }
    return .json(Features.landing(root: root))
  }

  private func tile(_ place: [Int]) async throws -> MapResponse {
    guard let file = settings.basemap, place.count == 3 else { return .notFound }
    let tile = try await workers.run { try file.tile(zoom: place[0], x: place[1], y: place[2]) }
    return tile.map { MapResponse(200, $0.type, $0.bytes) } ?? .notFound
  }

  private func ask(
    _ root: String, _ visible: Visible, _ body: @escaping @Sendable (Features) throws -> MapResponse
  ) async throws -> MapResponse {
    try await read { try body(Features(root: root, reader: $0, visible: visible)) }
  }

  /// More than any query of a large index takes. Longer queries would delay other clients.
  private static let longestAnswer = Duration.seconds(60)

  /// Opens a reader for one query, which is interrupted when the client disconnects.
  ///
  /// - Parameter isLarge: the response grows with the index.
  func read<R: Sendable>(
    isLarge: Bool = true, _ body: @escaping @Sendable (IndexReader) throws -> R
  ) async throws -> R {
    let path = settings.index
    return try await workers.run(
      isLarge: isLarge,
      stoppable: { stop in
        try body(try .forResponse(path, until: stop, within: Self.longestAnswer))
      })
  }

  // MARK: Requests of the page

  private func map(
    _ path: [String], _ request: MapRequest, _ visible: Visible
  ) async throws -> MapResponse {
    switch (path[0], path.count) {
    case ("config", 1): return PageAnswers.config(settings, visible)
    case ("points", 1):
      let filter = try visible.filter(request)
      let bytes = try await read { try PointsResponse.bytes(filter, $0) }
      return MapResponse(200, "application/octet-stream", bytes)
    case ("findings", 1):
      let filter = try visible.filter(request)
      return try await read { try FindingsResponse.answer(filter, $0, visible) }
    case ("folders", 1):
      let filter = try visible.filter(request)
      return try await read { try PageAnswers.folders(filter, $0, visible) }
    case ("photo", 2):
      guard let id = Int64(path[1]) else { return .notFound }
      return try await read(isLarge: false) { try PageAnswers.photo(id, $0, visible) }
    case ("names", 1):
      let ids = try PageAnswers.ids(request)
      return try await read(isLarge: false) { try PageAnswers.names(ids, $0, visible) }
    case ("missing", 1):
      let filter = try visible.filter(request)
      return try await read { try PageAnswers.missing(filter, $0, visible) }
    case ("download", 1):
      return try Downloads.answer(request, index: settings.index, visible)
    case ("events", 1):
      guard let events = await watch.listen() else {
        return .failure(503, "Busy", "too many pages are connected")
      }
      return MapResponse(200, "text/event-stream", .events(events))
    default: return .notFound
    }
  }

  // MARK: Actions

  private func post(_ request: MapRequest, _ visible: Visible) async throws -> MapResponse {
    if request.path == ["session"] {
      let cookie = access.cookie(request)
      return MapResponse(204, "text/plain", [], headers: [("Set-Cookie", cookie)])
    }
    if request.path == ["photos", "ahead"] { return try await readAhead(request, visible) }
    guard visible.share == nil, request.path.count == 2, request.path[0] == "map" else {
      return .notFound
    }
    guard request.parameters.count == 1, request.parameters[0].name == "site" else {
      throw BadRequest("the parameter site is required")
    }
    let site = request.parameters[0].value
    switch request.path[1] {
    case "sync":
      _ = try await read(isLarge: false) { try $0.site(named: site) }
      do throws(SyncControl.Refusal) {
        try await control.start(site)
        return MapResponse(202, "application/json", Array("{}\n".utf8))
      } catch {
        switch error {
        case .runsAlready:
          return .failure(409, "Conflict", "a sync of this site is already running")
        case .tooMany: return .failure(503, "Busy", "too many syncs are running; try again later")
        case .cannotStart(let why): return .failure(500, "ServerError", why)
        }
      }
    case "cancel":
      guard await control.cancel(site) else {
        return .failure(409, "Conflict", "this server runs no sync of this site")
      }
      return MapResponse(202, "application/json", Array("{}\n".utf8))
    default: return .notFound
    }
  }
}

/// Milliseconds since 1970 UTC.
func now() -> Int64 {
  SystemClock.wallMilliseconds()
}
