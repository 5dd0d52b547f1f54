import PhotoModel

/// `/photos/ID/thumbnail`, `/photos/ID/preview`, `/photos/ID/image`.
extension MapService {
  func picture(
    _ path: [String], _ request: MapRequest, _ visible: Visible
  ) async throws -> MapResponse {
    guard let photo = Int64(path[1]),
      let kind = PictureKind.allCases.first(where: { $0.name == path[2] })
    else { return .notFound }
    if visible.share != nil {
      let isVisible = try await read(isLarge: false) {
        try !visible.visible([photo], $0).isEmpty
      }
      guard isVisible else { return .notFound }
    }
    let known = Self.tag(of: request)
    switch await pictures.get(photo, kind, known: known) {
    case .picture(let bytes, let tag):
      return MapResponse(200, "image/jpeg", bytes, headers: Self.caching(tag))
    case .known(let tag):
      return MapResponse(304, "image/jpeg", [], headers: Self.caching(tag))
    case .failure(let failure):
      let response = Self.response(failure)
      if visible.share == nil { return response }
      // Messages name hosts, users and paths.
      return response.status == 404
        ? .failure(404, "NoPicture", "this photo has no such picture")
        : .failure(response.status, "Unavailable", "the picture cannot be read now")
    }
  }

  /// The browser asks again after five minutes, and gets a short answer while the photo is the same.
  private static func caching(_ tag: UInt64) -> [(name: String, value: String)] {
    [("ETag", "\"\(String(tag, radix: 16))\""), ("Cache-Control", "private, max-age=300")]
  }

  /// Of `If-None-Match`; 0: none that this server has made.
  private static func tag(of request: MapRequest) -> UInt64 {
    guard var text = request.header("if-none-match")?[...] else { return 0 }
    if text.hasPrefix("W/") { text = text.dropFirst(2) }
    guard text.hasPrefix("\""), text.hasSuffix("\""), text.count > 2 else { return 0 }
    return UInt64(text.dropFirst().dropLast(), radix: 16) ?? 0
  }

  private static func response(_ failure: PictureFailure) -> MapResponse {
    let (status, code) =
      switch failure.kind {
      case .noPhoto: (404, "NotFound")
      case .noPicture: (404, "NoPicture")
      case .changed: (404, "PhotoChanged")
      case .gone: (404, "PhotoGone")
      case .unreadable: (404, "PermissionDenied")
      case .notAPicture: (404, "NotAJPEG")
      case .tooLong: (404, "TooLong")
      case .unreachable: (503, "Unreachable")
      case .refused: (503, "LoginRefused")
      case .hostKey: (503, "HostKey")
      case .timeout: (504, "Timeout")
      case .busy, .cancelled: (503, "Busy")
      case .serverError: (503, "ServerError")
      }
    let advice = failure.advice.isEmpty ? "" : "; try: \(failure.advice)"
    return .failure(status, code, failure.message + advice)
  }

  private static let mostAhead = 500

  /// `POST /photos/ahead?ids=1,2,3`: thumbnails that are about to be shown.
  func readAhead(_ request: MapRequest, _ visible: Visible) async throws -> MapResponse {
    let text = request.parameters.first { $0.name == "ids" }?.value ?? ""
    let ids = text.split(separator: ",").map { Int64($0) }
    guard request.parameters.count == 1, !ids.isEmpty, ids.count <= Self.mostAhead,
      !ids.contains(nil)
    else { throw BadRequest("ids must be 1…\(Self.mostAhead) numbers of photos") }
    var photos = ids.compactMap(\.self)
    if visible.share != nil {
      photos = try await read(isLarge: false) { [photos] in try visible.visible(photos, $0) }
    }
    if !photos.isEmpty { pictures.readAhead(photos) }
    return MapResponse(202, "application/json", Array("{}\n".utf8))
  }
}
