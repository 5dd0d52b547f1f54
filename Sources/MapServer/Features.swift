import GeoFormats
import PhotoIndex
import PhotoModel

/// The collections `photos` and `folders` of OGC API Features – Part 1: Core (OGC 17-069r4).
struct Features {
  /// `http://host:port` as the client requested it.
  let root: String
  let reader: IndexReader
  let visible: Visible

  static let geoJSON = "application/geo+json"
  static let openAPI = "application/vnd.oai.openapi+json;version=3.0"
  static let largestPage = 10_000
  static let defaultPage = 10

  enum Collection: String, CaseIterable {
    case photos, folders

    var title: String {
      switch self {
      case .photos: "Photos with a position"
      case .folders: "Folders with extent and photo counts"
      }
    }
  }

  // MARK: Metadata

  static func landing(root: String) -> JSONText {
    var json = JSONText()
    json.beginObject()
    json.member("title", .text("gpsindex"))
    json.member("description", .text("Positions of photos."))
    json.links([
      ("self", "\(root)/?f=json", "application/json", "This document"),
      ("alternate", "\(root)/?f=html", "text/html", "The map"),
      ("service-desc", "\(root)/api", openAPI, "API definition"),
      ("conformance", "\(root)/conformance", "application/json", "Conformance classes"),
      ("data", "\(root)/collections", "application/json", "Collections"),
    ])
    json.endObject()
    return json
  }

  static var conformance: JSONText {
    var json = JSONText()
    json.beginObject()
    json.key("conformsTo")
    json.beginArray()
    for part in ["core", "oas30", "geojson"] {
      json.value("http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/\(part)")
    }
    json.endArray()
    json.endObject()
    return json
  }

  // MARK: Collections

  func collections() throws -> JSONText {
    var json = JSONText()
    json.beginObject()
    json.links([("self", "\(root)/collections", "application/json", "This document")])
    let extent = try self.extent()
    json.key("collections")
    json.beginArray()
    let shown = visible.share == nil ? Collection.allCases : [.photos]
    for collection in shown { append(collection, extent, to: &json) }
    json.endArray()
    json.endObject()
    return json
  }

  func collection(_ collection: Collection) throws -> JSONText {
    var json = JSONText()
    append(collection, try extent(), to: &json)
    return json
  }

  private func extent() throws -> BoundingBox? {
    // That of the whole index.
    if visible.share != nil { return nil }
    // GDAL 3.6 shows a box whose west is greater than its east turned inside out.
    let boxes = try reader.folders().compactMap(\.extent?.hull)
    guard let first = boxes.first else { return nil }
    return boxes.dropFirst().reduce(first) { $0.union($1) }
  }

  private func append(_ collection: Collection, _ extent: BoundingBox?, to json: inout JSONText) {
    let address = "\(root)/collections/\(collection.rawValue)"
    json.beginObject()
    json.member("id", .text(collection.rawValue))
    json.member("title", .text(collection.title))
    json.member("itemType", .text("feature"))
    json.key("crs")
    json.beginArray()
    json.value(FilterParameters.crs)
    json.endArray()
    if let extent {
      json.key("extent")
      json.beginObject()
      json.key("spatial")
      json.beginObject()
      json.key("bbox")
      json.beginArray()
      json.box(extent)
      json.endArray()
      json.member("crs", .text(FilterParameters.crs))
      json.endObject()
      json.endObject()
    }
    json.links([
      ("self", address, "application/json", "This collection"),
      ("items", "\(address)/items", Self.geoJSON, collection.title),
    ])
    json.endObject()
  }

  // MARK: Items

