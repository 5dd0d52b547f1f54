import PhotoModel

/// The values of ``FilterOptions`` as they were given; nil or empty when they were not.
struct FilterWords: Equatable {
  var bbox: String?
  var near: String?
  var radius: String?
  var polygon: String?
  var site: String?
  var folder: String?
  var since: String?
  var until: String?
  var alt: String?
  var fix: String?
  var flag: [String] = []
  var limit: String?

  /// The checked filter; reads the polygon file.
  func filter() throws -> PhotoFilter {
    var filter = PhotoFilter()
    filter.box = try bbox.map(Geography.box)
    filter.near = try nearFilter()
    filter.polygon = try polygon.map(PolygonFile.read)
    filter.site = site
    filter.folderGlob = folder.map(Self.withoutSlashes)
    filter.takenSince = try since.map { try TimeArgument.parse($0, option: "--since").lowerBound }
    filter.takenUntil = try until.map(Self.end)
    if let since = filter.takenSince, let until = filter.takenUntil, since >= until {
      throw CommandFailure.usage("--until lies before --since", advice: "exchange the two")
    }
    filter.altitude = try alt.map(Geography.altitudes)
    filter.fix = try fix.map(Self.quality)
    for name in flag { filter.flags.insert(try Self.flag(named: name)) }
    filter.limit = try limit.map { text in
      guard let number = Int(text), number > 0 else {
        throw CommandFailure.usage(
          "--limit “\(text)” is not a positive number", advice: "--limit 100")
      }
      return number
    }
    return filter
  }

  /// Photos without a position lie nowhere.
  var placeOption: String? {
    if bbox != nil { return "--bbox" }
    if near != nil { return "--near" }
    if polygon != nil { return "--polygon" }
    return nil
  }

  private func nearFilter() throws -> PhotoFilter.Near? {
    guard let near else {
      guard radius == nil else {
        throw CommandFailure.usage(
          "--radius needs --near", advice: "--near LON,LAT --radius 200m")
      }
      return nil
    }
    guard let radius else {
      throw CommandFailure.usage("--near needs --radius", advice: "--near \(near) --radius 200m")
    }
    return PhotoFilter.Near(
      center: try Geography.point(near), radius: try Geography.distance(radius))
  }

  /// A date means its whole day, a date-time the instant.
  private static func end(_ text: String) throws -> Int64 {
    let range = try TimeArgument.parse(text, option: "--until")
    return text.contains(":") ? range.lowerBound : range.upperBound
  }

  private static func quality(_ text: String) throws -> FixQuality {
    if let fix = FixQuality(rawValue: text.lowercased()) { return fix }
    let names = FixQuality.allCases.map(\.rawValue)
    throw CommandFailure.usage(
      "--fix “\(text)” is unknown", advice: "one of \(names.joined(separator: ", "))")
  }

  private static func flag(named name: String) throws -> PhotoFlags {
    if let found = PhotoFlags.names.first(where: { $0.name == name.lowercased() }) {
      return found.flag
    }
    let nearest = Similar.nearest(to: name, in: PhotoFlags.names.map(\.name))
    throw CommandFailure.usage(
      "--flag “\(name)” is unknown",
      advice: nearest.map { "--flag \($0)" } ?? "one of \(FilterOptions.flagNames)")
  }

  /// `flight1/` and `/flight1` mean the folder `flight1`.
  private static func withoutSlashes(_ glob: String) -> String {
    var rest = glob.utf8[...]
    while rest.first == UInt8(ascii: "/") { rest = rest.dropFirst() }
    while rest.last == UInt8(ascii: "/") { rest = rest.dropLast() }
    return String(Substring(rest))
  }
}
