import NIOCore
import Synchronization

/// The open connections, and since when each waits for its client: for the rest of a request, or until the client reads a
/// response. When a limit is reached, the connection that has waited longest is closed, so that stalled clients cannot
/// exhaust the server. A connection in the middle of a response gets ``Limits/patience`` first, because it may only be slow.
final class ConnectionTable: Sendable {
  struct Limits: Sendable {
    var connections = 128
    /// Each uses a thread.
    var downloads = 4
    /// Bytes of large responses that are in memory while clients read them.
    var heldBytes = 12 << 20
    /// After this time without progress a response may be cancelled for another one.
    var patience = Duration.seconds(10)
  }

  private struct Entry {
    let channel: any Channel
    var waitingSince: NIODeadline?
    /// The request is complete, and the client has not read the whole response yet.
    var isAnswering = false
    var heldBytes = 0
    var isDownload = false
  }

  private let limits: Limits
  private let entries = Mutex<[ObjectIdentifier: Entry]>([:])

  init(_ limits: Limits = Limits()) { self.limits = limits }

  var count: Int { entries.withLock(\.count) }

  /// Adds a new connection, which waits for its client.
  /// - Returns: false when the table is full and no connection is stalled.
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
  ///   - isWaiting: the server waits for the client.
  ///   - isAnswering: a response is not complete yet.
  func set(_ channel: any Channel, isWaiting: Bool, isAnswering: Bool) {
    entries.withLock {
      $0[ObjectIdentifier(channel)]?.waitingSince = isWaiting ? .now() : nil
      $0[ObjectIdentifier(channel)]?.isAnswering = isAnswering
    }
  }

  /// - Returns: false when too many downloads run and none is stalled.
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

  /// Reserves memory for a response, until ``endAnswer(_:)``.
  /// - Returns: false when the limit is reached.
  func hold(_ bytes: Int, for channel: any Channel) -> Bool {
    change { entries, evicted in
      var held = entries.values.reduce(0) { $0 + $1.heldBytes }
      // A response above the limit is allowed when it is the only one.
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

  /// Releases what ``beginDownload(_:)`` or ``hold(_:for:)`` reserved.
  func endAnswer(_ channel: any Channel) {
    entries.withLock {
      $0[ObjectIdentifier(channel)]?.isDownload = false
      $0[ObjectIdentifier(channel)]?.heldBytes = 0
    }
  }

  /// The longest waiting of those that have waited at least ``Limits/patience``.
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

  /// Closes the entries that `body` evicts after it releases the lock.
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
