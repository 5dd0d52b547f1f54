/// Properties of the items of a HEIF file (ISO/IEC 14496-12 §8.11.14; ISO/IEC 23008-12 §6.5.3).
enum HeifProperties {
  /// The size (`ispe`) of an item.
  ///
  /// - Parameter content: of the box `iprp`.
  static func size(of item: UInt64, in content: ArraySlice<UInt8>) -> PixelSize? {
    var container: ArraySlice<UInt8>?
    var associated: [Int] = []
    forEachBox(in: content) { type, body in
      if type == FourCC("ipco") { container = container ?? body }
      if type == FourCC("ipma"), associated.isEmpty { associated = properties(of: item, in: body) }
    }
    guard let container else { return nil }
    var number = 0
    var size: PixelSize?
    forEachBox(in: container) { type, body in
      // Properties are counted from 1.
      number += 1
      guard type == FourCC("ispe"), associated.contains(number), body.count >= 12 else { return }
      size =
        size
        ?? PixelSize(
          width: Int(ByteOrder.big.u32(body, 4)), height: Int(ByteOrder.big.u32(body, 8)))
    }
    return size
  }

  private static func forEachBox(
    in content: ArraySlice<UInt8>, _ body: (FourCC, ArraySlice<UInt8>) -> Void
  ) {
    var reader = ByteReader(content)
    while let size = reader.u32(), size >= 8, let type = reader.fourCC(),
      let content = reader.take(Int(size) - 8)
    {
      body(type, content)
    }
  }

  /// The numbers of an item's properties in `ipma` (ISO/IEC 23008-12 §9.3.2).
  private static func properties(of item: UInt64, in content: ArraySlice<UInt8>) -> [Int] {
    var reader = ByteReader(content)
    guard let version = reader.u8(), reader.skip(2), let flags = reader.u8(),
      let count = reader.u32()
    else { return [] }
    let isWide = flags & 1 == 1
    var left = count
    while left > 0 {
      left -= 1
      guard let id = reader.number(version < 1 ? 2 : 4), let associations = reader.u8() else {
        return []
      }
      if id != item {
        guard reader.skip(Int(associations) * (isWide ? 2 : 1)) else { return [] }
        continue
      }
      // The highest bit says that the property is essential.
      return (0..<associations).compactMap { _ in
        reader.number(isWide ? 2 : 1).map { Int($0 & (isWide ? 0x7FFF : 0x7F)) }
      }
    }
    return []
  }
}
