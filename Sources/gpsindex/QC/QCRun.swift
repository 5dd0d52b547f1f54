import FlightQC
import GeoFormats
import PhotoIndex
import PhotoModel

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Judges the photos that a filter selects, and writes what was asked for.
struct QCRun {
  let filter: PhotoFilter
  var check: FlightCheck
  let format: FindingFormat
  let csv: CSVStyle
  /// nil: standard output.
  let output: String?
  let report: String?
  let footprints: String?
  let rulesName: String?
  let common: CommonOptions

  func run() throws {
    let reader = try IndexReader(path: try common.indexPath(), takesOlder: true)
    // Before a file is created.
    if let site = filter.site { _ = try reader.site(named: site) }
    var check = check
    check.now = Int64(time(nil)) * 1000
    let page = report.map { _ in ReportPage(check, rulesName: rulesName) }
    let found = try examine(reader, check, page)
    if let report, let page {
      let title = filter.site ?? "all sites"
      try writeOutput(to: report) { sink in
        try page.html(found, title: title).withUnsafeBytes(sink)
      }
      common.note("wrote the report to \(report)")
    }
    try writeOutput(to: output) { sink in
      try FindingWriter(format: format, csv: csv, sink: sink).write(found)
    }
    try finish(found, reader)
    if found.count(.error) > 0 { throw EarlyEnd(status: .incomplete) }
  }

  /// Judges, and writes footprints where they are wanted.
  private func examine(
    _ reader: IndexReader, _ check: FlightCheck, _ page: ReportPage?
  ) throws -> FlightReport {
    let toPage = page.map { page in { (flight: ExaminedFlight) throws in page.add(flight) } }
    guard let footprints else { return try judged(reader, check, toPage) }
    let found: FlightReport
    if Self.isGeoPackage(footprints) {
      var report = FlightReport()
      try reader.export(filter, to: footprints) { _ in
        true
      } layers: { layers in
        report = try judged(reader, check) { flight in
          try flight.addFootprints(to: layers)
          try toPage?(flight)
        }
        for finding in report.sorted { try layers.add(FindingFeature(finding)) }
      }
      found = report
    } else {
      found = try writeOutput(to: footprints) { sink in
        let writer = FootprintWriter(sink)
        try writer.begin()
        let found = try judged(reader, check) { flight in
          try writer.write(flight)
          try toPage?(flight)
        }
        try writer.end()
        return found
      }
    }
    common.note("wrote footprints to \(footprints)")
    return found
  }

  private static func isGeoPackage(_ path: String) -> Bool {
    OutputFormat.fileExtension(of: path)?.lowercased() == "gpkg"
  }

  private func judged(
    _ reader: IndexReader, _ check: FlightCheck, _ each: ((ExaminedFlight) throws -> Void)?
  ) throws -> FlightReport {
    var examiner = FlightExaminer(check, each: each)
    try reader.photos(filter, detail: .flight) { row in
      if row.record.kind == .photo { try examiner.add(FlightPhoto(row)) }
    }
    return try examiner.finish()
  }

  private func finish(_ found: FlightReport, _ reader: IndexReader) throws {
    if found.photos == 0 {
      let hint = try EmptyResult.hint(filter, reader)
      common.note(
        "no photo matches the filters" + EmptyResult.reason(hint),
        advice: hint?.advice ?? "gpsindex folders")
      return
    }
    try common.noteFolders(filter, reader)
    let counts = Severity.allCases.reversed().map { severity in
      let count = found.count(severity)
      return "\(count) \(severity.rawValue)\(count == 1 ? "" : "s")"
    }.joined(separator: ", ")
    let flights = found.flights.count
    common.note(
      "\(Plural.photos(found.photos)) in \(flights) flight\(flights == 1 ? "" : "s"): \(counts)")
  }
}
