package import PhotoIndex
package import PhotoModel
package import PhotoSource
import Platform

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// "Has it changed?": what a listing says about a photo the index may know. Pure, so that every
/// case stands in one table of tests.
package enum ChangeDecision: Equatable, Sendable {
  /// Size and time as known, and old enough to be trusted: not opened.
  case unchanged
  case new
  /// Size or time differ, in either direction, or the server gave none.
  case changed
  /// Equal by size and time, and read again all the same.
  case reread(Reason)

  package enum Reason: Equatable, Sendable {
    /// Written in the very seconds in which it was read, or dated in the future: an equal time
    /// proves nothing.
    case racy
    /// Could not be read last time.
    case failed
    /// Read by an older version of the metadata parser. What a newer one read, this one could only
    /// spoil.
    case parser
    /// `--full`.
    case requested
  }

  package init(
    known: KnownPhoto?, listed: ListedFile, parserVersion: Int, full: Bool
  ) {
    guard let known else {
      self = .new
      return
    }
    guard let size = listed.size, let mtime = listed.mtime, known.size == size,
      known.mtime == mtime
    else {
      self = .changed
      return
    }
    if full {
      self = .reread(.requested)
    } else if known.failed {
      self = .reread(.failed)
    } else if known.racy {
      self = .reread(.racy)
    } else if known.parserVersion < parserVersion {
      self = .reread(.parser)
    } else {
      self = .unchanged
    }
  }
}

/// What a finished listing says about the file beside a photo.
package enum SidecarDecision: Equatable, Sendable {
  /// As the photo's row knows it, also when there is none.
  case same
  /// New, or another by name, size or time.
  case changed
  /// Proved gone: the folder was listed to its end without it.
  case gone
  /// Not seen in a listing that did not come to its end.
  case unknown

  package init(known: ListedFile?, listed: ListedFile?, isComplete: Bool) {
    switch (known, listed) {
    case (nil, nil): self = .same
    case (.some, nil): self = isComplete ? .gone : .unknown
    case (let known, .some(let listed)):
      self = known == listed && listed.size != nil && listed.mtime != nil ? .same : .changed
    }
  }
}

/// Which times can be trusted as evidence that a file did not change since it was read.
package struct RacyRule: Sendable, Equatable {
  /// Seconds since 1970 by the server's clock; younger files are racy: they may be written again
  /// within the same second, and size and time would not tell.
  package let trustedBefore: Int64
  /// What the index knew before this run was seen long enough ago: since then the server's clock has
  /// passed the times of those files, whatever it shows.
  private let hasRested: Bool
  private let scanStart: Int64

  /// - Parameters:
  ///   - scanStart: when the scan began, seconds since 1970 by the own clock.
  ///   - server: what is known of the server's clock before the file was read. Its clock when it
  ///     was seen; else the newest time of any entry, since the server's clock has passed that.
  ///   - sinceWritten: seconds by the own clock between the last change of the index and this run.
  package init(scanStart: Int64, server: ServerTime, sinceWritten: Int64? = nil) {
    self.scanStart = scanStart
    hasRested = (sinceWritten ?? 0) > 3
    let newest = server.newest.map { min($0, scanStart) }
    // The two seconds are the coarsest step of times on file systems in use (FAT).
    let passed = [server.clock, newest].compactMap(\.self).max().map { $0 - 2 }
    // A clock that was seen may be wrong by hours; one that stays hidden is taken to be right.
    let margin = server.clock == nil ? Self.hiddenClockMargin : 86_400
    trustedBefore = max(passed ?? .min, scanStart - margin)
  }

  /// Seconds by which a clock that the server hides may be behind ours, the coarsest step of file times included.
  static let hiddenClockMargin: Int64 = 10

  package func isRacy(_ file: ListedFile) -> Bool {
    guard let mtime = file.mtime else { return true }
    return mtime >= trustedBefore
  }

  /// - Parameter known: the file as an earlier run saw it. Where it is still the same, the server's clock
  ///   had reached its time then, and has gone on since by as much as ours.
  package func isRacy(_ file: ListedFile, known: ListedFile?) -> Bool {
    guard isRacy(file) else { return false }
    guard hasRested, known == file, let mtime = file.mtime else { return true }
    return mtime > scanStart
  }
}

extension RacyRule {
  /// Seconds since anybody wrote to the index, by the own clock: nothing in it is younger. nil when that
  /// cannot be said.
  static func secondsSinceWritten(indexPath: String) -> Int64? {
    let times = [indexPath, indexPath + "-wal"].compactMap { path -> Int64? in
      var status = stat()
      guard stat(path, &status) == 0 else { return nil }
      #if canImport(Darwin)
        return Int64(status.st_mtimespec.tv_sec)
      #else
        return Int64(status.st_mtim.tv_sec)
      #endif
    }
    return times.max().map { SystemClock.wall() - $0 }
  }
}
