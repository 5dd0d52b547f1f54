import GeoFormats
import PhotoIndex

/// How a sync went, for programs and for people.
enum SyncSummaryText {
  /// The object of `sync --json`, members in their fixed order. With a site's name; without one
  /// (inside `status`) with the time and whether it was complete.
  static func write(_ summary: SiteSummary, site: String?, to json: inout JSONText) {
    json.beginObject()
    if let site {
      json.member("site", .text(site))
    } else {
      json.member("finished_at", .time(summary.finishedAt))
      json.member("complete", .flag(summary.complete))
    }
    let counts = [
      ("listed", summary.listed), ("unchanged", summary.unchanged), ("new", summary.new),
      ("changed", summary.changed), ("moved", summary.moved), ("removed", summary.removed),
      ("located", summary.located), ("without_position", summary.withoutPosition),
      ("failed", summary.failed),
    ]
    for (name, count) in counts { json.member(name, .integer(Int64(count))) }
    json.key("reasons")
    Reasons.write(summary.reasons, to: &json)
    json.member("files_opened", .integer(Int64(summary.filesOpened)))
    json.member("data_requests", .integer(Int64(summary.dataRequests)))
    json.member("bytes_received", .integer(summary.bytesReceived))
    json.member("bytes_sent", .integer(summary.bytesSent))
    json.member("connections", FieldValue(summary.connections.map(Int64.init)))
    json.member("round_trip_ms", FieldValue(summary.roundTripMilliseconds))
    json.member("seconds", .real(summary.seconds))
    json.endObject()
  }

  /// Two or three lines: what changed, what there is, and what it cost.
  static func lines(_ summary: SiteSummary, site: String, isDryRun: Bool) -> [String] {
    let verb = isDryRun ? "would be synced" : summary.complete ? "synced" : "partly synced"
    var lines = [
      "\(site) \(verb): \(summary.listed) listed, \(summary.new) new, \(summary.changed) changed, "
        + "\(summary.moved) moved, \(summary.removed) removed"
    ]
    if !isDryRun {
      var found = "\(summary.located) located, \(summary.withoutPosition) without position"
      found += ", \(summary.failed) failed"
      let reasons = Reasons.text(summary.reasons)
      lines.append(found + (reasons.isEmpty ? "" : " (\(reasons))"))
    }
    lines.append(
      "\(Bytes.text(summary.bytesReceived)) in \(tenths(summary.seconds)) s, "
        + "\(summary.filesOpened) files opened")
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
