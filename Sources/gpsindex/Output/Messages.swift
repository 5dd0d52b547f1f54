import GeoFormats

/// Everything that is not data goes to standard error, with control characters made visible.
enum Messages {
  /// One line. Failures to write are ignored: there is no third place to report them.
  static func print(_ line: String) { raw(terminalText(line) + "\n") }

  static func note(_ line: String) { print("gpsindex: \(line)") }

  /// What, where, why; then what to try. With `--json` the same as one object.
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
    note(failure.message)
    if !failure.advice.isEmpty { print("try: \(failure.advice)") }
  }

  /// Text with its own line ends, such as JSON.
  static func raw(_ text: String) { try? ByteOutput.standardError.write(text) }

  /// Text made of ``Span``s, with escape sequences that rewrite a line.
  static func own(_ text: String) { try? ByteOutput.standardError.write(own: text) }
}
