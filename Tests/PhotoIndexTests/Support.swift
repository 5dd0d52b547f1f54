import Foundation
import PhotoModel
import SQLite
import TestSupport
import Testing

@testable import PhotoIndex

extension TemporaryFolder {
  var index: String { file("index.gpkg") }

  var names: [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted()
  }

  /// Bytes, time and inode of every file in the folder.
  func state() throws -> [String: FileState] {
    var states: [String: FileState] = [:]
    for name in names {
      let attributes = try FileManager.default.attributesOfItem(atPath: file(name))
      states[name] = FileState(
        bytes: try Data(contentsOf: URL(filePath: file(name))),
        changed: attributes[.modificationDate] as? Date,
        inode: attributes[.systemFileNumber] as? Int)
    }
    return states
  }

  struct FileState: Equatable {
    var bytes: Data
    var changed: Date?
    var inode: Int?
  }
}

/// An index with one site, gone with its folder.
struct OneSite {
  let folder: TemporaryFolder
  let writer: IndexWriter
  let site: Int64

  init(_ name: String, at location: String) throws {
    folder = try TemporaryFolder()
    writer = try IndexWriter(path: folder.index)
    site = try writer.addSite(SiteRecord(name: name, location: location)).id
  }
}

extension SplitMix64 {
  mutating func chance(_ probability: Double) -> Bool {
    Double.random(in: 0..<1, using: &self) < probability
  }

  mutating func maybe<T>(_ probability: Double, _ value: (inout SplitMix64) -> T) -> T? {
    chance(probability) ? value(&self) : nil
  }

  mutating func pick<T>(_ values: [T]) -> T {
    values[Int.random(in: 0..<values.count, using: &self)]
  }
}

/// Records and names with everything the columns must hold.
enum Samples {
  static func position(_ g: inout SplitMix64) -> Coordinate {
    switch Int.random(in: 0..<10, using: &g) {
    case 0:
      // Edges of the globe.
      Coordinate(latitude: g.pick([-90, 0, 45, 90]), longitude: g.pick([-180, -179.5, 0, 180]))
    case 1, 2, 3:
      // A lattice, so that filters hit edges exactly.
      Coordinate(
        latitude: Double(Int.random(in: -8...8, using: &g)) / 2,
        longitude: Double(Int.random(in: -8...8, using: &g)) / 2)
    case 4:
      Coordinate(
        latitude: Double.random(in: -5...5, using: &g),
        longitude: Double.random(in: 175...185, using: &g).wrapped)
    case 5:
      Coordinate(
        latitude: Double.random(in: -90...90, using: &g),
        longitude: Double.random(in: -180...180, using: &g))
    default:
      Coordinate(
        latitude: Double.random(in: -5...5, using: &g),
        longitude: Double.random(in: -5...5, using: &g))
    }
  }

