import Foundation
import SQLite
import TestSupport
import Testing

@testable import PhotoIndex
@testable import PhotoModel

/// The table of columns against the schema, the record, the sources and the documentation.
@Suite struct ColumnTableTests {
  private static let root = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  /// Every field has a value that is not its default.
  private static var full: PhotoRecord {
    var record = PhotoRecord(outcome: .located(Coordinate(latitude: 47.25, longitude: 8.5)))
    record.kind = .video
    record.flags = [.degraded, .conflict]
    record.source = .xmpDrone
    record.otherPosition = Coordinate(latitude: -1, longitude: 2)
    record.otherSource = .exif
    record.sources[.takenAt] = .satellite
    record.altitude = 480.5
    record.altitudeReference = .ellipsoid
    record.otherAltitude = 470.25
    record.relativeAltitude = 60
    record.takenAt = 1_714_557_600_250
    record.takenLocal = "2024-05-01T12:00:00.250"
    record.utcOffsetMinutes = 120
    record.satelliteAt = 1_714_557_599_000
    record.exposureAt = 1_714_557_600_125
    record.mapDatum = "TOKYO"
    record.cameraMake = "DJI"
    record.cameraModel = "M3E"
    record.serialNumber = "S1"
    record.pixelWidth = 5280
    record.pixelHeight = 3956
    record.orientation = 6
    record.lens = "24.0 mm f/2.8"
    record.exposureTime = 0.0008
    record.fNumber = 2.8
    record.iso = 200
    record.focalLength = 12.29
    record.digitalZoom = 1.5
    record.focalPlaneResolution = 416.7
    record.subjectDistance = 77.5
    record.calibratedFocalLength = 3725.15
    record.opticalCenterX = 2640.5
    record.opticalCenterY = 1978.25
    record.dewarpFocalLength = 3713.29
    record.captureID = "9f1c"
    record.flightSpeedX = 3.5
    record.flightSpeedY = -2.25
    record.flightSpeedZ = 0.5
    record.thumbnail = EmbeddedPicture(offset: 2048, length: 11_000)
    record.preview = EmbeddedPicture(offset: 8_000_000, length: 250_000)
    record.attitudeConvention = .body
    record.rawYaw = 12
    record.rawPitch = 2.25
    record.rawRoll = -10
    record.focalLength35 = 24
    record.imageDirection = 12
    record.imageDirectionMagnetic = true
    record.gimbalYaw = 271.5
    record.gimbalPitch = -89.75
    record.gimbalRoll = 0.5
    record.flightYaw = 270
    record.flightPitch = -3
    record.flightRoll = 2
    record.rtkFlag = 50
    record.rtkStdLon = 0.01
    record.rtkStdLat = 0.02
    record.rtkStdHeight = 0.03
    record.fix = .fixed
    record.gpsStatus = "RTK"
    record.altitudeType = "RtkAlt"
    record.imageSource = "WideCamera"
    record.target = LaserTarget(
      coordinate: Coordinate(latitude: 47.2, longitude: 8.4), altitude: 300, distance: 120)
    return record
  }

  /// All stored properties; those that most photos lack stand behind one reference.
  private static func fields(of record: PhotoRecord) -> [Mirror.Child] {
    Mirror(reflecting: record).children.flatMap { field -> [Mirror.Child] in
      field.label == "rare" ? Array(Mirror(reflecting: field.value).children) : [field]
    }
  }

  /// Their columns are not bound for a record without rare values.
  @Test func aRecordWithoutRareValuesIsStoredAndReadBack() throws {
    var record = Self.full
    record.rare = RareValues()
    let stored = record
    let one = try OneSite("nas", at: "/x")
    try one.writer.apply(
      changes(one.site, "f") { $0.inserts = [photo("0", Self.full), photo("1", stored)] })
    #expect(try one.writer.reader.everything().map(\.record) == [Self.full, stored])
    let fid = try one.writer.reader.everything()[0].id
    try one.writer.apply(
      changes(one.site, "f") { $0.updates = [.init(fid: fid, change: photo("0", stored))] })
    #expect(try one.writer.reader.everything().map(\.record) == [stored, stored])
  }

