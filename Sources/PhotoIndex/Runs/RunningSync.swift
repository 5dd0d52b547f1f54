#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// A sync under way, in this or another process, as far as it tells.
package struct RunningSync: Sendable, Equatable {
  /// The process that syncs.
  package var pid: Int32?
  /// Its beginning, milliseconds since 1970 UTC.
  package var since: Int64
  package var counts: Counts?

  /// Numbers of photos of this run; `bytes` were received.
  package struct Counts: Sendable, Equatable {
    package var folders = 0
    package var listed = 0
    package var new = 0
    package var changed = 0
    package var unchanged = 0
    package var toRead = 0
    package var read = 0
    package var failed = 0
    package var bytes = 0

    package init() {}

    static let fields: [any WritableKeyPath<Counts, Int> & Sendable] = [
      \.folders, \.listed, \.new, \.changed, \.unchanged, \.toRead, \.read, \.failed, \.bytes,
    ]

    /// `progress 3 120 … .`: the point proves that the line is whole.
    var line: String {
      "progress " + Self.fields.map { String(self[keyPath: $0]) }.joined(separator: " ") + " ."
    }

    /// - Returns: nil for anything but what ``line`` made, such as half a line.
    init?(line: Substring) {
      let words = line.split(separator: " ", omittingEmptySubsequences: false)
      guard words.count == Self.fields.count + 2, words.first == "progress", words.last == "."
      else { return nil }
      for (field, word) in zip(Self.fields, words.dropFirst()) {
        guard let number = Int(word), number >= 0 else { return nil }
        self[keyPath: field] = number
      }
    }
  }
}

extension SiteLease {
  /// Leaves the progress in the lock file, for others who look at the index. A few microseconds, no disk is waited for;
  /// failures do not matter.
  package func tell(_ counts: RunningSync.Counts) {
    let text = Array("\(getpid())\n\(counts.line)\n".utf8)
    _ = pwrite(file, text, text.count, 0)
  }

  /// - Returns: nil when nobody syncs the site now.
  static func running(index: String, site: Int64) -> RunningSync? {
    guard let (isHeld, since) = trace(index: index, site: site), isHeld else { return nil }
    var running = RunningSync(since: since)
    guard let text = wholeFile("\(index).site\(site).lock") else { return running }
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    running.pid = lines.first.flatMap { Int32($0) }
    // Numbers only grow, but for the end of a longer line of an earlier run there is `ftruncate`.
    if lines.count > 2 { running.counts = RunningSync.Counts(line: lines[1]) }
    return running
  }
}

extension IndexReader {
  /// The sync of a site that is under way now, in whatever process.
  package func runningSync(_ site: SiteRecord) -> RunningSync? {
    SiteLease.running(index: SiteAttempt.resolved(path), site: site.id)
  }
}

/// Tells whether an index may have changed: other files, or other times or sizes, than at the last look. Costs two
/// calls of the system and takes no lock.
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
