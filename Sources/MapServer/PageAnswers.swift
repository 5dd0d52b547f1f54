import GeoFormats
import PhotoIndex
import PhotoModel
import ShareLinks
import TileFiles

/// What the page asks beside the points: its configuration, folders, and photos one by one.
enum PageAnswers {
  static func config(_ settings: MapSettings, _ visible: Visible) -> MapResponse {
    var json = JSONText()
    json.beginObject()
    if let share = visible.share {
      json.key("share")
      json.beginObject()
      json.member("name", .text(share.name))
      json.member("expires", share.expires.map { .time($0) } ?? .null)
      json.member("paths", .flag(share.hasPaths))
      json.endObject()
    } else {
      json.member("index", .text(settings.index))
    }
    json.member("tiles", FieldValue(settings.tiles))
    json.member("attribution", FieldValue(settings.attribution))
    if let zooms = settings.basemap?.zooms {
      json.key("basemap")
      json.beginObject()
      json.member("min", .integer(Int64(zooms.lowerBound)))
      json.member("max", .integer(Int64(zooms.upperBound)))
      json.endObject()
    }
    json.member("pictures", .flag(settings.hasPictures))
    json.key("flags")
    json.beginArray()
    for flag in PhotoFlags.names { json.value(flag.name) }
    json.endArray()
    json.endObject()
    return .json(json)
  }

  /// Names of all flights of an index of a million photos; the tree of the page is virtual.
  private static let mostFolders = 20_000

  static func folders(
    _ filter: PhotoFilter, _ reader: IndexReader, _ visible: Visible
  ) throws -> MapResponse {
    let rows = try reader.folders(filter)
    var json = JSONText()
    json.beginObject()
    json.member("total", .integer(Int64(rows.count)))
    json.key("folders")
    json.beginArray()
    for row in rows.prefix(mostFolders) {
      json.beginObject()
      json.member("id", .integer(row.id))
      json.member("site", .text(visible.site(row.site)))
      json.member("folder", .text(visible.folder(row.folder)))
      json.counts(row.photos, row.located, row.withoutPosition, row.failed)
      if let extent = row.extent {
        json.key("bbox")
        json.box(extent)
      }
      json.endObject()
    }
    json.endArray()
    json.endObject()
    return .json(json)
  }

  static func photo(
    _ id: Int64, _ reader: IndexReader, _ visible: Visible
  ) throws -> MapResponse {
    try reader.reading {
      guard let row = try visible.photo(id, reader) else { return .notFound }
      let state = try reader.state(of: id)
      // The name of another file.
      let sidecar = visible.hidesPaths ? nil : state?.sidecar
      let details = PhotoDetails(
        row, parserVersion: state?.parserVersion, racy: state?.racy, sidecar: sidecar,
        missingSince: state?.missingSince)
      return MapResponse(200, "application/json", Array(details.json().utf8))
    }
  }

  // MARK: Names

  static let mostNames = 200

  /// `id=1,2,3`.
  static func ids(_ request: MapRequest) throws(BadRequest) -> [Int64] {
    guard request.parameters.count == 1, request.parameters[0].name == "id" else {
      throw BadRequest("the parameter id is required; try: id=1,2")
    }
    let words = request.parameters[0].value.split(separator: ",", omittingEmptySubsequences: false)
    let ids = words.prefix(mostNames + 1).compactMap { Int64($0) }
    guard ids.count == words.count, ids.count <= mostNames else {
      throw BadRequest("id must be a list of at most \(mostNames) numbers")
    }
    return ids
  }

  /// File names, and what the field of view follows from; unknown ids are left out.
  static func names(
    _ ids: [Int64], _ reader: IndexReader, _ visible: Visible
  ) throws -> MapResponse {
    try reader.reading {
      var json = JSONText()
      json.beginArray()
      for id in try visible.visible(ids, reader) {
        guard let row = try reader.photo(id: id) else { continue }
        json.beginObject()
        json.member("id", .integer(row.id))
        json.member("file", .text(row.file))
        json.member("focal35", FieldValue(row.record.focalLength35))
        json.member("width", FieldValue(row.record.pixelWidth.map(Int64.init)))
        json.member("height", FieldValue(row.record.pixelHeight.map(Int64.init)))
        json.endObject()
      }
      json.endArray()
      return .json(json)
    }
  }

  // MARK: Photos without a position

  static let mostMissing = 5000

  /// The first of the photos without a position, each with its reason; `total` counts all of them.
  static func missing(
    _ filter: PhotoFilter, _ reader: IndexReader, _ visible: Visible
  ) throws -> MapResponse {
    var filter = filter
    filter.which = .missing
    return try reader.reading {
      var json = JSONText()
      json.beginObject()
      // A geographic filter matches located photos only.
      let isGeographic = filter.isGeographic
      json.member("total", .integer(isGeographic ? 0 : Int64(try reader.count(filter))))
      json.key("photos")
      json.beginArray()
      filter.limit = isGeographic ? 0 : min(filter.limit ?? mostMissing, mostMissing)
      try reader.photos(filter, detail: .shown) { row in
        json.beginObject()
        json.member("id", .integer(row.id))
        json.member("site", .text(visible.site(row.site)))
        json.member("folder", .text(visible.folder(row.folder)))
        json.member("file", .text(row.file))
        json.member("status", .text(row.record.outcome.status))
        json.member("reason", FieldValue(row.record.outcome.reason))
        json.member("taken", FieldValue(row.record.takenLocal))
        json.member("gone", .flag(row.record.flags.contains(.fileGone)))
        json.endObject()
      }
      json.endArray()
      json.endObject()
      return .json(json)
    }
  }
}
