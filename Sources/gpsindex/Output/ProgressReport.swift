import GeoFormats
import PhotoModel
import Sync
import Synchronization

/// Shows the sync of one site on standard error: as a bar, plain lines or JSON lines. Other messages of the sync go through it,
/// too, so that they never break the bar. Thread-safe.
final class ProgressReport: Sendable {
  enum Style: Sendable, Equatable {
    case bar, plain, json, none

    static let names = ["auto", "bar", "plain", "json", "none"]

    /// A bar on a terminal that can show one, plain lines elsewhere.
    init(named name: String, terminal: Terminal = .standardError) throws {
      switch name {
      case "auto", "bar": self = terminal.canRewrite ? .bar : .plain
      case "plain": self = .plain
      case "json": self = .json
      case "none": self = .none
      default:
        let names = Self.names
        throw CommandFailure.usage(
          "unknown value “\(name)” of --progress",
          advice: Similar.nearest(to: name, in: names).map { "--progress \($0)" }
            ?? "--progress with one of \(names.joined(separator: ", "))")
      }
    }

    /// Minimum time between two reports.
    var interval: Duration {
      switch self {
      case .bar, .json: .milliseconds(250)
      case .plain, .none: .seconds(10)
      }
    }
  }

  private struct State {
    var lastShown = ContinuousClock.now
    var lastDone = 0
    var pace = Pace()
    var hasBar = false
    var last: ProgressState
  }

  private let style: Style
  private let site: String
  private let isQuiet: Bool
  private let hasColour: Bool
  private let start = ContinuousClock.now
  private let state: Mutex<State>

  init(_ style: Style, site: String, isQuiet: Bool) {
    self.style = isQuiet && style != .json ? .none : style
    self.site = site
    self.isQuiet = isQuiet
    hasColour = style == .bar && Terminal.standardError.hasColour
    state = Mutex(State(last: ProgressState(site: site)))
  }

  /// The first output, before anything that may take time.
  func begin(location: String) {
    state.withLock { state in
      switch style {
      case .none: break
      case .json: Messages.raw(ProgressEvents.start(site: site, location: location) + "\n")
      case .plain: Messages.note("\(site): syncing \(location)")
      case .bar:
        state.last.progress.stage = "opening \(location)"
        draw(&state)
      }
    }
  }

  func update(_ progress: ProgressState) {
    if style == .none { return }
    state.withLock { state in
      let now = ContinuousClock.now
      let since = state.lastShown.duration(to: now)
      // Plain lines also appear after every twentieth of the work, but at most one a second.
      let isStep =
        style == .plain && progress.counters.listed > 0
        && (progress.done - state.lastDone) * 20 >= progress.counters.listed && since >= .seconds(1)
      guard since >= style.interval || isStep else { return }
      state.lastShown = now
      state.lastDone = progress.done
      state.pace.add(progress, at: start.duration(to: now) / .seconds(1))
      state.last = progress
      switch style {
      case .none: break
      case .json: Messages.raw(ProgressEvents.status(progress, state.pace) + "\n")
      case .plain: Messages.note(ProgressBar.plain(progress, state.pace))
      case .bar: draw(&state)
      }
    }
  }

  /// A message that `--quiet` suppresses.
  func note(_ text: String) {
    if isQuiet { return }
    say(text: "\(site): \(text)", event: ProgressEvents.note(text, site: site))
  }

  /// A message that `--quiet` does not suppress, so that the mail of a cron job contains it.
  func warn(_ text: String) {
    say(text: "\(site): \(text)", event: ProgressEvents.note(text, site: site))
  }

  func photoFailed(_ path: String, _ failure: Failure, detail: String) {
    say(
      text: "\(site): \(path): \(failure.rawValue) (\(detail)); \(failure.advice)",
      event: ProgressEvents.photoFailed(path, failure, detail: detail, site: site))
  }

  /// Prints a line, or an event for programs; also with `--quiet`.
  func say(text: String, event: String) {
    state.withLock { state in
      if style == .json { return Messages.raw(event + "\n") }
      let hadBar = state.hasBar
      erase(&state)
      Messages.note(text)
      if hadBar { draw(&state) }
    }
  }

  /// Clears the bar; messages may follow.
  func end() { state.withLock { erase(&$0) } }

  var isJSON: Bool { style == .json }

  /// Overwrites the line and then clears its rest, which avoids flicker.
  private func draw(_ state: inout State) {
    state.hasBar = true
    let spans = ProgressBar.spans(state.last, state.pace, width: Terminal.width)
    Messages.own("\r" + Span.line(spans, hasColour: hasColour) + "\u{1B}[K")
  }

  private func erase(_ state: inout State) {
    if state.hasBar { Messages.own("\r\u{1B}[K") }
    state.hasBar = false
  }
}
