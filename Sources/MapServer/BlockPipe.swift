import Dispatch
import Synchronization

/// Hands blocks of bytes from a thread that may wait to a task that must not. At most ``capacity`` blocks are under way.
final class BlockPipe: Sendable {
  struct Abandoned: Error {}

  private static let capacity = 4

  let blocks: AsyncStream<[UInt8]>
  private let input: AsyncStream<[UInt8]>.Continuation
  /// Starts at 0 and is raised: libdispatch ends the process when a semaphore is freed below its initial value, and an
  /// abandoned pipe still has blocks under way.
  private let room = DispatchSemaphore(value: 0)
  private let isAbandoned = Atomic(false)

  init() {
    (blocks, input) = AsyncStream.makeStream(of: [UInt8].self)
    for _ in 0..<Self.capacity { room.signal() }
  }

  /// Waits until there is room. To be called by the producing thread.
  /// - Throws: ``Abandoned`` when nobody takes any more.
  func put(_ block: [UInt8]) throws(Abandoned) {
    room.wait()
    if isAbandoned.load(ordering: .acquiring) {
      // For a producer that tries again.
      room.signal()
      throw Abandoned()
    }
    input.yield(block)
  }

  func finish() { input.finish() }

  /// Makes room for another block.
  func taken() { room.signal() }

  /// Nobody takes any more: wakes the producer, and every later ``put(_:)`` throws. Safe to call at any time.
  func abandon() {
    isAbandoned.store(true, ordering: .releasing)
    room.signal()
  }
}
