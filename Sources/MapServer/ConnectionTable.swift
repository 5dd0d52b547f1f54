import NIOCore
import Synchronization

/// The open connections, and since when each waits for its client: for the rest of a request, or until the client takes
/// bytes of an answer. When a limit is reached, the connection that has waited longest is closed to make room: a client
/// that does not move keeps nobody out. One that is in the middle of an answer is given ``Limits/patience`` first: it
/// may only be slow, and would lose the rest.
final class ConnectionTable: Sendable {
  struct Limits: Sendable {
    var connections = 128
    /// Each keeps a thread.
    var downloads = 4
    /// Bytes of large answers that are held in memory while clients take them.
    var heldBytes = 12 << 20
    /// An answer that has waited so long for its client gives way to another one.
    var patience = Duration.seconds(10)
  }

  private struct Entry {
    let channel: any Channel
    var waitingSince: NIODeadline?
    /// A request came in whole, and its answer is not yet taken.
    var isAnswering = false
    var heldBytes = 0
    var isDownload = false
  }

  private let limits: Limits
  private let entries = Mutex<[ObjectIdentifier: Entry]>([:])

  init(_ limits: Limits = Limits()) { self.limits = limits }

  var count: Int { entries.withLock(\.count) }

  /// A new connection, which waits for its client.
  /// - Returns: false when all others are being served.
  func admit(_ channel: any Channel) -> Bool {
    change { entries, evicted in
      if entries.count >= limits.connections {
        guard
          let oldest = Self.longestWaiting(entries, where: { !$0.isAnswering })
            ?? longestStalled(entries)
        else { return false }
        evicted.append(entries.removeValue(forKey: oldest))
      }
      entries[ObjectIdentifier(channel)] = Entry(channel: channel, waitingSince: .now())
      return true
    }
  }

  func remove(_ channel: any Channel) {
    entries.withLock { _ = $0.removeValue(forKey: ObjectIdentifier(channel)) }
  }

  /// - Parameters:
  ///   - isWaiting: the client is expected to do something; else the server is.
  ///   - isAnswering: to take the rest of an answer.
  func set(_ channel: any Channel, isWaiting: Bool, isAnswering: Bool) {
    entries.withLock {
      $0[ObjectIdentifier(channel)]?.waitingSince = isWaiting ? .now() : nil
      $0[ObjectIdentifier(channel)]?.isAnswering = isAnswering
    }
  }

  /// - Returns: false when too many downloads are under way, and all move.
  func beginDownload(_ channel: any Channel) -> Bool {
    change { entries, evicted in
      if entries.values.count(where: \.isDownload) >= limits.downloads {
        guard let stalled = longestStalled(entries, where: \.isDownload) else { return false }
        evicted.append(entries.removeValue(forKey: stalled))
      }
      entries[ObjectIdentifier(channel)]?.isDownload = true
      return true
    }
  }

  /// Room for an answer that is in memory as a whole, until ``endAnswer(_:)``.
  /// - Returns: false when there is none.
  func hold(_ bytes: Int, for channel: any Channel) -> Bool {
    change { entries, evicted in
      var held = entries.values.reduce(0) { $0 + $1.heldBytes }
      // An answer that is larger than the limit goes alone.
      while held > 0, held + bytes > limits.heldBytes {
        guard let stalled = longestStalled(entries, where: { $0.heldBytes > 0 }) else {
          return false
        }
        let entry = entries.removeValue(forKey: stalled)
        held -= entry?.heldBytes ?? 0
        evicted.append(entry)
      }
      entries[ObjectIdentifier(channel)]?.heldBytes = bytes
      return true
    }
  }

  /// The answer of ``beginDownload(_:)`` or ``hold(_:for:)`` is written, or will never be.
  func endAnswer(_ channel: any Channel) {
    entries.withLock {
      $0[ObjectIdentifier(channel)]?.isDownload = false
      $0[ObjectIdentifier(channel)]?.heldBytes = 0
    }
  }

  /// Of those that have waited for ``Limits/patience`` at least.
  private func longestStalled(
    _ entries: [ObjectIdentifier: Entry], where isMeant: (Entry) -> Bool = { _ in true }
  ) -> ObjectIdentifier? {
    let latest = NIODeadline.now() - TimeAmount(limits.patience)
    return Self.longestWaiting(entries) { entry in
      isMeant(entry) && entry.waitingSince.map { $0 <= latest } ?? false
    }
  }

  private static func longestWaiting(
    _ entries: [ObjectIdentifier: Entry], where isMeant: (Entry) -> Bool = { _ in true }
  ) -> ObjectIdentifier? {
    var found: (key: ObjectIdentifier, since: NIODeadline)?
    for (key, entry) in entries {
      guard let since = entry.waitingSince, isMeant(entry) else { continue }
      if found.map({ since < $0.since }) ?? true { found = (key, since) }
    }
    return found?.key
  }

  /// What `body` takes out of the table and puts among the evicted is closed when the lock is free again.
  private func change(
    _ body: (inout [ObjectIdentifier: Entry], _ evicted: inout [Entry?]) -> Bool
  ) -> Bool {
    let (isDone, evicted) = entries.withLock { entries in
      var evicted: [Entry?] = []
      let isDone = body(&entries, &evicted)
      return (isDone, evicted)
    }
    for entry in evicted { entry?.channel.close(promise: nil) }
    return isDone
  }
}
