/// Why a filter's text is refused: what is wrong, and what would be right.
package struct FilterError: Error, Equatable, Sendable {
  package var message: FilterSentence
  /// What to try instead.
  package var advice: FilterSentence

  package init(_ message: FilterSentence, advice: FilterSentence) {
    self.message = message
    self.advice = advice
  }
}

/// How a sentence spells the names of filters.
package enum FilterSpelling: Sendable {
  /// `--bbox`, and `--bbox 1,2,3,4`.
  case option
  /// `bbox`, and `bbox=1,2,3,4`.
  case parameter
}

/// A sentence that names filters without knowing how the reader spells them: `\(.bbox)` is the
/// name, `\(.bbox, "1,2,3,4")` the name with a value.
package struct FilterSentence: Equatable, Sendable, ExpressibleByStringInterpolation {
  fileprivate enum Part: Equatable, Sendable {
    case literal(String)
    case name(String)
    case example(String, String)
  }

  fileprivate var parts: [Part]

  package init(stringLiteral text: String) { parts = [.literal(text)] }

  package init(stringInterpolation: StringInterpolation) { parts = stringInterpolation.parts }

  package func text(_ spelling: FilterSpelling) -> String {
    parts.map { part in
      switch (part, spelling) {
      case (.literal(let text), _): text
      case (.name(let name), .option): "--\(name)"
      case (.name(let name), .parameter): name
      case (.example(let name, let value), .option): "--\(name) \(value)"
      case (.example(let name, let value), .parameter): "\(name)=\(value)"
      }
    }.joined()
  }

  package struct StringInterpolation: StringInterpolationProtocol {
    fileprivate var parts: [Part] = []

    package init(literalCapacity: Int, interpolationCount: Int) {
      parts.reserveCapacity(2 * interpolationCount + 1)
    }

    package mutating func appendLiteral(_ text: String) { parts.append(.literal(text)) }

    package mutating func appendInterpolation(_ text: String) { parts.append(.literal(text)) }

    package mutating func appendInterpolation(_ sentence: FilterSentence) {
      parts += sentence.parts
    }

    package mutating func appendInterpolation(_ name: FilterName) {
      parts.append(.name(name.rawValue))
    }

    package mutating func appendInterpolation(_ name: FilterName, _ value: String) {
      parts.append(.example(name.rawValue, value))
    }

    /// A name that is no ``FilterName``, such as `datetime` of OGC API Features.
    package mutating func appendInterpolation(name: String) { parts.append(.name(name)) }

    package mutating func appendInterpolation(name: String, _ value: String) {
      parts.append(.example(name, value))
    }
  }
}
