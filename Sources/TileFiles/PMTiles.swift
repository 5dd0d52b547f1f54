import Platform

/// PMTiles 3: a header, directories of tiles along a Hilbert curve, and the tiles
/// (<https://github.com/protomaps/PMTiles/blob/main/spec/v3/spec.md>).
struct PMTiles: Sendable {
  /// An entry of a directory: tiles from `id` on that share one place; a run of 0 is a further directory.
  struct Entry: Sendable, Equatable {
    var id: UInt64 = 0
    var run: UInt64 = 0
    var length: UInt64 = 0
    var offset: UInt64 = 0
  }

  private static let headerLength = 127
  /// Deeper ones, and larger ones, are taken for damage.
  private static let mostDepth = 4
  private static let largestDirectory = 4 << 20
  private static let mostEntries = 1 << 20

  let zooms: ClosedRange<Int>
  private let file: ReadableFile
  private let leaves, tiles: (offset: UInt64, length: UInt64)
  private let isPacked: Bool
  private let root: [Entry]

  init(path: String) throws(TileFileError) {
    file = ReadableFile(path: path)
    let damaged = TileFileError(
      message: "the base map \(path) is a damaged PMTiles file, or not of version 3",
      advice: "pmtiles verify \(path)")
    do {
      guard let head = try file.bytes(at: 0, length: Self.headerLength), head[7] == 3 else {
        throw damaged
      }
      func number(_ at: Int) -> UInt64 {
        head[at..<(at + 8)].reversed().reduce(0) { $0 << 8 | UInt64($1) }
      }
      // 1: as it is, 2: gzip.
      guard [1, 2].contains(head[97]), head[98] <= 1 else {
        throw TileFileError(
          message: "the base map \(path) is compressed in a way that is not supported",
          advice: "pmtiles convert, from a raster MBTiles file")
      }
      if head[99] == 1 { throw TileFile.vector(path) }
      let (low, high) = (Int(head[100]), Int(head[101]))
      guard low <= high, high <= 30 else { throw damaged }
      zooms = low...high
      isPacked = head[97] == 2
      leaves = (number(40), number(48))
      tiles = (number(56), number(64))
      guard let bytes = try Self.directory(file, number(8), number(16), head[97] == 2),
        let entries = Self.entries(bytes)
      else { throw damaged }
      root = entries
    } catch let error as TileFileError {
      throw error
    } catch {
      throw TileFileError(
        message: "cannot read the base map \(path): \((error as? SystemError)?.text ?? "\(error)")",
        advice: "the path of an existing .pmtiles file")
    }
  }

  func tile(zoom: Int, x: Int, y: Int) throws -> [UInt8]? {
    let id = Self.id(zoom: zoom, x: x, y: y)
    var entries = root
    for _ in 0..<Self.mostDepth {
      guard let entry = Self.entry(for: id, in: entries) else { return nil }
      if entry.run > 0 {
        guard let place = Self.place(entry, in: tiles), entry.length <= TileFile.largestTile else {
          return nil
        }
        return try file.bytes(at: place, length: Int(entry.length))
      }
      guard let place = Self.place(entry, in: leaves),
        let bytes = try Self.directory(file, place, entry.length, isPacked),
        let found = Self.entries(bytes)
      else { return nil }
      entries = found
    }
    return nil
  }

  /// The place of an entry in the file; nil when it is not inside of its section.
  private static func place(
    _ entry: Entry, in section: (offset: UInt64, length: UInt64)
  ) -> UInt64? {
    guard entry.offset <= section.length, entry.length <= section.length - entry.offset else {
      return nil
    }
    let (place, overflows) = section.offset.addingReportingOverflow(entry.offset)
    return overflows ? nil : place
  }

  private static func directory(
    _ file: ReadableFile, _ offset: UInt64, _ length: UInt64, _ isPacked: Bool
  ) throws(SystemError) -> [UInt8]? {
    guard length <= largestDirectory,
      let bytes = try file.bytes(at: offset, length: Int(length))
    else { return nil }
    return isPacked ? Gunzip.bytes(bytes, atMost: 4 * largestDirectory) : bytes
  }

  /// The last entry that begins at or before the tile, when it reaches it.
  static func entry(for id: UInt64, in entries: [Entry]) -> Entry? {
    var (low, high) = (0, entries.count)
    while low < high {
      let middle = (low + high) / 2
      if entries[middle].id <= id { low = middle + 1 } else { high = middle }
    }
    guard low > 0 else { return nil }
    let entry = entries[low - 1]
    return entry.run == 0 || id - entry.id < entry.run ? entry : nil
  }

  /// §4.2: the number of entries, then all differences of ids, all runs, all lengths, all offsets. An offset of 0 follows the
  /// entry before it, others are one more than they say.
  static func entries(_ bytes: [UInt8]) -> [Entry]? {
    var at = 0
    func number() -> UInt64? {
      var value: UInt64 = 0
      for shift in stride(from: UInt64(0), to: 63, by: 7) {
        guard at < bytes.count else { return nil }
        let byte = bytes[at]
        at += 1
        value |= UInt64(byte & 127) << shift
        if byte < 128 { return value }
      }
      return nil
    }
    guard let count = number(), count <= mostEntries, count <= bytes.count else { return nil }
    var entries = [Entry](repeating: Entry(), count: Int(count))
    var id: UInt64 = 0
    for index in entries.indices {
      guard let difference = number() else { return nil }
      let (sum, overflows) = id.addingReportingOverflow(difference)
      if overflows { return nil }
      id = sum
      entries[index].id = id
    }
    for index in entries.indices {
      guard let run = number() else { return nil }
      entries[index].run = run
    }
    for index in entries.indices {
      guard let length = number() else { return nil }
      entries[index].length = length
    }
    for index in entries.indices {
      guard let offset = number() else { return nil }
      if offset > 0 {
        entries[index].offset = offset - 1
      } else {
        guard index > 0 else { return nil }
        let (sum, overflows) = entries[index - 1].offset.addingReportingOverflow(
          entries[index - 1].length)
        if overflows { return nil }
        entries[index].offset = sum
      }
    }
    return entries
  }

  /// §4.1: tiles of smaller zooms, then the place on the Hilbert curve of its own.
  static func id(zoom: Int, x: Int, y: Int) -> UInt64 {
    var id = ((UInt64(1) << (2 * UInt64(zoom))) - 1) / 3
    var (x, y) = (UInt64(x), UInt64(y))
    var side = (UInt64(1) << UInt64(zoom)) >> 1
    while side > 0 {
      let right: UInt64 = x & side > 0 ? 1 : 0
      let down: UInt64 = y & side > 0 ? 1 : 0
      id += side * side * ((3 * right) ^ down)
      if down == 0 {
        if right == 1 {
          x = (side - 1) &- (x & (side - 1)) | (x & ~(side - 1))
          y = (side - 1) &- (y & (side - 1)) | (y & ~(side - 1))
        }
        swap(&x, &y)
      }
      side >>= 1
    }
    return id
  }
}
