/// What the items of a HEIF file have to do with its primary item (ISO/IEC 14496-12 §8.11.4, §8.11.12;
/// ISO/IEC 23008-12 §6.5). Unknown without both boxes: then every item may describe it.
struct HeifLinks: Sendable {
  private(set) var primaryItem: UInt64?
  /// Steps of derivation from the primary item, which has 0, to the images it is made of.
  private var steps: [UInt64: Int] = [:]
  /// Smaller versions of the primary item (`thmb`, ISO/IEC 23008-12 §6.4.5).
  private(set) var thumbnails: [UInt64] = []
  /// Images and what they are derived from (`dimg`).
  private var sources: [UInt64: [UInt64]] = [:]
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
    primaryItem = id
    steps = [id: 0]
    reader = ByteReader(iref)
    guard let size = reader.u8().map({ $0 == 0 ? 2 : 4 }), reader.skip(3) else { return }
    defer { countSteps(from: id) }
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
    guard isDescription || type == FourCC("dimg") else { return }
    for _ in 0..<count {
      guard let to = reader.number(idSize) else { return }
      if isDescription {
        described[from, default: []].append(to)
      } else {
        sources[from, default: []].append(to)
      }
    }
  }

  /// A grid is derived from its tiles, an overlay from grids: each image once, however the references go round.
  private mutating func countSteps(from primary: UInt64) {
    var level = [primary]
    var count = 0
    while !level.isEmpty {
      count += 1
      var next: [UInt64] = []
      for image in level {
        for source in sources[image] ?? [] where steps[source] == nil {
          steps[source] = count
          next.append(source)
        }
      }
      level = next
    }
  }

  /// The items that describe the primary one, of each kind those of the nearest image: an item of a tile counts
  /// when none is of the whole. An item that does not say which image it describes counts when no other of its kind
  /// describes one of these.
  func ofPrimary(_ items: [HeifItems.Item]) -> [HeifItems.Item] {
    if primaryItem == nil { return items }
    return items.filter { item in
      let nearest = items.lazy.filter { $0.kind == item.kind }.compactMap(distance).min()
      guard let nearest else { return described[item.id] == nil }
      return distance(item) == nearest
    }
  }

  /// Steps to the nearest image of the primary one that it describes; nil when it describes none of them, or does
  /// not say what it describes.
  private func distance(_ item: HeifItems.Item) -> Int? {
    described[item.id]?.compactMap { steps[$0] }.min()
  }
}
