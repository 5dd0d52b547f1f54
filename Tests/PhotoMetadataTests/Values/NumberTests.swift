import TestSupport
import Testing

@testable import PhotoMetadata

/// Numbers of XMP become the nearest double, whichever way they are parsed.
@Suite struct NumberTests {
  @Test(
    arguments: [
      ("0", 0.0), ("-0.0", -0.0), ("+47.376888", 47.376888), ("-8.5", -8.5), (" 12 ", 12),
      ("5.", 5),
      (".5", 0.5), ("1e3", 1000), ("999999999999999", 999_999_999_999_999),
      ("0.123456789012345", 0.123456789012345), ("9007199254740993", 9_007_199_254_740_992),
      ("18665/100", 186.65), ("+1/-4", -0.25),
    ] as [(String, Double)])
  func readsNumbers(text: String, value: Double) throws {
    let read = try #require(XmpValues.number(text[...]))
    #expect(read == value && read.sign == value.sign, "\(text)")
  }

  @Test(arguments: [
    "", "+", "-", ".", "1.2.3", "1-2", "--1", "1/0", "1 2", "０", "0x10", "nan", "1,5", "/", "1/",
  ])
  func rejectsOtherTexts(text: String) { #expect(XmpValues.number(text[...]) == nil) }

  /// Against Swift's own parser.
  @Test func agreesWithTheStandardLibrary() {
    var random = SplitMix64(seed: 15)
    for _ in 0..<20_000 {
      let digits = (0..<Int.random(in: 1...20, using: &random)).map { _ in
        String(Int.random(in: 0...9, using: &random))
      }
      var text = digits.joined()
      if Bool.random(using: &random) {
        let place = text.index(
          text.startIndex, offsetBy: Int.random(in: 0...text.count, using: &random))
        text.insert(".", at: place)
      }
      text = ["", "-", "+"][Int.random(in: 0...2, using: &random)] + text
      #expect(XmpValues.number(text[...])?.bitPattern == Double(text)?.bitPattern, "\(text)")
    }
  }
}
