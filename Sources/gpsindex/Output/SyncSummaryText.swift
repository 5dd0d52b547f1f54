import GeoFormats
import PhotoIndex
import PhotoModel
import PhotoSource
import Sync

/// The summary of a sync, as JSON and as text.
enum SyncSummaryText {
  /// The object of `sync --json`, members in their fixed order. Without a site's name (inside `status`) it has the time, and
  /// whether the sync was complete.
  /// - Parameter more: adds members.
  static func write(
    _ summary: SiteSummary, site: String?, to json: inout JSONText,
    more: (inout JSONText) -> Void = { _ in }
  ) {
    json.beginObject()
    if let site {
      json.member("site", .text(site))
    } else {
      json.member("finished_at", .time(summary.finishedAt))
      json.member("complete", .flag(summary.complete))
    }
    writeMembers(summary, ofRun: site != nil, to: &json)
    more(&json)
    json.endObject()
  }

  /// - Parameter ofRun: with what the index does not keep.
  static func writeMembers(_ summary: SiteSummary, ofRun: Bool, to json: inout JSONText) {
    let counts = [
      ("listed", summary.listed), ("unchanged", summary.unchanged), ("new", summary.new),
      ("changed", summary.changed), ("moved", summary.moved), ("removed", summary.removed),
      ("kept", summary.kept),
      ("located", summary.located), ("without_position", summary.withoutPosition),
      ("failed", summary.failed),
    ]
    for (name, count) in counts { json.member(name, .integer(Int64(count))) }
    json.key("reasons")
    Reasons.write(summary.reasons, to: &json)
    if ofRun {
      json.key("skipped")
      SkippedText.write(summary.skipped, to: &json)
    }
    json.member("files_opened", .integer(Int64(summary.filesOpened)))
    json.member("data_requests", .integer(Int64(summary.dataRequests)))
    if ofRun { json.member("most_flights", .integer(Int64(summary.mostFlights))) }
    json.member("bytes_received", .integer(Int64(summary.bytesReceived)))
    json.member("bytes_sent", .integer(Int64(summary.bytesSent)))
    json.member("connections", FieldValue(summary.connections.map(Int64.init)))
    json.member("round_trip_ms", FieldValue(summary.roundTripMilliseconds))
    json.member("seconds", .real(summary.seconds))
  }

  /// Accounts for every file, the reasons of photos without a position, and the cost.
  static func lines(
    _ run: SyncSummary, site: String, isDryRun: Bool, index: String? = nil
  ) -> [String] {
    let verb = isDryRun ? "would be synced" : run.isComplete ? "synced" : "partly synced"
    var lines = [
      "\(site) \(verb): \(run.listed) listed = \(run.unchanged) unchanged + \(run.new) new + "
        + "\(run.changed) changed + \(run.moved) moved; \(run.removed) removed"
    ]
    if !isDryRun {
      let total = run.located + run.withoutPosition + run.failed
      lines.append(
        "\(total) in the index = \(run.located) located + \(run.withoutPosition) without position + "
          + "\(run.failed) failed")
      if run.kept > 0 {
        lines += [
          "  \(run.kept) of these are kept by the deletion guard although their files are gone",
          "  list them: "
            + NextCommand.text(["query", "--site", site, "--flag", "file-gone"], index: index)
            + " (--missing for those without a position)",
          "  remove them: "
            + NextCommand.text(["sync", site, "--allow-mass-delete"], index: index),
        ]
      }
      lines += Reasons.sorted(run.reasons).map { name, count in
        "  \(count) \(name)\(Reasons.explanation(name).map { ": \($0)" } ?? "")"
      }
      if !run.reasons.isEmpty {
        lines.append(
          "  list them: \(NextCommand.text(["problems", "--site", site], index: index))")
      }
    }
    if isDryRun, run.kept > 0 {
      lines.append("the deletion guard would keep \(run.kept) rows whose files are gone")
    }
    let sidecars = run.statistics.sidecarsListed
    if sidecars > 0 { lines.append("sidecar files: \(sidecars)") }
    if let skipped = SkippedText.line(run.skipped) { lines.append(skipped) }
    if run.racy > 0, !isDryRun {
      lines.append(
        "\(Plural.photos(run.racy)) changed too recently to compare size and time; "
          + "the next sync reads them again")
    }
    lines.append(
      "\(Bytes.text(Int64(run.statistics.bytesReceived))) in \(tenths(run.seconds)) s, "
        + "\(Plural.files(run.statistics.filesOpened)) opened")
    return lines
  }

  private static func tenths(_ seconds: Double) -> String {
    let tenths = Int((max(0, min(seconds, 1e9)) * 10).rounded())
    return "\(tenths / 10).\(tenths % 10)"
  }
}

enum Bytes {
  /// `999 B`, `1.2 kB`, `34.5 MB`: powers of 1000.
  static func text(_ count: Int64) -> String {
    if count < 1000 { return "\(max(count, 0)) B" }
    var tenths = count / 100
    for unit in ["kB", "MB", "GB"] {
      if tenths < 10_000 { return "\(tenths / 10).\(tenths % 10) \(unit)" }
      tenths /= 1000
    }
    return "\(tenths / 10).\(tenths % 10) TB"
  }
}
