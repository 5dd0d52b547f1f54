import GeoFormats

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Everything that is not data goes to standard error, with control characters made visible.
enum Messages {
  /// One line. Failures to write are ignored: there is no third place to report them.
  static func print(_ line: String) { raw(terminalText(line) + "\n") }

  static func note(_ line: String) { print("gpsindex: \(line)") }

  /// What, where, why; then what to try. With `--json` the same as one object.
  static func failure(_ failure: CommandFailure, asJSON: Bool) {
    if asJSON {
      var json = JSONText()
      json.beginObject()
      json.member("message_type", .text("exit_error"))
      json.member("code", .integer(Int64(failure.status.rawValue)))
      json.member("message", .text(failure.message))
      json.member("try", .text(failure.advice))
      json.endObject()
      raw(json.text + "\n")
      return
    }
    note(failure.message)
    if !failure.advice.isEmpty { print("try: \(failure.advice)") }
  }

  /// One line that the next one, or an empty one, takes the place of; cut to the terminal's width.
  static func rewrite(_ line: String) {
    var size = winsize()
    let isKnown = ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 1
    var room = (isKnown ? Int(size.ws_col) : 80) - 1
    let shown = terminalText(line).prefix { character in
      room -= terminalWidth(String(character))
      return room >= 0
    }
    raw("\r\u{1B}[K" + shown)
  }

  /// For text that is free of control characters already, such as JSON.
  static func raw(_ text: String) {
    Array(text.utf8).withUnsafeBytes { bytes in
      try? writeAll(bytes, to: STDERR_FILENO, name: "standard error")
    }
  }
}
