import Foundation
import PhotoModel
import Testing

@testable import GeoFormats

/// What goes in comes out of independent readers.
@Suite struct PropertyTests {
  static let names = [
    "site", "folder", "file", "path", "location", "alt_m", "rel_alt_m", "taken_at", "taken_local",
    "camera_make", "camera_model", "yaw", "pitch", "fix", "rtk_std_lon_m", "rtk_std_lat_m",
    "rtk_std_height_m", "source", "flags", "size", "mtime",
  ]

  /// Bytes, not `String ==`: canonically equal names are different files.
  private func same(_ value: Any?, _ text: String?) -> Bool {
    guard let text else { return value is NSNull }
    return (value as? String).map { Array($0.utf8) == Array(text.utf8) } ?? false
  }

  /// Foundation's JSON reader on Linux errs in the last places; that the text is exact is asserted
  /// by ``csvReadsBack(raw:)`` and ``coordinatesAreExact()``.
  private func same(_ value: Any?, _ number: Double?) -> Bool {
    guard let number else { return value is NSNull }
    guard let found = (value as? NSNumber)?.doubleValue else { return false }
    return abs(found - number) <= 1e-14 * abs(number)
  }

  private func same(_ value: Any?, _ number: Int64?) -> Bool {
    guard let number else { return value is NSNull }
    return (value as? NSNumber)?.int64Value == number
  }

  private func check(_ fields: [String: Any], _ row: PhotoRow) {
    let record = row.record
    #expect(same(fields["site"], row.site) && same(fields["folder"], row.folder))
    #expect(same(fields["file"], row.file) && same(fields["path"], row.path))
    #expect(same(fields["alt_m"], record.altitude))
    #expect(same(fields["rel_alt_m"], record.relativeAltitude))
    #expect(same(fields["taken_at"], record.takenAt.flatMap { ISOTime.text(milliseconds: $0) }))
    #expect(same(fields["taken_local"], record.takenLocal))
    #expect(same(fields["camera_make"], record.cameraMake))
    #expect(same(fields["camera_model"], record.cameraModel))
    #expect(same(fields["yaw"], record.yaw) && same(fields["pitch"], record.gimbalPitch))
    #expect(same(fields["fix"], record.fix?.rawValue))
    #expect(same(fields["source"], record.source?.rawValue))
    #expect(same(fields["flags"], record.flags.text))
    #expect(same(fields["location"], row.url))
    #expect(same(fields["rtk_std_lon_m"], row.record.rtkStdLon))
    #expect(same(fields["rtk_std_height_m"], row.record.rtkStdHeight))
    #expect(same(fields["size"], row.size) && same(fields["mtime"], row.mtime))
  }

  @Test func geojsonKeepsTheRules() throws {
    let rows = randomRows(3000, seed: 1)
    let text = try written(.geojson, rows)
    #expect(!text.hasPrefix("\u{FEFF}") && !text.contains("\"crs\""))
    let parsed = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
    #expect(parsed?["type"] as? String == "FeatureCollection")
    let features = try #require(parsed?["features"] as? [[String: Any]])
    #expect(features.count == rows.count)
    for (feature, row) in zip(features, rows) {
      #expect(feature["type"] as? String == "Feature")
      #expect(same(feature["id"], row.id))
      let properties = try #require(feature["properties"] as? [String: Any])
      #expect(Set(properties.keys) == Set(Self.names))
      check(properties, row)
      guard let position = row.record.position else {
        #expect(feature["geometry"] is NSNull)
        continue
      }
      let geometry = try #require(feature["geometry"] as? [String: Any])
      #expect(geometry["type"] as? String == "Point")
      let numbers = try #require(geometry["coordinates"] as? [NSNumber])
      #expect(numbers.count == 2)
      #expect(same(numbers.first, position.longitude) && same(numbers.last, position.latitude))
    }
  }

  @Test func coordinatesAreExact() throws {
    let rows = randomRows(3000, seed: 11, located: true)
    let lines = try written(.geojson, rows).split(separator: "\n").dropFirst().dropLast()
    #expect(lines.count == rows.count)
    for (line, row) in zip(lines, rows) {
      let start = try #require(line.range(of: "\"coordinates\":[")).upperBound
      let end = try #require(line[start...].firstIndex(of: "]"))
      let numbers = line[start..<end].split(separator: ",").map { Double($0) }
      #expect(numbers == [row.record.position?.longitude, row.record.position?.latitude])
    }
  }

  @Test func propertiesStandInTheirOrder() throws {
    let lines = try written(.geojson, randomRows(200, seed: 2)).split(separator: "\n").dropFirst()
      .filter { $0.hasPrefix("{") }
    #expect(lines.count == 200)
    for line in lines {
      var rest = line[...]
      for name in Self.names {
        let found = try #require(rest.range(of: "\"\(name)\":"))
        rest = rest[found.upperBound...]
      }
    }
  }

