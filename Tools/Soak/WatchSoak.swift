import Foundation
import PhotoIndex
import PhotoModel
import PhotoSource
import SSHTransport
import Sync
import Synchronization
import TestSupport

// soak watch N [SEED]
//
// N polls of one watch, many of them with a fault: sessions killed between polls or in the middle of one, the server started
// anew, sessions that stand still; and with changes of the tree. Ends with 1 when memory or descriptors grew, when successful
// logins are not outages + 1, or when the index is not the tree in the end.
final class WatchSoak {
  private let soak: Soak
  private let polls: Int
  private var random: SplitMix64
  private let stop = StopFlag()
  private var done = 0
  private var logins = 0
  private var outages = 0
  private var restarts = 0
  private var added: [String] = []
  private var serial = 0
  private var samples: [(memory: Int, descriptors: Int)] = []
  private var faults: [String] = []
  private let photo: String

  init(polls: Int, seed: UInt64) throws {
    soak = try Soak(seed: seed)
    self.polls = polls
    random = SplitMix64(seed: seed)
    let walk = FileManager.default.enumerator(atPath: soak.root)
    guard let photo = walk?.compactMap({ $0 as? String }).first(where: { $0.hasSuffix(".JPG") })
    else { throw TestSupportError("no photo") }
    self.photo = soak.root + "/" + photo
  }

  /// - Returns: what must not be.
  func run() throws -> [String] {
    var access = soak.access
    access.knownHosts = soak.server.knownHosts
    var options = SourceOptions()
    options.timeout = Soak.timeout
    let place = SitePlace.server(
      ServerPlace(
        user: soak.server.user, host: soak.server.host, port: soak.server.port,
        path: Array(soak.root.utf8)))
    let watched = WatchedSite(soak.site, place, access, options)
    let begin = ContinuousClock.now
    ServerWatch(
      [watched], every: 0.02, indexPath: soak.index,
      isCancelled: { [stop] in stop.isSet },
      onEvent: { [unowned self] in hear($0) }
    ).run()
    let seconds = Int(begin.duration(to: .now) / .seconds(1))
    say(
      "\(done) polls in \(seconds) s, \(outages) outages (\(restarts) restarts), \(logins) logins")
    let accepted = soak.server.log.components(separatedBy: "Accepted publickey").count - 1
    if logins != outages + 1 || accepted != logins {
      faults.append("\(outages) outages, \(logins) logins, \(accepted) accepted by the server")
    }
    let steady = samples.dropFirst(2)
    if let first = steady.first, let last = steady.last {
      if last.memory > first.memory + 8_192 { faults.append("memory grew") }
      if last.descriptors > first.descriptors + 2 { faults.append("descriptors grew") }
    }
    let rows = try soak.content()
    if rows.count != soak.photos + added.count { faults.append("\(rows.count) rows") }
    for name in added where rows[name] == nil { faults.append("\(name) has no row") }
    if try !IndexReader(path: soak.index).check().isEmpty {
      faults.append("the index is not sound")
    }
    return faults
  }

  private func hear(_ event: WatchEvent) {
    switch event {
    case .polled(_, let report):
      done += 1
      logins += report.summary.statistics.logins
      if done % max(1, polls / 20) == 0, let now = try? held() {
        samples.append(now)
        say("\(done) polls: \(now.memory) KiB, \(now.descriptors) descriptors")
      }
      // The last polls are quiet, so that the last change is seen.
      if done >= polls { stop.set() } else if done < polls - 5 { act() }
    case .ended(_, let error): faults.append("the watch ended: \(error)")
    case .failed, .recovered, .note: break
    }
  }

  private func act() {
    switch Int.random(in: 0..<100, using: &random) {
    case 0..<15: add()
    case 15..<25: removeOne()
    // An outage only while the connection stands: each then costs one login.
    case 25..<37 where logins == outages + 1: disturb()
    default: break
    }
  }

  private func add() {
    serial += 1
    let name = "soak\(serial).JPG"
    try? FileManager.default.copyItem(atPath: photo, toPath: soak.root + "/" + name)
    added.append(name)
  }

  private func removeOne() {
    guard let index = added.indices.randomElement(using: &random) else { return }
    try? FileManager.default.removeItem(atPath: soak.root + "/" + added.remove(at: index))
  }

  private func disturb() {
    outages += 1
    let server = soak.server
    switch Int.random(in: 0..<10, using: &random) {
    case 0:
      restarts += 1
      do { try server.restart() } catch { faults.append("no restart: \(error)") }
    case 1:
      // They stand still, and are gone before the next login comes.
      let still = server.sessionProcesses
      for pid in still { kill(pid, SIGSTOP) }
      Thread {
        Thread.sleep(forTimeInterval: Soak.timeout + 0.2)
        for pid in still { kill(pid, SIGKILL) }
      }.start()
    case 2..<6: server.signalSessions(SIGKILL)
    default:
      // At any moment of the next poll. Only those that are there now.
      let victims = server.sessionProcesses
      let moment = Double.random(in: 0...0.06, using: &random)
      Thread {
        Thread.sleep(forTimeInterval: moment)
        for pid in victims { kill(pid, SIGKILL) }
      }.start()
    }
  }

  /// Of a watch that has made its polls.
  private final class StopFlag: Sendable {
    private let flag = Atomic(false)
    var isSet: Bool { flag.load(ordering: .relaxed) }
    func set() { flag.store(true, ordering: .relaxed) }
  }
}
