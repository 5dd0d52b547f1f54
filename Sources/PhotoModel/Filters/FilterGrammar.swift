/// The names of filters: options of the command line, parameters of the map and of OGC API Features.
package enum FilterName: String, CaseIterable, Sendable {
  case bbox, near, radius, polygon, site, folder, since, until, alt, fix, flag, limit, reason
  case missing
}

/// One filter of ``FilterGrammar``.
package struct FilterEntry: Sendable {
  /// The type of its value, as an API description states it.
  package enum Value: Sendable {
    case text(longest: Int? = nil)
    case numbers(ClosedRange<Int>)
    case count
    case flag
    /// One of these values; `isList`: the filter repeats, and all must match.
    case choice([String], isList: Bool = false)
  }

  package let name: FilterName
  /// What it takes, as help texts write it.
  package let takes: String
  package let value: Value
  /// One sentence for an API description.
  package let about: String
  fileprivate let read: @Sendable (FilterInput, inout PhotoFilter) throws -> Void

  fileprivate init(
    _ name: FilterName, takes: String, _ value: Value = .text(), about: String,
    read: @escaping @Sendable (FilterInput, inout PhotoFilter) throws -> Void
  ) {
    self.name = name
    self.takes = takes
    self.value = value
    self.about = about
    self.read = read
  }

  /// It can be given more than once; all values must match.
  package var repeats: Bool {
    if case .choice(_, let isList) = value { isList } else { false }
  }
}

/// What an entry sees: its own words, and those of the entries that it depends on.
private struct FilterInput {
  var words: FilterWords
  var polygons: (String) throws -> Polygons

  subscript(name: FilterName) -> String? { words[name] }
}

