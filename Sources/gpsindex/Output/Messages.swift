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

  /// For text that is free of control characters already, such as JSON.
  static func raw(_ text: String) {
    Array(text.utf8).withUnsafeBytes { bytes in
      try? writeAll(bytes, to: STDERR_FILENO, name: "standard error")
    }
  }
}
