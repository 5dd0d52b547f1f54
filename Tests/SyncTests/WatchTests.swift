import Foundation
import PhotoIndex
import PhotoModel
import PhotoSource
import SSHTransport
import Synchronization
import TestSupport
import Testing

@testable import Sync

/// When a watch polls.
@Suite struct WatchScheduleTests {
  @Test func pollsKeepTheirRate() {
    var schedule = WatchSchedule(interval: 30, now: 100)
    #expect(schedule.due == 100)
    schedule.succeeded(now: 104)
    #expect(schedule.due == 130)
    schedule.succeeded(now: 131)
    #expect(schedule.due == 160)
    // A poll that took longer than the interval: the next one comes when it would have, and none is made up for.
    schedule.succeeded(now: 275)
    #expect(schedule.due == 280)
    schedule.succeeded(now: 310)
    #expect(schedule.due > 310 && schedule.due <= 340)
  }

  @Test func pausesDoubleUpToFiveMinutes() {
    var schedule = WatchSchedule(interval: 30, now: 0)
    var random = SystemRandomNumberGenerator()
    for expected in [1.0, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300] {
      schedule.failed(now: 1_000, random: &random)
      let pause = schedule.due - 1_000
      #expect(pause >= expected * 0.7 - 1e-9 && pause <= expected * 1.3 + 1e-9)
    }
    #expect(schedule.failures == 12)
    schedule.succeeded(now: 2_000)
    #expect(schedule.failures == 0 && schedule.due > 2_000 && schedule.due <= 2_030)
  }

  @Test func pausesOfTwoWatchesDiffer() {
    var random = SystemRandomNumberGenerator()
    let pauses = (0..<20).map { _ in
      var schedule = WatchSchedule(interval: 30, now: 0)
      schedule.failed(now: 0, random: &random)
      return schedule.due
    }
    #expect(Set(pauses).count > 1)
  }

  @Test func aMachineThatWakesPollsAtOnce() {
    var schedule = WatchSchedule(interval: 3_600, now: 0)
    schedule.succeeded(now: 1)
    schedule.woke(now: 500)
    #expect(schedule.due == 500)
    schedule.wait(until: 900)
    #expect(schedule.due == 900)
    schedule.wait(until: 600)
    #expect(schedule.due == 900)
  }

  /// The wall clock is not asked, so that setting it changes nothing.
  @Test func sleepIsTheTimeThatOnlyOneClockHasSeen() {
    var watch = SleepWatch()
    let seen = [(1_000.0, 400.0), (1_030, 430), (1_032, 431), (8_000, 460), (8_030, 490)].map {
      watch.hasSlept(elapsed: $0, awake: $1)
    }
    #expect(seen == [false, false, false, true, false])
  }
}

/// Polls over a connection that stays open.
@Suite(.serialized, .enabled(if: PrivateSSHD.isAvailable, "no OpenSSH server is installed"))
struct ServerWatchTests {
  typealias Setting = ServerSyncTests.Setting

  /// What a watch has said, for another thread.
  private final class Heard: Sendable {
    struct State {
      var polls = 0
      var news: [String] = []
      var logins = 0
      var failures = 0
      var recoveries = 0
      var ended: [String] = []
      var opened = 0
    }
    let state = Mutex(State())
    let isStopped = Atomic(false)

    func hear(_ event: WatchEvent) {
      state.withLock { state in
        switch event {
        case .polled(_, let report):
          state.polls += 1
          state.logins += report.summary.statistics.logins
          state.opened += report.summary.filesOpened
          state.news += report.first.map { "\($0.kind.rawValue) \($0.path)" }
        case .failed: state.failures += 1
        case .recovered: state.recoveries += 1
        case .ended(let site, let error): state.ended.append("\(site.name) \(error)")
        case .note: break
        }
      }
    }

    func wait(_ holds: (State) -> Bool) -> Bool {
      Poll.until(seconds: 60) { state.withLock { holds($0) } }
    }
  }

  /// Runs a watch on a thread of its own while `body` runs.
  private func watching(
    _ setting: Setting, every interval: Double = 0.05, sites: [SiteRecord]? = nil,
    root: String? = nil, _ body: (Heard) throws -> Void
  ) throws -> Heard.State {
    let heard = Heard()
    let place = SitePlace.server(
      ServerPlace(
        user: setting.server.user, host: setting.server.host, port: setting.server.port,
        path: Array((root ?? setting.root).utf8)))
    let watched = (sites ?? [setting.site]).map {
      WatchedSite($0, place, setting.access, SourceOptions())
    }
    let index = setting.index
    let done = DispatchSemaphore(value: 0)
    Thread {
      ServerWatch(
        watched, every: interval, indexPath: index,
        isCancelled: { heard.isStopped.load(ordering: .relaxed) }, onEvent: heard.hear
      ).run()
      done.signal()
    }.start()
    defer {
      heard.isStopped.store(true, ordering: .relaxed)
      #expect(done.wait(timeout: .now() + 30) == .success, "the watch does not end")
    }
    try body(heard)
    return heard.state.withLock { $0 }
  }

