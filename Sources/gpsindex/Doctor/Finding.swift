import GeoFormats

/// One finding of `doctor`.
struct Finding: Equatable {
  enum Grade: String { case ok, warn, fail }
  var grade: Grade
  var check: String
  var text: String
  /// The next step.
  var next: String?

  static func ok(_ check: String, _ text: String) -> Finding {
    Finding(grade: .ok, check: check, text: text)
  }
  static func warn(_ check: String, _ text: String, next: String) -> Finding {
    Finding(grade: .warn, check: check, text: text, next: next)
  }
  static func fail(_ check: String, _ text: String, next: String) -> Finding {
    Finding(grade: .fail, check: check, text: text, next: next)
  }

  static func fail(_ check: String, _ error: any Error) -> Finding {
    let failure = CommandFailure(error, arguments: [])
    return .fail(check, failure.message, next: failure.advice)
  }

  /// `ok    key          …`, with the next step on a line of its own.
  func lines(hasColour: Bool) -> String {
    let look: Span.Look =
      switch grade {
      case .ok: .good
      case .warn: .plain
      case .fail: .bad
      }
    let padding = String(repeating: " ", count: max(1, 14 - check.count))
    var text = Span.line(
      [
        Span(grade.rawValue + String(repeating: " ", count: 6 - grade.rawValue.count), look),
        Span(check + padding + self.text),
      ], hasColour: hasColour)
    if let next, !next.isEmpty { text += "\n" + Span("      try: \(next)").text }
    return text + "\n"
  }

  func write(to json: inout JSONText, site: String?) {
    json.beginObject()
    json.member("site", FieldValue(site))
    json.member("check", .text(check))
    json.member("grade", .text(grade.rawValue))
    json.member("text", .text(text))
    json.member("try", FieldValue(next))
    json.endObject()
  }
}
