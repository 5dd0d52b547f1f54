import PhotoModel

/// Parses simple queries without the argument parser.
///
/// The argument parser builds its description of the command from types at every start. That takes a millisecond, as
/// long as the query itself. All other spellings, and every mistake, are left to it, so that it makes the messages.
extension PhotoQuestion {
  /// - Parameter words: the arguments after `query`, numbers joined (``NumberWords``).
  /// - Returns: nil unless all are `--name=value`, `--name value` or `-f value`, each option once.
  init?(quick words: [String]) {
    self.init()
    var seen: [String] = []
    var rest = words[...]
    while let word = rest.popFirst() {
      if setFlag(word) {
        if seen.contains(word) { return nil }
        seen.append(word)
        continue
      }
      let equals = word.hasPrefix("--") ? word.utf8.firstIndex(of: UInt8(ascii: "=")) : nil
      let name = equals.map { String(word[..<$0]) } ?? word
      var value = equals.map { String(word[word.utf8.index(after: $0)...]) }
      if value == nil {
        value = rest.popFirst()
        // A value that looks like an option is one, except where numbers are expected.
        if value?.hasPrefix("-") ?? true, !NumberWords.options.contains(name) { return nil }
      }
      guard let value, !value.isEmpty, !seen.contains(name), setValue(name, value) else {
        return nil
      }
      seen.append(name)
    }
  }

  private mutating func setFlag(_ name: String) -> Bool {
    switch name {
    case "--missing": missing = true
    case "--count": count = true
    case "--fail-empty": failEmpty = true
    case "--json": output.json = true
    case "--3d": output.heights = true
    case "--raw-csv": output.rawCSV = true
    case "--quiet", "-q": isQuiet = true
    default: return false
    }
    return true
  }

  /// What may come more than once, has no value, or is no option of queries.
  private static let slowFilters: [FilterName] = [.flag, .missing, .reason]

  private mutating func setValue(_ name: String, _ value: String) -> Bool {
    if name.hasPrefix("--"), let filter = FilterName(rawValue: String(name.dropFirst(2))) {
      if Self.slowFilters.contains(filter) { return false }
      filters[filter] = value
      return true
    }
    switch name {
    case "--format", "-f": output.format = value
    case "--output", "-o": output.output = value
    case "--index": index = value
    default: return false
    }
    return true
  }
}
