import Foundation
import PhotoModel
import Testing

@testable import GeoFormats

/// GDAL is what the files are for; these tests run where its tools are installed.
@Suite(.enabled(if: GDAL.isInstalled, "ogrinfo is not installed")) struct GDALTests {
  private func rows() -> [PhotoRow] {
    var rows = randomRows(500, seed: 10, located: true)
    rows[0] = .full
    rows[1].size = 5_000_000_000
    return rows
  }

  @Test func geojsonOpensWithCountAndTypes() throws {
    let rows = rows()
    let report = try GDAL.open(try written(.geojson, rows), as: "photos.geojson")
    #expect(report.contains("Layer name: photos"))
    #expect(report.contains("Geometry: Point\n"))
    #expect(report.contains("Feature Count: \(rows.count)"))
    for type in [
      "alt_m: Real ", "yaw: Real ", "taken_at: DateTime ", "taken_local: DateTime ",
      "size: Integer64 ", "file: String ", "flags: String ",
    ] {
      #expect(report.contains(type), "\(type) in \(report)")
    }
    #expect(report.contains("4326"))
  }

  @Test func geojsonWithHeightsIsPointZ() throws {
    var options = FormatOptions()
    options.includesHeight = true
    let rows = rows()
    let report = try GDAL.open(try written(.geojson, rows, options), as: "photos.geojson")
    #expect(report.contains("Geometry: 3D Point"))
    #expect(report.contains("Feature Count: \(rows.count { $0.record.altitude != nil })"))
  }

  @Test func emptyCollectionOpens() throws {
    let report = try GDAL.open(try written(.geojson, []), as: "photos.geojson")
    #expect(report.contains("Feature Count: 0"))
  }

  @Test func csvOpensWithCountAndPoints() throws {
    let rows = rows()
    let report = try GDAL.open(
      try written(.csv, rows), as: "photos.csv",
      options: [
        "-oo", "X_POSSIBLE_NAMES=lon", "-oo", "Y_POSSIBLE_NAMES=lat", "-oo",
        "AUTODETECT_TYPE=YES", "-oo", "KEEP_GEOM_COLUMNS=NO",
      ])
    #expect(report.contains("Geometry: Point"))
    #expect(report.contains("Feature Count: \(rows.count)"))
    for type in ["alt_m: Real ", "taken_at: DateTime ", "size: Integer64 "] {
      #expect(report.contains(type), "\(type) in \(report)")
    }
  }
}

