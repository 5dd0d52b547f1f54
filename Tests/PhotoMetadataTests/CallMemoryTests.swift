import CBump
import Foundation
import TestSupport
import Testing

/// Memory of one call: whatever a library does with it, each piece keeps its bytes and no two overlap.
@Suite struct CallMemoryTests {
  struct Piece {
    var start: UnsafeMutablePointer<UInt8>
    var count: Int
    var value: UInt8
  }

  static func isFilled(_ piece: Piece, _ count: Int) -> Bool {
    isFilled(piece.start, count, with: piece.value)
  }

  /// The first byte has the value, and each other byte equals the one before it. A loop in Swift took minutes.
  static func isFilled(_ start: UnsafeMutablePointer<UInt8>, _ count: Int, with value: UInt8)
    -> Bool
  {
    count == 0 || start[0] == value && memcmp(start, start + 1, count - 1) == 0
  }

  @Test(arguments: [1, 2, 16, 300], [0, 1, 150, 299])
  func oneOtherByteIsSeen(count: Int, place: Int) {
    var bytes = [UInt8](repeating: 5, count: count)
    if place < count { bytes[place] = 4 }
    #expect(
      bytes.withUnsafeMutableBufferPointer {
        Self.isFilled($0.baseAddress!, count, with: 5) == (place >= count)
      })
  }

  /// Small and large pieces, some beyond the block, made, changed and given back at random.
  @Test(arguments: 0..<8) func piecesAreTheirOwn(seed: UInt64) throws {
    var random = SplitMix64(seed: seed + 1)
    let mark = gpsindex_bump_begin()
    defer { gpsindex_bump_end(mark) }
    var pieces: [Piece] = []
    for step in 0..<400 {
      let most = step % 10 == 0 ? 70_000 : 300
      let count = Int.random(in: 0...most, using: &random)
      switch Int.random(in: 0..<4, using: &random) {
      case 0 where !pieces.isEmpty:
        gpsindex_bump_give(pieces.removeLast().start)
      case 1 where !pieces.isEmpty:
        let place = Int.random(in: 0..<pieces.count, using: &random)
        let old = pieces[place]
        if count == 0 { continue }
        let moved = try #require(gpsindex_bump_resize(old.start, count))
        let start = moved.assumingMemoryBound(to: UInt8.self)
        pieces[place] = Piece(start: start, count: count, value: old.value)
        #expect(Self.isFilled(pieces[place], min(old.count, count)))
        memset(start, Int32(old.value), count)
      default:
        let fresh = try #require(gpsindex_bump_take(max(count, 1)))
        #expect(UInt(bitPattern: fresh) % 16 == 0)
        let start = fresh.assumingMemoryBound(to: UInt8.self)
        #expect(Self.isFilled(start, count, with: 0))
        let value = UInt8(truncatingIfNeeded: step) | 1
        memset(start, Int32(value), count)
        pieces.append(Piece(start: start, count: count, value: value))
      }
      #expect(pieces.allSatisfy { Self.isFilled($0, $0.count) })
    }
    for piece in pieces { gpsindex_bump_give(piece.start) }
  }

  @Test func aCallInsideOfAnotherLeavesItAlone() throws {
    let outer = gpsindex_bump_begin()
    let first = try #require(gpsindex_bump_take(10)).assumingMemoryBound(to: UInt8.self)
    first[9] = 7
    let inner = gpsindex_bump_begin()
    let second = try #require(gpsindex_bump_take(10)).assumingMemoryBound(to: UInt8.self)
    second[0] = 9
    gpsindex_bump_give(second)
    gpsindex_bump_end(inner)
    let third = try #require(gpsindex_bump_take(10)).assumingMemoryBound(to: UInt8.self)
    #expect(third[0] == 0 && first[9] == 7)
    gpsindex_bump_give(third)
    gpsindex_bump_give(first)
    gpsindex_bump_end(outer)
  }

  /// Nothing is added up that is no size.
  @Test(
    .disabled(if: !Command.sanitizer.isEmpty, "the AddressSanitizer calls it an error to ask"),
    arguments: [Int.max / 2, 1 << 48])
  func whatCannotBeIsRefused(size: Int) {
    let mark = gpsindex_bump_begin()
    #expect(gpsindex_bump_take(size) == nil)
    gpsindex_bump_end(mark)
  }
}
