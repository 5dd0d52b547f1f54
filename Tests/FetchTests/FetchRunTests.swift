import Foundation
import PhotoModel
import PhotoSource
import TestSupport
import Testing

@testable import Fetch

/// A whole fetch from a folder of this machine, with names that Linux allows.
@Suite struct FetchRunTests {
  private let folder: TemporaryFolder
  private let root: String

  init() throws {
    folder = try TemporaryFolder("gpsindex-fetch")
    root = try folder.folder("site")
  }

  private func withPath<R>(_ path: [UInt8], _ body: (UnsafePointer<CChar>) -> R) -> R {
    withName(Array(root.utf8) + [UInt8(ascii: "/")] + path, body)
  }

  private func write(_ path: [UInt8], _ bytes: [UInt8], mtime: Int) throws {
    let file = withPath(path) { open($0, O_WRONLY | O_CREAT | O_TRUNC, 0o600) }
    try #require(file >= 0, "\(path)")
    defer { close(file) }
    #expect(Foundation.write(file, bytes, bytes.count) == bytes.count)
    let time = timespec(tv_sec: mtime, tv_nsec: 0)
    futimens(file, [time, time])
  }

  private func fetch(
    _ rows: [PhotoRow], flat: Bool = false, _ options: FetchOptions = FetchOptions()
  ) throws -> FetchReport {
    let to = try FetchFolder(folder.file("to"), isDryRun: false)
    var plan = FetchPlan(traits: to.traits, isFlat: flat, namesSites: false)
    for row in rows { plan.add(row, sidecar: nil) }
    let run = FetchRun(plan, to, options) { _ in }
    try run.survey()
    try run.checkRoom()
    for site in run.wantedSites {
      try run.fetch(
        site: site, from: .folder(Array(root.utf8)), access: AccessOptions(), connections: nil)
    }
    try run.finish()
    return run.report
  }

  @Test(arguments: [false, true]) func hostileNamesArriveWithTheirBytes(flat: Bool) throws {
    var names = HostileNames(seed: 21)
    var rows: [PhotoRow] = []
    var contents: [[UInt8]: [UInt8]] = [:]
    for number in 0..<300 {
      let name = names.name()
      guard !name.contains(UInt8(ascii: "/")), name != [0x2E], name != [0x2E, 0x2E],
        name.count <= 200, contents[name] == nil
      else { continue }
      let bytes = Array("content \(number)".utf8)
      try write(name, bytes, mtime: 1_600_000_000 + number)
      contents[name] = bytes
      var row = FetchPlanTests.row("s", [], name, size: Int64(bytes.count))
      row.mtime = Int64(1_600_000_000 + number)
      rows.append(row)
    }
    let report = try fetch(rows, flat: flat)
    #expect(report.fetched == rows.count && report.isComplete && rows.count > 150)
    let found = try FileManager.default.contentsOfDirectory(atPath: folder.file("to"))
    #expect(found.count == rows.count)
    let again = try fetch(rows, flat: flat)
    #expect(again.present == rows.count && again.statistics.filesOpened == 0)
    // Each local name leads back to the content of its source.
    let to = try FetchFolder(folder.file("to"), isDryRun: true)
    for name in contents.keys {
      let local = flat ? to.traits.names.flat([name]) : to.traits.names.encoded(name, isTop: true)
      let file = to.destination.openFile(local)
      try #require(file >= 0, "\(name)")
      let data = FileHandle(fileDescriptor: file, closeOnDealloc: true).readDataToEndOfFile()
      #expect(Array(data) == contents[name])
    }
  }

  @Test func aPartOfAnotherVersionIsNotUsed() throws {
    try write(Array("a.jpg".utf8), Array("0123456789".utf8), mtime: 1_600_000_000)
    var row = FetchPlanTests.row("s", [], Array("a.jpg".utf8), size: 10)
    row.mtime = 1_600_000_000
    let key = PartFile.key(site: "s", path: PathBytes(Array("a.jpg".utf8)))
    let stage = "to/\(SafeName.stage)/"
    try folder.write("XXXX", to: stage + key + "_10_1599999999.part")
    try folder.write("01234", to: stage + key + "_10_1600000000.part")
    let report = try fetch([row])
    #expect(report.fetched == 1 && report.resumedBytes == 5 && report.bytes == 5)
    #expect(
      try String(contentsOfFile: folder.file("to/a.jpg"), encoding: .utf8) == "0123456789")
    #expect(!FileManager.default.fileExists(atPath: folder.file(stage)))
  }

  @Test func tooLittleRoomIsSaidBefore() throws {
    var row = FetchPlanTests.row("s", [], Array("a.jpg".utf8), size: 1 << 60)
    row.mtime = 1
    #expect(throws: FetchError.self) { _ = try fetch([row]) }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.file("to")) == [])
  }
}
