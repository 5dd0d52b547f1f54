import Foundation
import PhotoIndex
import PhotoModel
import Synchronization
import TestSupport
import Testing

@testable import gpsindex

/// Parallel readers and writers, and killed writers, with the real program.
@Suite struct ConcurrencyTests {
  private func environment(_ index: String) -> [String: String] {
    ["GPSINDEX_INDEX": index, "HOME": "/nowhere", "PATH": "/usr/bin:/bin"]
  }

  // MARK: Readers

  /// A batch is two folders of 50 photos each: a reader that sees a part of one sees an odd number.
  @Test func eightReadersSeeOnlyWholeBatches() throws {
    let folder = try TestSupport.TemporaryFolder()
    let index = folder.file("index.gpkg")
    let writer = try IndexWriter(path: index)
    let site = try writer.addSite(SiteRecord(name: "s", location: "/p")).id
    let seen = Mutex<[Int]>([])
    let failures = Mutex<[String]>([])
    let isWriting = Mutex(true)
    let environment = environment(index)
    let readers = (0..<8).map { number in
      Thread {
        var last = 0
        while isWriting.withLock({ $0 }) {
          // In turn the three sources of a count: rows, counters of folders, a box.
          let arguments = [
            ["query", "-f", "jsonl", "-q"], ["folders", "-f", "jsonl", "-q"],
            ["query", "--count", "--bbox", "0,0,10,10", "-q"],
          ][(number + last / 100) % 3]
          do {
            let result = try Command.run(
              Program.url.path, arguments, environment: environment, timeout: 60)
            let count = Self.photos(arguments, result.text)
            seen.withLock { $0.append(count) }
            if result.exitCode != 0 || count % 100 != 0 || count < last {
              failures.withLock {
                $0.append("\(arguments): \(count) after \(last), \(result.errorText)")
              }
            }
            last = max(last, count)
          } catch {
            failures.withLock { $0.append("\(error)") }
          }
        }
        seen.withLock { $0.append(-1) }
      }
    }
    for reader in readers { reader.start() }
    // Until every reader has read, and at least this many batches.
    var batches = 0
    while batches < 60 || seen.withLock({ $0.count }) < 80 && batches < 5000 {
      let folders = ["a", "b"].map { letter in
        var changes = FolderChanges(site: site, folder: PathBytes(text: "\(batches)/\(letter)"))
        changes.inserts = (0..<50).map { photo in
          PhotoChange(
            file: ListedFile(name: PathBytes(text: "\(photo).jpg"), size: 1, mtime: 1),
            record: PhotoRecord(
              outcome: .located(Coordinate(latitude: 5, longitude: Double(photo) / 10))),
            racy: false, parserVersion: 1)
        }
        return changes
      }
      try writer.apply(folders)
      batches += 1
    }
    isWriting.withLock { $0 = false }
    #expect(Poll.until(seconds: 60) { seen.withLock { $0.count { $0 == -1 } == 8 } })
    #expect(failures.withLock { $0 } == [])
    let counts = Set(seen.withLock { $0 })
    #expect(counts.count > 3, "the readers saw no progress: \(counts)")
  }

  private static func photos(_ arguments: [String], _ text: String) -> Int {
    let lines = text.split(separator: "\n")
    switch arguments.first {
    case "folders":
      return lines.reduce(0) { sum, line in
        let parsed = try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
        return sum + ((parsed?["photos"] as? Int) ?? -1_000_001)
      }
    default: return arguments.contains("--count") ? Int(lines.first ?? "") ?? -1 : lines.count
    }
  }

  // MARK: Two syncs

