import GeoFormats
import Synchronization

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// How far a sync is.
struct ProgressState: Sendable, Equatable {
  var site: String
  /// The folder worked on, below the site's root.
  var folder = ""
  /// Photos decided, of those listed so far.
  var done = 0
  var total = 0
  /// Photos read in this run, of those that are to be read.
  var read = 0
  var toRead = 0
  var new = 0
  var changed = 0
  var unchanged = 0
  var failed = 0
  var bytes: Int64 = 0
}

/// Shows progress on standard error: a line that is rewritten, or plain lines, or JSON lines.
/// May be told from any thread.
final class ProgressReport: Sendable {
  enum Style: Sendable, Equatable {
    case bar, plain, json, none

    /// `auto` is a bar on a terminal and plain lines elsewhere.
    init(named name: String) throws {
      switch name {
      case "auto":
        let isDumb = Environment.value("TERM") == "dumb"
        self = isatty(STDERR_FILENO) == 1 && !isDumb ? .bar : .plain
      case "bar": self = .bar
      case "plain": self = .plain
      case "json": self = .json
      case "none": self = .none
      default:
        let names = ["auto", "bar", "plain", "json", "none"]
        throw CommandFailure.usage(
          "--progress “\(name)” is unknown",
          advice: Similar.nearest(to: name, in: names).map { "--progress \($0)" }
            ?? "one of \(names.joined(separator: ", "))")
      }
    }

    /// Between two reports; a first plain line comes soon, the next ones seldom.
    var interval: Duration {
      switch self {
      case .bar: .milliseconds(100)
      case .json: .milliseconds(250)
      case .plain, .none: .seconds(10)
      }
    }
  }

  private struct State {
    var lastShown: ContinuousClock.Instant?
    var lastDone = 0
    var hasBar = false
  }

  private let style: Style
  private let start = ContinuousClock.now
  private let state = Mutex(State())

  init(_ style: Style, isQuiet: Bool) {
    self.style = isQuiet && style != .json ? .none : style
  }

  func update(_ progress: ProgressState) {
    if style == .none { return }
    state.withLock { state in
      let now = ContinuousClock.now
      let since = state.lastShown ?? start
      let isDue = since.duration(to: now) >= style.interval
      // Plain lines also come with every twentieth of the work, but not more than one a second.
      let isStep =
        style == .plain && progress.total > 0
        && (progress.done - state.lastDone) * 20 >= progress.total
        && since.duration(to: now) >= .seconds(1)
      guard isDue || isStep || state.lastShown == nil && style != .plain else { return }
      state.lastShown = now
      state.lastDone = progress.done
      show(progress, elapsed: seconds(start.duration(to: now)), &state)
    }
  }

  /// Takes the bar away; messages may follow. Further calls do nothing.
  func end() {
    state.withLock { state in
      if state.hasBar { Messages.rewrite("") }
      state.hasBar = false
    }
  }

  private func show(_ progress: ProgressState, elapsed: Double, _ state: inout State) {
    switch style {
    case .none: break
    case .json: Messages.raw(Self.json(progress, elapsed: elapsed) + "\n")
    case .plain: Messages.note(Self.line(progress, elapsed: elapsed))
    case .bar:
      state.hasBar = true
      Messages.rewrite(Self.line(progress, elapsed: elapsed))
    }
  }

  private func seconds(_ duration: Duration) -> Double {
    let parts = duration.components
    return Double(parts.seconds) + Double(parts.attoseconds) / 1e18
  }

  /// `nas 1024/1375, 312/s, 3.4 MB, 2 s left, 1 failed, flight 3`
  static func line(_ progress: ProgressState, elapsed: Double) -> String {
    var parts = ["\(progress.site) \(progress.done)/\(progress.total)"]
    if elapsed > 0 { parts.append("\(Int(Double(progress.read) / elapsed))/s") }
    parts.append(Bytes.text(progress.bytes))
    if let left = secondsLeft(progress, elapsed: elapsed) {
      parts.append(left < 120 ? "\(left) s left" : "\((left + 30) / 60) min left")
    }
    if progress.failed > 0 { parts.append("\(progress.failed) failed") }
    if !progress.folder.isEmpty { parts.append(progress.folder) }
    return parts.joined(separator: ", ")
  }

  static func json(_ progress: ProgressState, elapsed: Double) -> String {
    var json = JSONText()
    json.beginObject()
    json.member("message_type", .text("status"))
    json.member("site", .text(progress.site))
    json.member("folder", .text(progress.folder))
    let counts = [
      ("done", progress.done), ("total", progress.total), ("new", progress.new),
      ("changed", progress.changed), ("unchanged", progress.unchanged),
      ("failed", progress.failed),
    ]
    for (name, count) in counts { json.member(name, .integer(Int64(count))) }
    json.member("bytes", .integer(progress.bytes))
    json.member("eta_s", FieldValue(secondsLeft(progress, elapsed: elapsed).map(Int64.init)))
    json.endObject()
    return json.text
  }

  /// At the pace so far; nil before anything is known.
  private static func secondsLeft(_ progress: ProgressState, elapsed: Double) -> Int? {
    guard progress.read > 0, progress.toRead >= progress.read, elapsed > 0 else { return nil }
    let left = elapsed * Double(progress.toRead - progress.read) / Double(progress.read)
    return left < 1e9 ? Int(left.rounded(.up)) : nil
  }
}
