import PhotoModel
import Sync

/// The progress of a sync.
struct ProgressState: Sendable, Equatable {
  var site: String
  var progress = SyncProgress()

  var counters: SyncCounters { progress.counters }
  /// Photos processed, of those listed so far.
  var done: Int { counters.read + counters.listed - counters.toRead }
  /// The total may still grow.
  var isListing: Bool { progress.phase == .connecting || progress.phase == .listing }

  /// 0…1; nil while there is nothing to compare with.
  var fraction: Double? {
    let whole = isListing ? max(counters.listed, progress.expected) : counters.listed
    return whole > 0 ? min(1, Double(done) / Double(whole)) : nil
  }
}

/// Rates over the last seconds, which predict the time left better than rates of the whole run.
struct Pace: Sendable, Equatable {
  private struct Sample: Equatable {
    var time: Double
    var done: Int
    var read: Int
    var bytes: Int
  }
  private static let window = 5.0
  private var samples: [Sample] = []

  /// Seconds since the sync began.
  private(set) var elapsed = 0.0

  /// - Parameter time: seconds since the sync began; monotonic.
  mutating func add(_ state: ProgressState, at time: Double) {
    elapsed = time
    if samples.isEmpty { samples.append(Sample(time: 0, done: 0, read: 0, bytes: 0)) }
    samples.append(
      Sample(
        time: time, done: state.done, read: state.counters.read,
        bytes: state.counters.bytesReceived))
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
    let (read, toRead) = (state.counters.read, state.counters.toRead)
    guard read > 0, toRead >= read else { return nil }
    let speed = rate { Double($0.read) }
    guard speed > 0 else { return toRead == read ? 0 : nil }
    let left = Double(toRead - read) / speed
    return left < 1e9 ? Int(left.rounded(.up)) : nil
  }
}
