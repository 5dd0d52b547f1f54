internal import CSQLite

extension Connection {
  /// What becomes of the statement under way.
  package enum WorkVerdict: Sendable {
    case goOn
    /// It ends with ``SQLiteError/Kind/interrupted``.
    case interrupt
    /// It ends with ``SQLiteError/Kind/tooMuchWork``.
    case exceeded
  }

  /// Calls `check` after about every `instructions` instructions of SQLite's virtual machine, on the thread that runs
  /// the statement (`sqlite3_progress_handler`); one check per connection, nil takes it away.
  ///
  /// One instruction takes some ten nanoseconds. A single call of an SQL function is one instruction, however long it
  /// takes. `check` must not use the connection.
  ///
  /// - Parameter check: is given ``execution``.
  package func setInterrupt(
    every instructions: Int32 = 10_000, check: (@Sendable (_ execution: Int) -> WorkVerdict)?
  ) {
    watch.check = check
    if check == nil {
      unsafe sqlite3_progress_handler(handle, 0, nil, nil)
    } else {
      let pointer = unsafe Unmanaged.passUnretained(watch).toOpaque()
      unsafe sqlite3_progress_handler(handle, max(1, instructions), askWatch, pointer)
    }
  }

  /// Number of the outermost statement that runs now, or ran last: statements that run inside its rows have no number
  /// of their own.
  package var execution: Int { watch.execution }
}

/// What the progress handler of one connection knows; lives as long as the connection.
final class WorkWatch {
  var check: (@Sendable (Int) -> Connection.WorkVerdict)?
  private(set) var execution = 0
  private var running = 0
  /// The last interruption was for too much work.
  fileprivate(set) var isExceeded = false

  func begin() {
    if running == 0 {
      execution &+= 1
      isExceeded = false
    }
    running += 1
  }

  func end() { running -= 1 }
}

private func askWatch(_ pointer: UnsafeMutableRawPointer?) -> Int32 {
  guard let pointer = unsafe pointer else { return 0 }
  let watch = unsafe Unmanaged<WorkWatch>.fromOpaque(pointer).takeUnretainedValue()
  switch watch.check?(watch.execution) ?? .goOn {
  case .goOn: return 0
  case .interrupt: return 1
  case .exceeded:
    watch.isExceeded = true
    return 1
  }
}
