/// What the items of a HEIF file have to do with its primary item (ISO/IEC 14496-12 §8.11.4, §8.11.12;
/// ISO/IEC 23008-12 §6.5). Unknown without both boxes: then every item may describe it.
struct HeifLinks: Sendable {
  /// The primary item and what it is derived from.
  private var primary: Set<UInt64> = []
  private(set) var primaryItem: UInt64?
  /// Smaller versions of the primary item (`thmb`, ISO/IEC 23008-12 §6.4.5).
  private(set) var thumbnails: [UInt64] = []
  /// Items that describe images (`cdsc`), and which.
  private var described: [UInt64: [UInt64]] = [:]

  init() {}

  /// - Parameters:
  ///   - pitm: the content of that box.
  ///   - iref: the content of that box.
  init(primary pitm: ArraySlice<UInt8>, references iref: ArraySlice<UInt8>) {
    var reader = ByteReader(pitm)
    guard let version = reader.u8(), reader.skip(3), let id = reader.number(version == 0 ? 2 : 4)
    else { return }
    primary = [id]
    primaryItem = id
    reader = ByteReader(iref)
    guard let size = reader.u8().map({ $0 == 0 ? 2 : 4 }), reader.skip(3) else { return }
    while let length = reader.u32(), length >= 8, let body = reader.take(Int(length) - 4) {
      read(body, idSize: size)
    }
  }

  /// - Parameter box: one reference, from its type on.
  private mutating func read(_ box: ArraySlice<UInt8>, idSize: Int) {
    var reader = ByteReader(box)
    guard let type = reader.fourCC(), let from = reader.number(idSize), let count = reader.u16()
    else { return }
    if type == FourCC("thmb"), reader.number(idSize) == primaryItem {
      thumbnails.append(from)
      return
    }
    let isDescription = type == FourCC("cdsc")
    guard isDescription || type == FourCC("dimg") && primary.contains(from) else { return }
    for _ in 0..<count {
      guard let to = reader.number(idSize) else { return }
      if isDescription { described[from, default: []].append(to) } else { primary.insert(to) }
    }
  }

  /// The items that describe the primary one. An item that says of no image that it describes it counts
  /// when no other of its kind says so.
  func ofPrimary(_ items: [HeifItems.Item]) -> [HeifItems.Item] {
    if primary.isEmpty { return items }
    let certain = items.filter { describes($0) == true }
    return items.filter { item in
      switch describes(item) {
      case true?: true
      case false?: false
      case nil: !certain.contains { $0.kind == item.kind }
      }
    }
  }

  /// Whether it describes the primary item; nil when it does not say what it describes.
  private func describes(_ item: HeifItems.Item) -> Bool? {
    described[item.id].map { $0.contains(where: primary.contains) }
  }
}
