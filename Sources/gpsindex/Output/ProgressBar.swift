import PhotoModel
import Sync

/// The progress bar of a sync: one line on a terminal.
///
///     nas [=========>      ] 1024/1650+  312/s  3.4 MB  4 connections  2 s left  flight 3
///
/// In a narrow window it drops the least important parts first; the line never wraps.
enum ProgressBar {
  private struct Part {
    var spans: [Span]
    /// Lower ranks are kept longer. One blank precedes rank 1 and the bar, two precede the others.
    var rank: Int
  }

  static func spans(_ state: ProgressState, _ pace: Pace, width: Int) -> [Span] {
    let room = max(1, width - 1)
    switch state.progress.phase {
    case .connecting:
      let wait = pace.elapsed >= 1 ? ", \(Int(pace.elapsed)) s" : ""
      return cut([Span("\(state.site): \(state.progress.stage ?? "starting") …\(wait)")], to: room)
    case .finishing:
      return cut([Span("\(state.site) \(count(state)), writing the index …")], to: room)
    case .listing, .reading: break
    }
    var parts = [
      Part(spans: [Span(state.site)], rank: 0), Part(spans: [Span(count(state))], rank: 1),
    ]
    func add(_ text: String?, _ rank: Int, _ look: Span.Look = .plain) {
      if let text, !text.isEmpty { parts.append(Part(spans: [Span(text, look)], rank: rank)) }
    }
    let failed = state.counters.failed
    add(failed > 0 ? "\(failed) failed" : nil, 5, .bad)
    add("\(Int(pace.photosPerSecond.rounded()))/s", 3)
    add(timeLeft(state, pace), 2)
    add(Bytes.text(Int64(state.counters.bytesReceived)), 6)
    let connections = state.progress.connections
    add(
      connections > 0 ? "\(connections) connection\(connections == 1 ? "" : "s")" : nil, 7)
    // Without photos, folders are the only visible progress.
    add(folders(state), state.counters.listed == 0 ? 2 : 8)
    var used = 0
    var taken: Set<Int> = []
    for part in parts.sorted(by: { $0.rank < $1.rank }) {
      let need = part.spans.reduce(0) { $0 + $1.width } + min(2, part.rank)
      guard used + need <= room || part.rank == 0 else { continue }
      used += need
      taken.insert(part.rank)
      // The bar has precedence over the parts after rank 3.
      if part.rank == 3, let fraction = state.fraction, room - used >= 14 {
        let bar = bar(fraction, columns: min(24, room - used - 1))
        used += bar.reduce(1) { $0 + $1.width }
        parts.insert(Part(spans: bar, rank: -1), at: 1)
        taken.insert(-1)
      }
    }
    let folder = Span(state.progress.folder.text, .faint)
    if !folder.text.isEmpty, room - used >= 10 {
      parts.append(Part(spans: cut([folder], to: room - used - 2), rank: 99))
      taken.insert(99)
    }
    let shown = parts.filter { taken.contains($0.rank) }
    var spans: [Span] = []
    for (index, part) in shown.enumerated() {
      if index > 0 { spans.append(Span(part.rank <= 1 ? " " : "  ")) }
      spans += part.spans
    }
    return cut(spans, to: room)
  }

  /// The progress as a line of a log.
  static func plain(_ state: ProgressState, _ pace: Pace) -> String {
    switch state.progress.phase {
    case .connecting: return "\(state.site): \(state.progress.stage ?? "starting")"
    case .listing, .reading, .finishing: break
    }
    var parts = ["\(state.site) \(count(state))"]
    if let folders = folders(state) { parts.append(folders) }
    parts.append("\(Int(pace.photosPerSecond.rounded()))/s")
    parts.append(Bytes.text(Int64(state.counters.bytesReceived)))
    if let left = timeLeft(state, pace) { parts.append(left) }
    if state.counters.failed > 0 { parts.append("\(state.counters.failed) failed") }
    let folder = state.progress.folder.text
    if !folder.isEmpty { parts.append(folder) }
    return parts.joined(separator: ", ")
  }

  /// `1024/1650`, with a plus while listing continues.
  private static func count(_ state: ProgressState) -> String {
    "\(state.done)/\(state.counters.listed)\(state.isListing ? "+" : "")"
  }

  /// Folders listed of those found; the total alone at the end; nil before the first listing.
  private static func folders(_ state: ProgressState) -> String? {
    let (listed, found) = (state.counters.foldersListed, state.counters.foldersFound)
    guard found > 1 else { return nil }
    return "\(listed >= found ? "" : "\(listed)/")\(found) folders"
  }

  private static func timeLeft(_ state: ProgressState, _ pace: Pace) -> String? {
    guard let left = pace.secondsLeft(state) else { return nil }
    let mark = state.isListing ? "+" : ""
    if left < 120 { return "\(left)\(mark) s left" }
    if left < 7200 { return "\((left + 30) / 60)\(mark) min left" }
    return "\((left + 1800) / 3600)\(mark) h left"
  }

  static func bar(_ fraction: Double, columns: Int) -> [Span] {
    let inner = max(1, columns - 2)
    let filled = Int((fraction * Double(inner)).rounded(.down))
    let head = filled < inner ? ">" : ""
    let rest = String(repeating: " ", count: max(0, inner - filled - head.count))
    return [
      Span("["), Span(String(repeating: "=", count: filled) + head, .good), Span(rest + "]"),
    ]
  }

  /// Cuts the spans to a width, with an ellipsis where something is missing.
  static func cut(_ spans: [Span], to room: Int) -> [Span] {
    guard spans.reduce(0, { $0 + $1.width }) > room else { return spans }
    var left = room - 1
    var out: [Span] = []
    for span in spans {
      if span.width <= left {
        out.append(span)
        left -= span.width
        continue
      }
      var text = ""
      for character in span.text {
        let width = Span(String(character)).width
        if width > left { break }
        left -= width
        text.append(character)
      }
      out.append(Span(text + "…", span.look))
      break
    }
    return out
  }
}
