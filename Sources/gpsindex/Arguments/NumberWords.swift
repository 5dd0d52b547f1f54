/// Options whose values are numbers and may start with a dash or be spread over several words.
///
/// The parser sees `--bbox -122.5 37.7 -122.3 37.9` as an option without a value; joining the
/// words to `--bbox=-122.5,37.7,-122.3,37.9` before it looks makes all spellings one.
enum NumberWords {
  /// How many numbers belong to an option.
  static let counts = ["--bbox": 4, "--near": 2]

  /// All options that take their next word whatever it begins with.
  static let options: Set<String> = [
    "--bbox", "--near", "--radius", "--alt", "--limit", "--timeout", "--connections", "--in-flight",
  ]

  /// `gpsindex --index FILE query` as `gpsindex query --index FILE`: the parser knows options
  /// behind the command only.
  static func behindCommand(_ arguments: [String]) -> [String] {
    var leading: [String] = []
    var rest = arguments[...]
    while let word = rest.first {
      if word == "--index", rest.count > 2 {
        leading += rest.prefix(2)
        rest = rest.dropFirst(2)
      } else if word.hasPrefix("--index=") || word == "--quiet" || word == "-q" {
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
      guard let count = counts[name], let joined = join(value, &rest, count) else {
        out.append(word)
        continue
      }
      out.append("\(name)=\(joined)")
    }
    return out
  }

  private static func split(_ word: String) -> (name: String, value: String?) {
    guard let equals = word.firstIndex(of: "=") else { return (word, nil) }
    return (String(word[..<equals]), String(word[word.index(after: equals)...]))
  }

  /// Takes words from `rest` until `count` numbers are there; nil (and nothing taken) when the
  /// words are no numbers or end too early.
  private static func join(
    _ value: String?, _ rest: inout ArraySlice<String>, _ count: Int
  ) -> String? {
    var words = value.map { [$0] } ?? []
    var following = rest
    var found = words.reduce(0) { $0 + numbers(in: $1).count }
    guard words.allSatisfy(isNumeric) else { return nil }
    while found < count, let next = following.first, isNumeric(next) {
      words.append(next)
      found += numbers(in: next).count
      following = following.dropFirst()
    }
    guard found == count else { return nil }
    rest = following
    return words.flatMap { numbers(in: $0) }.joined(separator: ",")
  }

  private static func isNumeric(_ word: String) -> Bool {
    !numbers(in: word).isEmpty
      && word.unicodeScalars.allSatisfy { isNumberPart($0) || isSeparator($0) }
  }

  /// The parts between commas, blanks and brackets.
  static func numbers(in text: String) -> [String] {
    text.unicodeScalars.split(whereSeparator: isSeparator).map { String(Substring($0)) }
  }

  static func isSeparator(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case ",", " ", "\t", "[", "]": true
    default: false
    }
  }

  private static func isNumberPart(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "0"..."9", "+", "-", ".", "e", "E", "\u{2212}": true
    default: false
    }
  }

  /// A finite decimal number; unlike `Double.init`, takes no hexadecimal digits, `inf` or `nan`,
  /// but the minus sign of typeset text (U+2212).
  static func number(_ text: String) -> Double? {
    guard !text.isEmpty, text.unicodeScalars.allSatisfy(isNumberPart) else { return nil }
    let plain = String(text.map { $0 == "\u{2212}" ? "-" : $0 })
    guard let value = Double(plain), value.isFinite else { return nil }
    return value
  }
}
