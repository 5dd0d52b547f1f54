import Foundation

/// Something that must not be, found in one round.
struct Anomaly: Equatable, CustomStringConvertible {
  enum Kind: String, CaseIterable {
    /// A row differs from a fresh index of the same tree, is missing, or should not be there.
    case row, missing, extra
    /// A folder's or a track's row differs from the fresh index.
    case folder, track
    /// A position, size, time or side-car is not what the walk wrote.
    case truth
    /// The id of an untouched photo changed, or an id was given again.
    case identity, reused
    /// The deletion guard removed or kept the wrong rows, or marked the wrong ones.
    case deletionGuard = "guard"
    /// A site's rows are not of the site's location.
    case site
    /// `gpsindex check`, or GDAL's validator, found something.
    case check, geopackage
    /// A dry run changed the index.
    case dryRun = "dry-run"
    /// `gpsindex changes` says something else than two states of the index.
    case changes
    /// An exit code, a signal or a hang that must not be.
    case ending
  }

  var kind: Kind
  var text: String

  /// In one line, whatever the names in it.
  var description: String {
    "\(kind.rawValue): " + text.replacing("\n", with: "\\n")
  }
}

/// What happened, counted, and what must not have happened, told at once.
final class Journal {
  private let seed: UInt64
  private let command: String
  var round = 0
  private(set) var counts: [String: Int] = [:]
  private(set) var anomalies: [Anomaly.Kind: Int] = [:]
  private(set) var anomaliesOfRound = 0
  /// The last operations of this round, told with an anomaly.
  private var operations: [String] = []

  /// - Parameter command: what repeats the walk, but for `--rounds`.
  init(seed: UInt64, command: String) {
    self.seed = seed
    self.command = command
  }

  func begin(round: Int) {
    self.round = round
    anomaliesOfRound = 0
    operations = []
  }

  func count(_ name: String, _ number: Int = 1) { counts[name, default: 0] += number }

  func did(_ operation: String) {
    count(operation)
    operations.append(operation)
  }

  func tell(_ found: [Anomaly], during what: String) {
    for anomaly in found {
      anomalies[anomaly.kind, default: 0] += 1
      anomaliesOfRound += 1
      // A fault that shows in every row need not be printed for each.
      if anomaliesOfRound > 12 { continue }
      Journal.say("ANOMALY seed \(seed) round \(round) (\(what)) \(anomaly)")
      if anomaliesOfRound == 1 {
        Journal.say("  after: \(operations.joined(separator: ", "))")
        Journal.say("  again: \(command) --rounds \(round)")
      }
    }
  }

  var total: Int { anomalies.values.reduce(0, +) }

  func summary() {
    let counted = counts.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
    Journal.say("counters: \(counted.joined(separator: ", "))")
    let kinds = anomalies.sorted { $0.key.rawValue < $1.key.rawValue }
      .map { "\($0.key.rawValue) \($0.value)" }
    Journal.say(
      "anomalies: \(total)" + (kinds.isEmpty ? "" : " (\(kinds.joined(separator: ", ")))"))
  }

  /// One line, at once, also into a pipe.
  static func say(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }
}
