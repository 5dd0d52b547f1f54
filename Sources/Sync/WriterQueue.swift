import Dispatch
import PhotoIndex
import PhotoModel
import Synchronization

/// Hands finished changes to the one writer, which works on a thread of its own. Bounded: when the
/// disk is slower than the link, the link waits.
final class WriterQueue: Sendable {
  private struct State {
    var batches: [[FolderChanges]] = []
    var isClosed = false
    var error: IndexError?
    var rowsChanged = false
  }

  private static let capacity = 8

  private let state = Mutex(State())
  private let items = DispatchSemaphore(value: 0)
  private let room = DispatchSemaphore(value: WriterQueue.capacity)
  private let done = DispatchSemaphore(value: 0)
  private let queue = DispatchQueue(label: "gpsindex.writer")

  /// Opens the index for writing and starts to serve.
  init(indexPath: String) {
    queue.async { [self] in serve(indexPath) }
  }

  var error: IndexError? { state.withLock { $0.error } }
  var hasWritten: Bool { state.withLock { $0.rowsChanged } }

  func append(_ batch: [FolderChanges]) {
    guard !batch.isEmpty else { return }
    room.wait()
    state.withLock { $0.batches.append(batch) }
    items.signal()
  }

  /// Waits until all is written.
  /// - Throws: the writer's first error; what was committed before stays.
  func finish() throws(IndexError) {
    state.withLock { $0.isClosed = true }
    items.signal()
    done.wait()
    if let error { throw error }
  }

  private func serve(_ path: String) {
    defer { done.signal() }
    var writer: IndexWriter?
    do throws(IndexError) {
      writer = try IndexWriter(path: path)
    } catch {
      state.withLock { $0.error = error }
    }
    while true {
      items.wait()
      let (batch, isClosed) = state.withLock { state -> ([FolderChanges]?, Bool) in
        state.batches.isEmpty
          ? (nil, state.isClosed) : (state.batches.removeFirst(), false)
      }
      guard let batch else {
        if isClosed { break }
        continue
      }
      // After an error the rest is taken and dropped, so that nobody waits for room for ever.
      if let writer, error == nil {
        do throws(IndexError) {
          try writer.apply(batch)
          state.withLock { $0.rowsChanged = true }
        } catch {
          state.withLock { $0.error = error }
        }
      }
      room.signal()
    }
    do throws(IndexError) {
      try writer?.checkpoint()
    } catch {
      state.withLock { $0.error = $0.error ?? error }
    }
  }
}
