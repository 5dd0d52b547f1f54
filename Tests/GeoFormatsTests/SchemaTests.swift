import Foundation
import PhotoModel
import TestSupport
import Testing

@testable import GeoFormats

private enum JSONSchema {
  static let isInstalled = FileManager.default.fileExists(
    atPath: "/usr/lib/python3/dist-packages/jsonschema/__init__.py")
  static let hasGeoJSON = FileManager.default.fileExists(
    atPath: "/usr/lib/python3/dist-packages/geojson/__init__.py")
}

/// GeoJSON against a JSON Schema made from RFC 7946, by an implementation that is not ours.
@Suite(.enabled(if: JSONSchema.isInstalled, "python3-jsonschema is not installed"))
struct SchemaTests {
  /// Prints one line per violation, at most ten.
  private static let check = """
    import json, sys
    from jsonschema import Draft202012Validator
    schema = json.load(open(sys.argv[1]))
    Draft202012Validator.check_schema(schema)
    data = json.load(open(sys.argv[2]), parse_constant=lambda word: word)
    for error in list(Draft202012Validator(schema).iter_errors(data))[:10]:
        print(list(error.absolute_path), error.message[:500])
    """

  private func violations(_ text: String) throws -> String {
    let schema = URL(filePath: #filePath).deletingLastPathComponent().appending(
      path: "Schemas/geojson.schema.json")
    return try python(Self.check, [schema.path], text)
  }

  /// What the `geojson` package of Python finds wrong.
  private func complaints(_ text: String) throws -> String {
    let script = """
      import geojson, sys
      for error in geojson.load(open(sys.argv[1])).errors()[:10]:
          print(error)
      """
    return try python(script, [], text)
  }

  private func python(_ script: String, _ arguments: [String], _ text: String) throws -> String {
    let folder = try TemporaryFolder()
    let file = try folder.write(text, to: "photos.geojson")
    let result = try Command.run(
      "/usr/bin/python3", ["-c", script] + arguments + [file], timeout: 300)
    #expect(result.exitCode == 0, "\(result.errorText)")
    return result.text + result.errorText
  }

  @Test(arguments: [false, true]) func photosAreValid(heights: Bool) throws {
    var options = FormatOptions()
    options.includesHeight = heights
    options.includesReason = heights
    #expect(try violations(try written(.geojson, randomRows(2000, seed: 21), options)).isEmpty)
    #expect(try violations(try written(.geojson, [], options)).isEmpty)
  }

  @Test(
    .enabled(if: GDAL.isInstalled && JSONSchema.hasGeoJSON, "GDAL or python3-geojson is missing"))
  func tenThousandPhotosPassThreeValidators() throws {
    let text = try written(.geojson, randomRows(10_000, seed: 22, located: true))
    #expect(try GDAL.open(text, as: "photos.geojson").contains("Feature Count: 10000"))
    #expect(try violations(text).isEmpty)
    #expect(try complaints(text).isEmpty)
    #expect(try !complaints(written(.geojson, [.bare]).replacing("8.2500000,", with: "")).isEmpty)
  }

  @Test func foldersAreValid() throws {
    let collected = Collected()
    var writer = FolderWriter(.geojson, sink: collected.sink)
    try writer.begin()
    for extent in [nil, BoundingBox(west: -180, south: -90, east: 180, north: 90)] {
      try writer.write(
        FolderRow(
          site: "n\"as", folder: "a\nb", photos: 3, located: 2, withoutPosition: 1, failed: 0,
          extent: extent))
    }
    try writer.end()
    #expect(try violations(collected.text).isEmpty)
  }

  /// The schema itself refuses what it must: else the tests above could not fail.
  @Test(arguments: [
    ("\"Point\"", "\"Circle\""), ("8.2500000", "188.25"), ("\"flags\":\"\"", "\"flags\":null"),
    ("\"type\":\"Feature\"", "\"type\":\"feature\""), ("\"id\":2,", ""), ("8.2500000,", ""),
  ])
  func theSchemaRefuses(good: String, bad: String) throws {
    let text = try written(.geojson, [.bare])
    #expect(text.contains(good))
    #expect(try !violations(text.replacing(good, with: bad)).isEmpty)
  }
}
