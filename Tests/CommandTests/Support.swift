import Foundation
import TestSupport
import PhotoIndex
import PhotoModel
import Testing

/// The real program, beside the test executable.
struct Program {
  struct Result {
    var status: Int32
    var wasKilled: Bool
    var outputBytes: Data
    var output: String { String(decoding: outputBytes, as: UTF8.self) }
    var errors: String
    var errorLines: [Substring] { errors.split(separator: "\n") }
  }

  static let url: URL = {
    let tests = URL(filePath: CommandLine.arguments[0]).standardizedFileURL
    return tests.deletingLastPathComponent().appending(path: "gpsindex")
  }()

  /// - Parameter folder: the working folder of the program; nil: that of the tests.
  static func run(
    _ arguments: [String], environment: [String: String] = [:], folder: URL? = nil,
    shell: String? = nil
  ) throws -> Result {
    var words = [url.path] + arguments
    if let shell { words = ["/bin/sh", "-c", shell] + words }
    if let folder {
      words = ["/bin/sh", "-c", "cd \"$0\" && exec \"$@\"", folder.path] + words
    }
    let environment = ["PATH": "/usr/bin:/bin"].merging(environment) { $1 }
    let result = try Command.run(
      words[0], Array(words.dropFirst()), environment: environment, timeout: 300)
    try #require(!result.timedOut, "\(arguments) has not ended: \(result.errorText)")
    return Result(
      status: result.signal ?? result.exitCode, wasKilled: result.signal != nil,
      outputBytes: Data(result.stdout), errors: result.errorText)
  }
}

/// A temporary folder with an index of a few photos.
final class Workshop {
  let folder: URL
  var index: String { folder.appending(path: "index.gpkg").path }

  init(filled: Bool = true) throws {
    folder = FileManager.default.temporaryDirectory.appending(
      path: "gpsindex-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    if filled { try fill() }
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  func path(_ name: String) -> String { folder.appending(path: name).path }

  /// The program on this index.
  func run(_ arguments: [String], shell: String? = nil) throws -> Program.Result {
    try Program.run(
      arguments, environment: ["GPSINDEX_INDEX": index, "HOME": folder.path], folder: folder,
      shell: shell)
  }

  func run(_ arguments: String...) throws -> Program.Result { try run(arguments) }

  /// Zürich: 2 photos in flight1. San Francisco: 1 in flight2. Fiji: 1 on each side of the
  /// antimeridian, in a folder with an odd name. Without position: 1, failed: 1.
  static let oddFolder = "odd\u{1B}[31m"
  static let oddName = "=1+1\n.jpg"

  private func fill() throws {
    let writer = try IndexWriter(path: index)
    let site = try writer.addSite(SiteRecord(name: "nas", location: "/photos"))
    try writer.addSite(SiteRecord(name: "empty", location: "drone@host:photos"))
    var zurich = record(8.5, 47.4) {
      $0.altitude = 512.5
      $0.takenAt = 1_714_557_600_000
      $0.takenLocal = "2024-05-01T12:00:00"
      $0.fix = .fixed
      $0.flags = [.altConflict]
      $0.cameraMake = "DJI"
      $0.source = .exif
    }
    zurich.serialNumber = "S\u{1B}1"
    try apply(
      writer, site.id, "flight1",
      [
        "DJI_0001.JPG": zurich, "DJI_0002.JPG": record(8.51, 47.41),
        "b.jpg": PhotoRecord(outcome: .withoutPosition(.noGPS)),
        "c.jpg": PhotoRecord(outcome: .failed(.damaged)),
      ])
    try apply(
      writer, site.id, "flight2",
      [
        "DJI_0001.JPG": record(-122.4, 37.8) {
          $0.takenAt = 1_714_600_000_000
          $0.altitude = -3.25
        }
      ])
    try apply(
      writer, site.id, Self.oddFolder,
      [Self.oddName: record(179.9, -17.5), "west.jpg": record(-179.9, -17.5)])
  }

  private func apply(
    _ writer: IndexWriter, _ site: Int64, _ folder: String, _ photos: [String: PhotoRecord]
  ) throws {
    var changes = FolderChanges(site: site, folder: PathBytes(text: folder))
    for (name, record) in photos.sorted(by: { $0.key < $1.key }) {
      let file = ListedFile(name: PathBytes(text: name), size: 5_000_000_000, mtime: 1_714_557_600)
      changes.inserts.append(
        PhotoChange(file: file, record: record, racy: false, parserVersion: 1))
    }
    try writer.apply(changes)
  }

  private func record(
    _ longitude: Double, _ latitude: Double, _ change: (inout PhotoRecord) -> Void = { _ in }
  ) -> PhotoRecord {
    var record = PhotoRecord(
      outcome: .located(Coordinate(latitude: latitude, longitude: longitude)))
    change(&record)
    return record
  }
}

/// The features of a GeoJSON text.
func features(_ result: Program.Result) throws -> [[String: Any]] {
  let parsed = try JSONSerialization.jsonObject(with: result.outputBytes) as? [String: Any]
  #expect(parsed?["type"] as? String == "FeatureCollection")
  return try #require(parsed?["features"] as? [[String: Any]])
}

func paths(_ result: Program.Result) throws -> [String] {
  try features(result).compactMap { ($0["properties"] as? [String: Any])?["path"] as? String }
}

/// One JSON value from standard output.
func json(_ result: Program.Result) throws -> Any {
  try JSONSerialization.jsonObject(with: result.outputBytes, options: .fragmentsAllowed)
}
