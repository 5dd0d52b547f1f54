/// The values of filters that are neither places nor times, from text to checked values.
package enum FilterValues {
  /// Reasons for a photo's having no position.
  static let reasons = NoPosition.allCases.map(\.rawValue) + Failure.allCases.map(\.rawValue)

  static func both(near: String) -> FilterSentence {
    "\(.near, near) \(.radius, "200m")"
  }

  /// Without repetitions, which only cost time. Compares bytes, as names are compared.
  static func distinct(_ texts: [String]) -> [String] {
    var seen: Set<[UInt8]> = []
    return texts.filter { seen.insert(Array($0.utf8)).inserted }
  }

  /// `flight1/` and `/flight1` mean the folder `flight1`. Without wildcards it stands for what lies below, too. The empty
  /// pattern is the site's root alone: all below it would be no filter.
  static func folder(_ glob: String) throws(FilterError) -> String {
    var rest = glob.utf8[...]
    while rest.first == UInt8(ascii: "/") { rest = rest.dropFirst() }
    while rest.last == UInt8(ascii: "/") { rest = rest.dropLast() }
    guard rest.count <= longestFolder else {
      throw FilterError(
        "the folder pattern has \(String(rest.count)) bytes, more than \(String(longestFolder))",
        advice: "a shorter pattern, such as “**/100MEDIA”")
    }
    return String(Substring(rest)) + (rest.isEmpty || hasWildcards(rest) ? "" : below)
  }

  private static let below = "/**"
  /// Bytes, without what ``folder(_:)`` appends.
  static let longestFolder = PhotoFilter.longestFolderGlob - below.utf8.count

  private static func hasWildcards(_ pattern: Substring.UTF8View) -> Bool {
    pattern.contains { $0 == UInt8(ascii: "*") || $0 == UInt8(ascii: "?") }
  }

  /// The pattern as it was typed, when it has no wildcards; the inverse of ``folder(_:)``.
  package static func plainFolder(_ glob: String) -> String? {
    let plain = glob.hasSuffix(below) ? String(glob.dropLast(below.count)) : glob
    return plain.isEmpty || hasWildcards(plain[...].utf8) ? nil : plain
  }

  static func cameras(_ globs: [String]) throws(FilterError) -> [String] {
    let distinct = distinct(globs)
    guard distinct.count <= PhotoFilter.mostCameras else {
      throw FilterError(
        "\(.camera) is given \(String(distinct.count)) times, more than \(String(PhotoFilter.mostCameras))",
        advice: "a pattern such as \(.camera, "DJI*")")
    }
    for glob in distinct {
      guard !glob.isEmpty, glob.utf8.count <= PhotoFilter.longestCameraGlob else {
        throw FilterError(
          "\(.camera) “\(glob)” has not 1 to \(String(PhotoFilter.longestCameraGlob)) bytes",
          advice: "a pattern such as \(.camera, "DJI*")")
      }
    }
    return distinct
  }

  static func fix(_ text: String) throws(FilterError) -> FixQuality {
    if let fix = FixQuality(rawValue: text.lowercased()) { return fix }
    throw FilterError(
      "\(.fix) “\(text)” is unknown", advice: oneOf(FixQuality.allCases.map(\.rawValue)))
  }

  static func flag(_ text: String) throws(FilterError) -> PhotoFlags {
    let wanted = text.lowercased()
    if let found = PhotoFlags.names.first(where: { $0.name == wanted }) { return found.flag }
    throw unknown(text, .flag, PhotoFlags.names.map(\.name))
  }

  static func limit(_ text: String) throws(FilterError) -> Int {
    guard let number = Int(text), number > 0 else {
      throw FilterError("\(.limit) “\(text)” is not a positive number", advice: "\(.limit, "100")")
    }
    return number
  }

  static func reason(_ text: String) throws(FilterError) -> String {
    let wanted = text.lowercased()
    if reasons.contains(wanted) { return wanted }
    throw unknown(text, .reason, reasons)
  }

  static func isTrue(_ text: String, _ name: FilterName) throws(FilterError) -> Bool {
    switch text {
    case "true": return true
    case "false": return false
    default:
      throw FilterError(
        "\(name) “\(text)” is neither true nor false", advice: "\(name, "true")")
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
