import Platform
import PhotoModel

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// When a site was last synced, or tried to be, and how that ended.
///
/// Kept in the side file `INDEX.siteN.last` and not in the index: an unchanged re-scan writes nothing to the index, and
/// yet a timer that finds nothing new for weeks works. A running sync is seen by the lock it holds, a killed one by
/// the lock file it left (``SiteLease``).
public struct SiteAttempt: Sendable, Equatable {
  public enum Outcome: String, Sendable {
    case complete
    /// Folders not listed to their end, or the deletion guard kept rows.
    case incomplete
    case failed
    /// On request.
    case stopped
    case running
    case killed
  }

  public var outcome: Outcome
  /// Milliseconds since 1970 UTC: the end of the run; of one that runs or was killed, the beginning.
  public var time: Int64
  /// Why it failed, one line.
  public var message: String?

  public init(_ outcome: Outcome, time: Int64, message: String? = nil) {
    self.outcome = outcome
    self.time = time
    self.message = message
  }

  /// Now, by the own clock.
  public init(_ outcome: Outcome, message: String? = nil) {
    self.init(outcome, time: SystemClock.wallMilliseconds(), message: message)
  }

  /// Replaces what is kept. Errors are ignored: the run itself matters more than its record.
  public func keep(index: String, site: SiteRecord) {
    let path = Self.path(index, site)
    let lines = [site.name, Timestamp.text(time) ?? "", outcome.rawValue, message ?? ""]
    let text = lines.map { $0.replacing("\n", with: " ") + "\n" }.joined()
    try? AtomicFile.write(Array(text.utf8), to: path, isDurable: false)
  }

  static func forget(index: String, site: SiteRecord) { unlink(path(index, site)) }

  /// - Returns: nil when nothing is known.
  static func last(index: String, site: SiteRecord) -> SiteAttempt? {
    let ended = kept(path(index, site), name: site.name)
    guard let lock = SiteLease.trace(index: resolved(index), site: site.id) else { return ended }
    if !lock.isHeld, let ended, ended.time >= lock.since { return ended }
    return SiteAttempt(lock.isHeld ? .running : .killed, time: lock.since)
  }

  private static func kept(_ path: String, name: String) -> SiteAttempt? {
    guard let text = wholeFile(path) else { return nil }
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    // A copy of the index beside it may number its sites otherwise; the name must agree.
    guard lines.count >= 4, lines[0].hasSameBytes(as: name.replacing("\n", with: " ")),
      let time = Timestamp.milliseconds(Array(lines[1].utf8)),
      let outcome = Outcome(rawValue: lines[2])
    else { return nil }
    return SiteAttempt(outcome, time: time, message: lines[3].isEmpty ? nil : lines[3])
  }

  private static func path(_ index: String, _ site: SiteRecord) -> String {
    "\(resolved(index)).site\(site.id).last"
  }

  static func resolved(_ path: String) -> String { FilePath.resolved(path) ?? path }
}

extension IndexReader {
  /// See ``SiteAttempt``.
  public func lastAttempt(_ site: SiteRecord) -> SiteAttempt? {
    SiteAttempt.last(index: path, site: site)
  }
}

extension SiteLease {
  /// The lock of a run that goes on, or was killed; nil without one. Takes the lock for some microseconds, which
  /// ``init(index:site:)`` waits for.
  static func trace(index: String, site: Int64) -> (isHeld: Bool, since: Int64)? {
    let file = openRegular("\(index).site\(site).lock", O_RDONLY)
    guard file >= 0 else { return nil }
    defer { close(file) }
    var status = stat()
    guard fstat(file, &status) == 0 else { return nil }
    #if canImport(Darwin)
      let seconds = status.st_mtimespec.tv_sec
    #else
      let seconds = status.st_mtim.tv_sec
    #endif
    let isHeld = flock(file, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK
    return (isHeld, Int64(seconds) * 1000)
  }
}
