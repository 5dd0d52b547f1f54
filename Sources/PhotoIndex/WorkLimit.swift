import SQLite
import Synchronization

/// Limits the work of one statement, and ends statements after a request to stop: the file may come from a stranger,
/// with views, triggers and expressions that never end.
///
/// A statement (with all that runs inside its rows) may take ``base`` instructions of SQLite's virtual machine and
/// ``perPage`` more for each page of the file: several times of what the dearest statement of this program needs.
final class WorkLimit: Sendable {
  static let every: Int32 = 10_000
  static let base = 5_000_000
  static let perPage = 40_000
  /// So much work may still be done, by all statements together, to keep what a stopped sync has read.
  static let afterStop = 30_000_000
  /// Bytes: a text, a blob or a row of the index. The track of a folder takes 16 for each photo.
  static let longestValue: Int32 = 256 << 20

  private struct State {
    var execution = 0
    var used = 0
    var usedAfterStop = 0
    var limit = WorkLimit.base
    var isStopped: @Sendable () -> Bool = { false }
  }

  private let path: String
  private let state = Mutex(State())

  private init(path: String) { self.path = path }

  @discardableResult
  static func set(on connection: Connection, path: String) -> WorkLimit {
    let limit = WorkLimit(path: path)
    connection.setLongestValue(bytes: longestValue)
    connection.setInterrupt(every: every) { limit.verdict(execution: $0) }
    return limit
  }

  /// Ends this connection's statements as soon as `check` is true; called a few thousand times a second.
  func setStop(_ check: @escaping @Sendable () -> Bool) { state.withLock { $0.isStopped = check } }

  private func verdict(execution: Int) -> Connection.WorkVerdict {
    let isStopped = IndexStop.isAsked
    return state.withLock { state in
      if state.isStopped() { return .interrupt }
      if isStopped {
        state.usedAfterStop += Int(Self.every)
        if state.usedAfterStop > Self.afterStop { return .interrupt }
      }
      if state.execution != execution {
        state.execution = execution
        state.used = 0
        // Of the file as it is when the statement begins: one that inserts without end must not earn its own limit.
        let bytes = (IndexFile.size(of: path) ?? 0) + (IndexFile.size(of: "\(path)-wal") ?? 0)
        state.limit = Self.base + Int(clamping: min(bytes / 4096, 1 << 32)) * Self.perPage
      }
      state.used += Int(Self.every)
      return state.used <= state.limit ? .goOn : .exceeded
    }
  }
}

/// Ends the statements of all indexes of this process after a signal.
package enum IndexStop {
  private static let check = Mutex<(@Sendable () -> Bool)?>(nil)

  /// - Parameter check: asked often, from any thread.
  package static func set(_ check: @escaping @Sendable () -> Bool) {
    self.check.withLock { $0 = check }
  }

  static var isAsked: Bool { check.withLock { $0 }?() ?? false }
}
