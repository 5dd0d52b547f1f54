import Fetch
import GeoFormats
import PhotoModel
import PhotoSource

/// The summary of a fetch, as JSON and as text.
enum FetchSummary {
  static func json(_ run: FetchRun, _ command: FetchCommand) -> String {
    let report = run.report
    var json = JSONText()
    json.beginObject()
    json.member("to", .text(command.to))
    json.member("dry_run", .flag(command.dryRun))
    json.member(
      "complete", .flag(report.isComplete && run.progress.filesDone == run.progress.files))
    let counts: [(String, Int64)] = [
      ("photos", Int64(report.photos)), ("sidecars", Int64(report.sidecars)),
      ("present", Int64(report.present)), ("wanted", Int64(run.progress.files)),
      ("wanted_bytes", run.progress.bytes), ("fetched", Int64(report.fetched)),
      ("bytes", report.bytes), ("resumed_bytes", report.resumedBytes),
      ("conflicts", Int64(report.conflicts)), ("failed", Int64(report.failed)),
      ("damaged", Int64(report.damaged)), ("files_opened", Int64(report.statistics.filesOpened)),
      ("data_requests", Int64(report.statistics.dataRequests)),
      ("bytes_received", Int64(report.statistics.bytesReceived)),
      ("connections", Int64(report.statistics.connections)),
    ]
    for (name, count) in counts { json.member(name, .integer(count)) }
    json.member("round_trip_ms", FieldValue(report.statistics.roundTripMilliseconds))
    json.member("seconds", .real(report.seconds))
    json.endObject()
    return json.text
  }

  static func lines(_ run: FetchRun, _ command: FetchCommand, _ filter: PhotoFilter) -> [String] {
    let (report, progress) = (run.report, run.progress)
    guard report.photos > 0 else { return ["no photo matches the filters"] }
    var selected = Plural.photos(report.photos)
    if report.sidecars > 0 {
      selected += report.sidecars == 1 ? " and 1 sidecar" : " and \(report.sidecars) sidecars"
    }
    if command.dryRun {
      return [
        "\(selected) selected: \(report.present) present, \(progress.files) to fetch, "
          + "\(Bytes.text(progress.bytes))" + trouble(report)
      ]
    }
    var text = "\(selected) selected: \(report.present) present, \(report.fetched) fetched"
    if report.fetched > 0 || report.bytes > 0 {
      text += ", \(Bytes.text(report.bytes)) in \(seconds(report.seconds))"
      if report.resumedBytes > 0 { text += ", \(Bytes.text(report.resumedBytes)) resumed" }
    }
    let left = progress.files - progress.filesDone
    if left > 0 { text += ", \(left) not reached; the same command continues" }
    return [text + trouble(report)]
  }

  private static func trouble(_ report: FetchReport) -> String {
    var text = ""
    if report.conflicts > 0 { text += ", \(report.conflicts) in the way of other files" }
    if report.damaged > 0 { text += ", \(report.damaged) damaged" }
    if report.failed > 0 { text += ", \(report.failed) failed" }
    return text
  }

  private static func seconds(_ seconds: Double) -> String {
    let tenths = Int((min(max(seconds, 0), 1e9) * 10).rounded())
    return "\(tenths / 10).\(tenths % 10) s"
  }
}