  static func record(_ g: inout SplitMix64) -> PhotoRecord {
    let outcome: PhotoRecord.Outcome =
      switch Int.random(in: 0..<10, using: &g) {
      case 0: .withoutPosition(g.pick(NoPosition.allCases))
      case 1: .failed(g.pick(Failure.allCases))
      default: .located(position(&g))
      }
    var record = PhotoRecord(outcome: outcome)
    if g.chance(0.3) { record.flags = PhotoFlags(rawValue: UInt32.random(in: 0..<256, using: &g)) }
    record.source = g.maybe(0.8) { $0.pick(PositionSource.allCases) }
    record.otherPosition = g.maybe(0.1) { position(&$0) }
    record.otherSource = g.maybe(0.1) { $0.pick(PositionSource.allCases) }
    record.otherAltitude = g.maybe(0.1) { Double.random(in: -1e7...1e8, using: &$0) }
    record.sources = FieldSources(
      bits: g.maybe(0.3) { Int64.random(in: 0..<1 << 36, using: &$0) } ?? 0)
    record.kind = g.chance(0.1) ? .video : .photo
    record.gpsStatus = g.maybe(0.2) { $0.pick(["RTK", "Normal", "Invalid"]) }
    record.altitudeType = g.maybe(0.2) { $0.pick(["RtkAlt", "GpsFusionAlt"]) }
    record.target = g.maybe(0.1) { g in
      LaserTarget(
        coordinate: position(&g), altitude: g.maybe(0.5) { Double.random(in: 0...900, using: &$0) },
        distance: g.maybe(0.5) { Double.random(in: 1...1200, using: &$0) })
    }
    record.altitude = g.maybe(0.7) { Double(Int.random(in: -500...12_000, using: &$0)) / 4 }
    record.altitudeReference = g.maybe(0.7) { $0.pick(AltitudeReference.allCases) }
    record.relativeAltitude = g.maybe(0.4) { Double.random(in: -10...120, using: &$0) }
    let time = Int64.random(in: 1_600_000_000_000...1_600_000_900_000, using: &g)
    record.takenAt = g.maybe(0.6) { $0.chance(0.5) ? time : time / 1000 * 1000 }
    record.takenLocal = g.maybe(0.7) { g in
      let local = Int64.random(in: 1_600_000_000_000...1_600_000_900_000, using: &g)
      let text = Timestamp.text(local)?.dropLast() ?? ""
      return String(g.chance(0.5) ? text.dropLast(4) : text)
    }
    record.utcOffsetMinutes = g.maybe(0.3) { $0.pick([-720, -210, 0, 120, 840]) }
    record.cameraMake = g.maybe(0.8) { $0.pick(["DJI", "Hasselblad", "", "株式会社"]) }
    record.cameraModel = g.maybe(0.8) {
      $0.pick(["FC3411", "M3E", "x'; DROP TABLE photos;--", "100%_\\"])
    }
    record.serialNumber = g.maybe(0.3) { "S\(UInt16.random(in: 0...9, using: &$0))" }
    record.pixelWidth = g.maybe(0.5) { $0.pick([4000, 5280]) }
    record.pixelHeight = g.maybe(0.5) { $0.pick([3000, 3956]) }
    record.focalLength35 = g.maybe(0.3) { $0.pick([24, 161.5]) }
    record.imageDirection = g.maybe(0.3) { Double.random(in: 0..<360, using: &$0) }
    record.imageDirectionMagnetic = g.chance(0.1)
    record.gimbalYaw = g.maybe(0.4) { Double.random(in: 0..<360, using: &$0) }
    record.gimbalPitch = g.maybe(0.4) { Double.random(in: -90...30, using: &$0) }
    record.gimbalRoll = g.maybe(0.2) { Double.random(in: -180...180, using: &$0) }
    record.flightYaw = g.maybe(0.3) { Double.random(in: 0..<360, using: &$0) }
    record.flightPitch = g.maybe(0.3) { Double.random(in: -30...30, using: &$0) }
    record.flightRoll = g.maybe(0.3) { Double.random(in: -30...30, using: &$0) }
    record.rtkFlag = g.maybe(0.3) { $0.pick([0, 16, 34, 50]) }
    record.rtkStdLon = g.maybe(0.2) { Double.random(in: 0...3, using: &$0) }
    record.rtkStdLat = g.maybe(0.2) { Double.random(in: 0...3, using: &$0) }
    record.rtkStdHeight = g.maybe(0.2) { Double.random(in: 0...3, using: &$0) }
    if g.chance(0.2) {
      // All three, as drones state them; on a lattice, so that filters hit edges exactly.
      let all = (0..<3).map { _ in Double(Int.random(in: 1...8, using: &g)) / 64 }
      (record.rtkStdLon, record.rtkStdLat, record.rtkStdHeight) = (all[0], all[1], all[2])
    }
    record.fix = g.maybe(0.4) { $0.pick(FixQuality.allCases) }
    record.imageSource = g.maybe(0.2) { $0.pick(["WideCamera", "InfraredCamera"]) }
    return record
  }

  /// Names of all kinds a server can send: hostile, escaped, in no encoding.
  static let oddNames: [[UInt8]] = [
    Array("a\nb.jpg".utf8), [0x1B, 0x5D, 0x30, 0x3B, 0x78, 0x07], [0xFF, 0xFE, 0x2E, 0x6A],
    Array("x'; DROP TABLE photos;--.jpg".utf8), Array("=cmd|x!A0.jpg".utf8),
    Array("<img src=x onerror=1>.jpg".utf8), Array("é.jpg".utf8), Array("e\u{301}.jpg".utf8),
    Array("\u{FFFD}80.jpg".utf8), [0x80, 0x2E, 0x6A], [0xC3], [0xEF], [0xEF, 0xBB, 0xBF, 0x41],
    Array("%2e%2e".utf8), Array("-rf \"*".utf8), Array("日本.jpg".utf8), [0xF0, 0x9F, 0x98],
    Array("\u{202E}gpj".utf8), Array("ﬁ.jpg".utf8), Array("\u{10FFFF}".utf8),
  ]

