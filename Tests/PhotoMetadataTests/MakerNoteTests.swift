import FuzzSupport
import PhotoModel
import TestSupport
import Testing

@testable import PhotoMetadata

/// Maker notes that attack their parsers (CVE-2020-13114, CVE-2026-32775, -40385, -40386): none is ever
/// parsed, because none reaches libexif, and none is even asked for.
@Suite struct MakerNoteTests {
  struct Bomb: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var make: String
    /// What libexif knows the maker's note by.
    var head: [UInt8]
  }

  static let bombs: [Bomb] = [
    Bomb(testDescription: "Canon", make: "Canon", head: []),
    Bomb(
      testDescription: "Nikon", make: "NIKON CORPORATION",
      head: Array("Nikon\0\u{2}\u{10}\0\0MM\0*\0\0\0\u{8}".utf8)),
    Bomb(
      testDescription: "Olympus", make: "OLYMPUS OPTICAL CO.,LTD",
      head: Array("OLYMP\0\u{1}\0".utf8)),
    Bomb(
      testDescription: "Olympus 2", make: "OLYMPUS", head: Array("OLYMPUS\0II\u{3}\0".utf8)),
    Bomb(
      testDescription: "Sanyo", make: "SANYO Electric Co.,Ltd.", head: Array("SANYO\0\u{1}\0".utf8)),
    Bomb(testDescription: "Epson", make: "SEIKO EPSON CORP.", head: Array("EPSON\0\u{1}\0".utf8)),
    Bomb(
      testDescription: "Fujifilm", make: "FUJIFILM", head: Array("FUJIFILM\u{C}\0\0\0".utf8)),
    Bomb(testDescription: "Pentax", make: "PENTAX Corporation", head: Array("AOC\0MM".utf8)),
    Bomb(testDescription: "Casio", make: "CASIO", head: Array("QVC\0\0\0".utf8)),
    Bomb(
      testDescription: "Apple", make: "Apple", head: Array("Apple iOS\0\0\u{1}MM".utf8)),
    Bomb(testDescription: "DJI", make: "DJI", head: []),
  ]

  /// A directory of 65,535 entries, each with a count that overflows and an offset to itself.
  private static func note(_ bomb: Bomb, _ order: JpegTiff.ByteOrder) -> [UInt8] {
    let entry: [UInt8] =
      order == .big
      ? [0x00, 0x04, 0x00, 0x05, 0x20, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x08]
      : [0x04, 0x00, 0x05, 0x00, 0x01, 0x00, 0x00, 0x20, 0x08, 0x00, 0x00, 0x00]
    return bomb.head + [0xFF, 0xFF] + (0..<2000).flatMap { _ in entry }
  }

  @Test(arguments: bombs, JpegTiff.ByteOrder.allCases)
  func b10_makerNoteBombs(_ bomb: Bomb, _ order: JpegTiff.ByteOrder) {
    var photo = JpegBuilder(make: bomb.make, latitude: 47.5, longitude: 8.25, altitude: 500)
    photo.byteOrder = order
    photo.serialNumber = "0AXDF"
    let expected = Run(photo.build()).record
    let note = Self.note(bomb, order)
    photo.exifOverrides = [.init(0x927C, .undefined(note))]
    for file in [photo.build(), photo.tiff()] {
      let run = Run(file)
      #expect(run.record == expected && run.record.position != nil)
      // The note's 24,000 bytes are stepped over, but for what stands beside values.
      #expect(run.reader.bytesAsked <= 8192)
    }
    #expect(Self.block(photo).map { !Self.contains($0, tag: 0x927C, order) } == true)
    #expect(Self.block(photo).map { $0.count < 1024 } == true)
  }

  /// What libexif is given of the photo.
  private static func block(_ photo: JpegBuilder) -> [UInt8]? {
    let tiff = photo.tiff()
    var held = HeldBytes(end: Int64(tiff.count))
    held.insert(tiff, at: 0, isLast: true)
    var walk = TiffWalk(area: 0..<Int64(tiff.count))
    var wanted = [Range<Int64>]()
    return walk.advance(held, wanted: &wanted) ? ExifBlock.compose(walk, held) : nil
  }

  private static func contains(_ block: [UInt8], tag: UInt16, _ order: JpegTiff.ByteOrder) -> Bool {
    let bytes = [UInt8(tag >> 8), UInt8(tag & 255)]
    let wanted = order == .big ? bytes : bytes.reversed()
    return block.indices.dropLast().contains { [block[$0], block[$0 + 1]] == wanted }
  }
}
