/// The bytes of one file that have arrived, in pieces, and where the file ends.
struct HeldBytes: Sendable {
  private struct Piece: Sendable {
    var start: Int64
    var bytes: [UInt8]
    var end: Int64 { start + Int64(bytes.count) }
  }

  /// In rising order, disjoint and never touching, so that a range that is held lies in one piece.
  private var pieces: [Piece] = []
  /// The file's length, once known.
  private(set) var end: Int64?

  init(end: Int64?) { self.end = end }

  /// The bytes of `range`, fewer only when the file ends before; nil when some have not arrived.
  func bytes(_ range: Range<Int64>) -> ArraySlice<UInt8>? {
    var upper = range.upperBound
    if let end, end < upper { upper = max(end, range.lowerBound) }
    if upper == range.lowerBound { return [] }
    let i = index(after: range.lowerBound) - 1
    guard i >= 0, upper <= pieces[i].end else { return nil }
    let from = Int(range.lowerBound - pieces[i].start)
    return pieces[i].bytes[from..<(from + Int(upper - range.lowerBound))]
  }

  /// The first piece that begins behind `place`: a hostile file may make thousands of them.
  private func index(after place: Int64) -> Int {
    var low = 0
    var high = pieces.count
    while low < high {
      let middle = (low + high) / 2
      if pieces[middle].start <= place { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// The parts of `range` that have not arrived and lie before the end of the file.
  func missing(in range: Range<Int64>) -> [Range<Int64>] {
    var from = range.lowerBound
    let upper = min(range.upperBound, end ?? range.upperBound)
    var out = [Range<Int64>]()
    for piece in pieces[max(0, index(after: from) - 1)...] {
      if piece.start >= upper { break }
      if piece.start > from { out.append(from..<piece.start) }
      from = max(from, piece.end)
    }
    if from < upper { out.append(from..<upper) }
    return out
  }

  /// How far the bytes held without a gap reach from `start` on.
  func heldEnd(from start: Int64) -> Int64 {
    let i = index(after: start) - 1
    guard i >= 0, start < pieces[i].end else { return start }
    return min(pieces[i].end, end ?? pieces[i].end)
  }

  /// Takes in an answer; `isLast` says that the file ends behind it. Bytes already held stay.
  mutating func insert(_ bytes: [UInt8], at start: Int64, isLast: Bool) {
    let upper = start + Int64(bytes.count)
    if isLast { end = min(end ?? upper, upper) }
    if bytes.isEmpty { return }
    if pieces.isEmpty {
      pieces.append(Piece(start: start, bytes: bytes))
      return
    }
    for part in missingIgnoringEnd(in: start..<upper) {
      let slice = bytes[Int(part.lowerBound - start)..<Int(part.upperBound - start)]
      let fresh = Piece(start: part.lowerBound, bytes: Array(slice))
      let place = index(after: fresh.start)
      pieces.insert(fresh, at: place)
      join(place)
      if place > 0 { join(place - 1) }
    }
  }

  private func missingIgnoringEnd(in range: Range<Int64>) -> [Range<Int64>] {
    var open = self
    open.end = nil
    return open.missing(in: range)
  }

  /// Joins piece `i` with the next one when they touch.
  private mutating func join(_ i: Int) {
    guard i + 1 < pieces.count, pieces[i].end == pieces[i + 1].start else { return }
    pieces[i].bytes += pieces[i + 1].bytes
    pieces.remove(at: i + 1)
  }
}
