import Foundation
import TestSupport
import Testing

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Runs to the end, or until a limit is exceeded.
/// - Returns: the peak memory in MiB, where the system reports it.
func peak(
  _ running: RunningCommand, limit: Int = 2_000
) -> (result: Command.Result, mebibytes: Int) {
  var most = 0
  let end = ContinuousClock.now + .seconds(60)
  while running.isRunning, ContinuousClock.now < end, most < limit << 10 {
    let text = (try? String(contentsOfFile: "/proc/\(running.pid)/status", encoding: .utf8)) ?? ""
    let line = text.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
    most = max(most, line.flatMap { Int($0.filter(\.isNumber)) } ?? 0)
    Thread.sleep(forTimeInterval: 0.01)
  }
  return (running.result(timeout: 1), most / 1024)
}

/// Rows of docs/faults.md about large folders and large sites: what they cost in memory.
@Suite(.enabled(if: Setting.isPossible, "no OpenSSH server with an sftp-server is installed"))
struct SizeRows {
  /// Adds `count` names of photos to one folder: hard links to the site's own photos.
  private func add(_ count: Int, to folder: String, of site: String) throws {
    let photos = try #require(
      FileManager.default.enumerator(atPath: site)?.compactMap { $0 as? String }
        .filter { $0.hasSuffix(".JPG") && !$0.hasPrefix("many") })
    let path = site + "/" + folder
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    for number in 0..<count {
      let photo = photos[number % photos.count]
      try #require(link(site + "/" + photo, "\(path)/DJI_\(number).JPG") == 0)
    }
  }

  @Test func b13_aHundredThousandEntries() throws {
    let setting = try Setting(photos: 4)
    try add(100_000, to: "many", of: setting.root)
    let listing = peak(try setting.start(["--dry-run", "--json", "--timeout", "20"]))
    print("b13: 100,004 entries in \(listing.result.seconds) s, \(listing.mebibytes) MiB")
    #expect(listing.result.exitCode == 0, "\(listing.result.errorText)")
    #expect(listing.result.text.contains("\"listed\":100004,"), "\(listing.result.text)")
    #expect(listing.mebibytes <= 60)
    #expect(listing.result.seconds <= 3, "\(listing.result.seconds) s")
    // Stopped in the middle of it.
    let running = try setting.start()
    #expect(Poll.until(seconds: 10) { (try? setting.messageTypes().contains(12)) ?? false })
    let sent = ContinuousClock.now
    running.send(signal: SIGINT)
    let stopped = running.result(timeout: 5)
    #expect(!stopped.timedOut && stopped.exitCode == 130, "\(stopped.errorText)")
    #expect(sent.duration(to: .now) <= .milliseconds(500))
  }

  /// Of a server that shows each of its names again.
  @Test func b13_aHundredThousandEntriesTwice() throws {
    let setting = try Setting(photos: 4, "twice")
    try add(50_000, to: "many", of: setting.root)
    let listing = peak(try setting.start(["--dry-run", "--json", "--timeout", "20"]))
    #expect(listing.result.exitCode == 0, "\(listing.result.errorText)")
    #expect(listing.result.text.contains("\"listed\":50004,"), "\(listing.result.text)")
    #expect(listing.mebibytes <= 60)
  }

  /// What waits is bounded, so that memory hardly grows with the site: 54 MiB for 200,000 photos
  /// (docs/benchmarks.md, `make bench-big`), and here no more for a part of them.
  @Test func s20_memoryOfALargeSync() throws {
    // OpenSSH's own server: nothing between it and the client that would slow it down.
    let folder = try TemporaryFolder("gpsindex-large")
    let site = folder.file("site")
    _ = try SiteBuilder(photos: 40, folders: 4, fileSize: 60_000, seed: 6).write(to: site)
    for number in 0..<12 { try add(1000, to: "many/\(number)", of: site) }
    let server = try PrivateSSHD()
    let program = URL(filePath: CommandLine.arguments[0]).standardizedFileURL
      .deletingLastPathComponent().appending(path: "gpsindex").path
    let sync = peak(
      try Command.start(
        program,
        [
          "sync", server.location(site), "--identity", server.identity, "--known-hosts",
          server.knownHosts, "--progress", "none", "--timeout", "20", "--json",
        ],
        environment: [
          "PATH": "/usr/bin:/bin", "HOME": folder.path, "GPSINDEX_INDEX": folder.file("i.gpkg"),
        ]))
    print("s20: \(sync.mebibytes) MiB for 12,040 photos in \(sync.result.seconds) s")
    #expect(sync.result.exitCode == 0, "\(sync.result.errorText)")
    #expect(sync.result.text.contains("\"located\":12040"), "\(sync.result.text)")
    #expect(sync.mebibytes <= 80)
  }
}
