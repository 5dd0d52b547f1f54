import Dispatch
import Synchronization

/// Hands blocks of bytes from a thread that may wait to a task that must not. No more than a few are under way.
final class BlockPipe: Sendable {
  struct Abandoned: Error {}

  let blocks: AsyncStream<[UInt8]>
  private let input: AsyncStream<[UInt8]>.Continuation
  private let room = DispatchSemaphore(value: 4)
  private let isAbandoned = Atomic(false)

  init() { (blocks, input) = AsyncStream.makeStream(of: [UInt8].self) }

  /// Waits until there is room. To be called by the producing thread.
  /// - Throws: ``Abandoned`` when nobody takes any more.
  func put(_ block: [UInt8]) throws(Abandoned) {
    room.wait()
    if isAbandoned.load(ordering: .acquiring) { throw Abandoned() }
    input.yield(block)
  }

  func finish() { input.finish() }

  /// A block has gone its way.
  func taken() { room.signal() }

  /// Nobody takes any more: the producer is woken and told.
  func abandon() {
    isAbandoned.store(true, ordering: .releasing)
    room.signal()
  }
}
