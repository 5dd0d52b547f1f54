import PhotoModel

/// Parses queries without the argument parser.
///
/// The argument parser builds its description of the command from types at every start. That takes longer than the query
/// itself. All that is not understood here, and every mistake, is left to it, so that it makes the messages.
extension QueryArguments {
  /// - Parameter words: the arguments after `query`, numbers joined (``NumberWords``).
  /// - Returns: nil unless all are names of sites, flags, `--name=value`, `--name value`, `-f value` or `-o value`, and only
  ///   filters that repeat come more than once.
  init?(quick words: [String]) {
    self.init()
    var seen: [String] = []
    var sites: [String] = []
    var rest = words[...]
    while let word = rest.popFirst() {
      guard word.utf8.first == UInt8(ascii: "-") else {
        if word.isEmpty { return nil }
        sites.append(word)
        continue
      }
      if setFlag(word) {
        if seen.contains(word) { return nil }
        seen.append(word)
        continue
      }
      guard let (name, value) = Self.option(word, &rest), !value.isEmpty else { return nil }
      if Self.isRepeatable(name) {
        guard let filter = Self.filter(name) else { return nil }
        filters[all: filter].append(value)
        continue
      }
      guard !seen.contains(name), setValue(name, value) else { return nil }
      seen.append(name)
    }
    if !sites.isEmpty { filters[all: .site] = sites + filters[all: .site] }
  }

  private static func option(
    _ word: String, _ rest: inout ArraySlice<String>
  ) -> (name: String, value: String)? {
    if word.utf8.starts(with: "--".utf8), let equals = word.utf8.firstIndex(of: UInt8(ascii: "=")) {
      return (String(word[..<equals]), String(word[word.utf8.index(after: equals)...]))
    }
    guard let value = rest.popFirst(), value != "--" else { return nil }
    // A value that looks like an option is one, except where numbers are expected.
    if value.utf8.first == UInt8(ascii: "-"), !NumberWords.options.contains(word) { return nil }
    return (word, value)
  }

  private mutating func setFlag(_ name: String) -> Bool {
    switch name {
    case "--missing": missing = true
    case "--count": count = true
    case "--fail-empty": failEmpty = true
    case "--present": filters[.present] = "true"
    case "--json": output.json = true
    case "--3d": output.heights = true
    case "--raw-csv": output.csv.isRaw = true
    case "--excel": output.csv.excel = true
    case "--decimal-comma": output.csv.decimalComma = true
    case "--quiet", "-q": isQuiet = true
    default: return false
    }
    return true
  }

  private mutating func setValue(_ name: String, _ value: String) -> Bool {
    switch name {
    case "--format", "-f": output.format = value
    case "--output", "-o": output.output = value
    case "--index": index = value
    default:
      guard let filter = Self.filter(name), !Self.withoutValue.contains(filter) else {
        return false
      }
      filters[filter] = value
    }
    return true
  }

  /// Flags, and what is no option of queries.
  private static let withoutValue: [FilterName] = [.present, .missing, .reason]

  private static func filter(_ name: String) -> FilterName? {
    name.hasPrefix("--") ? FilterName(rawValue: String(name.dropFirst(2))) : nil
  }

  private static func isRepeatable(_ name: String) -> Bool {
    switch filter(name) {
    case nil, .reason: false
    case let filter: FilterGrammar.entries.contains { $0.name == filter && $0.repeats }
    }
  }
}
