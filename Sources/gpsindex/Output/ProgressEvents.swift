import GeoFormats
import PhotoIndex
import PhotoModel
import Sync

/// The lines of `--progress json`, one object each, as docs/progress.md documents them. Later versions may add members; they
/// never remove or rename one.
enum ProgressEvents {
  static func start(site: String, location: String) -> String {
    event("start", site) { $0.member("location", .text(location)) }
  }

  static func status(_ state: ProgressState, _ pace: Pace) -> String {
    event("status", state.site) { json in
      let (progress, counters) = (state.progress, state.counters)
      json.member("phase", .text(progress.phase.rawValue))
      json.member("stage", FieldValue(progress.stage))
      json.member("folder", .text(progress.folder.text))
      let counts = [
        ("folders_listed", counters.foldersListed), ("folders_found", counters.foldersFound),
        ("done", state.done), ("total", counters.listed), ("expected", progress.expected),
        ("new", counters.new), ("changed", counters.changed),
        ("unchanged", counters.unchanged), ("moved", counters.moved),
        ("located", counters.located), ("without_position", counters.withoutPosition),
        ("failed", counters.failed),
      ]
      for (name, count) in counts { json.member(name, .integer(Int64(count))) }
      json.member("listing", .flag(state.isListing))
      json.member("bytes", .integer(Int64(counters.bytesReceived)))
      json.member("connections", .integer(Int64(progress.connections)))
      json.member("photos_per_s", .real(tenths(pace.photosPerSecond)))
      json.member("bytes_per_s", .integer(Int64(min(pace.bytesPerSecond, 1e15).rounded())))
      json.member("elapsed_s", .real(tenths(pace.elapsed)))
      json.member("eta_s", FieldValue(pace.secondsLeft(state).map(Int64.init)))
    }
  }

  static func note(_ text: String, site: String) -> String {
    event("note", site) { $0.member("message", .text(text)) }
  }

  static func photoFailed(
    _ path: String, _ failure: Failure, detail: String, site: String
  ) -> String {
    event("photo_failed", site) { json in
      json.member("path", .text(path))
      json.member("reason", .text(failure.rawValue))
      json.member("detail", .text(detail))
      json.member("try", .text(failure.advice))
    }
  }

  static func summary(_ summary: SiteSummary, site: String, outcome: String, next: String?)
    -> String
  {
    event("summary", site) { json in
      json.member("outcome", .text(outcome))
      SyncSummaryText.writeMembers(summary, ofRun: true, to: &json)
      json.member("next", FieldValue(next))
    }
  }

  static func event(_ type: String, _ site: String, _ members: (inout JSONText) -> Void) -> String {
    var json = JSONText()
    json.beginObject()
    json.member("message_type", .text(type))
    json.member("site", .text(site))
    members(&json)
    json.endObject()
    return json.text
  }

  private static func tenths(_ value: Double) -> Double { (min(value, 1e12) * 10).rounded() / 10 }
}
