import Platform
import Synchronization

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// The links that a server accepts. It looks at the file for every token, so that a revoked link ends at once. Thread-safe.
package final class ShareBook: Sendable {
  /// What a token leads to.
  package enum Answer: Sendable {
    case share(Share)
    case unknown
    case expired
    /// The file of all links is damaged or cannot be read.
    case unusable(ShareError)
  }

  /// The state of the file: another one may have other links.
  private struct Stamp: Equatable {
    var device: UInt64
    var inode: UInt64
    var size: Int64
    var modified: [Int]
    var changed: [Int]

    init(_ status: stat) {
      device = UInt64(truncatingIfNeeded: status.st_dev)
      inode = UInt64(truncatingIfNeeded: status.st_ino)
      size = Int64(status.st_size)
      #if canImport(Darwin)
        let (modified, changed) = (status.st_mtimespec, status.st_ctimespec)
      #else
        let (modified, changed) = (status.st_mtim, status.st_ctim)
      #endif
      self.modified = [Int(modified.tv_sec), Int(modified.tv_nsec)]
      self.changed = [Int(changed.tv_sec), Int(changed.tv_nsec)]
    }
  }

  private struct State {
    /// nil: the file was not read yet, or has to be read again.
    var stamp: Stamp?
    var content: Result<[String: Share], ShareError> = .success([:])
    var reported: ShareError?
  }

  package let file: ShareFile
  private let report: @Sendable (ShareError) -> Void
  private let state = Mutex(State())

  /// - Parameter report: called when the file cannot be used, once for each reason.
  package init(index: String, report: @escaping @Sendable (ShareError) -> Void = { _ in }) {
    file = ShareFile(index: index)
    self.report = report
  }

  /// How many links are valid now.
  package func count(now: Int64 = SystemClock.wallMilliseconds()) -> Int {
    guard case .success(let shares) = looked() else { return 0 }
    return shares.values.count { !$0.isExpired(at: now) }
  }

  /// - Parameter now: milliseconds since 1970 UTC.
  package func find(_ token: String, now: Int64 = SystemClock.wallMilliseconds()) -> Answer {
    guard token.utf8.count == ShareToken.length, token.hasPrefix(ShareToken.prefix) else {
      return .unknown
    }
    switch looked() {
    case .failure(let error): return .unusable(error)
    case .success(let shares):
      // The digest is looked up, so times of comparisons say nothing of tokens.
      guard let share = shares[ShareToken.digest(token)] else { return .unknown }
      return share.isExpired(at: now) ? .expired : .share(share)
    }
  }

  private func looked() -> Result<[String: Share], ShareError> {
    var news: ShareError?
    let found = state.withLock { state in
      let found = content(&state)
      guard case .failure(let error) = found else {
        state.reported = nil
        return found
      }
      if error != state.reported { news = error }
      state.reported = error
      return found
    }
    if let news { report(news) }
    return found
  }

  private func content(_ state: inout State) -> Result<[String: Share], ShareError> {
    var status = stat()
    guard lstat(file.path, &status) == 0 else {
      state.stamp = nil
      return errno == ENOENT ? .success([:]) : .failure(file.io("read", errno))
    }
    if state.stamp == Stamp(status) { return state.content }
    state.stamp = nil
    let opened = WholeFile.open(file.path, O_RDONLY, access: .regular)
    guard opened >= 0 else { return .failure(file.io("read", errno)) }
    defer { close(opened) }
    // Of the file that is read: another one may have taken its place since.
    guard fstat(opened, &status) == 0 else { return .failure(file.io("read", errno)) }
    do throws(ShareError) {
      let shares = try file.read(opened)
      state.content = .success(
        Dictionary(shares.map { ($0.digest, $0) }, uniquingKeysWith: { a, _ in a }))
    } catch {
      state.content = .failure(error)
    }
    state.stamp = Stamp(status)
    return state.content
  }
}
