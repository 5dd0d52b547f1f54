import Foundation
import Migrations
import PhotoModel
import SQLite
import TestSupport
import Testing

@testable import PhotoIndex

/// An index of every earlier schema becomes one of the newest, with the same photos.
@Suite struct UpgradeTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  /// What the program of that schema wrote: the schema's own SQL, and rows in its columns.
  private func write(schema version: Int) throws {
    let connection = try Connection(path: folder.index, mode: .readWriteCreate)
    try GeometryBlob.registerFunctions(on: connection)
    connection.setTrustsSchema(true)
    try connection.execute("PRAGMA journal_mode = WAL")
    for step in allMigrations where step.version <= version {
      try connection.execute(step.sql)
      try connection.execute(
        "INSERT INTO gpsindex_migration VALUES (\(step.version), '\(step.name)', '2026-01-01')")
    }
    let folders = version == 1 ? "folder" : "folders"
    try connection.execute("INSERT INTO site (id, name, location) VALUES (1, 'nas', '/photos')")
    for (id, path) in [(1, "a"), (2, "b"), (3, "empty")] {
      let box = BoundingBox(
        west: Double(id), south: 40, east: Double(id) + 0.25, north: 40.5)
      let isEmpty = path == "empty"
      let row = try connection.prepare(
        """
        INSERT INTO \(folders) (id, site_id, path, photo_count, located_count,
          without_position_count, min_x, min_y, max_x, max_y, geom)
        VALUES (?, 1, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """)
      row.bind(id, at: 1)
      row.bind(path, at: 2)
      row.bind(isEmpty ? 0 : 4, at: 3)
      row.bind(isEmpty ? 0 : 3, at: 4)
      row.bind(isEmpty ? 0 : 1, at: 5)
      if !isEmpty {
        for (offset, value) in [box.west, box.south, box.east, box.north].enumerated() {
          row.bind(value, at: Int32(6 + offset))
        }
        row.bind(GeometryBlob.rectangle(box), at: 10)
      }
      try row.run()
      if !isEmpty { try photos(connection, folder: id) }
    }
    if version >= 5 {
      for (fid, place) in [
        (1, Coordinate(latitude: 40.001, longitude: 1.002)),
        (2, Coordinate(latitude: 40.3, longitude: 1.1)),
      ] {
        let target = try connection.prepare(
          "INSERT INTO targets (fid, geom, lat, lon) VALUES (?, ?, ?, ?)")
        target.bind(fid, at: 1)
        target.bind(GeometryBlob.point(place, altitude: nil), at: 2)
        target.bind(place.latitude, at: 3)
        target.bind(place.longitude, at: 4)
        try target.run()
      }
    }
    // As a sync leaves it that was killed before it drew its tracks.
    if version > 1 { try connection.execute("UPDATE folders SET track_stale = photo_count > 0") }
    try connection.execute(
      """
      UPDATE gpkg_contents SET min_x = 1, min_y = 40, max_x = 2.25, max_y = 40.5
      WHERE data_type = 'features' AND table_name <> 'targets'
      """)
    if version >= 6 {
      try connection.execute(
        """
        UPDATE gpkg_contents SET (min_x, min_y, max_x, max_y) =
          (SELECT min(lon), min(lat), max(lon), max(lat) FROM targets)
        WHERE table_name = 'targets'
        """)
    }
  }

  private func photos(_ connection: Connection, folder id: Int) throws {
    for (number, time) in [(0, "2024-05-01T10:00:02Z"), (1, "2024-05-01T10:00:00Z"), (2, nil)] {
      let position = Coordinate(
        latitude: 40 + Double(number) / 4, longitude: Double(id) + Double(number) / 8)
      let photo = try connection.prepare(
        """
        INSERT INTO photos (folder_id, file, size, mtime, status, lat, lon, taken_at, taken_local,
          geom) VALUES (?, ?, 5, 6, 0, ?, ?, ?, ?, ?)
        """)
      photo.bind(id, at: 1)
      photo.bind("\(number).jpg", at: 2)
      photo.bind(position.latitude, at: 3)
      photo.bind(position.longitude, at: 4)
      photo.bind(time, at: 5)
      photo.bind(time == nil ? "2024-05-01T10:00:01.5" : nil, at: 6)
      photo.bind(GeometryBlob.point(position, altitude: nil), at: 7)
      try photo.run()
    }
    let lost = try connection.prepare(
      "INSERT INTO photos (folder_id, file, status, reason) VALUES (?, 'x.jpg', 1, 'no-gps')")
    lost.bind(id, at: 1)
    try lost.run()
  }

  @Test(arguments: allMigrations.map(\.version).dropLast())
  func everyEarlierSchemaIsBroughtUpToDate(version: Int) throws {
    try write(schema: version)
    let latest = try #require(allMigrations.last?.version)
    #expect(throws: IndexError.self) { try IndexReader(path: folder.index) }
    do {
      let writer = try IndexWriter(path: folder.index)
      #expect(try writer.sites().map(\.name) == ["nas"])
    }
    let reader = try IndexReader(path: folder.index)
    let findings = try reader.check()
    #expect(findings == [])
    #expect(try Migrator().state(of: reader.connection) == .index(version: latest))
    #expect(
      try reader.everything().map(\.path)
        == ["a", "b"].flatMap { f in ["0", "1", "2", "x"].map { "\(f)/\($0).jpg" } })
    #expect(try reader.folders().map(\.photos) == [4, 4, 0])
    #expect(
      try reader.count(.with { $0.box = BoundingBox(west: 2, south: 0, east: 3, north: 50) }) == 3)
    let tracks = Tracks(reader.connection)
    let track = try #require(try tracks.stored(1))
    #expect(track.count == 3 && track.first == "2024-05-01T10:00:00")
    #expect(track.last == "2024-05-01T10:00:02")
    // The file as it was lies beside it.
    let copy = try Connection(path: "\(folder.index).schema\(version)", mode: .readOnly)
    #expect(try Migrator().state(of: copy) == .index(version: version))
    if let verdict = try Validator.verdict(folder.index) { #expect(verdict.isEmpty, "\(verdict)") }
  }

  /// On a read-only disk, say, or without a network to sync over: the file stays as it is, and answers like its successor.
  @Test(arguments: allMigrations.map(\.version).dropLast())
  func anEarlierSchemaCanBeReadAsItIs(version: Int) throws {
    try write(schema: version)
    let before = try folder.state()
    let reader = try IndexReader(path: folder.index, takesOlder: true)
    let rows = try reader.everything()
    #expect(rows.count == 8)
    #expect(try reader.check() == [])
    #expect(try reader.folders().map(\.photos) == [4, 4, 0])
    #expect(try Tracks(reader.connection).stored(1)?.count == 3)
    #expect(throws: (any Error).self) { try reader.connection.execute("DELETE FROM photos") }
    #expect(try reader.readingTwice { $0 == nil })
    let copy = "\(folder.path)/copy.gpkg"
    try reader.snapshot(to: copy)
    #expect(try IndexReader(path: copy).everything().map(\.path) == rows.map(\.path))
    #expect(try folder.state().filter { !$0.key.contains("copy") } == before)
  }

  /// The schema of an upgraded file is that of a new one: no difference that only some users have.
  @Test(arguments: allMigrations.map(\.version).dropLast())
  func anUpgradedSchemaIsTheSchema(version: Int) throws {
    func schema(_ path: String) throws -> [String] {
      let rows = try Connection(path: path, mode: .readOnly).prepare(
        "SELECT type || ' ' || name || ' ' || coalesce(sql, '') FROM sqlite_schema ORDER BY 1")
      var lines: [String] = []
      while try rows.step() { lines.append(rows.text(0)) }
      return lines
    }
    try write(schema: version)
    _ = try IndexWriter(path: folder.index)
    let fresh = "\(folder.path)/fresh.gpkg"
    _ = try IndexWriter(path: fresh)
    #expect(try schema(folder.index) == schema(fresh))
  }
}

/// GDAL's `validate_gpkg.py`, which Debian ships in python3-gdal.
enum Validator {
  static let script = "/usr/lib/python3/dist-packages/osgeo_utils/samples/validate_gpkg.py"
  static var isInstalled: Bool {
    FileManager.default.fileExists(atPath: script)
      && FileManager.default.isExecutableFile(atPath: "/usr/bin/python3")
  }

  /// What it finds wrong; empty when nothing, nil where it is not installed.
  static func verdict(_ path: String) throws -> String? {
    guard isInstalled else { return nil }
    let result = try Command.run("/usr/bin/python3", [script, "-q", "--extra", path])
    return result.exitCode == 0 ? "" : result.text + result.errorText
  }
}
