import FlightQC
import GeoFormats
import PhotoIndex
import PhotoModel

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// `sync --qc`: judges the folders in which a sync brought or changed photos.
struct SyncCheck {
  private let indexPath: String
  private let site: String
  private let since: Int64

  /// Findings that are listed; more are counted.
  private static let mostLines = 10

  /// Before the sync.
  init(indexPath: String, site: String) {
    self.indexPath = indexPath
    self.site = site
    // Without an index, everything is new.
    since = (try? IndexReader(path: indexPath, takesOlder: true).changeState().lastSeq) ?? 0
  }

  /// After the sync; nil when nothing is new.
  func report() throws -> FlightReport? {
    let reader = try IndexReader(path: indexPath)
    let siteID = try reader.site(named: site).id
    var folders: Set<[UInt8]> = []
    try reader.changes(since: since, site: siteID) { folders.insert(Array($0.row.folder.utf8)) }
    if folders.isEmpty { return nil }
    var filter = PhotoFilter()
    filter.site = site
    filter.which = .all
    var check = FlightCheck()
    check.now = Int64(time(nil)) * 1000
    var examiner = FlightExaminer(check)
    var (folder, isWanted) = ("", folders.contains([]))
    try reader.photos(filter, detail: .flight) { row in
      if !row.folder.hasSameBytes(as: folder) {
        folder = row.folder
        isWanted = folders.contains(Array(folder.utf8))
      }
      if isWanted, row.record.kind == .photo { try examiner.add(FlightPhoto(row)) }
    }
    return try examiner.finish()
  }

  static func write(_ report: FlightReport?, to json: inout JSONText) {
    json.key("qc")
    json.beginObject()
    json.member("flights", .integer(Int64(report?.flights.count ?? 0)))
    for severity in Severity.allCases.reversed() {
      json.member(severity.rawValue + "s", .integer(Int64(report?.count(severity) ?? 0)))
    }
    json.endObject()
  }

  /// One line of counts, then errors and warnings.
  static func lines(_ report: FlightReport?, site: String, index: String?) -> [String] {
    guard let report else { return ["\(site): no new photos to check"] }
    let counts = Severity.allCases.reversed().map { severity in
      let count = report.count(severity)
      return "\(count) \(severity.rawValue)\(count == 1 ? "" : "s")"
    }.joined(separator: ", ")
    let flights = report.flights.count
    var lines = ["\(site): \(flights) flight\(flights == 1 ? "" : "s") with new photos: \(counts)"]
    let bad = report.sorted.filter { $0.severity != .note }
    for finding in bad.prefix(mostLines) {
      let place = finding.flight ?? finding.folder
      lines.append(
        "\(finding.severity.rawValue) \(finding.rule.rawValue)\(place.isEmpty ? "" : " in \(place)"): \(finding.text)"
      )
    }
    if bad.count > mostLines {
      lines.append(
        "\(bad.count - mostLines) more; try: \(NextCommand.text(["qc", site], index: index))")
    }
    return lines
  }
}
