import Fetch
import GeoFormats
import PhotoModel

/// Shows a fetch on standard error: as a bar, plain lines or JSON lines.
///
///     [=========>      ] 12/40  71.2 MB of 240 MB  23.6 MB/s  7 s left
final class FetchDisplay {
  private let style: ProgressReport.Style
  private let isQuiet: Bool
  private let hasColour: Bool
  private let start = ContinuousClock.now
  private var shownAt: ContinuousClock.Instant?
  private var hasBar = false
  private var last = FetchProgress()
  private var samples: [(time: Double, bytes: Int64)] = [(0, 0)]

  init(_ style: ProgressReport.Style, isQuiet: Bool) {
    self.style = isQuiet && style != .json ? .none : style
    self.isQuiet = isQuiet
    hasColour = style == .bar && Terminal.standardError.hasColour
  }

  func show(_ event: FetchEvent) {
    switch event {
    case .progress(let progress): update(progress)
    case .note(let text): note(text)
    case .failed(let path, let failure, let detail):
      say("\(path.text): \(failure.rawValue) (\(detail))", "file_failed", path, failure.rawValue)
    case .conflict(let path):
      let path = PathBytes(path)
      say("\(path.text): another file is there, which is not overwritten", "file_exists", path, nil)
    case .damaged(let path, let what):
      let path = PathBytes(path)
      say("\(path.text): \(what)", "file_damaged", path, what)
    }
  }

  func note(_ text: String) {
    if isQuiet { return }
    line("\(text)") { event("note") { $0.member("message", .text(text)) } }
  }

  private func say(_ text: String, _ type: String, _ path: PathBytes, _ detail: String?) {
    line(text) {
      event(type) {
        $0.member("path", .text(path.text))
        $0.member("detail", FieldValue(detail))
      }
    }
  }

  private func line(_ text: String, json: () -> String) {
    if style == .json { return Messages.raw(json() + "\n") }
    let hadBar = hasBar
    end()
    Messages.note(text)
    if hadBar { draw() }
  }

  private func update(_ progress: FetchProgress) {
    last = progress
    let now = ContinuousClock.now
    if let shownAt, shownAt.duration(to: now) < style.interval { return }
    shownAt = now
    samples.append((elapsed, progress.bytesReceived))
    while samples.count > 2, elapsed - samples[1].time >= 5 { samples.removeFirst() }
    switch style {
    case .none: break
    case .json: Messages.raw(status() + "\n")
    case .plain: Messages.note(parts().joined(separator: ", "))
    case .bar: draw()
    }
  }

  private var elapsed: Double { start.duration(to: .now) / .seconds(1) }

  /// Bytes per second over the last seconds.
  private var rate: Double {
    guard let first = samples.first, let last = samples.last, last.time > first.time else {
      return 0
    }
    return max(0, Double(last.bytes - first.bytes) / (last.time - first.time))
  }

  private var secondsLeft: Int? {
    guard rate > 0 else { return nil }
    let left = Double(max(0, last.bytes - last.bytesDone)) / rate
    return left < 1e9 ? Int(left.rounded(.up)) : nil
  }

  private func parts() -> [String] {
    if let stage = last.stage { return [stage] }
    var parts = [
      "\(last.filesDone)/\(last.files)",
      "\(Bytes.text(last.bytesDone)) of \(Bytes.text(last.bytes))", "\(Bytes.text(Int64(rate)))/s",
    ]
    if let left = secondsLeft {
      parts.append(
        left < 120
          ? "\(left) s left"
          : left < 7200 ? "\((left + 30) / 60) min left" : "\(left / 3600) h left")
    }
    if last.failed > 0 { parts.append("\(last.failed) failed") }
    if last.connections > 1 { parts.append("\(last.connections) connections") }
    return parts
  }

  /// The line never wraps: the bar gets what the words leave.
  private func draw() {
    hasBar = true
    let width = max(1, Terminal.width - 1)
    let words = Span(parts().joined(separator: "  "))
    var spans = [words]
    let room = min(26, width - words.width - 1)
    if room >= 8, last.stage == nil, last.bytes > 0 {
      let fraction = min(1, max(0, Double(last.bytesDone) / Double(last.bytes)))
      spans = ProgressBar.bar(fraction, columns: room) + [Span(" ")] + spans
    }
    Messages.own(
      "\r" + Span.line(ProgressBar.cut(spans, to: width), hasColour: hasColour) + "\u{1B}[K")
  }

  func end() {
    if hasBar { Messages.own("\r\u{1B}[K") }
    hasBar = false
  }

  // MARK: For programs

  private func status() -> String {
    event("status") { json in
      json.member("stage", FieldValue(last.stage))
      json.member("files", .integer(Int64(last.files)))
      json.member("files_done", .integer(Int64(last.filesDone)))
      json.member("bytes", .integer(last.bytes))
      json.member("bytes_done", .integer(last.bytesDone))
      json.member("bytes_per_s", .integer(Int64(min(rate, 1e15))))
      json.member("eta_s", FieldValue(secondsLeft.map(Int64.init)))
      json.member("failed", .integer(Int64(last.failed)))
      json.member("connections", .integer(Int64(last.connections)))
    }
  }

  private func event(_ type: String, _ members: (inout JSONText) -> Void) -> String {
    var json = JSONText()
    json.beginObject()
    json.member("message_type", .text(type))
    members(&json)
    json.endObject()
    return json.text
  }
}
