import Foundation
import TestSupport
import Testing

@testable import PhotoIndex
@testable import PhotoModel

@Suite struct FolderGlobTests {
  @Test(arguments: [
    ("2024", "2024", true), ("2024", "2024/a", false), ("2024/", "2024", true), ("", "", true),
    ("", "a", false), ("*", "a", true), ("*", "", true), ("*", "a/b", false), ("a*c", "abbc", true),
    ("a*c", "ab/c", false), ("?", "é", true), ("?", "/", false), ("a?c", "abc", true),
    ("**", "", true), ("**", "a/b/c", true), ("**/raw", "raw", true), ("**/raw", "a/b/raw", true),
    ("**/raw", "draw", false), ("a/**", "a", true), ("a/**", "a/b/c", true), ("a/**", "ab", false),
    ("a/**/b", "a/b", true), ("a/**/b", "a/x/y/b", true), ("a/**/b", "ab", false),
    ("**/a/**/b/**", "a/b", true), ("a**b", "a/x/b", true), ("[ab]", "a", false),
    ("[ab]", "[ab]", true), ("\\*", "\\x", true), ("***", "a/b", true), ("a.c", "abc", false),
    ("/**", "", true), ("/**", "a/b", true), ("**/", "", true), ("**/", "a/b", true),
    ("/", "", true), ("/", "a", false), ("/a", "a", true), ("/a/", "a", true), ("a/**/", "a", true),
    ("/**/a", "b/a", true), ("**/**/a", "a", true), ("a/**/**", "a", true), ("a**/b", "ab", false),
    ("a**/b", "ax/b", true), ("**/é?", "x/éa", true), ("a/**b", "a/b", true),
    ("a/**b", "ab", false),
  ])
  func patterns(_ glob: String, _ path: String, _ matches: Bool) {
    #expect(FolderGlob(glob).matches(path) == matches)
  }

  /// All patterns and paths of up to five characters over a small alphabet.
  @Test func everySmallPatternEqualsTheReference() {
    func words(_ alphabet: [String], _ length: Int) -> [String] {
      length == 0
        ? [""] : words(alphabet, length - 1).flatMap { word in alphabet.map { word + $0 } }
    }
    let paths = (0...4).flatMap { words(["a", "b", "/"], $0) }
    for glob in (1...5).flatMap({ words(["a", "*", "?", "/"], $0) }) {
      let compiled = FolderGlob(glob)
      for path in paths {
        let expected = Reference.matches(glob[...], path[...])
        if compiled.matches(path) != expected {
          Issue.record("\(glob) and “\(path)”: \(expected) expected")
        }
      }
    }
  }

  /// More steps than a word has bits.
  @Test func longPatternsEqualTheReference() {
    var random = SplitMix64(seed: 5)
    let pieces = ["a", "b", "/", "?", "*", "**", "**/", "/**", "aab", "/b"]
    var hits = 0
    for _ in 0..<4000 {
      let common = String(repeating: "ab/", count: Int.random(in: 18...24, using: &random))
      let glob = (0..<Int.random(in: 1...6, using: &random)).map { _ in
        pieces.randomElement(using: &random) ?? ""
      }
      .joined()
      let end = (0..<Int.random(in: 0...6, using: &random)).map { _ in
        ["a", "b", "/"].randomElement(using: &random) ?? ""
      }
      .joined()
      let (pattern, path) = (common + glob, common + end)
      let expected = Reference.matches(pattern[...], path[...])
      hits += expected ? 1 : 0
      if FolderGlob(pattern).matches(path) != expected {
        Issue.record("\(pattern) and “\(path)”: \(expected) expected")
      }
    }
    #expect(hits > 400)
  }