  /// A field that has no column fails here, and so does one that this test forgets.
  @Test func everyFieldOfARecordIsStoredAndReadBack() throws {
    let fields = Self.fields(of: Self.full)
    let defaults = Self.fields(of: PhotoRecord(outcome: .failed(.damaged)))
    #expect(fields.count == defaults.count && fields.count > 55)
    for (field, byDefault) in zip(fields, defaults) {
      #expect("\(field.value)" != "\(byDefault.value)", "\(field.label ?? "")")
    }
    let one = try OneSite("nas", at: "/x")
    try one.writer.apply(
      changes(one.site, "f") { changes in
        // The second time every value comes from a cache, if there is one; an empty row follows a full one.
        let empty = PhotoRecord(outcome: .withoutPosition(.noGPS))
        changes.inserts = [
          photo("0", Self.full), photo("1", Self.full), photo("2", empty), photo("3", Self.full),
        ]
      })
    let rows = try one.writer.reader.everything().map(\.record)
    #expect(
      rows == [Self.full, Self.full, PhotoRecord(outcome: .withoutPosition(.noGPS)), Self.full])
    let detail = try one.writer.reader.photo(site: "nas", path: PathBytes(text: "f/0"))
    #expect(detail?.record == Self.full)
  }

  /// Lists are read by code of their own, which is faster.
  @Test func listsAreReadAsTheTableHasIt() throws {
    let one = try OneSite("nas", at: "/x")
    var g = SplitMix64(seed: 8)
    try one.writer.apply(
      changes(one.site, "f") { changes in
        changes.inserts =
          [photo("full", Self.full)]
          + (0..<300).map { Samples.change(Samples.name($0, &g), &g) }
      })
    var decoders = [PhotoDecoder(.shown), PhotoDecoder(.shown)]
    var buffers = [PhotoBuffer(), PhotoBuffer()]
    let rows = try one.writer.connection.prepare("SELECT \(decoders[0].selection) FROM photos p")
    var count = 0
    while try rows.step() {
      decoders[0].read(rows, into: &buffers[0])
      decoders[1].readByTable(rows, into: &buffers[1])
      #expect(buffers[0].row == buffers[1].row)
      count += 1
    }
    #expect(count == 301)
  }

  @Test func columnsHaveTheNamesAndTypesOfTheSchema() throws {
    let one = try OneSite("nas", at: "/x")
    func declared(_ table: String) throws -> Set<String> {
      let rows = try one.writer.connection.prepare(
        """
        SELECT name || ' ' || type || CASE WHEN "notnull" THEN ' NOT NULL' ELSE '' END
          || coalesce(' DEFAULT ' || dflt_value, '') AS line
        FROM pragma_table_info('\(table)') WHERE name <> 'geom'
        """)
      var lines: Set<String> = []
      while try rows.step() { lines.insert(rows.text("line")) }
      return lines
    }
    func listed(_ table: PhotoColumn.Table) -> [String] {
      PhotoColumns.all.filter { $0.table == table }.map { "\($0.name) \($0.type)" }
    }
    #expect(try Set(listed(.photos)) == declared("photos"))
    #expect(try Set(listed(.targets)) == declared("targets").subtracting(["fid INTEGER NOT NULL"]))
    #expect(Set(PhotoColumns.all.map(\.resultName)).count == PhotoColumns.all.count)
    for column in SiteColumns.settings.map(\.name) + SiteColumns.summary.map(\.name) {
      #expect(try declared("site").contains { $0.hasPrefix("\(column) ") }, "\(column)")
    }
  }

  /// Fields that rules look at: a position decides the geometry, a time the track, and so on.
  private static let ruled: Set<String> = [
    "outcome", "kind", "flags", "source", "sources", "otherPosition", "otherSource",
    "otherAltitude", "altitude",
    "takenAt", "takenLocal", "target", "imageDirection", "gimbalYaw", "gimbalPitch", "cameraMake",
    "cameraModel",
    "imageDirectionMagnetic", "fix", "relativeAltitude", "thumbnail",
  ]

  /// A new field of a photo is one entry in each of record, schema and output fields.
  @Test(arguments: [
    ("PhotoIndex", ["Schema/PhotoColumns+Fields.swift", "Schema/PhotoColumns+Camera.swift"]),
    ("GeoFormats", ["PhotoFields.swift"]),
  ])
  func aFieldIsNamedInOneFileOfATarget(target: String, tables: [String]) throws {
    let folder = Self.root.appending(path: "Sources/\(target)")
    let files = try #require(
      FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
    ).compactMap { $0 as? URL }.filter { $0.pathExtension == "swift" }
    #expect(files.count > 10)
    let texts = try files.map {
      (
        name: $0.path.replacing("\(folder.path)/", with: ""),
        text: try String(contentsOf: $0, encoding: .utf8)
      )
    }
    let fields = Self.fields(of: Self.full).compactMap(\.label)
    for field in fields where !Self.ruled.contains(field) {
      let pattern = try Regex("\\.\(field)(?![A-Za-z0-9])")
      // Fields of lists are named once more, where speed counts.
      let naming = texts.filter { $0.text.contains(pattern) }.map(\.name)
        .filter { !["Schema/PhotoDecoder.swift", "PhotoJSON.swift"].contains($0) }
      #expect(naming.count == 1 && tables.contains(naming[0]), "\(field): \(naming)")
    }
  }

  /// Numbers of columns in SQL results go wrong when the SQL changes. Only this target imports SQLite.
  @Test func noColumnIsReadByANumber() throws {
    let folder = Self.root.appending(path: "Sources/PhotoIndex")
    let files = try #require(
      FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
    ).compactMap { $0 as? URL }.filter { $0.pathExtension == "swift" }
    let pattern =
      #/\.(integer|real|text|optionalInteger|optionalReal|optionalText|count|optionalCount|isNull)\([0-9]/#
    #expect(files.count > 10)
    for file in files {
      let text = try String(contentsOf: file, encoding: .utf8)
      if text.contains("import SQLite"), let found = text.firstMatch(of: pattern) {
        Issue.record("\(file.path): \(found.output.0)")
      }
    }
  }

  /// In the column “SQL” of docs/fields.md, or as its name.
  @Test func theDocumentationNamesEveryColumn() throws {
    let text = try String(contentsOf: Self.root.appending(path: "docs/fields.md"), encoding: .utf8)
    let rows = text.split(separator: "\n").filter { $0.hasPrefix("|") }
    let one = try OneSite("nas", at: "/x")
    for table in ["photos", "targets", "sidecars"] {
      let columns = try one.writer.connection.prepare(
        "SELECT name FROM pragma_table_info('\(table)')")
      while try columns.step() {
        let name = columns.text("name")
        let isNamed = rows.contains { row in
          row.contains("`\(name)`")
            && (table == "photos" || row.contains("`\(table)`") || name == "fid")
        }
        #expect(isNamed, "\(table).\(name)")
      }
    }
  }
}
