import GeoFormats
import PhotoModel

/// A block of photos of an ``HTMLPage``: rows of JSON, whose columns embedded.js names, and rows of a table.
struct PhotoLines {
  private(set) var count = 0
  private var json = JSONText()
  private var table: [UInt8] = []

  init() { json.beginArray() }

  mutating func add(
    _ row: PhotoRow, _ position: Coordinate, _ flight: Int, picture: Int64, hasPaths: Bool
  ) {
    count += 1
    let record = row.record
    json.beginArray()
    json.value(row.file)
    json.value(flight)
    json.value(Int64((position.longitude * 1e7).rounded()))
    json.value(Int64((position.latitude * 1e7).rounded()))
    json.value(record.altitude)
    json.value(record.altitudeReference?.rawValue)
    json.value(record.relativeAltitude)
    json.value(record.takenAt.flatMap { ISOTime.text(milliseconds: $0) == nil ? nil : $0 })
    json.value(record.takenLocal)
    json.value(record.utcOffsetMinutes.map(Int64.init))
    json.value(record.yaw.map(Self.turned))
    json.value(record.gimbalPitch)
    json.value(record.imageDirectionMagnetic)
    json.value(record.fix?.rawValue)
    json.value(record.rtkStdLon)
    json.value(record.rtkStdLat)
    json.value(record.rtkStdHeight)
    json.value(record.cameraMake)
    json.value(record.cameraModel)
    json.value(record.pixelWidth.map(Int64.init))
    json.value(record.pixelHeight.map(Int64.init))
    json.value(record.focalLength35)
    json.value(record.exposureTime)
    json.value(record.fNumber)
    json.value(record.iso.map(Int64.init))
    json.value(picture)
    if hasPaths {
      json.value(row.url)
      json.value(record.serialNumber)
    }
    json.endArray()
    addRow(row) {
      $0.appendDecimal(position.latitude)
      $0.append(", ")
      $0.appendDecimal(position.longitude)
    }
  }

  mutating func addMissing(_ row: PhotoRow, _ flight: Int) {
    count += 1
    json.beginArray()
    json.value(row.file)
    json.value(flight)
    json.value(row.record.outcome.reason)
    json.value(row.record.takenLocal)
    json.endArray()
    addRow(row) {
      $0.append("no position: ")
      $0.appendHTML(row.record.outcome.reason ?? "unknown")
    }
  }

  private mutating func addRow(_ row: PhotoRow, _ position: (inout [UInt8]) -> Void) {
    table.append("<tr><td>")
    table.appendHTML(row.file)
    table.append("<td>")
    table.appendHTML(row.record.takenLocal ?? row.record.takenText ?? "")
    table.append("<td>")
    position(&table)
    table.append("\n")
  }

  mutating func flush(as name: String, to out: inout [UInt8]) {
    guard count > 0 else { return }
    json.endArray()
    out.append("<script type=\"application/json\" class=\"\(name)\">")
    out.appendJSONBlock(json.bytes)
    out.append("</script>\n<noscript><table>\n")
    out += table
    out.append("</table></noscript>\n")
    self = PhotoLines()
  }

  /// Degrees from 0 to below 360.
  static func turned(_ yaw: Double) -> Double {
    let rest = yaw.truncatingRemainder(dividingBy: 360)
    return rest < 0 ? rest + 360 : rest
  }
}

extension PhotoRecord {
  /// UTC, as ISO 8601.
  var takenText: String? { takenAt.flatMap { ISOTime.text(milliseconds: $0) } }
}
