import FuzzSupport
import PhotoModel
import TestSupport
import Testing

@testable import PhotoMetadata

/// An imaginary format: `TOY\0`, a length, and a TIFF block of that length. In the product it would be one file like
/// this, and one entry in `FileFormat.all`.
private struct ToyFile: ContainerWalk {
  private var isFound = false

  mutating func next(_ window: inout FileWindow) -> Found {
    if isFound { return .end(.complete) }
    guard let length = window.bytes(4..<8) else { return .waiting }
    isFound = true
    guard length.count == 4 else { return .end(.broken) }
    return .exif(8..<(8 + Int64(ByteOrder.big.u32(length, 0))), root: .ifd0)
  }
}

extension FileFormat {
  fileprivate static let toy = FileFormat("toy", [FileSignature("TOY\0")]) { ToyFile() }
}

@Suite struct NewFormatTests {
  static let file: [UInt8] = {
    let tiff = JpegBuilder(latitude: 47.5, longitude: 8.25, altitude: 500).tiff()
    let length = [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: tiff.count >> $0) }
    return Array("TOY\0".utf8) + length + tiff + [UInt8](repeating: 0, count: 5000)
  }()

  /// Gives the read what it asks for until it has ended.
  private func record(of file: [UInt8]) -> PhotoRecord {
    var read = ContainerRead(FileFormat.toy.walk(), kind: .photo)
    var held = HeldBytes(end: Int64(file.count))
    var wanted: [Range<Int64>] = []
    while !read.advance(held, wanted: &wanted) {
      for range in wanted {
        let part = file.dropFirst(Int(range.lowerBound)).prefix(range.count)
        held.insert(Array(part), at: range.lowerBound, isLast: part.count < range.count)
      }
      wanted = []
    }
    return RecordBuilder.record(read.values)
  }

  @Test func aNewFormatIsAWalkAndASignature() {
    #expect(FileFormat.toy.matches(Self.file[..<32], nil))
    #expect(!FileFormat.toy.matches(JpegBuilder().build()[..<32], nil))
    let record = record(of: Self.file)
    #expect(record.position == Coordinate(latitude: 47.5, longitude: 8.25))
    #expect(record.altitude == 500)
    #expect(record.verdict == "located")
  }

  @Test(arguments: [0, 4, 6, 8, 20]) func aCutFileOfANewFormatIsDamaged(count: Int) {
    #expect(record(of: Array(Self.file[..<count])).verdict == "damaged")
  }
}
