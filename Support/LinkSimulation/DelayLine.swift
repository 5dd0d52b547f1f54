/// One direction of one connection: bytes that are on their way, each with the moment at which
/// it arrives. No sockets and no clock in here; moments are nanoseconds of a monotonic clock.
struct DelayLine {
  private struct Piece {
    var due: UInt64
    var count: Int
  }

  private var bytes: [UInt8] = []
  private var bytesHead = 0
  private var pieces: [Piece] = []
  private var piecesHead = 0
  /// When the end of the stream arrives, once its sender has ended it.
  private(set) var endDue: UInt64?

  /// Bytes under way.
  var count: Int { bytes.count - bytesHead }

  /// The moment at which the next bytes, or the end of the stream, arrive.
  var nextDue: UInt64? { piecesHead < pieces.count ? pieces[piecesHead].due : endDue }

  mutating func push(_ new: UnsafeRawBufferPointer, due: UInt64) {
    guard !new.isEmpty else { return }
    bytes.append(contentsOf: new)
    // A cap makes a later piece later, and the delay is the same for all: order is kept.
    let last = pieces.count - 1
    if last >= piecesHead, pieces[last].due >= due {
      pieces[last].count += new.count
    } else {
      pieces.append(Piece(due: due, count: new.count))
    }
  }

  mutating func end(due: UInt64) { endDue = max(due, pieces.last?.due ?? 0) }

  /// How many bytes at the front have arrived by `now`.
  func arrived(by now: UInt64) -> Int {
    var sum = 0
    var i = piecesHead
    while i < pieces.count, pieces[i].due <= now {
      sum += pieces[i].count
      i += 1
    }
    return sum
  }

  func endArrived(by now: UInt64) -> Bool {
    guard count == 0, let endDue else { return false }
    return endDue <= now
  }

  /// The first `limit` bytes under way, in order.
  func withFront<R>(_ limit: Int, _ body: (UnsafeRawBufferPointer) -> R) -> R {
    bytes.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[bytesHead...].prefix(limit))) }
  }

  mutating func drop(_ n: Int) {
    bytesHead += n
    var left = n
    while left > 0, piecesHead < pieces.count {
      let taken = min(left, pieces[piecesHead].count)
      pieces[piecesHead].count -= taken
      left -= taken
      if pieces[piecesHead].count == 0 { piecesHead += 1 }
    }
    compact()
  }

  /// Gives used-up room back, seldom enough to cost nothing per byte.
  private mutating func compact() {
    if bytesHead == bytes.count {
      bytes.removeAll(keepingCapacity: bytes.capacity <= 1 << 20)
      bytesHead = 0
    } else if bytesHead > 1 << 20, bytesHead > bytes.count / 2 {
      bytes.removeSubrange(..<bytesHead)
      bytesHead = 0
    }
    if piecesHead == pieces.count {
      pieces.removeAll(keepingCapacity: true)
      piecesHead = 0
    } else if piecesHead > 4096, piecesHead > pieces.count / 2 {
      pieces.removeSubrange(..<piecesHead)
      piecesHead = 0
    }
  }
}

/// One direction of the cable that all connections share: it sends one byte after the other.
struct Wire {
  /// nil: any number of bytes at once.
  let bitsPerSecond: Double?
  private var freeAt: UInt64 = 0

  init(bitsPerSecond: Double?) { self.bitsPerSecond = bitsPerSecond }

  /// The largest piece that goes onto the wire as one: a TCP segment, when there is a cap.
  var pieceSize: Int { bitsPerSecond == nil ? Int.max : 1448 }

  /// The moment at which `count` bytes given at `now` have left the sender.
  mutating func send(_ count: Int, now: UInt64) -> UInt64 {
    guard let bitsPerSecond else { return now }
    let nanoseconds = Double(count) * 8 / bitsPerSecond * 1_000_000_000
    freeAt = max(freeAt, now) + UInt64(nanoseconds.rounded(.up))
    return freeAt
  }
}