  @Test func secondSyncOfASiteIsRefusedAndOtherSitesContinue() throws {
    let folder = try TestSupport.TemporaryFolder()
    let index = folder.file("index.gpkg")
    for name in ["one", "two"] {
      _ = try SiteBuilder(photos: 3, seed: 4).write(to: folder.file(name))
    }
    let environment = environment(index)
    func sync(_ name: String) throws -> Command.Result {
      try Command.run(
        Program.url.path, ["sync", folder.file(name)], environment: environment, timeout: 60)
    }
    #expect(try sync("one").exitCode == 0)
    do {
      let writer = try IndexWriter(path: index)
      let lease = try writer.lease(site: try writer.site(named: "one").id)
      defer { withExtendedLifetime(lease) {} }
      let refused = try sync("one")
      #expect(refused.exitCode == 75)
      #expect(refused.errorText.contains("process \(getpid())"), "\(refused.errorText)")
      #expect(try sync("two").exitCode == 0)
    }
    // The lock is released when its holder ends.
    #expect(try sync("one").exitCode == 0)
  }

  // MARK: Kills

  /// GPSINDEX_KILLS is the number of kills; `make test-kill` sets 200.
  private static let kills =
    ProcessInfo.processInfo.environment["GPSINDEX_KILLS"].flatMap(Int.init) ?? 6

  /// `kill -9` at random moments of a sync: the index is valid each time, and the last sync ends with the
  /// content of an undisturbed one.
  @Test func killedSyncLeavesAValidIndex() throws {
    let folder = try TestSupport.TemporaryFolder()
    let root = folder.file("site")
    let photos = try SiteBuilder(photos: 400, folders: 12, seed: 9).write(to: root)
    let calm = folder.file("calm.gpkg")
    let start = ContinuousClock.now
    let sync = ["sync", root, "--progress", "none"]
    #expect(
      try Command.run(Program.url.path, sync, environment: environment(calm)).exitCode == 0)
    var whole = start.duration(to: .now) / .seconds(1)
    let expected = try content(calm)
    #expect(expected.rows.split(separator: "\n").count == photos.count)

    var random = SplitMix64(seed: 77)
    let index = folder.file("index.gpkg")
    var killed = 0
    for round in 0..<Self.kills {
      // Every third round starts with a new index; the others continue from the killed one.
      if round % 3 == 0 {
        for suffix in ["", "-wal", "-shm"] {
          try? FileManager.default.removeItem(atPath: index + suffix)
        }
      }
      let running = try Command.start(
        Program.url.path, sync, environment: environment(index))
      Thread.sleep(forTimeInterval: Double.random(in: 0...whole, using: &random))
      running.send(signal: SIGKILL)
      if running.result().signal == SIGKILL {
        killed += 1
      } else {
        // The machine was busier during the first timing.
        whole /= 2
      }
      // Killed before the index was created.
      guard FileManager.default.fileExists(atPath: index),
        try FileManager.default.attributesOfItem(atPath: index)[.size] as? Int != 0
      else { continue }
      let check = try Command.run(Program.url.path, ["check"], environment: environment(index))
      let isUnborn = check.errorText.contains("it holds no tables")
      #expect(check.exitCode == 0 || isUnborn, "\(check.text) \(check.errorText)")
    }
    #expect(killed > 0)
    #expect(
      try Command.run(Program.url.path, sync, environment: environment(index)).exitCode == 0)
    let found = try content(index)
    #expect(found.rows == expected.rows)
    #expect(found.folders == expected.folders)
    #expect(found.tracks == expected.tracks)
    #expect(
      try Command.run(Program.url.path, ["check"], environment: environment(index)).exitCode == 0)
  }

  /// All columns except ids, which depend on the order of writing.
  private func content(_ index: String) throws -> (rows: String, folders: String, tracks: String) {
    func run(_ arguments: [String]) throws -> String {
      try Command.run(Program.url.path, arguments, environment: environment(index)).text
    }
    let tracks = try Command.run(
      Command.find("sqlite3") ?? "sqlite3",
      [
        "-readonly", index,
        "SELECT path, photo_count, first_taken, last_taken, hex(geom) FROM tracks ORDER BY path",
      ]
    ).text
    return (
      try run(["query", "-f", "jsonl", "-q"]), try run(["folders", "-f", "jsonl", "-q"]), tracks
    )
  }
}
