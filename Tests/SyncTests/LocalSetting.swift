import Foundation
import PhotoIndex
import PhotoModel
import PhotoSource
import SQLite
import TestSupport

@testable import Sync

/// A folder of photos on this machine, its site and its index; gone with the value.
final class LocalSetting {
  let folder: TemporaryFolder
  let root: String
  let index: String
  let site: SiteRecord
  var notes: [String] = []

  init(name: String = "s") throws {
    folder = try TemporaryFolder()
    root = folder.file("site")
    index = folder.file("index.gpkg")
    try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
    site = try IndexWriter(path: index).addSite(SiteRecord(name: name, location: root))
  }

  /// A photo at that place; `size` bytes in all, of which those behind the head are a hole.
  func write(_ path: String, latitude: Double, size: Int? = nil, mtime: Int64 = 1_600_000_000)
    throws
  {
    let file = root + "/" + path
    try FileManager.default.createDirectory(
      atPath: (file as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
    var bytes = JpegBuilder(make: "DJI", model: "M3E", latitude: latitude, longitude: 8).build()
    if let size { bytes += [UInt8](repeating: 0, count: max(0, size - bytes.count)) }
    try Data(bytes).write(to: URL(filePath: file))
    try SiteBuilder.setTimes(of: file, to: mtime)
  }

  /// Folders `prefix0`, `prefix1` … of `photos` photos each, all of one size; each folder has a time and
  /// a latitude of its own, from `south` on.
  func writeFolders(
    _ count: Int, photos: Int, prefix: String = "f", south: Double = 0
  ) throws {
    for folder in 0..<count {
      for number in 0..<photos {
        try write(
          "\(prefix)\(folder)/DJI_\(number).JPG",
          latitude: south + Double(folder) + Double(number) / 100,
          mtime: 1_600_000_000 + Int64(folder))
      }
    }
  }

  func remove(_ path: String) throws {
    try FileManager.default.removeItem(atPath: root + "/" + path)
  }

  func move(_ path: String, to other: String) throws {
    try FileManager.default.createDirectory(
      atPath: ((root + "/" + other) as NSString).deletingLastPathComponent,
      withIntermediateDirectories: true)
    try FileManager.default.moveItem(atPath: root + "/" + path, toPath: root + "/" + other)
  }

  @discardableResult
  func sync(_ change: (inout SyncOptions) -> Void = { _ in }) throws -> SyncSummary {
    var run = SyncRun(
      site: site, place: .folder(Array(root.utf8)), access: AccessOptions(), indexPath: index)
    change(&run.options)
    notes = []
    return try run.run { if case .note(let text) = $0 { self.notes.append(text) } }
  }

  func rows() throws -> [String: PhotoRow] { try rowsByPath(index) }

  func ids() throws -> [String: Int64] { try rows().mapValues(\.id) }

  func status() throws -> SiteStatus? { try IndexReader(path: index).status(site: site.name).first }

  func check() throws -> [String] { try IndexReader(path: index).check() }

  func bytes() throws -> Data { try Data(contentsOf: URL(filePath: index)) }

  /// Lets a time pass for the deletion guard.
  func pass(hours: Double) throws {
    let connection = try Connection(path: index, mode: .readWrite)
    try connection.execute("UPDATE removal SET at = at - \(Int64(hours * 3_600_000))")
  }
}
