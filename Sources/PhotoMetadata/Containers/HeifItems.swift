/// The item lists of a HEIF file's `meta` box (ISO/IEC 14496-12 §8.11).
enum HeifItems {
  struct Item: Sendable {
    enum Kind: Sendable { case exif, xmp }
    var id: UInt64
    var kind: Kind
  }

  enum Place: Sendable {
    case range(Range<Int64>)
    case notThere
    /// In several parts, in another file or inside of another item.
    case scattered
  }

  /// Exif and XMP items of `iinf` (§8.11.6).
  static func named(_ content: ArraySlice<UInt8>) -> [Item] { entries(content).compactMap(item) }

  static func isJpeg(_ id: UInt64, _ content: ArraySlice<UInt8>) -> Bool {
    entries(content).contains { body in
      var reader = ByteReader(body)
      return header(&reader).map { $0 == (id, FourCC("jpeg")) } ?? false
    }
  }

  /// The boxes of `iinf`, from their types on.
  private static func entries(_ content: ArraySlice<UInt8>) -> [ArraySlice<UInt8>] {
    var reader = ByteReader(content)
    guard let version = reader.u8(), reader.skip(3), reader.skip(version == 0 ? 2 : 4) else {
      return []
    }
    var out = [ArraySlice<UInt8>]()
    while let size = reader.u32(), size >= 8, let body = reader.take(Int(size) - 4) {
      out.append(body)
    }
    return out
  }

  /// The number and the type of an item (§8.11.6.2).
  private static func header(_ reader: inout ByteReader) -> (UInt64, FourCC)? {
    guard reader.fourCC() == FourCC("infe"), let version = reader.u8(), reader.skip(3),
      version == 2 || version == 3, let id = reader.number(version == 2 ? 2 : 4), reader.skip(2),
      let type = reader.fourCC()
    else { return nil }
    return (id, type)
  }

  /// - Parameter body: an `infe` box from its type on.
  private static func item(_ body: ArraySlice<UInt8>) -> Item? {
    var reader = ByteReader(body)
    guard let (id, type) = header(&reader) else { return nil }
    if type == FourCC("Exif") { return Item(id: id, kind: .exif) }
    guard type == FourCC("mime"), reader.text() != nil else { return nil }
    let rest = reader.take(reader.left) ?? []
    let mime = rest.prefix { $0 != 0 }
    return mime.elementsEqual("application/rdf+xml".utf8) ? Item(id: id, kind: .xmp) : nil
  }

  /// Where `iloc` (§8.11.3) says that an item stands.
  static func place(of id: UInt64, in content: ArraySlice<UInt8>, idat: Range<Int64>?) -> Place {
    var reader = ByteReader(content)
    guard let version = reader.u8(), version <= 2, reader.skip(3), let sizes = reader.u16() else {
      return .notThere
    }
    let offsetSize = Int(sizes >> 12)
    let lengthSize = Int(sizes >> 8 & 15)
    let baseSize = Int(sizes >> 4 & 15)
    let indexSize = version == 0 ? 0 : Int(sizes & 15)
    guard let count = reader.number(version < 2 ? 2 : 4) else { return .notThere }
    var left = count
    while left > 0 {
      left -= 1
      guard let candidate = reader.number(version < 2 ? 2 : 4) else { return .notThere }
      var method: UInt64 = 0
      if version > 0 {
        guard let word = reader.number(2) else { return .notThere }
        method = word & 15
      }
      guard let reference = reader.u16(), let base = reader.number(baseSize),
        let extents = reader.u16()
      else { return .notThere }
      if candidate != id {
        // At most 65,535 × 24 bytes: no overflow.
        guard reader.skip(Int(extents) * (indexSize + offsetSize + lengthSize)) else {
          return .notThere
        }
        continue
      }
      guard reference == 0, method < 2 else { return .scattered }
      return join(
        &reader, Int(extents), (indexSize, offsetSize, lengthSize), base: base,
        within: method == 1 ? idat : 0..<FileWindow.farthest)
    }
    return .notThere
  }

  /// The extents as one range, when they lie one behind the other.
  private static func join(
    _ reader: inout ByteReader, _ extents: Int, _ sizes: (index: Int, offset: Int, length: Int),
    base: UInt64, within: Range<Int64>?
  ) -> Place {
    guard let within, extents > 0 else { return .notThere }
    let room = UInt64(within.upperBound - within.lowerBound)
    var out: Range<Int64>?
    for _ in 0..<extents {
      guard reader.skip(sizes.index), let offset = reader.number(sizes.offset),
        let length = reader.number(sizes.length), base <= room, offset <= room - base
      else { return .notThere }
      let start = base + offset
      // A length of 0 is all there is (§8.11.3.3).
      let size = length == 0 ? room - start : length
      guard size <= room - start else { return .notThere }
      let lower = within.lowerBound + Int64(start)
      let part = lower..<(lower + Int64(size))
      guard let before = out else {
        out = part
        continue
      }
      guard before.upperBound == part.lowerBound else { return .scattered }
      out = before.lowerBound..<part.upperBound
    }
    return out.map { .range($0) } ?? .notThere
  }

  /// Where the TIFF header stands in an Exif item: where the item says, else where one is seen.
  static func tiffOffset(_ head: ArraySlice<UInt8>) -> Int64? {
    var reader = ByteReader(head)
    guard let stated = reader.u32() else { return nil }
    func isHeader(_ offset: Int) -> Bool {
      let mark = head.dropFirst(offset).prefix(4)
      return mark.elementsEqual([0x49, 0x49, 0x2A, 0]) || mark.elementsEqual([0x4D, 0x4D, 0, 0x2A])
    }
    if isHeader(4 + Int(stated)) { return 4 + Int64(stated) }
    // A header that is seen counts more than an offset that is wrong, or too far away to be checked.
    if let seen = (0..<head.count).first(where: isHeader) { return Int64(seen) }
    return Int64(stated) + 8 > Int64(head.count) && head.count >= 64 ? 4 + Int64(stated) : nil
  }
}