  func items(_ collection: Collection, _ request: MapRequest) throws -> MapResponse {
    let parameters = try FilterParameters(request, others: Set(FilterParameters.Other.allCases))
    let size = min(parameters.filter.limit ?? Self.defaultPage, Self.largestPage)
    let start = Array(#"{"type":"FeatureCollection","features":["#.utf8)
    var page =
      switch collection {
      case .photos: try photos(parameters, size, behind: start)
      case .folders: try folders(parameters, size, behind: start)
      }
    // One array without copies: a page may have megabytes.
    var body: [UInt8] = []
    swap(&body, &page.bytes)
    // Each feature begins with a comma.
    if body.count > start.count { body.remove(at: start.count) }
    body += Array("\n],".utf8)
    var rest = JSONText()
    rest.beginObject()
    rest.member("timeStamp", FieldValue(ISOTime.text(milliseconds: now())))
    rest.member("numberMatched", .integer(Int64(page.matched)))
    rest.member("numberReturned", .integer(Int64(page.returned)))
    rest.links(pageLinks(collection, request, parameters.offset, size, page.matched))
    rest.endObject()
    body += rest.bytes.dropFirst()
    return MapResponse(200, Self.geoJSON, body)
  }

  func item(_ collection: Collection, _ name: String) throws -> MapResponse {
    guard let id = Int64(name) else { return .notFound }
    var features: [UInt8] = []
    switch collection {
    case .photos:
      guard let row = try visible.photo(id, reader) else { return .notFound }
      features = try Self.geoJSON(behind: []) { try $0.write(row) }
    case .folders:
      guard let row = try reader.folders().first(where: { $0.id == id }) else { return .notFound }
      features = Self.feature(row)
    }
    // Each feature begins with a comma and a line feed. A single feature has links after its own members.
    var rest = JSONText()
    rest.beginObject()
    let address = "\(root)/collections/\(collection.rawValue)"
    rest.links([
      ("self", "\(address)/items/\(id)", Self.geoJSON, "This feature"),
      ("collection", address, "application/json", collection.title),
    ])
    rest.endObject()
    let body = features.dropFirst(2).dropLast() + [UInt8(ascii: ",")] + rest.bytes.dropFirst()
    return MapResponse(200, Self.geoJSON, Array(body))
  }

  private typealias Page = (bytes: [UInt8], matched: Int, returned: Int)

  private func photos(
    _ parameters: FilterParameters, _ size: Int, behind start: [UInt8]
  ) throws -> Page {
    var filter = visible.limited(parameters.filter)
    filter.limit = size
    var page = PhotoPage(matched: 0, returned: 0)
    // Reserved memory costs nothing until it is written; growing an array doubles it.
    let bytes = try Self.geoJSON(
      behind: start, capacity: size * 600, withReason: filter.which != .located
    ) { writer in
      page = try reader.page(filter, offset: parameters.offset, detail: .shown) {
        try writer.write(visible.shown($0))
      }
    }
    return (bytes, page.matched, page.returned)
  }

  /// Features as exports write them, each after a comma and a line feed.
  private static func geoJSON(
    behind start: [UInt8], capacity: Int = 0, withReason: Bool = false,
    _ write: (inout any RowWriter) throws -> Void
  ) throws -> [UInt8] {
    var bytes = start
    bytes.reserveCapacity(start.count + capacity)
    var options = FormatOptions()
    options.includesReason = withReason
    var writer = makeWriter(.geojson, options: options) { bytes.append(contentsOf: $0) }
    writer.beginPart()
    try write(&writer)
    try writer.endPart()
    return bytes
  }

  /// Folders whose rectangle touches the box and that contain a photo matching all other filters. A folder has no time, and its
  /// counts always include all its photos.
  private func folders(
    _ parameters: FilterParameters, _ size: Int, behind start: [UInt8]
  ) throws -> Page {
    var filter = PhotoFilter()
    filter.sites = parameters.filter.sites
    filter.folderGlobs = parameters.filter.folderGlobs
    let boxes = parameters.filter.box?.parts
    let holding = try foldersHolding(parameters.filter)
    let rows = try reader.folders(filter).filter { row in
      guard holding?.contains(row.id) ?? true else { return false }
      guard let boxes else { return true }
      guard let extent = row.extent else { return false }
      return extent.pieces.contains { piece in
        boxes.contains { $0.intersection(piece) != nil }
      }
    }
    let shown = rows.dropFirst(parameters.offset).prefix(size)
    var bytes = start
    for row in shown { bytes += Self.feature(row) }
    return (bytes, rows.count, shown.count)
  }

  /// Folders with a photo that matches all filters except box and time; nil without such a filter.
  private func foldersHolding(_ filter: PhotoFilter) throws -> Set<Int64>? {
    var filter = filter
    filter.box = nil
    filter.takenSince = nil
    filter.takenUntil = nil
    filter.limit = nil
    var free = PhotoFilter()
    free.sites = filter.sites
    free.folderGlobs = filter.folderGlobs
    if filter == free { return nil }
    // Counts do not depend on `which`.
    let rows = try reader.folders(filter).filter {
      filter.which != .missing || $0.withoutPosition + $0.failed > 0
    }
    return Set(rows.map(\.id))
  }

  private static func feature(_ row: FolderRow) -> [UInt8] {
    var json = JSONText()
    json.beginObject()
    json.member("type", .text("Feature"))
    json.member("id", .integer(row.id))
    json.key("geometry")
    if let box = row.extent { json.multiRectangle(box) } else { json.null() }
    json.key("properties")
    json.beginObject()
    json.member("site", .text(row.site))
    json.member("folder", .text(row.folder))
    json.counts(row.photos, row.located, row.withoutPosition, row.failed)
    json.endObject()
    json.endObject()
    return Array(",\n".utf8) + json.bytes
  }

  private func pageLinks(
    _ collection: Collection, _ request: MapRequest, _ offset: Int, _ size: Int, _ matched: Int
  ) -> [JSONText.Link] {
    let address = "\(root)/collections/\(collection.rawValue)"
    func page(_ offset: Int) -> String {
      let kept = request.parameters.filter { !["limit", "offset"].contains($0.name) }
      let all = kept + [("limit", String(size))] + (offset > 0 ? [("offset", String(offset))] : [])
      return "\(address)/items?"
        + all.map { "\(escaped($0.0))=\(escaped($0.1))" }.joined(separator: "&")
    }
    var links: [JSONText.Link] = [("self", page(offset), Self.geoJSON, "This page")]
    let (next, overflow) = offset.addingReportingOverflow(size)
    if !overflow, next < matched { links.append(("next", page(next), Self.geoJSON, "Next page")) }
    if offset > 0 {
      links.append(("prev", page(max(0, offset - size)), Self.geoJSON, "Previous page"))
    }
    links.append(("collection", address, "application/json", collection.title))
    return links
  }
}
