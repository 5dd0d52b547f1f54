// Judges the flights of an index and prints what is wrong with them.
//
//   flight-check index.gpkg [SITE]
import FlightQC
import Foundation
import PhotoIndex
import PhotoModel

let arguments = CommandLine.arguments
guard arguments.count == 2 || arguments.count == 3 else {
  print("usage: flight-check INDEX [SITE]")
  exit(64)
}

var filter = PhotoFilter()
filter.which = .all
filter.site = arguments.count == 3 ? arguments[2] : nil

var check = FlightCheck()
try check.rules.set(["forward-overlap"], "warning", to: "75")
check.now = Int64(Date.now.timeIntervalSince1970 * 1000)

// Footprints are handed over flight by flight; only figures and findings stay.
var examiner = FlightExaminer(check) { examined in
  let prints = examined.photos.indices.count { examined.footprint($0) != nil }
  print("\(examined.flight.name): \(examined.flight.kind), \(prints) footprints")
}
try IndexReader(path: arguments[1]).photos(filter, detail: .flight) {
  try examiner.add(FlightPhoto($0))
}
let report = try examiner.finish()
for finding in report.findings { print("\(finding.severity) \(finding.rule): \(finding.text)") }
