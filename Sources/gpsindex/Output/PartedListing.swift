import Dispatch
import GeoFormats
import PhotoIndex
import PhotoModel
import Synchronization

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Writes a large result with two readers on two threads. Each formats part after part; the calling thread writes the parts in
/// order. The output is byte for byte that of one reader.
struct PartedListing {
  let parts: [PhotoPart]
  let format: OutputFormat
  let options: FormatOptions

  /// Limit of formatted parts that are not written yet. It bounds memory.
  private static let ahead = 4

  static var isWorthIt: Bool { sysconf(Int32(_SC_NPROCESSORS_ONLN)) > 1 }

  private struct Made: Sendable {
    var bytes: [UInt8]
    var count: Int
    var leftOut: Int
  }

  private struct State {
    var next = 0
    var made: [Int: Result<Made, any Error>] = [:]
    /// Buffers that have been written out.
    var spare: [[UInt8]] = []
    var isStopped = false
  }

  /// State that the threads share.
  private final class Board: Sendable {
    let state = Mutex(State())
    /// Starts at 0 and is then raised: libdispatch traps when a semaphore is freed below its initial value.
    let room = DispatchSemaphore(value: 0)
    let news = DispatchSemaphore(value: 0)

    init() { for _ in 0..<PartedListing.ahead { room.signal() } }
  }

  /// - Returns: the number of photos written or left out.
  func write(
    with readers: [HandedReader], to writer: inout any RowWriter
  ) throws -> Int {
    let board = Board()
    let group = DispatchGroup()
    for reader in readers {
      DispatchQueue.global().async(group: group) { work(reader.reader, board) }
    }
    // No thread uses a reader after this returns, also after an error.
    defer {
      board.state.withLock { $0.isStopped = true }
      for _ in readers { board.room.signal() }
      group.wait()
    }
    var count = 0
    for index in parts.indices {
      let made = try wait(for: index, board)
      count += made.count
      try made.bytes.withUnsafeBytes { try writer.append(part: $0, leftOut: made.leftOut) }
      board.state.withLock { $0.spare.append(made.bytes) }
      board.room.signal()
    }
    return count
  }

  private func wait(for index: Int, _ board: Board) throws -> Made {
    while true {
      if let made = board.state.withLock({ $0.made.removeValue(forKey: index) }) {
        return try made.get()
      }
      board.news.wait()
    }
  }

  private func work(_ reader: IndexReader, _ board: Board) {
    let text = TextBuffer()
    var writer = makeWriter(format, options: options) { text.bytes.append(contentsOf: $0) }
    writer.beginPart()
    while true {
      board.room.wait()
      let next = board.state.withLock { state -> (Int, [UInt8])? in
        guard !state.isStopped, state.next < parts.count else { return nil }
        defer { state.next += 1 }
        return (state.next, state.spare.popLast() ?? [])
      }
      guard let (index, buffer) = next else { break }
      text.bytes = buffer
      text.bytes.removeAll(keepingCapacity: true)
      let leftOut = writer.leftOut
      let result = Result {
        var count = 0
        try reader.photos(parts[index], detail: .shown) { row in
          try writer.write(row)
          count += 1
        }
        try writer.endPart()
        return Made(bytes: text.take(), count: count, leftOut: writer.leftOut - leftOut)
      }
      board.state.withLock { $0.made[index] = result }
      board.news.signal()
    }
    board.room.signal()
  }
}

/// Collects the text of a part on one thread.
private final class TextBuffer {
  var bytes: [UInt8] = []

  /// Returns the bytes without a copy.
  func take() -> [UInt8] {
    defer { bytes = [] }
    return bytes
  }
}
