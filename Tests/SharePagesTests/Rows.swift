import PhotoModel

@testable import SharePages

func row(
  _ id: Int64, _ file: String, folder: String = "2024-04-02_pit/100MEDIA", site: String = "nas",
  at position: Coordinate? = Coordinate(latitude: 47.39, longitude: 8.14), thumbnail: Int64? = 1000,
  _ change: (inout PhotoRecord) -> Void = { _ in }
) -> PhotoRow {
  var record = PhotoRecord(outcome: position.map { .located($0) } ?? .withoutPosition(.noGPS))
  record.takenLocal = "2024-04-02T09:00:\(id % 60 < 10 ? "0" : "")\(id % 60)"
  record.takenAt = 1_712_041_200_000 + id * 1000
  record.thumbnail = thumbnail.map { EmbeddedPicture(offset: 10, length: $0) }
  record.serialNumber = "SERIAL42"
  change(&record)
  var row = PhotoRow(
    id: id, site: site, folder: folder, file: file, size: 5_000_000, mtime: 1_712_041_200,
    record: record)
  row.folderURL = "sftp://secret.example.com/\(folder)/"
  return row
}

/// A JPEG by its first bytes.
func picture(_ row: PhotoRow) -> SharePicture {
  let length = Int(row.record.thumbnail?.length ?? 0)
  return length == 0
    ? .none
    : .jpeg([0xFF, 0xD8, 0xFF] + [UInt8](repeating: UInt8(row.id % 251), count: length - 3))
}

func plan(_ rows: [PhotoRow]) throws -> SharePlan {
  var plan = SharePlan()
  for row in rows { try plan.add(row) }
  return plan
}

enum Kind { case html, kmz }

/// The bytes of a page, and its summary.
func page(
  _ kind: Kind, _ rows: [PhotoRow], _ options: ShareOptions,
  pictures: @escaping PictureSource = picture
) throws -> (bytes: [UInt8], summary: ShareSummary) {
  let written = Written()
  let sink: (UnsafeRawBufferPointer) throws -> Void = { written.take($0) }
  let plan = try plan(rows)
  var page: any SharePage =
    switch kind {
    case .html: HTMLPage(plan, options, sink: sink, pictures: pictures)
    case .kmz: try KMZPage(plan, options, sink: sink, pictures: pictures)
    }
  try page.begin()
  for row in rows { try page.write(row) }
  try page.end()
  return (written.bytes, page.summary)
}

private final class Written {
  var bytes: [UInt8] = []
  func take(_ block: UnsafeRawBufferPointer) { bytes.append(contentsOf: block) }
}
