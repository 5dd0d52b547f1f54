import PhotoModel

/// Options whose values are numbers. They may start with a dash, or consist of several words.
///
/// The parser sees `--bbox -122.5 37.7 -122.3 37.9` as an option without a value. Therefore the words are joined to
/// `--bbox=-122.5,37.7,-122.3,37.9` before parsing.
enum NumberWords {
  /// How many numbers belong to an option.
  static func count(_ option: String) -> Int? {
    switch option {
    case "--bbox": 4
    case "--near": 2
    default: nil
    }
  }

  /// All options that take the next word as their value, even if it starts with a dash.
  static let options = [
    "--bbox", "--near", "--radius", "--alt", "--rel-alt", "--rtk-std", "--limit", "--timeout",
    "--connections", "--every",
    "--in-flight", "--limit-rate",
  ]

  /// Rewrites `gpsindex --index FILE query` to `gpsindex query --index FILE`: the parser accepts options only after the
  /// command.
  static func behindCommand(_ arguments: [String]) -> [String] {
    var leading: [String] = []
    var rest = arguments[...]
    while let word = rest.first {
      if word == "--index", rest.count > 2 {
        leading += rest.prefix(2)
        rest = rest.dropFirst(2)
      } else if word.utf8.starts(with: "--index=".utf8) || word == "--quiet" || word == "-q" {
        leading.append(word)
        rest = rest.dropFirst()
      } else {
        break
      }
    }
    let end = rest.firstIndex(of: "--") ?? rest.endIndex
    return rest[..<end] + leading + rest[end...]
  }

  static func joined(_ arguments: [String]) -> [String] {
    var out: [String] = []
    var rest = arguments[...]
    while let word = rest.popFirst() {
      if word == "--" { return out + [word] + rest }
      let (name, value) = split(word)
      if let value, hidesEquals(word, value) {
        out += [name, value]
        continue
      }
      guard let count = count(name), let joined = join(value, &rest, count) else {
        out.append(word)
        continue
      }
      out.append("\(name)=\(joined)")
    }
    return out
  }

  private static func split(_ word: String) -> (name: String, value: String?) {
    guard let equals = word.utf8.firstIndex(of: UInt8(ascii: "=")) else { return (word, nil) }
    return (String(word[..<equals]), String(word[word.utf8.index(after: equals)...]))
  }

  /// The argument parser sees characters, not code points: to it, `=` and a combining mark behind it are one character, and
  /// the option has no value. As two words they mean the same to both parsers.
  private static func hidesEquals(_ word: String, _ value: String) -> Bool {
    word.utf8.starts(with: "--".utf8) && !value.isEmpty && ("=" + value).first != "="
  }

  /// Takes words from `rest` until there are `count` numbers.
  /// - Returns: nil, and nothing taken, when the words are not numbers or too few.
  private static func join(
    _ value: String?, _ rest: inout ArraySlice<String>, _ count: Int
  ) -> String? {
    var words = value.map { [$0] } ?? []
    var following = rest
    var found = words.reduce(0) { $0 + FilterNumbers.words(in: $1).count }
    guard words.allSatisfy(FilterNumbers.isNumeric) else { return nil }
    while found < count, let next = following.first, FilterNumbers.isNumeric(next) {
      words.append(next)
      found += FilterNumbers.words(in: next).count
      following = following.dropFirst()
    }
    guard found == count else { return nil }
    rest = following
    return words.flatMap { FilterNumbers.words(in: $0) }.joined(separator: ",")
  }
}
