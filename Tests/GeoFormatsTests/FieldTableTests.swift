import Foundation
import PhotoModel
import Testing

@testable import GeoFormats

/// The table of output fields against docs/fields.md, and the formats against the table.
@Suite struct FieldTableTests {
  private struct Documented {
    var name: String
    var isBold: Bool
    var row: String
  }

  /// The first column of all tables of docs/fields.md whose header begins with `name`.
  private static func documented() throws -> [Documented] {
    let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "docs/fields.md")
    var found: [Documented] = []
    var isFields = false
    for line in try String(contentsOf: file, encoding: .utf8).split(
      separator: "\n", omittingEmptySubsequences: false)
    {
      guard line.hasPrefix("|") else {
        isFields = false
        continue
      }
      if line.hasPrefix("| name |") { isFields = true }
      guard isFields, !line.hasPrefix("|--"), !line.hasPrefix("| name |") else { continue }
      let cell = line.dropFirst().prefix { $0 != "|" && $0 != "(" }
      for match in cell.matches(of: #/(\*\*)?`([a-z0-9_]+)`/#) {
        found.append(
          Documented(name: String(match.2), isBold: match.1 != nil, row: String(line)))
      }
    }
    return found
  }

  @Test func theDocumentationHasEveryFieldWithItsUnit() throws {
    let documented = try Self.documented()
    // `taken` is `taken_at`, or `taken_local`, on a terminal.
    let fields = PhotoFields.all.filter { $0.name != "taken" }
    #expect(documented.map(\.name).sorted() == fields.map(\.name).sorted())
    for field in fields {
      let row = try #require(documented.first { $0.name == field.name })
      let isListed = field.formats.contains(.records)
      #expect(row.isBold == isListed, "\(field.name) is \(isListed ? "" : "not ")in every list")
      if let unit = field.unit { #expect(row.row.contains(unit), "\(field.name): \(unit)") }
    }
  }

  @Test func namesAreUniqueAndNumbersSayTheirUnit() {
    #expect(Set(PhotoFields.all.map(\.name)).count == PhotoFields.all.count)
    for field in PhotoFields.all {
      switch field.value {
      case .real, .degrees: #expect(field.unit != nil, "\(field.name)")
      case .text, .time, .flag, .textOrTime:
        #expect(field.unit == nil, "\(field.name)")
      case .integer, .ofIndex: break
      }
    }
  }

  @Test func listsKeepTheirOrder() {
    let common = [
      "alt_m", "rel_alt_m", "taken_at", "taken_local", "camera_make", "camera_model", "yaw",
      "pitch", "fix", "rtk_std_lon_m", "rtk_std_lat_m", "rtk_std_height_m",
      "source", "flags", "size", "mtime",
    ]
    func names(_ format: PhotoField.Formats, reason: Bool = false) -> [String] {
      PhotoFields.list(format, withReason: reason).map(\.name)
    }
    #expect(
      names(.records) == ["site", "folder", "file", "path", "location", "lon", "lat"] + common)
    #expect(names(.features) == ["site", "folder", "file", "path", "location"] + common)
    #expect(names(.features, reason: true).last == "reason")
    #expect(
      names(.table, reason: true) == [
        "site", "path", "lon", "lat", "alt_m", "taken", "fix", "flags", "reason",
      ])
  }

  /// The values of JSON are written by code of their own, which is faster.
  @Test(arguments: [PhotoField.Formats.records, .features], [false, true])
  func JSONIsWrittenAsTheTableHasIt(format: PhotoField.Formats, withReason: Bool) {
    var members = PhotoJSON(format, withReason: withReason)
    let rows = PhotoRows(format, withReason: withReason)
    var values: [FieldValue] = []
    for row in randomRows(500, seed: 31) + [.full, .bare, .full] {
      var bytes: [UInt8] = []
      members.append(row, to: &bytes)
      rows.fill(&values, from: row)
      var expected: [UInt8] = []
      expected.appendJSONMembers(rows.columns, values)
      #expect(String(decoding: bytes, as: UTF8.self) == String(decoding: expected, as: UTF8.self))
    }
  }
}
