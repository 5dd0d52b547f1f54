import Testing

@testable import Pictures

@Suite struct MarkerTests {
  @Test(
    arguments: [
      ([0xFF, 0xD8, 0xFF, 0xE0, 0xFF, 0xD9], true), ([0xFF, 0xD8, 0xFF, 0xD9], true),
      // Some cameras fill up what follows EOI, others leave it out.
      ([0xFF, 0xD8, 0xFF, 0xDB, 1, 0xFF, 0xD9, 0, 0, 0], true),
      ([0xFF, 0xD8, 0xFF, 0xE0, 1], true),
      ([0xFF, 0xD8, 0x00, 0xFF, 0xD9], false), ([0xFF, 0xD8, 0xFF], false), ([0xFF, 0xD8], false),
      ([], false), ([0x89, 0x50, 0x4E, 0x47, 0xFF, 0xD9], false),
      (Array("<svg onload=alert(1)>".utf8), false),
    ] as [([UInt8], Bool)])
  func aJPEGBeginsWithItsMarkers(bytes: [UInt8], isJPEG: Bool) {
    #expect(JPEGMarkers.begins(bytes) == isJPEG)
  }
}