  @Test(arguments: ["a", "**/", "*"]) func longPatternsAreInvalid(piece: String) throws {
    let one = try OneSite("nas", at: "/x")
    let reader = try IndexReader(path: one.folder.index)
    func invalid(_ body: () throws -> Void) throws -> Bool {
      do {
        try body()
        return false
      } catch let error as IndexError {
        return error.kind == .invalid
      }
    }
    let pattern = String(repeating: piece, count: PhotoFilter.longestFolderGlob / piece.utf8.count)
    #expect(try reader.count(.with { $0.folderGlobs = [pattern] }) >= 0)
    #expect(try invalid { _ = try reader.count(.with { $0.folderGlobs = ["a", pattern + "éé"] }) })
    #expect(
      try invalid {
        _ = try reader.photos(.with { $0.folderGlobs = ["a", pattern + "éé"] }) { _ in }
      })
    #expect(
      try invalid { _ = try reader.folders(.with { $0.folderGlobs = ["a", pattern + "éé"] }) })
  }

  @Test func patternsMadeToBeSlowAreNot() {
    let path = String(repeating: "aa/", count: 1300)
    for piece in ["**/", "**/*a", "*a", "**a", "?*", "**/?", "a*/"] {
      let glob = FolderGlob(String(repeating: piece, count: 4096 / piece.count) + "b")
      #expect(!glob.matches(path))
    }
    let glob = FolderGlob(String(repeating: "*a", count: 200) + "b")
    #expect(!glob.matches(String(repeating: "a", count: 2000)))
    let deep = FolderGlob(String(repeating: "**/", count: 50) + "x")
    #expect(deep.matches(String(repeating: "d/", count: 80) + "x"))
  }
}

