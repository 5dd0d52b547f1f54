import TestSupport
import Testing

@testable import GeoFormats

@Suite struct NumberTests {
  @Test(arguments: [
    (8.25, "8.2500000"), (-122.5, "-122.5000000"), (180, "180.0000000"), (0, "0.0000000"),
    (-0.0, "-0.0000000"), (47.123456789012345, "47.123456789012344"), (0.0001, "0.0001000"),
    (1e-5, "0.0000100"), (-1.5e-7, "-0.00000015"), (2.5e-10, "0.00000000025"),
    (37.7749295, "37.7749295"),
  ])
  func degreesHaveSevenDecimalsAndNoExponent(value: Double, text: String) {
    var bytes = [UInt8]()
    let isWritten = bytes.appendDegrees(value)
    #expect(isWritten)
    #expect(String(decoding: bytes, as: UTF8.self) == text)
  }

  @Test func degreesReadBackAsTheSameDouble() {
    var random = SplitMix64(seed: 7)
    for _ in 0..<20_000 {
      let exponent = Double.random(in: -12...2.25, using: &random)
      let value = (Bool.random(using: &random) ? -1 : 1) * power10(exponent)
      var bytes = [UInt8]("x".utf8)
      bytes.appendDegrees(value)
      let text = String(decoding: bytes.dropFirst(), as: UTF8.self)
      #expect(Double(text) == value)
      #expect(!text.contains("e"))
      #expect((text.split(separator: ".").last?.utf8.count ?? 0) >= 7)
    }
  }

  private func power10(_ exponent: Double) -> Double {
    var value = exponent - exponent.rounded(.down) + 1
    let whole = Int(exponent.rounded(.down))
    for _ in 0..<abs(whole) { value = whole < 0 ? value / 10 : value * 10 }
    return value
  }

  @Test(arguments: [Double.nan, .infinity, -.infinity])
  func whatNoFormatCanCarryIsNotWritten(value: Double) {
    var bytes = [UInt8]()
    let isWritten = bytes.appendReal(value) || bytes.appendDegrees(value)
    #expect(!isWritten)
    #expect(bytes.isEmpty)
    bytes.appendJSON(.real(value))
    #expect(String(decoding: bytes, as: UTF8.self) == "null")
  }

  @Test(arguments: [
    (0, "0"), (7, "7"), (-1, "-1"), (1234567890123, "1234567890123"),
    (Int64.max, "9223372036854775807"), (Int64.min, "-9223372036854775808"),
  ])
  func integers(value: Int64, text: String) {
    var bytes = [UInt8]("a".utf8)
    bytes.appendInteger(value)
    #expect(String(decoding: bytes, as: UTF8.self) == "a" + text)
  }

  @Test(arguments: [
    (1.005, 2, "1.00"), (-0.5, 2, "-0.50"), (8.25, 7, "8.2500000"),
    (-122.49999996, 7, "-122.5000000"),
    (99.999, 2, "100.00"), (-0.001, 2, "0.00"), (3, 0, "3"),
  ])
  func roundedForPeople(value: Double, decimals: Int, text: String) {
    var bytes = [UInt8]()
    bytes.appendRounded(value, decimals: decimals)
    #expect(String(decoding: bytes, as: UTF8.self) == text)
  }
}
