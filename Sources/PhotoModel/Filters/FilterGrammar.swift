/// The names of filters: options of the command line, parameters of the map and of OGC API Features.
package enum FilterName: String, CaseIterable, Sendable {
  case bbox, near, radius, polygon, site, folder, since, until, alt
  case relAlt = "rel-alt"
  case fix
  case rtkStd = "rtk-std"
  case camera, flag, present, limit, reason, missing
}

/// One filter of ``FilterGrammar``.
package struct FilterEntry: Sendable {
  /// The type of its value, as an API description states it; of one that repeats, that of each value.
  package enum Value: Sendable {
    case text(longest: Int? = nil)
    case numbers(ClosedRange<Int>)
    case count
    case flag
    /// One of these values.
    case choice([String])
  }

  package let name: FilterName
  /// What it takes, as help texts write it.
  package let takes: String
  package let value: Value
  /// It can be given more than once.
  package let repeats: Bool
  /// One sentence for an API description.
  package let about: String
  fileprivate let read: @Sendable (FilterInput, inout PhotoFilter) throws -> Void

  fileprivate init(
    _ name: FilterName, takes: String, _ value: Value = .text(), repeats: Bool = false,
    about: String, read: @escaping @Sendable (FilterInput, inout PhotoFilter) throws -> Void
  ) {
    self.name = name
    self.takes = takes
    self.value = value
    self.repeats = repeats
    self.about = about
    self.read = read
  }

  /// Values of a choice have no commas, so that several may stand in one text, separated by them.
  package var isCommaList: Bool {
    if case .choice = value { repeats } else { false }
  }
}

/// What an entry sees: its own words, and those of the entries that it depends on.
private struct FilterInput {
  var words: FilterWords
  var now: () -> FilterClock
  var polygons: (String) throws -> Polygons

  subscript(name: FilterName) -> String? { words[name] }
}

