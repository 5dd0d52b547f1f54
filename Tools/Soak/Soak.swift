import Foundation
import PhotoIndex
import PhotoModel
import PhotoSource
import SSHTransport
import Sync
import TestSupport

// soak N [SEED]
//
// N syncs in a row in one process, most of them with a fault: of the server (hostile-server), of the
// link, or of the processes that serve. Every tenth is a clean one and must end in the content of a
// run that nobody disturbed. Ends with 1 when one did not, when one took too long, or when memory or
// descriptors grew.

/// What goes wrong in one sync.
enum Fault: CaseIterable {
  case none, server, link, killed, cancelled
}

struct Soak {
  /// Modes of hostile-server, each for one connection; the next one is served well.
  static let modes = [
    "initsilent", "initbanner", "initlen", "initeof", "lenmid", "silent", "eofreply", "partialeof",
    "longhandle", "count", "namelen", "wrongid", "zerocount", "zerodata", "bigdata", "lyingdata",
    "duplicate", "reorder", "oneopen", "noattrs", "attrext", "dieread 3", "dieread 20",
    "stallread 10", "shortread 512", "delay 2",
  ]
  /// Seconds to wait for a reply, and seconds that no sync may take.
  static let timeout = 1.0
  static let longest = 20.0

  let folder: TemporaryFolder
  let server: PrivateSSHD
  let root: String
  let site: SiteRecord
  let photos: Int
  var access = AccessOptions()
  var random: SplitMix64

  var index: String { folder.file("index.gpkg") }

  init(seed: UInt64) throws {
    random = SplitMix64(seed: seed)
    folder = try TemporaryFolder("gpsindex-soak")
    root = folder.file("site")
    photos = try SiteBuilder(photos: 80, folders: 6, fileSize: 60_000, seed: 8).write(to: root)
      .count
    try folder.write("real", to: "mode")
    let programs = URL(filePath: CommandLine.arguments[0]).standardizedFileURL
      .deletingLastPathComponent()
    var options = PrivateSSHD.Options()
    options.subsystem = .command(
      [
        programs.appending(path: "hostile-server").path, folder.file("mode"), "/dev/null",
        PrivateSSHD.sftpServer ?? "",
      ].joined(separator: " "))
    server = try PrivateSSHD(options)
    site = try IndexWriter(path: folder.file("index.gpkg"))
      .addSite(SiteRecord(name: "s", location: server.location(root)))
    access.identity = server.identity
    access.home = folder.path
  }

  /// How a sync ended, in a word or two.
  mutating func sync(_ fault: Fault, full: Bool) throws -> String {
    var mode = "real"
    if fault == .server {
      mode = "once " + (Self.modes.randomElement(using: &random) ?? "real")
    }
    try folder.write(mode, to: "mode")
    var port = server.port
    var link: FaultyLink?
    if fault == .link, let action = FaultyLink.Action.allCases.randomElement(using: &random) {
      link = try FaultyLink(
        to: port, action, after: Int.random(in: 500...120_000, using: &random))
      port = link?.port ?? port
    }
    defer { withExtendedLifetime(link) {} }
    access.knownHosts = try server.knownHosts(port: port)
    var options = SyncOptions()
    options.source.timeout = Self.timeout
    options.source.giveUpAfter = 5
    options.full = full
    let moment = Double.random(in: 0...0.5, using: &random)
    let start = ContinuousClock.now
    let killed = DispatchSemaphore(value: 0)
    if fault == .cancelled {
      options.isCancelled = { ContinuousClock.now - start > .seconds(moment) }
    } else if fault == .killed {
      let server = server
      Thread {
        Thread.sleep(forTimeInterval: moment)
        server.signalSessions(SIGKILL)
        killed.signal()
      }.start()
    }
    // Before the next sync, which is none of its business.
    defer { if fault == .killed { killed.wait() } }
    do {
      let place = ServerPlace(
        user: server.user, host: server.host, port: port, path: Array(root.utf8))
      var run = SyncRun(site: site, place: .server(place), access: access, indexPath: index)
      run.options = options
      let summary = try run.run { _ in }
      return summary.cancelled ? "stopped" : summary.isComplete ? "complete" : "incomplete"
    } catch let error as TransportError {
      return "\(error.kind)"
    } catch let error as SourceError {
      return "\(error)".prefix { $0 != "(" }.description
    }
  }

  func content() throws -> [String: PhotoRecord] {
    var rows: [String: PhotoRecord] = [:]
    var filter = PhotoFilter()
    filter.which = .all
    _ = try IndexReader(path: index).photos(filter) { rows[$0.path] = $0.record }
    return rows
  }
}

/// Kibibytes in memory, and open descriptors, of this process.
func held() throws -> (memory: Int, descriptors: Int) {
  let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
  let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
  let memory = line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) }
  let descriptors = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count
  return (memory ?? 0, descriptors)
}

/// One line, at once, also into a pipe.
func say(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }

@main enum Main {
  static func main() throws {
    signal(SIGPIPE, SIG_IGN)
    let words = CommandLine.arguments.dropFirst().compactMap { Int($0) }
    let syncs = words.first ?? 2_000
    if CommandLine.arguments.contains("watch") {
      let faults = try WatchSoak(polls: syncs, seed: UInt64(words.dropFirst().first ?? 1)).run()
      for fault in faults.prefix(20) { say("FAULT \(fault)") }
      exit(faults.isEmpty ? 0 : 1)
    }
    var soak = try Soak(seed: UInt64(words.dropFirst().first ?? 1))
    _ = try soak.sync(.none, full: true)
    let expected = try soak.content()
    guard expected.count == soak.photos else { throw TestSupportError("the first sync failed") }
    var ends: [String: Int] = [:]
    var faults: [String] = []
    var slowest = 0.0
    var samples: [(memory: Int, descriptors: Int)] = []
    let begin = ContinuousClock.now
    for number in 1...syncs {
      let fault =
        number % 10 == 0 ? .none : Fault.allCases.randomElement(using: &soak.random) ?? .none
      let full = fault == .none ? number % 100 == 0 : Bool.random(using: &soak.random)
      let start = ContinuousClock.now
      let end = try soak.sync(fault, full: full)
      let seconds = start.duration(to: .now) / .seconds(1)
      slowest = max(slowest, seconds)
      ends[end, default: 0] += 1
      if seconds > Soak.longest { faults.append("sync \(number) (\(fault)) took \(seconds) s") }
      if fault == .none, end != "complete" { faults.append("clean sync \(number) ended \(end)") }
      if number % 10 == 0, try soak.content() != expected {
        faults.append("sync \(number): not the content of a run without faults")
      }
      if number % max(1, syncs / 20) == 0 {
        let now = try held()
        samples.append(now)
        say("\(number) syncs: \(now.memory) KiB, \(now.descriptors) descriptors")
      }
    }
    let seconds = Int(begin.duration(to: .now) / .seconds(1))
    say("\(syncs) syncs in \(seconds) s, the slowest \(slowest) s")
    say(ends.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", "))
    // The first tenth warms up.
    let steady = samples.dropFirst(2)
    if let first = steady.first, let last = steady.last {
      if last.memory > first.memory + 8_192 { faults.append("memory grew") }
      if last.descriptors > first.descriptors + 2 { faults.append("descriptors grew") }
    }
    if try !IndexReader(path: soak.index).check().isEmpty {
      faults.append("the index is not sound")
    }
    for fault in faults.prefix(20) { say("FAULT \(fault)") }
    exit(faults.isEmpty ? 0 : 1)
  }
}
