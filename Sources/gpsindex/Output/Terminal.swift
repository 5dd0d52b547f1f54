import GeoFormats

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// The abilities of standard error.
struct Terminal {
  /// Lines can be overwritten: a terminal that is not dumb.
  let canRewrite: Bool
  let hasColour: Bool

  /// `NO_COLOR`, when not empty, forbids colours (no-color.org).
  init(isTerminal: Bool, environment: (String) -> String?) {
    let type = environment("TERM") ?? ""
    canRewrite = isTerminal && type != "dumb" && !type.isEmpty
    hasColour = canRewrite && (environment("NO_COLOR") ?? "").isEmpty
  }

  static var standardError: Terminal {
    Terminal(isTerminal: isatty(STDERR_FILENO) == 1, environment: Environment.value)
  }

  /// Columns of standard output; nil when it is no terminal, or output goes to a file.
  static func outputColumns(_ file: String?) -> Int? {
    var size = winsize()
    guard file == nil, ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 1
    else { return nil }
    return Int(size.ws_col)
  }

  /// Columns of the window; read each time, because windows change.
  static var width: Int {
    var size = winsize()
    let isKnown = ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 1
    return isKnown ? Int(size.ws_col) : 80
  }
}

/// A piece of a line for a terminal, with control characters made visible.
struct Span: Equatable {
  enum Look: Equatable {
    case plain, good, bad, faint

    /// SGR parameters (ECMA-48 §8.3.117).
    var code: String {
      switch self {
      case .plain: ""
      case .good: "32"
      case .bad: "31"
      case .faint: "2"
      }
    }
  }
  let text: String
  let look: Look

  init(_ text: String, _ look: Look = .plain) {
    self.text = terminalText(text)
    self.look = look
  }

  var width: Int { terminalWidth(text) }

  static func line(_ spans: [Span], hasColour: Bool) -> String {
    spans.reduce(into: "") { line, span in
      let isColoured = hasColour && span.look != .plain && !span.text.isEmpty
      line += isColoured ? "\u{1B}[\(span.look.code)m\(span.text)\u{1B}[0m" : span.text
    }
  }
}
