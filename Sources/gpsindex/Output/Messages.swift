import GeoFormats

/// Messages on standard error, with control characters made visible.
enum Messages {
  /// Prints one line. Ignores write errors, because there is nowhere to report them.
  static func print(_ line: String) { raw(terminalText(line) + "\n") }

  /// - Parameter advice: printed on a line of its own, after `try:`.
  static func note(_ line: String, advice: String = "") {
    print("gpsindex: \(line)")
    if !advice.isEmpty { print("try: \(advice)") }
  }

  /// Prints what failed, on what and why, then what to try. With `--json` the same as one object.
  static func failure(_ failure: CommandFailure, asJSON: Bool, site: String? = nil) {
    if asJSON {
      var json = JSONText()
      json.beginObject()
      json.member("message_type", .text("exit_error"))
      if let site { json.member("site", .text(site)) }
      json.member("code", .integer(Int64(failure.status.rawValue)))
      json.member("message", .text(failure.message))
      json.member("try", .text(failure.advice))
      json.endObject()
      raw(json.text + "\n")
      return
    }
    note(failure.message, advice: failure.advice)
  }

  /// Prints text that contains its line ends, such as JSON.
  static func raw(_ text: String) { try? ByteOutput.standardError.write(text) }

  /// Prints text of ``Span``s, with escape sequences that rewrite a line.
  static func own(_ text: String) { try? ByteOutput.standardError.write(own: text) }
}