/// Formats that carry features: what GDAL reads from them is what went in.
@Suite(.enabled(if: GDAL.isInstalled, "ogrinfo is not installed")) struct GDALFeatureTests {
  private let rows: [PhotoRow] = {
    var rows = randomRows(500, seed: 12, located: true)
    rows[0] = .full
    rows[1].size = 5_000_000_000
    return rows
  }()

  private static let layers: [(OutputFormat, Bool, String)] = [
    (.geojson, false, "photos"), (.geojson, true, "photos"), (.geojsonseq, false, "photos"),
    (.geojsonseq, true, "photos"), (.kml, false, "photos"), (.kml, true, "photos"),
    (.gpx, false, "waypoints"), (.gpx, true, "waypoints"),
  ]

  @Test(arguments: layers)
  func countAndCoordinatesAreEqual(format: OutputFormat, heights: Bool, layer: String) throws {
    var options = FormatOptions()
    options.includesHeight = heights
    let expected = rows.filter { !heights || $0.record.altitude != nil }
    let text = try written(format, rows, options)
    let features = try GDAL.features(text, as: "photos.\(format.ending)", layer: layer)
    #expect(features.count == expected.count)
    for (feature, row) in zip(features, expected) {
      let geometry = try #require(feature["geometry"] as? [String: Any])
      let found = try #require(geometry["coordinates"] as? [NSNumber]).map(\.doubleValue)
      let position = try #require(row.record.position)
      // Both name the same meridian; GPX knows one of them.
      let isTurned = format == .gpx && position.longitude == 180
      var point = [isTurned ? -180 : position.longitude, position.latitude]
      if format == .gpx {
        // GDAL tells its heights as a field; they are there where they are known, asked for or not.
        let height = (feature["properties"] as? [String: Any])?["ele"] as? NSNumber
        #expect(abs((height?.doubleValue ?? -1) - (row.record.altitude ?? -1)) <= 1e-9)
      } else if heights, let altitude = row.record.altitude {
        point.append(altitude)
      }
      #expect(geometry["type"] as? String == "Point")
      #expect(found.count == point.count)
      #expect(zip(found, point).allSatisfy { abs($0 - $1) <= 1e-9 })
    }
  }

  @Test func aSequenceHasTypes() throws {
    let report = try GDAL.open(try written(.geojsonseq, rows), as: "photos.geojsons")
    #expect(report.contains("Feature Count: \(rows.count)"))
    for type in ["Geometry: Point\n", "alt_m: Real ", "taken_at: DateTime ", "size: Integer64 "] {
      #expect(report.contains(type), "\(type) in \(report)")
    }
  }

  @Test func aKMLHasTypesAndOneLayer() throws {
    let report = try GDAL.open(try written(.kml, rows), as: "photos.kml")
    #expect(report.components(separatedBy: "Layer name: ").count == 2)
    #expect(report.contains("Layer name: photos") && report.contains("Feature Count: 500"))
    for type in ["alt_m: Real ", "yaw: Real ", "size: Real ", "path: String "] {
      #expect(report.contains(type), "\(type) in \(report)")
    }
    let names = try GDAL.features(try written(.kml, rows), as: "photos.kml", layer: "photos").map {
      ($0["properties"] as? [String: Any])?["Name"] as? String
    }
    #expect(names.prefix(1) == ["DJI_0001.JPG"])
  }

  /// Random rows lie in random folders: the tracks are those of folders with two timed photos. A track that crosses 180° goes
  /// on in another segment, with a point more on each side.
  @Test func tracksOfAGPX() throws {
    let rows = rows.sorted { $0.folder.utf8.lexicographicallyPrecedes($1.folder.utf8) }
    var timed: [[UInt8]: Int] = [:]
    for row in rows where row.record.timeOrder != nil {
      timed[Array(row.folder.utf8), default: 0] += 1
    }
    let tracks = timed.values.filter { $0 > 1 }
    let report = try GDAL.open(try written(.gpx, rows), as: "photos.gpx")
    let counts = report.components(separatedBy: "Layer name: ").dropFirst().map { layer in
      (layer.prefix { $0 != "\n" }, layer.components(separatedBy: "Feature Count: ").last ?? "")
    }
    func count(_ layer: String) -> Int? {
      counts.first { $0.0 == layer }.flatMap { Int($0.1.prefix { $0.isNumber }) }
    }
    #expect(count("waypoints") == rows.count)
    #expect(count("tracks") == tracks.count)
    let text = try written(.gpx, rows)
    let cuts = text.components(separatedBy: "</trkseg><trkseg>").count - 1
    let points = text.components(separatedBy: "<trkpt ").count - 1
    #expect(cuts > 0 && count("track_points") == points)
    #expect((tracks.reduce(0, +)...(tracks.reduce(0, +) + 2 * cuts)).contains(points))
    #expect(report.contains("ele: Real ") && report.contains("time: DateTime "))
  }

  @Test func foldersAreExtents() throws {
    let collected = Collected()
    var writer = FolderWriter(.geojson, sink: collected.sink)
    try writer.begin()
    for number in 0..<50 {
      let west = Double(number)
      try writer.write(
        FolderRow(
          site: "nas", folder: "f\(number)", photos: 3, located: 2, withoutPosition: 1, failed: 0,
          extent: BoundingBox(west: west, south: -1, east: west + 0.5, north: 0.25)))
    }
    try writer.end()
    let report = try GDAL.open(collected.text, as: "folders.geojson")
    for line in [
      "Layer name: folders", "Geometry: Polygon", "Feature Count: 50", "located: Integer ",
      "Extent: (0.000000, -1.000000) - (49.500000, 0.250000)",
    ] {
      #expect(report.contains(line), "\(line) in \(report)")
    }
  }
}

extension OutputFormat {
  var ending: String { self == .geojsonseq ? "geojsons" : rawValue }
}

enum GDAL {
  static let tool = "/usr/bin/ogrinfo"
  static var isInstalled: Bool { FileManager.default.isExecutableFile(atPath: tool) }

  /// What `ogrinfo -so -al` says of a file with this text; anything on standard error fails.
  static func open(_ text: String, as name: String, options: [String] = []) throws -> String {
    let report = try run(tool, ["-ro", "-so", "-al"] + options, text, name)
    #expect(!report.contains("Warning") && !report.contains("ERROR"), "\(report.prefix(500))")
    return report
  }

  /// The features of a layer, in their order, as ogr2ogr understands them.
  static func features(_ text: String, as name: String, layer: String) throws -> [[String: Any]] {
    let lines = try run(
      "/usr/bin/ogr2ogr",
      [
        "-f", "GeoJSONSeq", "/vsistdout/", "-lco", "COORDINATE_PRECISION=15",
      ], text, name, [layer], keepsErrors: false)
    return try lines.split(separator: "\n").map { line in
      try #require(
        try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
    }
  }

  private static func run(
    _ tool: String, _ arguments: [String], _ text: String, _ name: String, _ last: [String] = [],
    keepsErrors: Bool = true
  ) throws -> String {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appending(path: name)
    try Data(text.utf8).write(to: file)
    let process = Process()
    process.executableURL = URL(filePath: tool)
    process.arguments = arguments + [file.path] + last
    let output = Pipe()
    process.standardOutput = output
    if keepsErrors { process.standardError = output }
    try process.run()
    let data = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    return String(decoding: data, as: UTF8.self)
  }
}
