import PhotoIndex
import PhotoModel
import ShareLinks

/// What a request may see of the index: everything, or what a link shows.
struct Visible: Sendable {
  /// nil: everything.
  let share: Share?

  static let everything = Visible(share: nil)

  /// Site names, whole folders, URLs and serial numbers are left out.
  var hidesPaths: Bool { share.map { !$0.hasPaths } ?? false }

  // MARK: Requests

  /// Requests of a link; all others are refused. A path that is not listed here was not reviewed for links.
  func allows(_ request: MapRequest) -> Bool {
    if share == nil { return true }
    if request.method == "POST" {
      return request.path == ["session"] || request.path == ["photos", "ahead"]
    }
    let path = request.path
    switch (path.first, path.count) {
    case (nil, _), ("assets", 2), ("leaflet", 2), ("basemap", 4), ("conformance", 1), ("api", 1),
      ("collections", 1):
      return true
    case ("collections", 2...4): return path[1] == Features.Collection.photos.rawValue
    case ("photos", 3):
      // The file itself contains the serial number of the camera.
      return ["thumbnail", "preview"].contains(path[2]) || path[2] == "image" && !hidesPaths
    case ("map", 2):
      return ["config", "points", "findings", "folders", "names", "missing", "download"]
        .contains(path[1])
    case ("map", 3): return path[1] == "photo"
    default: return false
    }
  }

  // MARK: Photos

  /// The filter of a request, limited to what is visible.
  func filter(_ request: MapRequest) throws -> PhotoFilter {
    limited(try FilterParameters(request).filter)
  }

  func limited(_ filter: PhotoFilter) -> PhotoFilter {
    guard let share else { return filter }
    var filter = filter
    if hidesPaths {
      // A pattern for the hidden part of a path would tell it letter by letter.
      filter.matchesTails = true
      if !filter.sites.isEmpty, !filter.sites.contains(where: share.name.hasSameBytes) {
        filter.within += Self.nothing
      }
      filter.sites = []
    }
    filter.within.append(share.filter)
    return filter
  }

  /// No photo passes both.
  private static let nothing: [PhotoFilter] = {
    var (located, missing) = (PhotoFilter(), PhotoFilter())
    located.which = .located
    missing.which = .missing
    return [located, missing]
  }()

  /// Those of the photos that exist and are visible.
  func visible(_ ids: [Int64], _ reader: IndexReader) throws -> [Int64] {
    guard let share else { return ids }
    return try reader.passing(ids, share.filter)
  }

  /// A photo that is not visible is like one that does not exist.
  func photo(_ id: Int64, _ reader: IndexReader) throws -> PhotoRow? {
    guard try !visible([id], reader).isEmpty else { return nil }
    return try reader.photo(id: id).map(shown)
  }

  // MARK: Words

  func shown(_ row: PhotoRow) -> PhotoRow {
    guard hidesPaths else { return row }
    var row = row
    row.site = site(row.site)
    row.folder = folder(row.folder)
    row.folderURL = ""
    row.record.serialNumber = nil
    return row
  }

  /// The name of the link stands for all sites.
  func site(_ name: String) -> String {
    guard let share, hidesPaths else { return name }
    return share.name
  }

  func folder(_ path: String) -> String { hidesPaths ? PhotoRow.folderTail(path) : path }
}
