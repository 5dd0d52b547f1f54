import PhotoModel
import Sync

/// The progress of a sync.
struct ProgressState: Sendable, Equatable {
  var site: String
  var phase = SyncProgress.Phase.connecting
  /// The current step while connecting.
  var stage: String?
  /// The current folder, below the site's root.
  var folder = ""
  var foldersListed = 0
  var foldersFound = 0
  /// Photos processed, of those listed so far.
  var done = 0
  var total = 0
  /// Photos in the index after the last sync.
  var expected = 0
  /// Photos read in this run, of those that need reading.
  var read = 0
  var toRead = 0
  var new = 0
  var changed = 0
  var unchanged = 0
  var moved = 0
  /// Of the photos read in this run.
  var located = 0
  var withoutPosition = 0
  var failed = 0
  var bytes: Int64 = 0
  var connections = 0

  init(site: String, folder: String = "") {
    self.site = site
    self.folder = folder
  }

  /// The total may still grow.
  var isListing: Bool { phase == .connecting || phase == .listing }

  /// 0…1; nil while there is nothing to compare with.
  var fraction: Double? {
    let whole = isListing ? max(total, expected) : total
    return whole > 0 ? min(1, Double(done) / Double(whole)) : nil
  }
}

extension ProgressState {
  init(_ progress: SyncProgress, site: String) {
    self.init(site: site, folder: progress.folder.text)
    phase = progress.phase
    stage = progress.stage
    foldersListed = progress.foldersListed
    foldersFound = progress.foldersFound
    done = progress.done + progress.listed - progress.toRead
    total = progress.listed
    expected = progress.expected
    read = progress.done
    toRead = progress.toRead
    new = progress.new
    changed = progress.changed
    unchanged = progress.unchanged
    moved = progress.moved
    located = progress.located
    withoutPosition = progress.withoutPosition
    failed = progress.failed
    bytes = Int64(progress.bytesReceived)
    connections = progress.connections
  }
}

/// Rates over the last seconds, which predict the time left better than rates of the whole run.
struct Pace: Sendable, Equatable {
  private struct Sample: Equatable {
    var time: Double
    var done: Int
    var read: Int
    var bytes: Int64
  }
  private static let window = 5.0
  private var samples: [Sample] = []

  /// Seconds since the sync began.
  private(set) var elapsed = 0.0

  /// - Parameter time: seconds since the sync began; monotonic.
  mutating func add(_ state: ProgressState, at time: Double) {
    elapsed = time
    if samples.isEmpty { samples.append(Sample(time: 0, done: 0, read: 0, bytes: 0)) }
    samples.append(Sample(time: time, done: state.done, read: state.read, bytes: state.bytes))
    // One sample older than the window stays, so that the window is always full.
    while samples.count > 2, time - samples[1].time >= Self.window { samples.removeFirst() }
  }

  private func rate(_ value: (Sample) -> Double) -> Double {
    guard let first = samples.first, let last = samples.last, last.time > first.time else {
      return 0
    }
    return max(0, (value(last) - value(first)) / (last.time - first.time))
  }

  var photosPerSecond: Double { rate { Double($0.done) } }
  var bytesPerSecond: Double { rate { Double($0.bytes) } }

  /// Seconds left for the photos that need reading; nil before anything is read, and at a standstill.
  func secondsLeft(_ state: ProgressState) -> Int? {
    guard state.read > 0, state.toRead >= state.read else { return nil }
    let speed = rate { Double($0.read) }
    guard speed > 0 else { return state.toRead == state.read ? 0 : nil }
    let left = Double(state.toRead - state.read) / speed
    return left < 1e9 ? Int(left.rounded(.up)) : nil
  }
}
