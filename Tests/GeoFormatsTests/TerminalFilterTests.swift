import TestSupport
import Testing

@testable import GeoFormats

@Suite struct TerminalFilterTests {
  /// What a terminal gets of these portions.
  private func shown(_ portions: [[UInt8]]) -> [UInt8] {
    var filter = TerminalFilter()
    var out: [UInt8] = []
    for portion in portions { portion.withUnsafeBytes { filter.add($0, to: &out) } }
    filter.finish(&out)
    return out
  }

  private func shown(_ text: String) -> String {
    String(decoding: shown([Array(text.utf8)]), as: UTF8.self)
  }

  @Test(arguments: [
    ("plain é日🚁\n", "plain é日🚁\n"), ("", ""), ("a\tb\n", #"a\tb"# + "\n"),
    ("\u{1b}]0;x\u{7}", #"\x1b]0;x\x07"#), ("a\r\nb\rc\n\r\n", "a\r\nb\\rc\n\r\n"),
    ("end\r", #"end\r"#), ("\u{9b}31m\u{7f}", #"\x9b31m\x7f"#),
    ("a\u{202E}b\u{2066}c\u{200E}\u{200F}\u{61C}", #"a\u{202e}b\u{2066}c\u{200e}\u{200f}\u{61c}"#),
    ("\u{2028}\u{2029}", #"\u{2028}\u{2029}"#), ("nul\0", #"nul\x00"#),
    ("\u{A0}\u{FFFD}", "\u{A0}\u{FFFD}"),
  ])
  func showsControls(text: String, expected: String) {
    #expect(shown(text) == expected)
  }

  @Test(
    arguments: [
      ([0x9B, 0x32, 0x4A], #"\x9b2J"#), ([0xC3], #"\xc3"#), ([0xC0, 0x9B], #"\xc0\x9b"#),
      ([0xE0, 0x80, 0x9B], #"\xe0\x80\x9b"#), ([0xED, 0xA0, 0x80], #"\xed\xa0\x80"#),
      ([0xF0, 0x9F, 0x9A, 0x41], #"\xf0\x9f\x9aA"#), ([0xFF, 0xC3, 0xA9], "\\xffé"),
      ([0xF5, 0x80, 0x80, 0x80], #"\xf5\x80\x80\x80"#), ([0xE2, 0x80], #"\xe2\x80"#),
    ] as [([UInt8], String)])
  func showsBytesThatAreNoText(bytes: [UInt8], expected: String) {
    #expect(String(decoding: shown([bytes]), as: UTF8.self) == expected)
  }

  /// Portions end anywhere, also inside a character or between CR and LF.
  @Test func portionsMakeNoDifference() {
    let text =
      Array("é\u{202E}日\r\n🚁\u{9B}\u{1B}[2J\r x\u{2066}".utf8) + [0xE2, 0x80, 0x9B, 0xFF, 0xC2]
    let whole = shown([text])
    for cut in 0...text.count {
      for second in cut...text.count {
        let portions = [text[..<cut], text[cut..<second], text[second...]].map { Array($0) }
        #expect(shown(portions) == whole, "\(cut) \(second)")
      }
    }
    #expect(shown(text.map { [$0] }) == whole)
  }

  @Test func filtersAnyBytes() throws {
    var random = SplitMix64(seed: 57)
    for _ in 0..<3_000 {
      let heavy: [UInt8] = [0x0D, 0x0A, 0x1B, 0xC2, 0x9B, 0xE2, 0x80, 0xAE, 0x41, 0xF0]
      let bytes = (0..<Int.random(in: 0..<40, using: &random)).map { _ in
        Bool.random(using: &random)
          ? UInt8.random(in: 0...255, using: &random) : heavy.randomElement(using: &random) ?? 0
      }
      let cut = Int.random(in: 0...bytes.count, using: &random)
      let out = shown([Array(bytes[..<cut]), Array(bytes[cut...])])
      let text = try #require(String(validating: out, as: UTF8.self), "\(bytes)")
      let scalars = Array(text.unicodeScalars)
      for (index, scalar) in scalars.enumerated() where ControlCharacters.contains(scalar) {
        let isLineEnd = scalar == "\n" || index + 1 < scalars.count && scalars[index + 1] == "\n"
        #expect(isLineEnd && (scalar == "\n" || scalar == "\r"), "\(bytes)")
      }
    }
  }
}
