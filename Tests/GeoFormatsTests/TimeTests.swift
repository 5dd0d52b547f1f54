import Foundation
import TestSupport
import PhotoModel
import Testing

@testable import GeoFormats

@Suite struct TimeTests {
  @Test(arguments: [
    (0, "1970-01-01T00:00:00Z"), (-1, "1969-12-31T23:59:59.999Z"),
    (951_782_400_000, "2000-02-29T00:00:00Z"), (1_714_557_600_250, "2024-05-01T10:00:00.250Z"),
    (4_107_542_400_000, "2100-03-01T00:00:00Z"), (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
    (-62_167_219_200_000, "0000-01-01T00:00:00Z"),
  ])
  func knownInstants(milliseconds: Int64, text: String) {
    #expect(ISOTime.text(milliseconds: milliseconds) == text)
  }

  @Test(arguments: [Int64.min, Int64.max, 253_402_300_800_000, -62_167_219_200_001])
  func yearsOfMoreThanFourDigitsAreAbsent(milliseconds: Int64) {
    #expect(ISOTime.text(milliseconds: milliseconds) == nil)
    var bytes = [UInt8]()
    bytes.appendJSON(.time(milliseconds))
    #expect(String(decoding: bytes, as: UTF8.self) == "null")
  }

  @Test func secondsBeyondMillisecondsAreAbsent() {
    #expect(ISOTime.text(seconds: Int64.max) == nil)
    #expect(ISOTime.text(seconds: 1_714_557_600) == "2024-05-01T10:00:00Z")
  }

  @Test func everyDayOfSixCenturiesThereAndBack() {
    var day = CivilDay.number(year: 1700, month: 1, day: 1)
    let last = CivilDay.number(year: 2300, month: 1, day: 1)
    while day < last {
      let date = CivilDay.date(number: day)
      #expect(CivilDay.number(year: date.year, month: date.month, day: date.day) == day)
      day += 1
    }
  }

  @Test func agreesWithFoundation() {
    let formatter = ISO8601DateFormatter()
    var random = SplitMix64(seed: 3)
    for _ in 0..<2000 {
      let seconds = Int64.random(in: -5_000_000_000...9_000_000_000, using: &random)
      let expected = formatter.string(from: Date(timeIntervalSince1970: Double(seconds)))
      #expect(ISOTime.text(seconds: seconds) == expected)
    }
  }
}
