import GeoFormats
import PhotoIndex
import PhotoModel

/// The state of each site: counts, and the running sync or the last attempt. Reads the index and the small files beside it,
/// and holds no lock that a sync waits for.
struct SiteStates {
  /// The state of one site, as the page shows it.
  struct State: Equatable {
    var site: SiteRecord
    var folders = 0
    var photos = 0
    var located = 0
    var withoutPosition = 0
    var failed = 0
    var running: RunningSync?
    var attempt: SiteAttempt?
    /// This server started the sync, so it can stop it.
    var isOurs = false

    func append(to json: inout JSONText) {
      json.beginObject()
      json.member("site", .text(site.name))
      json.member("location", .text(site.location))
      json.member("folders", .integer(Int64(folders)))
      json.counts(photos, located, withoutPosition, failed)
      json.member("ours", .flag(isOurs))
      if let running {
        json.member("state", .text("running"))
        json.member("time", .time(running.since))
        json.member("pid", FieldValue(running.pid.map(Int64.init)))
        if let counters = running.counters {
          json.key("progress")
          json.beginObject()
          for (name, number) in [
            ("folders", counters.foldersListed), ("listed", counters.listed),
            ("new", counters.new), ("changed", counters.changed),
            ("unchanged", counters.unchanged), ("to_read", counters.toRead),
            ("read", counters.read), ("failed", counters.failed),
            ("bytes", counters.bytesReceived),
          ] {
            json.member(name, .integer(Int64(number)))
          }
          json.endObject()
        }
      } else if let attempt {
        json.member("state", .text(attempt.outcome.rawValue))
        json.member("time", .time(attempt.time))
        json.member("message", FieldValue(attempt.message))
      } else {
        json.member("state", .text("never"))
      }
      json.endObject()
    }
  }

  private let path: String
  private(set) var states: [State] = []
  private(set) var stamp: IndexStamp?
  private var ticks = 0
  private var countsAreFrom: Int?
  /// Sites whose sync has just ended, until this tick: the sync writes its outcome a moment later.
  private var ended: [ExactText: Int] = [:]

  init(path: String) { self.path = path }

  /// Called four times a second. Each call checks for running syncs, which is cheap. It counts photos at most once a second and
  /// only after a change of the index, and reads the last attempts of idle sites every other second.
  ///
  /// - Returns: whether the index has changed since the last call.
  mutating func look(ours: Set<ExactText>) throws -> Bool {
    defer { ticks += 1 }
    let new = IndexStamp(path: path)
    let isChanged = new != stamp
    let reader = try IndexReader(path: path)
    if isChanged, ticks - (countsAreFrom ?? .min / 2) >= 4 {
      try count(reader)
      stamp = new
      countsAreFrom = ticks
    }
    for index in states.indices {
      let site = states[index].site
      let name = ExactText(site.name)
      let running = reader.runningSync(site)
      if states[index].running != nil, running == nil { ended[name] = ticks + 12 }
      if running == nil, ticks % 8 == 0 || ticks < ended[name] ?? 0 {
        states[index].attempt = reader.lastAttempt(site)
      }
      states[index].running = running
      states[index].isOurs = ours.contains(name)
    }
    return stamp == new && isChanged
  }

  private mutating func count(_ reader: IndexReader) throws {
    let old = Dictionary(
      states.map { (ExactText($0.site.name), $0) }, uniquingKeysWith: { a, _ in a })
    var new: [ExactText: State] = [:]
    try reader.reading {
      for site in try reader.sites() {
        let name = ExactText(site.name)
        var state = State(site: site)
        state.running = old[name]?.running
        state.attempt = old[name]?.attempt ?? reader.lastAttempt(site)
        new[name] = state
      }
      for folder in try reader.folders() {
        let site = ExactText(folder.site)
        new[site]?.folders += 1
        new[site]?.photos += folder.photos
        new[site]?.located += folder.located
        new[site]?.withoutPosition += folder.withoutPosition
        new[site]?.failed += folder.failed
      }
    }
    states = new.sorted { $0.key < $1.key }.map(\.value)
  }
}