/// The one grammar of all filters, from text to a checked ``PhotoFilter``. Sans I/O.
package enum FilterGrammar {
  /// The checked filter; the first fault in the order of ``entries`` is thrown.
  ///
  /// - Parameters:
  ///   - now: asked for relative times only.
  ///   - polygons: reads the value of ``FilterName/polygon``, which is a file for one caller and GeoJSON for another; what
  ///     it throws is thrown on.
  /// - Throws: ``FilterError``, and what `polygons` throws.
  package static func filter(
    _ words: FilterWords, now: @escaping () -> FilterClock,
    polygons: @escaping (String) throws -> Polygons
  ) throws -> PhotoFilter {
    var filter = PhotoFilter()
    let input = FilterInput(words: words, now: now, polygons: polygons)
    for entry in entries { try entry.read(input, &filter) }
    return filter
  }

  /// One for each name.
  package static let entries = places + times + values + rows

  private static let places: [FilterEntry] = [
    FilterEntry(
      .bbox, takes: "W,S,E,N", .numbers(4...6),
      about: "west,south,east,north in degrees; west > east crosses the antimeridian"
    ) { input, filter in
      filter.box = try input[.bbox].map(FilterPlaces.box)
    },
    FilterEntry(
      .near, takes: "LON,LAT", .numbers(2...2),
      about: "longitude,latitude in degrees; needs radius"
    ) { input, filter in
      guard let near = input[.near] else { return }
      guard let radius = input[.radius] else {
        throw FilterError(
          "\(.near) needs \(.radius)", advice: FilterValues.both(near: near))
      }
      filter.near = PhotoFilter.Near(
        center: try FilterPlaces.point(near), radius: try FilterPlaces.distance(radius))
    },
    FilterEntry(
      .radius, takes: "DISTANCE",
      about: "Distance around near, such as 200m or 1.5km"
    ) { input, _ in
      guard input[.radius] == nil || input[.near] != nil else {
        throw FilterError(
          "\(.radius) needs \(.near)", advice: FilterValues.both(near: "LON,LAT"))
      }
    },
    FilterEntry(
      .polygon, takes: "GeoJSON",
      about: "GeoJSON with a Polygon or MultiPolygon; positions inside it"
    ) { input, filter in
      filter.polygon = try input[.polygon].map(input.polygons)
    },
    FilterEntry(
      .site, takes: "NAME", repeats: true,
      about: "Name of a site; any of the names matches"
    ) { input, filter in filter.sites = FilterValues.distinct(input.words[all: .site]) },
    FilterEntry(
      .folder, takes: "GLOB", .text(longest: FilterValues.longestFolder), repeats: true,
      about:
        "Folder pattern: * and ? match inside a name, ** across folders. Without them the folder and all below it. "
        + "Any of the patterns matches"
    ) { input, filter in
      filter.folderGlobs = FilterValues.distinct(
        try input.words[all: .folder].map(FilterValues.folder))
    },
  ]

  private static let times: [FilterEntry] = [
    FilterEntry(
      .since, takes: "T",
      about:
        "Taken at this time or later. A date, or a date-time without zone: by the camera's clock. 7d: so long ago"
    ) { input, filter in
      filter.takenSince = try input[.since].map {
        try FilterTime.span($0, of: FilterName.since.rawValue, now: input.now).start
      }
    },
    FilterEntry(
      .until, takes: "T",
      about: "Taken before this time; a date includes its day"
    ) { input, filter in
      // A date means its whole day, a date-time the instant.
      let span = try input[.until].map {
        try FilterTime.span($0, of: FilterName.until.rawValue, now: input.now)
      }
      filter.takenUntil = span.map { $0.isInstant ? $0.start : $0.end }
      if let since = filter.takenSince, let until = filter.takenUntil, since.isBehind(until) {
        guard span?.isInstant != true || since.milliseconds != until.milliseconds else {
          throw FilterError(
            "\(.until) is no later than \(.since)",
            advice: "a later \(.until), which does not count itself")
        }
        throw FilterError("\(.until) lies before \(.since)", advice: "exchange the two")
      }
    },
  ]

  private static let values: [FilterEntry] = [
    FilterEntry(
      .alt, takes: "MIN..MAX",
      about: "MIN..MAX in metres"
    ) { input, filter in
      filter.altitude = try input[.alt].map { try FilterPlaces.altitudes($0, .alt) }
    },
    FilterEntry(
      .relAlt, takes: "MIN..MAX",
      about: "MIN..MAX in metres above the take-off point"
    ) { input, filter in
      filter.relativeAltitude = try input[.relAlt].map { try FilterPlaces.altitudes($0, .relAlt) }
    },
    FilterEntry(
      .fix, takes: "FIX", .choice(FixQuality.allCases.map(\.rawValue)), repeats: true,
      about: "Position quality; any of the values matches"
    ) { input, filter in
      filter.fixes = Set(try input.words[all: .fix].map(FilterValues.fix))
    },
    FilterEntry(
      .rtkStd, takes: "MAX",
      about:
        "The standard deviations of RTK are known and at most this, such as 0.05 (metres) or 5cm"
    ) { input, filter in
      filter.rtkDeviation = try input[.rtkStd].map(FilterPlaces.deviation)
    },
    FilterEntry(
      .camera, takes: "GLOB", .text(longest: PhotoFilter.longestCameraGlob), repeats: true,
      about: "Pattern for make, model, or both: * and ? match anything; any of the patterns matches"
    ) { input, filter in
      filter.cameraGlobs = try FilterValues.cameras(input.words[all: .camera])
    },
    FilterEntry(
      .flag, takes: "NAME", .choice(PhotoFlags.names.map(\.name)), repeats: true,
      about: "Names of flags; all must match"
    ) { input, filter in
      for name in input.words[all: .flag] { filter.flags.insert(try FilterValues.flag(name)) }
    },
    FilterEntry(
      .present, takes: "true or false", .flag,
      about: "true: without photos whose files are gone"
    ) { input, filter in
      filter.isPresent = try input[.present].map { try FilterValues.isTrue($0, .present) } ?? false
    },
  ]

  private static let rows: [FilterEntry] = [
    FilterEntry(
      .limit, takes: "N", .count,
      about: "At most this many features"
    ) { input, filter in
      filter.limit = try input[.limit].map(FilterValues.limit)
    },
    FilterEntry(
      .reason, takes: "NAME", .choice(FilterValues.reasons), repeats: true,
      about: "Photos without a position, with this reason; any of the values matches"
    ) { input, filter in
      filter.reasons = FilterValues.distinct(
        try input.words[all: .reason].map(FilterValues.reason))
      if filter.reasons.isEmpty { return }
      try input.words.refusePlaces(for: "\(.reason)")
      filter.which = .missing
    },
    FilterEntry(
      .missing, takes: "true or false", .flag,
      about: "true: photos without a position instead"
    ) { input, filter in
      guard let text = input[.missing], try FilterValues.isTrue(text, .missing) else { return }
      try input.words.refusePlaces(for: "\(.missing)")
      filter.which = .missing
    },
  ]
}
