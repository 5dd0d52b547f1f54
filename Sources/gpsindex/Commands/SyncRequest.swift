import PhotoModel
import Pictures
import Sync

/// The checked arguments of a sync.
struct SyncRequest {
  var indexPath: String
  /// nil: the setting of the site, else the default.
  var connections: Int?
  var inFlight: Int?
  var full: Bool
  var dryRun: Bool
  var allowMassDelete: Bool
  /// Where thumbnails go; nil: none is read.
  var pictureCache: PictureCache?
  var progress: ProgressReport.Style

  init(_ command: SyncCommand, _ settings: Settings) throws {
    indexPath = try command.reach.common.indexPath()
    connections = try Self.number(command.connections, "--connections", 1...16)
    inFlight = try Self.number(command.inFlight, "--in-flight", 1...4096)
    full = command.full
    dryRun = command.dryRun
    allowMassDelete = command.allowMassDelete
    let cache = try PictureCacheOption.cache(command.pictureCache, index: indexPath)
    pictureCache = command.thumbnails ? cache : nil
    progress = try ProgressReport.Style(named: command.progress ?? settings.progress())
  }

  static func number(_ text: String?, _ option: String, _ range: ClosedRange<Int>) throws
    -> Int?
  {
    guard let text else { return nil }
    guard let number = Int(text), range.contains(number) else {
      throw CommandFailure.usage(
        "\(option) “\(text)” is not in \(range.lowerBound)…\(range.upperBound)",
        advice: "\(option) \(min(4, range.upperBound))")
    }
    return number
  }
}

/// The exit code of several syncs.
struct SyncOutcome {
  private(set) var status = ExitStatus.ok

  /// The first error counts, but a host key in doubt comes before all others. An incomplete sync counts only without an error.
  mutating func add(_ failure: CommandFailure) {
    if status == .ok || status == .incomplete || failure.status == .hostKey {
      status = failure.status
    }
  }

  mutating func add(_ summary: SyncSummary) {
    if status == .ok, !summary.isComplete || summary.failed > 0 { status = .incomplete }
  }
}
