import GeoFormats
import Publish

/// What a run of `publish` did, as JSON and as text.
enum PublishSummary {
  static func json(_ report: SiteReport, isDryRun: Bool) -> String {
    var json = JSONText()
    json.beginObject()
    json.member("site", .text(report.site))
    json.member("dry_run", .flag(isDryRun))
    json.member("plan", .text(name(report.plan)))
    if case .comparison(let reason) = report.plan { json.member("reason", .text(reason.rawValue)) }
    if let name = report.renamedFrom { json.member("renamed_from", .text(name)) }
    for (name, count) in [
      ("sent", report.sent), ("written", report.written), ("deleted", report.deleted),
      ("folders", report.folders),
    ] { json.member(name, .integer(Int64(count))) }
    json.member("seconds", .real(report.seconds))
    json.endObject()
    return json.text
  }

  static func json(_ found: SiteDifference) -> String {
    var json = JSONText()
    json.beginObject()
    json.member("site", .text(found.site))
    json.member("published", .flag(found.photos != nil))
    json.member("photos", .integer(Int64(found.photos ?? 0)))
    json.member("differing_folders", .integer(Int64(found.folders.count)))
    if let edited = found.edited { json.member("edited_rows", .integer(Int64(edited))) }
    json.endObject()
    return json.text
  }

  private static func name(_ plan: SitePlan) -> String {
    switch plan {
    case .first: "first"
    case .unchanged: "unchanged"
    case .changes: "changes"
    case .comparison: "comparison"
    }
  }

  /// Why all rows are compared; nil when they are not.
  static func reason(_ report: SiteReport) -> String? {
    guard case .comparison(let reason) = report.plan else { return nil }
    return "\(report.site): comparing all folders, because \(reason.rawValue)"
  }

  static func line(_ report: SiteReport, isDryRun: Bool) -> String {
    var text = "\(report.site): "
    if let name = report.renamedFrom { text += "renamed from “\(name)”, " }
    if isDryRun {
      text += "\(Plural.photos(report.sent)) to send"
      if report.deleted > 0 { text += ", \(report.deleted) to delete" }
      return text
    }
    text += "\(Plural.photos(report.sent)) sent, \(report.written) written"
    if report.deleted > 0 { text += ", \(report.deleted) deleted" }
    let tenths = Int((min(max(report.seconds, 0), 1e9) * 10).rounded())
    return text + ", \(tenths / 10).\(tenths % 10) s"
  }

  /// One line for all of them; nil when there is none.
  static func unchanged(_ sites: [String]) -> String? {
    guard let first = sites.first else { return nil }
    return sites.count == 1 ? "\(first): unchanged" : "\(sites.count) sites unchanged"
  }

  static func lines(_ found: SiteDifference) -> [String] {
    guard let photos = found.photos else { return ["\(found.site): not published"] }
    var lines: [String] = []
    if found.folders.isEmpty {
      lines.append("\(found.site): \(Plural.photos(photos)), no difference")
    } else {
      let count = found.folders.count
      lines.append("\(found.site): \(count) folder\(count == 1 ? "" : "s") with differences")
      lines += found.folders.prefix(20).map { "  " + ($0.isEmpty ? "." : $0) }
      if count > 20 { lines.append("  … and \(count - 20) more") }
    }
    if let edited = found.edited, edited > 0 {
      lines.append("\(found.site): \(edited) rows were edited in the database")
    }
    return lines
  }
}
