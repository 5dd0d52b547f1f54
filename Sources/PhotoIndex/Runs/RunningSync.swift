package import PhotoModel

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// A running sync, in this or another process, as far as its lock file shows.
package struct RunningSync: Sendable, Equatable {
  /// The process that syncs.
  package var pid: Int32?
  /// Its beginning, milliseconds since 1970 UTC.
  package var since: Int64
  /// Of the counters, those that ``ProgressLine`` holds.
  package var counters: SyncCounters?
}

/// The line of a lock file that says how far the sync is.
enum ProgressLine {
  private static let fields: [any WritableKeyPath<SyncCounters, Int> & Sendable] = [
    \.foldersListed, \.listed, \.new, \.changed, \.moved, \.toRead, \.read, \.failed,
    \.bytesReceived,
  ]
  /// No sync counts further; a stranger's file may.
  private static let most = 1 << 48

  /// `progress 3 120 … .`: the point proves that the line is whole.
  static func text(_ counters: SyncCounters) -> String {
    "progress " + fields.map { String(counters[keyPath: $0]) }.joined(separator: " ") + " ."
  }

  /// - Returns: nil for anything but what ``text(_:)`` made, such as half a line.
  static func counters(_ line: Substring) -> SyncCounters? {
    let words = line.split(separator: " ", omittingEmptySubsequences: false)
    guard words.count == fields.count + 2, words.first == "progress", words.last == "."
    else { return nil }
    var counters = SyncCounters()
    for (field, word) in zip(fields, words.dropFirst()) {
      guard let number = Int(word), (0...most).contains(number) else { return nil }
      counters[keyPath: field] = number
    }
    return counters.unchanged >= 0 ? counters : nil
  }
}

extension SiteLease {
  /// Writes the progress into the lock file, for other processes. Takes a few microseconds and waits for no disk;
  /// failures do not matter.
  package func publish(_ counters: SyncCounters) {
    let text = Array("\(getpid())\n\(ProgressLine.text(counters))\n".utf8)
    _ = pwrite(file, text, text.count, 0)
  }

  /// - Returns: nil when no process syncs the site now.
  static func running(index: String, site: Int64) -> RunningSync? {
    guard let (isHeld, since) = trace(index: index, site: site), isHeld else { return nil }
    var running = RunningSync(since: since)
    guard let text = wholeFile("\(index).site\(site).lock") else { return running }
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    running.pid = lines.first.flatMap { Int32($0) }
    // Numbers only grow; the end of a longer line of an earlier run is cut off by `ftruncate`.
    if lines.count > 2 { running.counters = ProgressLine.counters(lines[1]) }
    return running
  }
}

extension IndexReader {
  /// The sync of a site that runs now, in any process.
  package func runningSync(_ site: SiteRecord) -> RunningSync? {
    SiteLease.running(index: SiteAttempt.resolved(path), site: site.id)
  }
}

/// Two equal stamps: the index has not changed between them (same files, times and sizes). Costs two system calls and
/// takes no lock.
package struct IndexStamp: Sendable, Equatable {
  private var numbers: [Int64] = []

  package init(path: String) {
    for name in [path, "\(path)-wal"] {
      var status = stat()
      // An empty log comes and goes with those who only read.
      guard stat(name, &status) == 0, status.st_size > 0 else { continue }
      #if canImport(Darwin)
        let time = status.st_mtimespec
      #else
        let time = status.st_mtim
      #endif
      numbers += [
        Int64(truncatingIfNeeded: status.st_ino), Int64(status.st_size), Int64(time.tv_sec),
        Int64(time.tv_nsec),
      ]
    }
  }
}