  static func name(_ number: Int, _ g: inout SplitMix64) -> PathBytes {
    if g.chance(0.1) { return PathBytes(g.pick(oddNames) + Array("\(number)".utf8)) }
    return PathBytes(Array("DJI_\(number).JPG".utf8))
  }

  static func change(_ name: PathBytes, _ g: inout SplitMix64) -> PhotoChange {
    PhotoChange(
      file: ListedFile(
        name: name, size: g.maybe(0.95) { Int64.random(in: 0...1 << 40, using: &$0) },
        mtime: g.maybe(0.95) { Int64.random(in: -5...1 << 32, using: &$0) }),
      record: record(&g), racy: g.chance(0.1), parserVersion: Int.random(in: 0...3, using: &g),
      sidecar: g.maybe(0.1) { ListedFile(name: name, size: 5, mtime: $0.pick([1, 2])) })
  }
}

extension Double {
  var wrapped: Double { self > 180 ? self - 360 : self }
}

/// What the index must hold: the model the tests compare it with.
struct Model {
  struct Key: Hashable, Comparable {
    var site: String
    var folder: PathBytes
    var file: PathBytes

    static func < (a: Key, b: Key) -> Bool {
      if a.site != b.site { return a.site.utf8.lexicographicallyPrecedes(b.site.utf8) }
      return a.folder == b.folder ? a.file < b.file : a.folder < b.folder
    }
  }

  var rows: [Key: (fid: Int64, change: PhotoChange)] = [:]

  /// All rows in the order of queries.
  var sorted: [PhotoRow] {
    rows.sorted { $0.key < $1.key }.map { key, row in
      var found = PhotoRow(
        id: row.fid, site: key.site, folder: key.folder.text, file: key.file.text,
        size: row.change.file.size, mtime: row.change.file.mtime, record: row.change.record)
      found.folderURL = PhotoURL.folder(PhotoURL.root("/" + key.site), key.folder.text)
      return found
    }
  }
}

extension IndexWriter {
  /// The folder's row, made when there is none.
  @discardableResult
  func folderID(site: Int64, path folder: PathBytes) throws(IndexError) -> Int64 {
    try write {
      let before = connection.totalChanges
      let id = try ChangeBatch.folder(folder, site: site, connection)
      if connection.totalChanges != before {
        var extents = try LayerExtents(connection)
        try extents.store(connection)
      }
      return id
    }
  }
}

extension IndexReader {
  func all(_ filter: PhotoFilter) throws -> [PhotoRow] {
    var rows: [PhotoRow] = []
    let count = try photos(filter) { rows.append($0) }
    #expect(count == rows.count)
    return rows
  }

  /// Every row, whatever its outcome.
  func everything() throws -> [PhotoRow] {
    var filter = PhotoFilter()
    filter.which = .all
    return try all(filter)
  }
}

extension PhotoFilter {
  static func with(_ set: (inout PhotoFilter) -> Void) -> PhotoFilter {
    var filter = PhotoFilter()
    set(&filter)
    return filter
  }
}

/// A record at a place, otherwise empty.
func located(_ latitude: Double, _ longitude: Double) -> PhotoRecord {
  PhotoRecord(outcome: .located(Coordinate(latitude: latitude, longitude: longitude)))
}

func photo(_ name: String, _ record: PhotoRecord) -> PhotoChange {
  PhotoChange(
    file: ListedFile(name: PathBytes(name.utf8), size: 1234, mtime: 1_700_000_000),
    record: record, racy: false, parserVersion: 1)
}

func changes(
  _ site: Int64, _ folder: String, _ set: (inout FolderChanges) throws -> Void
) rethrows -> FolderChanges {
  var changes = FolderChanges(site: site, folder: PathBytes(folder.utf8))
  try set(&changes)
  return changes
}