/// The one grammar of all filters, from text to a checked ``PhotoFilter``. Sans I/O.
package enum FilterGrammar {
  /// The checked filter; the first fault in the order of ``entries`` is thrown.
  ///
  /// - Parameter polygons: reads the value of ``FilterName/polygon``, which is a file for one caller and GeoJSON for
  ///   another; what it throws is thrown on.
  /// - Throws: ``FilterError``, and what `polygons` throws.
  package static func filter(
    _ words: FilterWords, polygons: @escaping (String) throws -> Polygons
  ) throws -> PhotoFilter {
    var filter = PhotoFilter()
    let input = FilterInput(words: words, polygons: polygons)
    for entry in entries { try entry.read(input, &filter) }
    return filter
  }

  /// One for each name.
  package static let entries: [FilterEntry] = [
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
          "\(.near) needs \(.radius)", advice: both(near: near))
      }
      filter.near = PhotoFilter.Near(
        center: try FilterPlaces.point(near), radius: try FilterPlaces.distance(radius))
    },
    FilterEntry(
      .radius, takes: "DISTANCE",
      about: "Distance around near, such as 200m or 1.5km"
    ) { input, _ in
      guard input[.radius] == nil || input[.near] != nil else {
        throw FilterError("\(.radius) needs \(.near)", advice: both(near: "LON,LAT"))
      }
    },
    FilterEntry(
      .polygon, takes: "GeoJSON",
      about: "GeoJSON with a Polygon or MultiPolygon; positions inside it"
    ) { input, filter in
      filter.polygon = try input[.polygon].map(input.polygons)
    },
    FilterEntry(
      .site, takes: "NAME",
      about: "Name of a site"
    ) { input, filter in filter.site = input[.site] },
    FilterEntry(
      .folder, takes: "GLOB", .text(longest: PhotoFilter.longestFolderGlob),
      about: "Folder pattern: * and ? match inside a name, ** across folders"
    ) { input, filter in
      filter.folderGlob = try input[.folder].map(folder)
    },
    FilterEntry(
      .since, takes: "T",
      about: "Taken at this time or later: a date or a date-time, UTC when it has no zone"
    ) { input, filter in
      filter.takenSince = try input[.since].map { try time($0, .since).lowerBound }
    },
    FilterEntry(
      .until, takes: "T",
      about: "Taken before this time; a date includes its day"
    ) { input, filter in
      // A date means its whole day, a date-time the instant.
      filter.takenUntil = try input[.until].map { text in
        let range = try time(text, .until)
        return text.contains(":") ? range.lowerBound : range.upperBound
      }
      if let since = filter.takenSince, let until = filter.takenUntil, since >= until {
        throw FilterError("\(.until) lies before \(.since)", advice: "exchange the two")
      }
    },
    FilterEntry(
      .alt, takes: "MIN..MAX",
      about: "MIN..MAX in metres"
    ) { input, filter in
      filter.altitude = try input[.alt].map(FilterPlaces.altitudes)
    },
    FilterEntry(
      .fix, takes: "FIX", .choice(FixQuality.allCases.map(\.rawValue)),
      about: "Position quality"
    ) { input, filter in
      filter.fix = try input[.fix].map(fix)
    },
    FilterEntry(
      .flag, takes: "NAME", .choice(PhotoFlags.names.map(\.name), isList: true),
      about: "Names of flags; all must match"
    ) {
      input, filter in
      for name in input.words[all: .flag] { filter.flags.insert(try flag(name)) }
    },
    FilterEntry(
      .limit, takes: "N", .count,
      about: "At most this many features"
    ) { input, filter in
      filter.limit = try input[.limit].map(limit)
    },
    FilterEntry(
      .reason, takes: "NAME", .choice(reasons),
      about: "Photos without a position, with this reason"
    ) { input, filter in
      guard let text = input[.reason] else { return }
      filter.reason = try reason(text)
      try input.words.refusePlaces(for: "\(.reason)")
      filter.which = .missing
    },
    FilterEntry(
      .missing, takes: "true or false", .flag,
      about: "true: photos without a position instead"
    ) { input, filter in
      guard let text = input[.missing], try isTrue(text) else { return }
      try input.words.refusePlaces(for: "\(.missing)")
      filter.which = .missing
    },
  ]

  // MARK: Values

  /// Reasons for a photo's having no position.
  private static let reasons =
    NoPosition.allCases.map(\.rawValue) + Failure.allCases.map(\.rawValue)

  private static func both(near: String) -> FilterSentence {
    "\(.near, near) \(.radius, "200m")"
  }

  /// `flight1/` and `/flight1` mean the folder `flight1`.
  private static func folder(_ glob: String) throws(FilterError) -> String {
    var rest = glob.utf8[...]
    while rest.first == UInt8(ascii: "/") { rest = rest.dropFirst() }
    while rest.last == UInt8(ascii: "/") { rest = rest.dropLast() }
    let longest = PhotoFilter.longestFolderGlob
    guard rest.count <= longest else {
      throw FilterError(
        "the folder pattern has \(String(rest.count)) bytes, more than \(String(longest))",
        advice: "a shorter pattern, such as “**/100MEDIA”")
    }
    return String(Substring(rest))
  }

  private static func time(
    _ text: String, _ name: FilterName
  ) throws(FilterError) -> Range<Int64> {
    try FilterTime.range(text, of: name.rawValue)
  }

  private static func fix(_ text: String) throws(FilterError) -> FixQuality {
    if let fix = FixQuality(rawValue: text.lowercased()) { return fix }
    throw FilterError(
      "\(.fix) “\(text)” is unknown", advice: oneOf(FixQuality.allCases.map(\.rawValue)))
  }

  private static func flag(_ text: String) throws(FilterError) -> PhotoFlags {
    let wanted = text.lowercased()
    if let found = PhotoFlags.names.first(where: { $0.name == wanted }) { return found.flag }
    throw unknown(text, .flag, PhotoFlags.names.map(\.name))
  }

  private static func limit(_ text: String) throws(FilterError) -> Int {
    guard let number = Int(text), number > 0 else {
      throw FilterError("\(.limit) “\(text)” is not a positive number", advice: "\(.limit, "100")")
    }
    return number
  }

  private static func reason(_ text: String) throws(FilterError) -> String {
    let wanted = text.lowercased()
    if reasons.contains(wanted) { return wanted }
    throw unknown(text, .reason, reasons)
  }

  private static func isTrue(_ text: String) throws(FilterError) -> Bool {
    switch text {
    case "true": return true
    case "false": return false
    default:
      throw FilterError(
        "\(.missing) “\(text)” is neither true nor false", advice: "\(.missing, "true")")
    }
  }

  private static func unknown(
    _ text: String, _ name: FilterName, _ names: [String]
  ) -> FilterError {
    FilterError(
      "\(name) “\(text)” is unknown",
      advice: Similar.nearest(to: text, in: names).map { "\(name, $0)" } ?? oneOf(names))
  }

  private static func oneOf(_ names: [String]) -> FilterSentence {
    "one of \(names.joined(separator: ", "))"
  }
}
