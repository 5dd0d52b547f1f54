import ArgumentParser
import PhotoModel
import Platform

/// Sites as plain words, in front of the filters.
struct SiteArguments: ParsableArguments {
  @Argument(
    help: ArgumentHelp("Only photos of these sites, as --site.", valueName: "SITE"),
    completion: Completions.sites)
  var siteNames: [String] = []
}

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
    help: ArgumentHelp("Only photos of this site. Repeatable; any matches.", valueName: "NAME"),
    completion: Completions.sites)
  var site: [String] = []

  @Option(
    help: ArgumentHelp(
      "Only photos in matching folders: * and ? match inside a name, ** across folders. Without them, "
        + "the folder and all below it. Repeatable; any matches.",
      valueName: "GLOB"),
    completion: Completions.folders)
  var folder: [String] = []

  @Option(
    help: ArgumentHelp(
      "Only photos taken at this time or later. A date means the camera's local day; a date-time with "
        + "a zone means that moment, without one the camera's clock. Or today, yesterday, 7d, 12h.",
      valueName: "T"))
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
    name: .customLong("rel-alt"), parsing: .unconditional,
    help: ArgumentHelp(
      "Only photos at this height above the take-off point, in metres.", valueName: "MIN..MAX"))
  var relAlt: String?

  @Option(
    help: ArgumentHelp(
      "Only photos with this position quality: none, single, float or fixed. Repeatable; any matches.",
      valueName: "FIX"),
    completion: .list(FixQuality.allCases.map(\.rawValue)))
  var fix: [String] = []

  @Option(
    name: .customLong("rtk-std"), parsing: .unconditional,
    help: ArgumentHelp(
      "Only photos whose RTK standard deviations are all known and at most this, such as 0.05 (metres) "
        + "or 5cm.", valueName: "MAX"))
  var rtkStd: String?

  @Option(
    help: ArgumentHelp(
      "Only photos of this camera: make, model, or both; * and ? match anything, ASCII case is ignored. "
        + "Repeatable; any matches.", valueName: "GLOB"))
  var camera: [String] = []

  @Option(
    help: ArgumentHelp(
      "Only photos with this flag: \(FilterOptions.flagNames). Repeatable; all must match.",
      valueName: "NAME"), completion: Completions.flags)
  var flag: [String] = []

  @Flag(help: "Leave out photos whose files are gone (flag file-gone).")
  var present = false

  @Option(
    parsing: .unconditional, help: ArgumentHelp("Return at most this many.", valueName: "N"))
  var limit: String?

  static let flagNames = PhotoFlags.names.map(\.name).joined(separator: ", ")

  func words(_ sites: SiteArguments) -> FilterWords {
    var words = words
    words[all: .site] = sites.siteNames + words[all: .site]
    return words
  }

  var words: FilterWords {
    var words = FilterWords()
    words[.bbox] = bbox
    words[.near] = near
    words[.radius] = radius
    words[.polygon] = polygon
    words[all: .site] = site
    words[all: .folder] = folder
    words[.since] = since
    words[.until] = until
    words[.alt] = alt
    words[.relAlt] = relAlt
    words[all: .fix] = fix
    words[.rtkStd] = rtkStd
    words[all: .camera] = camera
    words[.present] = present ? "true" : nil
    words[all: .flag] = flag
    words[.limit] = limit
    return words
  }
}

extension FilterWords {
  /// The checked filter; reads the polygon file.
  func filter() throws -> PhotoFilter {
    try FilterGrammar.filter(self, now: FilterClock.init, polygons: PolygonFile.read)
  }
}

extension FilterClock {
  /// This machine's clock and time zone.
  init() {
    let now = SystemClock.wallMilliseconds()
    self.init(
      milliseconds: now, offsetMinutes: SystemClock.offsetMinutes(atSecond: now / 1000))
  }
}
