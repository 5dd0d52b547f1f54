import ArgumentParser
import PhotoModel

/// The filters of all commands that list photos or folders. A photo must match all of them.
struct FilterOptions: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Only photos in this box: degrees, longitude first, edges inclusive. W > E crosses the "
        + "antimeridian. Four words or a JSON array work, too.", valueName: "W,S,E,N"))
  var bbox: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Only photos around this point; needs --radius.", valueName: "LON,LAT"))
  var near: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Distance around --near, such as 200m or 1.5km.", valueName: "DISTANCE"))
  var radius: String?

  @Option(
    help: ArgumentHelp(
      "Only photos inside the polygons of this GeoJSON file.", valueName: "FILE.geojson"),
    completion: .file())
  var polygon: String?

  @Option(
    help: ArgumentHelp("Only photos of this site.", valueName: "NAME"),
    completion: Completions.sites)
  var site: String?

  @Option(
    help: ArgumentHelp(
      "Only photos in matching folders: * and ? match inside a name, ** across folders.",
      valueName: "GLOB"),
    completion: Completions.folders)
  var folder: String?

  @Option(
    help: ArgumentHelp(
      "Only photos taken at this time or later: a date or a date-time, UTC when it has no zone. "
        + "Photos without a known zone are compared by their local time.", valueName: "T"))
  var since: String?

  @Option(
    help: ArgumentHelp(
      "Only photos taken before this time; a date includes its day.", valueName: "T"))
  var until: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Only photos at this altitude in metres, such as 100..250, 100.. or ..250.",
      valueName: "MIN..MAX"))
  var alt: String?

  @Option(
    help: ArgumentHelp(
      "Only photos with this position quality: none, single, float or fixed.", valueName: "FIX"),
    completion: .list(FixQuality.allCases.map(\.rawValue)))
  var fix: String?

  @Option(
    help: ArgumentHelp(
      "Only photos with this flag: \(FilterOptions.flagNames). Repeatable; all must match.",
      valueName: "NAME"), completion: Completions.flags)
  var flag: [String] = []

  @Option(
    parsing: .unconditional, help: ArgumentHelp("Return at most this many.", valueName: "N"))
  var limit: String?

  static let flagNames = PhotoFlags.names.map(\.name).joined(separator: ", ")

  var words: FilterWords {
    var words = FilterWords()
    words[.bbox] = bbox
    words[.near] = near
    words[.radius] = radius
    words[.polygon] = polygon
    words[.site] = site
    words[.folder] = folder
    words[.since] = since
    words[.until] = until
    words[.alt] = alt
    words[.fix] = fix
    words[all: .flag] = flag
    words[.limit] = limit
    return words
  }

  func filter() throws -> PhotoFilter { try words.filter() }
}

extension FilterWords {
  /// The checked filter; reads the polygon file.
  func filter() throws -> PhotoFilter {
    try FilterGrammar.filter(self, polygons: PolygonFile.read)
  }
}
