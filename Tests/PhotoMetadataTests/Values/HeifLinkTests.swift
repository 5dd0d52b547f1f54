import FuzzSupport
import PhotoModel
import TestSupport
import Testing

/// The Exif item that describes the primary item counts (ISO/IEC 14496-12 §8.11.4 `pitm`, §8.11.12 `iref`;
/// ISO/IEC 23008-12 §6.5 `cdsc`).
@Suite struct HeifLinkTests {
  typealias B = ContainerBuilder

  static let here = JpegBuilder(model: "A", latitude: 47.5, longitude: 8.25)
  static let there = JpegBuilder(model: "B", latitude: -33.5, longitude: 151.25)

  struct Row: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var primary: Int
    /// Item 3 is of the first photo, item 4 of the second one.
    var first: JpegBuilder
    var second: JpegBuilder
    var links: [(type: String, from: Int, to: [Int])]
    var verdict = "located"
    var model: String? = "A"
    var isLong = false
  }

  static let rows: [Row] = [
    Row(
      testDescription: "the first", primary: 1, first: here, second: there,
      links: [("cdsc", 3, [1]), ("cdsc", 4, [2])]),
    Row(
      testDescription: "the second", primary: 1, first: there, second: here,
      links: [("cdsc", 3, [2]), ("cdsc", 4, [1])]),
    Row(
      testDescription: "the second picture is primary", primary: 2, first: there, second: here,
      links: [("cdsc", 3, [1]), ("cdsc", 4, [2])]),
    Row(
      testDescription: "of several pictures", primary: 2, first: there, second: here,
      links: [("cdsc", 3, [1]), ("cdsc", 4, [1, 2])]),
    Row(
      testDescription: "numbers of 32 bits", primary: 2, first: there, second: here,
      links: [("cdsc", 3, [1]), ("cdsc", 4, [2])], isLong: true),
    Row(
      testDescription: "what the primary is made of", primary: 9, first: there, second: here,
      links: [("dimg", 9, [2]), ("cdsc", 3, [1]), ("cdsc", 4, [2])]),
    Row(
      testDescription: "of the whole, before that of a tile", primary: 9, first: there,
      second: here,
      links: [("dimg", 9, [1, 2]), ("cdsc", 3, [1]), ("cdsc", 4, [9])]),
    Row(
      testDescription: "of a tile of a turned grid", primary: 9, first: there, second: here,
      links: [("cdsc", 3, [7]), ("dimg", 8, [1, 2]), ("dimg", 9, [8]), ("cdsc", 4, [2])]),
    Row(
      testDescription: "derived in a circle", primary: 9, first: there, second: here,
      links: [("dimg", 9, [8]), ("dimg", 8, [9, 2]), ("cdsc", 3, [1]), ("cdsc", 4, [2])]),
    Row(
      testDescription: "without a position", primary: 1,
      first: JpegBuilder(model: "A", latitude: nil, longitude: nil, altitude: nil), second: there,
      links: [("cdsc", 3, [1]), ("cdsc", 4, [2])], verdict: "no-gps"),
    Row(
      testDescription: "one says nothing", primary: 1, first: there, second: here,
      links: [("cdsc", 4, [1])]),
    Row(testDescription: "none says anything", primary: 1, first: here, second: there, links: []),
    Row(
      testDescription: "both are of other pictures", primary: 1, first: there, second: there,
      links: [("cdsc", 3, [2]), ("cdsc", 4, [2])], verdict: "no-exif", model: nil),
  ]

  static func file(_ row: Row, brand: String) -> [UInt8] {
    let items = [row.first.tiff(), row.second.tiff()].map { [0, 0, 0, 0] + $0 }
    func number(_ id: Int) -> [UInt8] { row.isLong ? B.big(UInt32(id)) : B.short(id) }
    let names = [3, 4].flatMap {
      B.fullBox("infe", version: 2, B.short($0) + B.short(0) + B.latin("Exif") + [0])
    }
    let links = row.links.flatMap { link in
      B.box(link.type, number(link.from) + B.short(link.to.count) + link.to.flatMap(number))
    }
    let version: UInt8 = row.isLong ? 1 : 0
    func meta(_ start: Int) -> [UInt8] {
      var place = start
      var list = [UInt8]()
      for (id, item) in zip([3, 4], items) {
        list += B.short(id) + B.short(0) + B.short(0) + B.short(1)
        list += B.big(UInt32(place)) + B.big(UInt32(item.count))
        place += item.count
      }
      return B.fullBox(
        "meta",
        B.fullBox("hdlr", []) + B.fullBox("pitm", version: version, number(row.primary))
          + B.fullBox("iloc", version: 1, [0x44, 0x00] + B.short(2) + list)
          + B.fullBox("iinf", B.short(2) + names)
          + (links.isEmpty ? [] : B.fullBox("iref", version: version, links)))
    }
    let head = B.ftyp(brand)
    return head + meta(head.count + meta(0).count + 8) + B.box("mdat", items.flatMap { $0 })
  }

  @Test(arguments: rows, ["heic", "avif", "mif1"])
  func theItemOfThePrimaryPictureCounts(row: Row, brand: String) {
    let record = Run(Self.file(row, brand: brand)).record
    #expect(record.verdict == row.verdict)
    #expect(record.cameraModel == row.model)
    if row.verdict == "located" {
      #expect(record.position == Coordinate(latitude: 47.5, longitude: 8.25))
    }
  }

  /// ISO/IEC 23008-12 §A.2.1: the offset of the header; a header that is seen counts more than one
  /// that is far away.
  @Test(arguments: [
    [0, 0, 0, 0] as [UInt8], [0, 0, 0, 6] + Array("Exif\0\0".utf8), [0, 0, 1, 200],
    [0x45, 0x78, 0x69, 0x66, 0, 0], [0xFF, 0xFF, 0xFF, 0xFF],
  ])
  func anAbsurdOffsetIsNotBelieved(_ prefix: [UInt8]) {
    let tiff = Self.here.tiff()
    let record = Run(B.heif(tiff: tiff, prefix: prefix)).record
    #expect(record.position == Coordinate(latitude: 47.5, longitude: 8.25))
  }
}
