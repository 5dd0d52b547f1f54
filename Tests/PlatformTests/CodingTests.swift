import Foundation
import TestSupport
import Testing

@testable import Platform

@Suite struct CodingTests {
  @Test(arguments: [
    ("/a b/ü%~", "/a%20b/%C3%BC%25~", "/a%20b/%C3%BC%25~"), ("a?b#c", "a%3Fb%23c", "a?b#c"),
    ("\u{1}\u{7F}", "%01%7F", "%01%7F"), ("", "", ""),
  ])
  func percentCodingReturnsWhatItTook(text: String, path: String, visible: String) {
    #expect(PercentCoding.encoded(text, plain: .path) == path)
    #expect(PercentCoding.encoded(text, plain: .visible) == visible)
    #expect(PercentCoding.decoded(path) == text)
    #expect(PercentCoding.decoded(visible) == text)
  }

  @Test(arguments: ["%", "%4", "%4g", "a%FF", "%C3"])
  func percentCodingRefusesWhatItCannotHaveWritten(text: String) {
    #expect(PercentCoding.decoded(text) == nil)
  }

  @Test func base64AgreesWithFoundation() {
    var random = SplitMix64(seed: 7)
    for count in 0..<100 {
      let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
      let text = Data(bytes).base64EncodedString()
      #expect(Base64.encode(bytes) == text)
      #expect(Base64.encode(bytes, padding: false) == text.filter { $0 != "=" })
      #expect(Base64.decode(text.utf8) == bytes)
      #expect(Base64.decode(text.utf8, limit: 5) == Array(bytes.prefix(5)))
    }
  }

  @Test func base64StopsAtTheFirstForeignByte() {
    #expect(Base64.decode("AQID*AQID".utf8) == [1, 2, 3])
    #expect(Base64.decode("AQ\r\nID".utf8) == [1, 2, 3])
  }

  @Test func sshFieldsAreReadAsTheyWereWritten() {
    var bytes: [UInt8] = []
    bytes.append(word: 0x0102_0304)
    bytes.append(string: Array("ssh".utf8))
    bytes.append(number: [0, 0x80])
    #expect(bytes == [1, 2, 3, 4, 0, 0, 0, 3, 0x73, 0x73, 0x68, 0, 0, 0, 2, 0, 0x80])
    var reader = FieldReader(bytes)
    #expect(reader.word() == 0x0102_0304)
    #expect(reader.text() == "ssh")
    #expect(reader.string() == [0, 0x80])
    #expect(reader.word() == nil && reader.rest.isEmpty)
  }

  /// A length may claim more than there is.
  @Test(arguments: [[0, 0, 0, 2, 1], [0xFF, 0xFF, 0xFF, 0xFF, 1], [0, 0]] as [[UInt8]])
  func aFieldThatIsNotWholeIsNone(bytes: [UInt8]) {
    var reader = FieldReader(bytes)
    #expect(reader.string() == nil)
  }

  @Test(arguments: [0, 1, 127, 128, 255, 256, 65_535])
  func derValuesKeepTheirLength(count: Int) {
    let content = [UInt8](repeating: 7, count: count)
    var reader = FieldReader([UInt8].der(0x04, content))
    #expect(reader.der(0x04) == content)
    #expect(reader.rest.isEmpty)
    var other = FieldReader([UInt8].der(0x04, content))
    #expect(other.der(0x30) == nil)
  }

  @Test func theWallClockAgreesWithFoundation() {
    let before = Date().timeIntervalSince1970
    let (seconds, milliseconds) = (SystemClock.wall(), SystemClock.wallMilliseconds())
    let after = Date().timeIntervalSince1970
    #expect(Double(seconds) >= before.rounded(.down) && Double(seconds) <= after)
    #expect(Double(milliseconds) / 1000 >= before - 0.001 && Double(milliseconds) / 1000 <= after)
    #expect(SystemClock.now() <= SystemClock.now())
  }
}
