/// A subset of TOML 1.0: tables, and keys with strings, numbers and booleans.
///
/// A TOML library would load Foundation, and every query would pay for it. Accepted text means the same to every TOML
/// parser. The rest (arrays, dates, inline tables, multi-line strings) is refused with an error that names it.
enum TOMLSubset {
  struct Entry: Equatable {
    /// Of the table: `["sites", "nas"]`; empty before the first one.
    var table: [String]
    var key: String
    var value: Value
    /// From 1.
    var line: Int
  }

  enum Value: Equatable {
    case string(String)
    case number(String)
    case bool(Bool)
  }

  struct Table: Equatable {
    var path: [String]
    var line: Int
  }

  struct Fault: Error, Equatable {
    var line: Int
    var message: String
  }

  static func parse(_ text: String) throws(Fault) -> (tables: [Table], entries: [Entry]) {
    var tables: [Table] = []
    var entries: [Entry] = []
    var number = 0
    for raw in text.split(separator: "\n", omittingEmptySubsequences: false) {
      number += 1
      var line = Line(raw.hasSuffix("\r") ? raw.dropLast() : raw, number: number)
      if line.text.unicodeScalars.contains(where: {
        $0.value < 0x20 && $0 != "\t" || $0.value == 0x7F
      }) {
        throw Fault(line: number, message: "unexpected control character")
      }
      line.skipBlanks()
      if line.isAtEnd { continue }
      if line.take("[") {
        if line.peek == "[" { throw line.fault("arrays of tables are not supported") }
        let path = try line.dottedKey()
        guard line.take("]") else { throw line.fault("missing “]”") }
        try line.end(after: "table")
        if tables.contains(where: { $0.path == path }) {
          throw line.fault("duplicate table [\(path.joined(separator: "."))]")
        }
        tables.append(Table(path: path, line: number))
      } else {
        let path = try line.dottedKey()
        guard line.take("=") else { throw line.fault("missing “=”") }
        let value = try line.value()
        try line.end(after: "value")
        let table = (tables.last?.path ?? []) + path.dropLast()
        let key = path.last ?? ""
        if entries.contains(where: { $0.table == table && $0.key == key }) {
          throw line.fault("duplicate key \(key)")
        }
        entries.append(Entry(table: table, key: key, value: value, line: number))
      }
    }
    return (tables, entries)
  }

  /// One line, read from left to right.
  private struct Line {
    let text: Substring
    var rest: Substring
    let number: Int

    init(_ text: Substring, number: Int) {
      self.text = text
      rest = text
      self.number = number
    }

    var peek: Character? { rest.first }
    var isAtEnd: Bool { rest.isEmpty || rest.first == "#" }

    func fault(_ message: String) -> Fault { Fault(line: number, message: message) }

    mutating func skipBlanks() { rest = rest.drop { $0 == " " || $0 == "\t" } }

    mutating func take(_ character: Character) -> Bool {
      skipBlanks()
      guard rest.first == character else { return false }
      rest.removeFirst()
      return true
    }

    /// - Parameter before: the last thing that was read.
    mutating func end(after before: String) throws(Fault) {
      skipBlanks()
      guard isAtEnd else { throw fault("unexpected text “\(rest)” after the \(before)") }
    }

    mutating func dottedKey() throws(Fault) -> [String] {
      var path: [String] = []
      repeat {
        skipBlanks()
        switch rest.first {
        case "\"": path.append(try basicString())
        case "'": path.append(try literalString())
        default:
          let bare = rest.prefix(while: Self.isBare)
          guard !bare.isEmpty else { throw fault("missing key before “\(rest)”") }
          rest = rest.dropFirst(bare.count)
          path.append(String(bare))
        }
      } while take(".")
      return path
    }

    private static func isBare(_ character: Character) -> Bool {
      character.isASCII
        && (character.isLetter || character.isNumber || character == "_" || character == "-")
    }

    mutating func value() throws(Fault) -> Value {
      skipBlanks()
      switch rest.first {
      case "\"": return .string(try basicString())
      case "'": return .string(try literalString())
      case "[", "{": throw fault("lists and inline tables are not supported")
      case nil, "#": throw fault("missing value")
      default: break
      }
      let word = String(rest.prefix { $0 != " " && $0 != "\t" && $0 != "#" })
      rest = rest.dropFirst(word.count)
      switch word {
      case "true": return .bool(true)
      case "false": return .bool(false)
      default:
        guard let number = Self.decimal(word) else {
          throw fault("“\(word)” is not a value; put strings in quotes")
        }
        return .number(number)
      }
    }

    /// A decimal number as TOML writes it, its underscores taken out.
    private static func decimal(_ word: String) -> String? {
      let pattern = #/[+-]?(0|[1-9](_?[0-9])*)(\.[0-9](_?[0-9])*)?([eE][+-]?[0-9](_?[0-9])*)?/#
      guard word.wholeMatch(of: pattern) != nil else { return nil }
      let plain = word.filter { $0 != "_" }
      return plain.hasPrefix("+") ? String(plain.dropFirst()) : plain
    }

    private mutating func literalString() throws(Fault) -> String {
      rest.removeFirst()
      guard !rest.hasPrefix("''"), let end = rest.firstIndex(of: "'") else {
        throw fault("unterminated string")
      }
      defer { rest = rest[end...].dropFirst() }
      return String(rest[..<end])
    }

    private mutating func basicString() throws(Fault) -> String {
      rest.removeFirst()
      if rest.hasPrefix("\"\"") { throw fault("multi-line strings are not supported") }
      var out = ""
      while let character = rest.popFirst() {
        switch character {
        case "\"": return out
        case "\\": out.unicodeScalars.append(try escape())
        default: out.append(character)
        }
      }
      throw fault("unterminated string")
    }

    private mutating func escape() throws(Fault) -> Unicode.Scalar {
      let kind = rest.popFirst()
      switch kind {
      case "b": return "\u{8}"
      case "t": return "\t"
      case "n": return "\n"
      case "f": return "\u{C}"
      case "r": return "\r"
      case "\"": return "\""
      case "\\": return "\\"
      case "u", "U":
        let digits = rest.prefix(kind == "u" ? 4 : 8)
        rest = rest.dropFirst(digits.count)
        guard digits.count == (kind == "u" ? 4 : 8), digits.allSatisfy(\.isHexDigit),
          let value = UInt32(digits, radix: 16), let scalar = Unicode.Scalar(value)
        else { throw fault("invalid \\u escape") }
        return scalar
      default: throw fault("unknown escape; use '…' for strings with backslashes")
      }
    }
  }
}