  @Test(arguments: [OutputFormat.json, .jsonl])
  func jsonRows(format: OutputFormat) throws {
    var options = FormatOptions()
    options.includesReason = true
    let rows = randomRows(2000, seed: 4)
    let text = try written(format, rows, options)
    let objects: [Any]
    if format == .json {
      objects = try #require(
        try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [Any])
    } else {
      objects = try text.split(separator: "\n").map {
        try JSONSerialization.jsonObject(with: Data($0.utf8))
      }
    }
    #expect(objects.count == rows.count)
    for (object, row) in zip(objects, rows) {
      let fields = try #require(object as? [String: Any])
      #expect(Set(fields.keys) == Set(Self.names + ["lon", "lat", "reason"]))
      check(fields, row)
      #expect(same(fields["lon"], row.record.position?.longitude))
      #expect(same(fields["lat"], row.record.position?.latitude))
      #expect(same(fields["reason"], row.record.outcome.reason))
    }
  }

  @Test(arguments: [false, true]) func csvReadsBack(raw: Bool) throws {
    var options = FormatOptions()
    options.csv.isRaw = raw
    let rows = randomRows(2000, seed: 5)
    let table = try parseCSV(try written(.csv, rows, options))
    #expect(table.count == rows.count + 1)
    let header = try #require(table.first)
    for (cells, row) in zip(table.dropFirst(), rows) {
      #expect(cells.count == header.count)
      let fields = Dictionary(uniqueKeysWithValues: zip(header, cells))
      #expect(bytes(fields["file"]) == bytes(guarded(row.file, raw)))
      #expect(bytes(fields["folder"]) == bytes(guarded(row.folder, raw)))
      #expect(bytes(fields["camera_make"]) == bytes(guarded(row.record.cameraMake ?? "", raw)))
      #expect(fields["lon"].flatMap { Double($0) } == row.record.position?.longitude)
      #expect(fields["lat"].flatMap { Double($0) } == row.record.position?.latitude)
      #expect(fields["alt_m"].flatMap { Double($0) } == row.record.altitude)
      #expect(fields["size"].flatMap { Int64($0) } == row.size)
    }
  }

  private func bytes(_ text: String?) -> [UInt8] { Array((text ?? "").utf8) }

  private func guarded(_ text: String, _ raw: Bool) -> String {
    let text = String(decoding: text.utf8.filter { $0 != 0 }, as: UTF8.self)
    let isFormula = "=+-@\t\r".utf8.contains(text.utf8.first ?? 0)
    return isFormula && !raw ? "'" + text : text
  }

  /// RFC 4180 §2, written independently of the writer.
  private func parseCSV(_ text: String) throws -> [[String]] {
    var lines: [[String]] = []
    var line: [String] = []
    var cell: [UInt8] = []
    var isQuoted = false
    let input = Array(text.utf8)
    var i = 0
    while i < input.count {
      let byte = input[i]
      i += 1
      if isQuoted {
        if byte != 0x22 {
          cell.append(byte)
        } else if i < input.count, input[i] == 0x22 {
          cell.append(byte)
          i += 1
        } else {
          isQuoted = false
        }
        continue
      }
      switch byte {
      case 0x22:
        #expect(cell.isEmpty, "a quote inside a bare cell")
        isQuoted = true
      case 0x2C, 0x0D:
        line.append(String(decoding: cell, as: UTF8.self))
        cell = []
        if byte == 0x0D {
          try #require(i < input.count && input[i] == 0x0A)
          i += 1
          lines.append(line)
          line = []
        }
      default: cell.append(byte)
      }
    }
    #expect(!isQuoted && cell.isEmpty && line.isEmpty)
    return lines
  }

  @Test func tableLinesAreOnePerRowAndFreeOfControls() throws {
    let rows = randomRows(1200, seed: 6)
    let text = try written(.table, rows)
    #expect(text.utf8.filter { $0 == 0x0A }.count == rows.count + 1)
    #expect(!text.unicodeScalars.contains { $0 != "\n" && ControlCharacters.contains($0) })
  }

  /// URLs need a site, which these rows do not have.
  private static let siteless = OutputFormat.texts.filter { $0 != .urls }

  @Test(arguments: siteless)
  func blocksStaySmallWhateverTheNumberOfRows(format: OutputFormat) throws {
    var largest = 0
    var total = 0
    var writer = makeWriter(format) { block in
      largest = max(largest, block.count)
      total += block.count
    }
    try writer.begin()
    try writer.writeAll(randomRows(9000, seed: 8))
    try writer.end()
    #expect(total > 3 * BlockOutput.blockSize)
    #expect(largest < 4 * BlockOutput.blockSize)
  }

  @Test(arguments: siteless)
  func aRefusingSinkEndsTheWriting(format: OutputFormat) throws {
    struct Refused: Error {}
    var writer = makeWriter(format) { _ in throw Refused() }
    try writer.begin()
    #expect(throws: Refused.self) {
      try writer.writeAll(randomRows(2000, seed: 9))
      try writer.end()
    }
  }
}
