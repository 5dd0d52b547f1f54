package import GeoFormats

package struct MapResponse: Sendable {
  package var status: Int
  package var headers: [(name: String, value: String)]
  package var body: Body

  /// Writes a response to a sink, until the flag is set.
  package typealias Producer =
    @Sendable (_ sink: @escaping ByteSink, _ stop: StopFlag) throws -> Void

  package enum Body: Sendable {
    case bytes([UInt8])
    /// Written in blocks by a thread of its own; the sink waits for slow readers, and throws when they disconnect.
    case written(Producer)
    /// An endless stream of events.
    case events(AsyncStream<[UInt8]>)
  }

  package init(
    _ status: Int, _ type: String, _ body: [UInt8], headers: [(name: String, value: String)] = []
  ) {
    self.init(status, type, .bytes(body), headers: headers)
  }

  package init(
    _ status: Int, _ type: String, _ body: Body, headers: [(name: String, value: String)] = []
  ) {
    self.status = status
    self.headers = [("Content-Type", type)] + headers
    self.body = body
  }

  static func json(_ text: JSONText, type: String = "application/json") -> MapResponse {
    MapResponse(200, type, text.bytes)
  }

  /// An exception of OGC API Features (OGC 17-069r4 §7.5.1): a code and a message.
  static func failure(_ status: Int, _ code: String, _ description: String) -> MapResponse {
    var json = JSONText()
    json.beginObject()
    json.member("code", .text(code))
    json.member("description", .text(description))
    json.endObject()
    return MapResponse(status, "application/json", json.bytes)
  }

  static let notFound = failure(404, "NotFound", "no resource at this address")
}

/// An invalid request; the status is 400.
struct BadRequest: Error, Equatable {
  var message: String
  init(_ message: String) { self.message = message }
}