@Suite struct TimestampTests {
  @Test(arguments: [
    (Int64(0), "1970-01-01T00:00:00.000Z"), (1, "1970-01-01T00:00:00.001Z"),
    (-1, "1969-12-31T23:59:59.999Z"), (951_782_400_000, "2000-02-29T00:00:00.000Z"),
    (1_709_251_199_999, "2024-02-29T23:59:59.999Z"),
    (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
    (-62_167_219_200_000, "0000-01-01T00:00:00.000Z"),
    (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
  ])
  func textAndNumber(_ number: Int64, _ text: String) {
    #expect(Timestamp.text(number) == text)
    #expect(Timestamp.milliseconds(Array(text.utf8)) == number)
  }

  @Test func everyDayOfEightCenturiesComesBack() {
    for day in Int64(-150_000)..<150_000 {
      let number = day * 86_400_000 + 45_296_789
      guard Timestamp.text(number).flatMap({ Timestamp.milliseconds(Array($0.utf8)) }) == number
      else {
        Issue.record("day \(day)")
        return
      }
    }
  }

  @Test func whatFourDigitsCannotSayHasNoText() {
    for number in [Int64.min, .max, Timestamp.range.lowerBound - 1, Timestamp.range.upperBound + 1]
    {
      #expect(Timestamp.text(number) == nil)
    }
  }

  @Test(
    arguments: [
      ("2024-02-03T04:05:06", Int64(1_706_933_106_000)),
      ("2024-02-03T04:05:06.5", 1_706_933_106_500),
      ("2024-02-03T04:05:06.123456Z", 1_706_933_106_123), ("2024-02-03 04:05:06", nil), ("", nil),
      ("2024-13-03T04:05:06Z", nil), ("2024-02-03T24:05:06Z", nil),
      ("2024-02-03T04:05:06+01:00", nil),
      ("2024-02-03T04:05", nil), ("２０24-02-03T04:05:06", nil),
    ] as [(String, Int64?)])
  func otherForms(_ text: String, _ number: Int64?) {
    #expect(Timestamp.milliseconds(Array(text.utf8)) == number)
  }

  /// Texts compare bytewise like the times they say, whatever their decimals.
  @Test func boundsCompareLikeTimes() {
    var g = SplitMix64(seed: 3)
    for _ in 0..<20_000 {
      let time = Int64.random(in: 0..<100, using: &g) * g.pick([1, 10, 100, 1000])
      let bound = Int64.random(in: 0..<100, using: &g) * g.pick([1, 10, 100, 1000])
      let full = String((Timestamp.text(time) ?? "").dropLast())
      var texts = [full, full + "Z", full + "000"]
      if time % 1000 == 0 { texts.append(String(full.dropLast(4))) }
      if time % 100 == 0 { texts.append(String(full.dropLast(2))) }
      let limit = Timestamp.lowerBound(bound)
      for text in texts {
        if text.utf8.lexicographicallyPrecedes(limit.utf8) != (time < bound) {
          Issue.record("\(text) and \(limit)")
        }
      }
    }
    #expect(Timestamp.lowerBound(.min).isEmpty)
    #expect(Timestamp.lowerBound(.max) == "~")
  }
}

@Suite struct GeometryBlobTests {
  @Test func pointsHaveTheBytesOfTheStandard() {
    let flat = GeometryBlob.point(Coordinate(latitude: 2, longitude: 1), altitude: nil)
    #expect(
      flat == [
        0x47, 0x50, 0, 1, 0xE6, 0x10, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xF0, 0x3F, 0, 0, 0,
        0, 0, 0, 0, 0x40,
      ])
    let high = GeometryBlob.point(Coordinate(latitude: 2, longitude: 1), altitude: 2)
    #expect(high.count == 37)
    #expect(Array(high[9..<13]) == [0xE9, 3, 0, 0])
    #expect(Array(high.suffix(8)) == [0, 0, 0, 0, 0, 0, 0, 0x40])
  }

  @Test func extentsAreReadBack() throws {
    var g = SplitMix64(seed: 1)
    for _ in 0..<500 {
      let c = Samples.position(&g)
      #expect(GeometryBlob.extent(GeometryBlob.point(c, altitude: nil)) == BoundingBox(c))
      #expect(GeometryBlob.extent(GeometryBlob.point(c, altitude: 5)) == BoundingBox(c))
      let box = BoundingBox(c).union(Samples.position(&g))
      let extent = try #require(GeometryBlob.extent(GeometryBlob.multiPolygon(box)))
      // A box of one place or line is drawn a centimetre wider.
      #expect(extent.union(box) == extent && abs(extent.width - box.width) < 3e-7)
      if box.width > 0, box.south < box.north { #expect(extent == box) }
    }
  }

  /// A blob that anyone may have written is refused, never trapped on.
  @Test func brokenBlobsHaveNoExtent() {
    var g = SplitMix64(seed: 9)
    let box = BoundingBox(west: 1, south: 2, east: 3, north: 4)
    for blob in [
      GeometryBlob.multiPolygon(box),
      GeometryBlob.point(Coordinate(latitude: 1, longitude: 2), altitude: 3),
    ] {
      for count in 0..<29 { #expect(GeometryBlob.extent(Array(blob[..<count])) == nil) }
      for _ in 0..<3000 {
        var broken = blob
        broken[Int.random(in: 0..<blob.count, using: &g)] = UInt8.random(in: 0...255, using: &g)
        if let extent = GeometryBlob.extent(broken), !(extent.west + extent.north).isFinite {
          Issue.record("\(broken)")
        }
      }
    }
    var empty = GeometryBlob.multiPolygon(box)
    empty[3] |= 0x10
    #expect(GeometryBlob.extent(empty) == nil)
  }
}

@Suite struct LockHolderTests {
  @Test(
    arguments: [
      (UInt64(5678), UInt64(120), Int32(1234)), (5678, 121, nil), (5679, 0x4000_0001, 77),
      (5680, 3, nil), (5681, 9, nil),
    ] as [(UInt64, UInt64, Int32?)])
  func theWriteLockIsFoundInTheTable(inode: UInt64, byte: UInt64, pid: Int32?) {
    let table = """
      1: POSIX  ADVISORY  WRITE 1234 fe:01:5678 120 120
      1: -> POSIX  ADVISORY  WRITE 4321 fe:01:5678 121 121
      2: POSIX  ADVISORY  WRITE 77 fe:01:5679 1073741825 EOF
      3: POSIX  ADVISORY  READ  78 fe:01:5680 0 EOF
      4: FLOCK  ADVISORY  WRITE -1 fe:01:5681 0 EOF
      broken line
      """
    #expect(LockHolder.holder(in: table, inode: inode, byte: byte) == pid)
  }
}
