import GeoFormats
import PhotoIndex
import PhotoModel
import PhotoSource
import Platform
import Sync

/// Lines of a watch: what polls found on standard output, the rest on standard error; with `--json` all of it as objects.
struct WatchOutput: Sendable {
  let isJSON: Bool
  let printsAll: Bool
  let isQuiet: Bool
  let indexPath: String

  func show(_ event: WatchEvent) throws {
    switch event {
    case .polled(let site, let report):
      guard report.isNews || printsAll else { return }
      try StandardOutput.write((isJSON ? json(site, report) : text(site, report)) + "\n")
    case .note(let site, let text):
      if isJSON { return try write("note", site) { $0.member("message", .text(text)) } }
      if !isQuiet { Messages.note("\(site.name): \(text)") }
    case .failed(let site, let error, let pause):
      let failure = CommandFailure(error, arguments: [])
      if isJSON { return try write("failed", site) { Self.add(failure, retryIn: pause, to: &$0) } }
      Messages.note(
        "\(site.name): \(failure.message); trying again from time to time",
        advice: failure.advice)
    case .recovered(let site, let failures):
      if isJSON {
        return try write("recovered", site) { $0.member("failures", .integer(Int64(failures))) }
      }
      Messages.note("\(site.name): answers again, after \(failures) failed attempts")
    case .ended(let site, let error):
      let failure = CommandFailure(error, arguments: [])
      if isJSON { return try write("ended", site) { Self.add(failure, retryIn: nil, to: &$0) } }
      Messages.note(
        "\(site.name) is not watched any more: \(failure.message)", advice: failure.advice)
    }
  }

  func warn(_ site: SiteRecord, _ text: String) { Messages.note("\(site.name): \(text)") }

  // MARK: Lines

  /// In the order of the words of a sync's summary.
  private static let kinds: [ChangeEntry.Kind] = [
    .new, .changed, .moved, .movedAndChanged, .removed, .kept, .returned, .siteRemoved,
  ]

  private func text(_ site: SiteRecord, _ report: PollReport) -> String {
    let time = ISOTime.text(milliseconds: SystemClock.wallMilliseconds()) ?? ""
    let counts = Self.kinds.compactMap { kind in
      report.counts[kind].map { "\($0) \(kind.rawValue)" }
    }
    let names = report.first.map(\.path).joined(separator: ", ")
    let more = report.counts.values.reduce(0, +) - report.first.count
    let list = names.isEmpty ? "" : " (\(names)\(more > 0 ? " and \(more) more" : ""))"
    return "\(time) \(site.name): "
      + (counts.isEmpty ? "nothing new" : counts.joined(separator: ", ")) + list
  }

  private func json(_ site: SiteRecord, _ report: PollReport) -> String {
    object("poll", site) { json in
      // Of the rows that the deletion guard keeps, the summary below has the number of all.
      for kind in Self.kinds where kind != .siteRemoved && kind != .kept {
        let name = kind.rawValue.replacing("-", with: "_")
        json.member(name, .integer(Int64(report.counts[kind] ?? 0)))
      }
      json.key("photos")
      json.beginArray()
      for entry in report.first { json.value(entry.path) }
      json.endArray()
      json.member("since_seq", .integer(report.since))
      let summary = report.summary
      json.member("complete", .flag(summary.isComplete && summary.failed == 0))
      for (name, count) in [
        ("listed", summary.listed), ("failed", summary.failed), ("kept", summary.kept),
        ("files_opened", summary.filesOpened), ("bytes_received", summary.bytesReceived),
        ("bytes_sent", summary.bytesSent), ("logins", summary.statistics.logins),
      ] { json.member(name, .integer(Int64(count))) }
      json.member("seconds", .real(report.seconds))
    }
  }

  private func write(
    _ event: String, _ site: SiteRecord, _ add: (inout JSONText) -> Void
  ) throws { try StandardOutput.write(object(event, site, add) + "\n") }

  private func object(
    _ event: String, _ site: SiteRecord, _ add: (inout JSONText) -> Void
  ) -> String {
    var json = JSONText()
    json.beginObject()
    json.member("event", .text(event))
    json.member("time", .time(SystemClock.wallMilliseconds()))
    json.member("site", .text(site.name))
    add(&json)
    json.endObject()
    return json.text
  }

  private static func add(
    _ failure: CommandFailure, retryIn pause: Double?, to json: inout JSONText
  ) {
    json.member("code", .integer(Int64(failure.status.rawValue)))
    json.member("message", .text(failure.message))
    json.member("try", .text(failure.advice))
    if let pause { json.member("retry_in", .real((pause * 10).rounded() / 10)) }
  }
}
