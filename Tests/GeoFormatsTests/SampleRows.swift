import PhotoModel
import TestSupport

@testable import GeoFormats

/// Collects what a writer gives away, block by block.
final class Collected {
  var bytes: [UInt8] = []
  var blocks = 0
  var text: String { String(decoding: bytes, as: UTF8.self) }

  var sink: ByteSink {
    { block in
      self.bytes.append(contentsOf: block)
      self.blocks += 1
    }
  }
}

func written(
  _ format: OutputFormat, _ rows: [PhotoRow], _ options: FormatOptions = FormatOptions()
) throws -> String {
  let collected = Collected()
  var writer = makeWriter(format, options: options, sink: collected.sink)
  try writer.begin()
  try writer.writeAll(rows)
  try writer.end()
  return collected.text
}

extension RowWriter {
  /// As often as the writer wants them.
  mutating func writeAll(_ rows: [PhotoRow]) throws {
    for pass in 1...passes {
      if pass > 1 { try nextPass() }
      for row in rows { try write(row) }
    }
  }
}

extension OutputFormat {
  static let texts = allCases.filter { !$0.isDatabase && !$0.isPage }
}

extension PhotoRow {
  static func sample(
    id: Int64 = 1, folder: String = "flight 1", file: String = "DJI_0001.JPG",
    outcome: PhotoRecord.Outcome = .located(Coordinate(latitude: 47.5, longitude: 8.25)),
    change: (inout PhotoRecord) -> Void = { _ in }
  ) -> PhotoRow {
    var record = PhotoRecord(outcome: outcome)
    change(&record)
    var row = PhotoRow(
      id: id, site: "nas", folder: folder, file: file, size: 5_242_880, mtime: 1_714_557_600,
      record: record)
    row.folderURL = PhotoURL.folder("sftp://nas/p/", folder)
    return row
  }

  /// Every field is set.
  static let full = sample(
    id: 42, outcome: .located(Coordinate(latitude: 37.774929482, longitude: -122.5))
  ) {
    $0.flags = [.degraded, .conflict]
    $0.source = .xmpDrone
    $0.altitude = 123.456
    $0.relativeAltitude = -0.5
    $0.takenAt = 1_714_557_600_250
    $0.takenLocal = "2024-05-01T12:00:00"
    $0.cameraMake = "DJI"
    $0.cameraModel = "FC6310 \"Pro\", 4"
    $0.gimbalYaw = 271.25
    $0.gimbalPitch = -90
    $0.fix = .fixed
    ($0.rtkStdLon, $0.rtkStdLat, $0.rtkStdHeight) = (0.011, 0.012, 0.025)
  }

  /// Located; everything else is absent.
  static let bare = sample(id: 2, folder: "", file: "a.jpg")

  static let withoutPosition = sample(id: 3, file: "b.jpg", outcome: .withoutPosition(.noGPS))
  static let failed = sample(id: 4, file: "c.jpg", outcome: .failed(.damaged))
}

/// The names that break readers (fault matrix B11), in the text form a row carries.
let oddNames = [
  "a\nb.jpg", "tab\t.jpg", "cr\r.jpg", "\u{1b}]0;x\u{7}.jpg", "\u{FFFD}FF\u{FFFD}FE.jpg",
  String(repeating: "N", count: 255), "-dash.jpg", "quote\".jpg", "x'; DROP TABLE photos;--.jpg",
  " spaces .jpg", "=cmd|x!A0.jpg", "+1.jpg", "@sum.jpg", "<img src=x onerror=1>.jpg",
  "rtl\u{202E}gpj.jpg", "\u{e9}.jpg", "e\u{301}.jpg", "%2e%2e.jpg", "back\\slash.jpg",
  "null\0.jpg", "c1\u{85}\u{9b}31m.jpg", "line\u{2028}sep.jpg", "日本.jpg", "🚁.jpg", "a,b.jpg",
  "\r\n", "\t=1", "iso\u{2066}late.jpg", "\u{61C}alm.jpg", "\u{7f}.jpg", "'=quoted", "\u{0}",
]

func randomRows(_ count: Int, seed: UInt64, located: Bool = false) -> [PhotoRow] {
  var random = SplitMix64(seed: seed)
  func maybe<T>(_ value: @autoclosure () -> T) -> T? {
    Bool.random(using: &random) ? value() : nil
  }
  return (1...max(count, 1)).map { id in
    let name = oddNames.randomElement(using: &random) ?? ""
    var record = PhotoRecord(outcome: .failed(.damaged))
    switch Int.random(in: 0..<(located ? 8 : 10), using: &random) {
    case 0:
      record.outcome = .located(Coordinate(latitude: -90, longitude: 180))
    case 1:
      record.outcome = .located(
        Coordinate(
          latitude: Double.random(in: -1e-5...1e-5, using: &random),
          longitude: Double.random(in: -1e-9...1e-9, using: &random)))
    case 8: record.outcome = .withoutPosition(.zero)
    case 9: break
    default:
      record.outcome = .located(
        Coordinate(
          latitude: Double.random(in: -90...90, using: &random),
          longitude: Double.random(in: -180...180, using: &random)))
    }
    record.altitude = maybe(Double.random(in: -500...12_000, using: &random))
    record.relativeAltitude = maybe(Double.random(in: -10...500, using: &random))
    record.takenAt = maybe(Int64.random(in: -1_000_000_000_000...4_000_000_000_000, using: &random))
    record.takenLocal = maybe("2024-02-29T23:59:59.125")
    record.cameraMake = maybe(oddNames.randomElement(using: &random) ?? "")
    record.cameraModel = maybe("FC6310")
    record.gimbalYaw = maybe(Double.random(in: 0..<360, using: &random))
    record.gimbalPitch = maybe(Double.random(in: -90...30, using: &random))
    record.rtkStdLon = maybe(Double.random(in: 0...3, using: &random))
    record.rtkStdLat = maybe(Double.random(in: 0...3, using: &random))
    record.rtkStdHeight = maybe(Double.random(in: 0...3, using: &random))
    record.fix = maybe(FixQuality.allCases.randomElement(using: &random) ?? .none)
    record.source = maybe(.exif)
    record.flags = PhotoFlags(rawValue: UInt32.random(in: 0...255, using: &random))
    var row = PhotoRow(
      id: Int64(id), site: "nas", folder: maybe(oddNames.randomElement(using: &random) ?? "") ?? "",
      file: name, size: maybe(Int64.random(in: 0...5_000_000_000, using: &random)),
      mtime: maybe(Int64.random(in: 0...4_294_967_295, using: &random)), record: record)
    if Bool.random(using: &random) {
      row.folderURL = PhotoURL.folder("sftp://nas/p/", row.folder)
    }
    return row
  }
}
