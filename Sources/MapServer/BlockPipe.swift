import Dispatch
import Synchronization

/// Passes blocks of bytes from a thread that may block to a task that must not. At most ``capacity`` blocks wait.
final class BlockPipe: Sendable {
  struct Abandoned: Error {}

  private static let capacity = 4

  let blocks: AsyncStream<[UInt8]>
  private let input: AsyncStream<[UInt8]>.Continuation
  /// Starts at 0 and is then raised: libdispatch traps when a semaphore is freed below its initial value, and an abandoned
  /// pipe may still contain blocks.
  private let room = DispatchSemaphore(value: 0)
  private let isAbandoned = Atomic(false)

  init() {
    (blocks, input) = AsyncStream.makeStream(of: [UInt8].self)
    for _ in 0..<Self.capacity { room.signal() }
  }

  /// Blocks until there is room. Only the producing thread calls it.
  /// - Throws: ``Abandoned`` after ``abandon()``.
  func put(_ block: [UInt8]) throws(Abandoned) {
    room.wait()
    if isAbandoned.load(ordering: .acquiring) {
      // Do not block a producer that calls again.
      room.signal()
      throw Abandoned()
    }
    input.yield(block)
  }

  func finish() { input.finish() }

  /// Makes room for another block.
  func taken() { room.signal() }

  /// Wakes the producer; every later ``put(_:)`` throws. Thread-safe.
  func abandon() {
    isAbandoned.store(true, ordering: .releasing)
    room.signal()
  }
}