  private func logins(_ setting: Setting) -> Int {
    setting.server.log.components(separatedBy: "Accepted publickey").count - 1
  }

  @Test func manyPollsCostOneLogin() throws {
    let setting = try Setting(photos: 20)
    let state = try watching(setting) { heard in
      #expect(heard.wait { $0.polls >= 20 })
    }
    #expect(state.logins == 1 && logins(setting) == 1)
    #expect(state.failures == 0 && state.news.count == PollReport.named)
  }

  @Test func changesOfTheTreeAreFollowed() throws {
    let setting = try Setting(photos: 20)
    let files = FileManager.default
    let paths = setting.truth.map(\.path).sorted()
    let state = try watching(setting) { heard in
      #expect(heard.wait { $0.polls >= 2 })
      heard.state.withLock { $0.news = [] }
      try files.copyItem(
        atPath: setting.root + "/" + paths[0], toPath: setting.root + "/arrived.JPG")
      #expect(heard.wait { $0.news.contains("new arrived.JPG") })
      try files.removeItem(atPath: setting.root + "/arrived.JPG")
      #expect(heard.wait { $0.news.contains("removed arrived.JPG") })
      try files.createDirectory(
        atPath: setting.root + "/new folder", withIntermediateDirectories: true)
      try files.copyItem(
        atPath: setting.root + "/" + paths[1], toPath: setting.root + "/new folder/b.JPG")
      #expect(heard.wait { $0.news.contains("new new folder/b.JPG") })
    }
    #expect(state.logins == 1 && logins(setting) == 1)
    #expect(try setting.rows().count == 21)
  }

  @Test func aRestartedServerCostsOneMoreLogin() throws {
    let setting = try Setting(photos: 10)
    let state = try watching(setting) { heard in
      for outage in 1...3 {
        #expect(heard.wait { $0.polls >= 3 * outage })
        try setting.server.restart()
        let polls = heard.state.withLock { $0.polls }
        #expect(heard.wait { $0.polls > polls + 1 })
      }
    }
    #expect(state.logins == 4 && logins(setting) == 4)
  }

  /// The lock of the site is free between two polls, so that another sync may run, and a poll that meets one is left out.
  @Test func otherSyncsRunBetweenPolls() throws {
    let setting = try Setting(photos: 10)
    let state = try watching(setting) { heard in
      #expect(heard.wait { $0.polls >= 2 })
      var lease: SiteLease? = try #require(
        Poll.until(seconds: 30) {
          try? IndexWriter(path: setting.index).lease(site: setting.site.id)
        })
      let polls = heard.state.withLock { $0.polls }
      // The watch has tried meanwhile: its clock runs on.
      Thread.sleep(forTimeInterval: 0.2)
      #expect(heard.state.withLock { $0.polls } <= polls + 1)
      withExtendedLifetime(lease) {}
      lease = nil
      #expect(heard.wait { $0.polls > polls + 2 })
    }
    #expect(state.failures == 0 && state.logins == 1)
  }

  @Test func aRootThatCannotBeListedCostsNoLogin() throws {
    let setting = try Setting(photos: 10)
    let away = setting.folder.file("away")
    let state = try watching(setting) { heard in
      #expect(heard.wait { $0.polls >= 2 })
      try FileManager.default.moveItem(atPath: setting.root, toPath: away)
      #expect(heard.wait { $0.failures == 1 })
      try FileManager.default.moveItem(atPath: away, toPath: setting.root)
      #expect(heard.wait { $0.recoveries == 1 })
    }
    #expect(state.logins == 1 && logins(setting) == 1)
    #expect(try setting.rows().count == 10)
  }

  @Test func aRefusedLoginIsNotTriedAgain() throws {
    let setting = try Setting(photos: 1)
    let stranger = setting.folder.file("stranger")
    let keygen = try #require(Command.find("ssh-keygen"))
    _ = try Command.run(keygen, ["-q", "-t", "ed25519", "-N", "", "-f", stranger])
    setting.access.identity = stranger
    let state = try watching(setting) { heard in #expect(heard.wait { !$0.ended.isEmpty }) }
    #expect(state.polls == 0 && state.failures == 0)
    #expect(setting.server.log.components(separatedBy: "Connection from").count - 1 == 1)
  }

  /// OpenSSH ends a session that does not answer its questions; between two polls they are answered, too.
  @Test func theServersQuestionsAreAnsweredBetweenPolls() throws {
    var options = PrivateSSHD.Options()
    options.extraLines = ["ClientAliveInterval 1", "ClientAliveCountMax 1"]
    let setting = try Setting(photos: 5, server: options)
    let state = try watching(setting, every: 5) { heard in
      #expect(heard.wait { $0.polls >= 2 })
    }
    #expect(state.logins == 1 && logins(setting) == 1)
  }
}
