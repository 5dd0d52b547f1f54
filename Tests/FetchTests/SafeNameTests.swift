import Foundation
import PhotoModel
import TestSupport
import Testing

@testable import Fetch

/// Names that try to leave a folder, or to meet another name.
struct HostileNames {
  private var random: SplitMix64
  private static let pieces: [String] = [
    ".", "..", "/", "\\", "%", "%2F", "%25", "%~", "%2D", "-", "--", " ", "\u{1}", "\n", "\r",
    "\u{1B}[31m", "\u{7F}", ":", "*", "?", "\"", "<", "|", "con", "NUL", "com1", "é", "e\u{301}",
    "İ", "ß",
    "a", "A", "img", "IMG", ".jpg", ".JPG", "\u{202E}", SafeName.stage, "~2", "\u{FFFD}",
    "\u{FEFF}",
  ]

  init(seed: UInt64) { random = SplitMix64(seed: seed) }

  /// Without NUL, which no name of an index has.
  mutating func name() -> [UInt8] {
    var bytes: [UInt8] = []
    for _ in 0..<Int.random(in: 1...6, using: &random) {
      if Int.random(in: 0..<8, using: &random) == 0 {
        bytes.append(UInt8.random(in: 1...255, using: &random))
      } else {
        bytes += Array((Self.pieces.randomElement(using: &random) ?? "x").utf8)
      }
    }
    return bytes
  }

  mutating func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }
}

@Suite struct SafeNameTests {
  static let rules: [SafeName] = {
    var windows = SafeName()
    windows.isForWindows = true
    windows.isTextOnly = true
    return [SafeName(), windows]
  }()

  @Test(arguments: [
    ("DJI_0001.JPG", "DJI_0001.JPG"), ("..", "%2E%2E"), (".", "%2E"), ("...", "..."),
    ("a/b", "a%2Fb"), ("a\nb", "a%0Ab"), ("\u{1B}[2J", "%1B[2J"), ("100%", "100%"),
    ("a%2Fb", "a%252Fb"), ("a%zz", "a%zz"), ("a%~2", "a%25~2"), ("é", "é"), ("a:b", "a:b"),
  ])
  func encodesWhatIsUnsafe(_ name: String, _ expected: String) {
    let encoded = SafeName().encoded(Array(name.utf8))
    #expect(String(decoding: encoded, as: UTF8.self) == expected)
    #expect(SafeName.decoded(encoded) == Array(name.utf8))
  }

  @Test(arguments: [
    ("a:b?.jpg", "a%3Ab%3F.jpg"), ("con", "%63on"), ("NUL.jpg", "%4EUL.jpg"),
    ("com1.x", "%63om1.x"),
    ("console", "console"), ("end.", "end%2E"), ("end ", "end%20"), ("in side", "in side"),
  ])
  func encodesWhatWindowsReserves(_ name: String, _ expected: String) {
    let encoded = Self.rules[1].encoded(Array(name.utf8))
    #expect(String(decoding: encoded, as: UTF8.self) == expected)
    #expect(SafeName.decoded(encoded) == Array(name.utf8))
  }

  @Test func encodesTheFolderForUnfinishedFiles() {
    let name = Array(SafeName.stage.uppercased().utf8)
    #expect(SafeName().encoded(name, isTop: true).first == UInt8(ascii: "%"))
    #expect(SafeName().encoded(name) == name)
    #expect(SafeName.decoded(SafeName().encoded(name, isTop: true)) == name)
  }

  @Test(arguments: rules.indices) func everyNameComesBack(_ rule: Int) {
    var names = HostileNames(seed: 7)
    var seen: [[UInt8]: [UInt8]] = [:]
    for _ in 0..<8_000 {
      let name = names.name()
      let encoded = Self.rules[rule].encoded(name, isTop: true)
      #expect(Self.isSafe(encoded), "\(name)")
      #expect(SafeName.decoded(encoded) == name, "\(name) became \(encoded)")
      #expect(seen.updateValue(name, forKey: encoded) ?? name == name, "two names became one")
    }
  }

  @Test(arguments: rules.indices) func everyFlatNameComesBack(_ rule: Int) {
    var names = HostileNames(seed: 8)
    for _ in 0..<8_000 {
      let path = (0..<names.number(1...4)).map { _ in names.name() }
      let flat = Self.rules[rule].flat(path)
      #expect(Self.isSafe(flat), "\(path)")
      guard flat.count < 255 || !flat.starts(with: Array("%~".utf8)) else { continue }
      #expect(SafeName.path(ofFlat: flat) == path, "\(path) became \(flat)")
    }
  }

  @Test func longNamesKeepTheirExtensionAndDiffer() {
    let path = (0..<40).map { Array("folder \($0)".utf8) }
    let first = SafeName().flat(path + [Array("A.JPG".utf8)])
    let second = SafeName().flat(path + [Array("B.JPG".utf8)])
    #expect(first.count <= 255 && second.count <= 255 && first != second)
    #expect(first.suffix(5) == Array("A.JPG".utf8)[...])
    #expect(SafeName.path(ofFlat: first) == nil)
  }

  static func isSafe(_ name: [UInt8]) -> Bool {
    !name.isEmpty && name.count <= 255 && name != Array(".".utf8) && name != Array("..".utf8)
      && name.allSatisfy { $0 >= 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "/") }
  }
}
