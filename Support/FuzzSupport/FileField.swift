/// A number in a file that says how long, how many, where or of what type something is.
package struct FileField: Sendable {
  package var offset: Int
  /// 1, 2, 4 or 8 bytes.
  package var size: Int
  package var isBig: Bool

  func value(in file: [UInt8]) -> UInt64 {
    guard offset + size <= file.count else { return 0 }
    let bytes = file[offset..<(offset + size)]
    return (isBig ? Array(bytes) : bytes.reversed()).reduce(0) { $0 << 8 | UInt64($1) }
  }

  func set(_ value: UInt64, in file: inout [UInt8]) {
    for i in 0..<size {
      let shift = UInt64(isBig ? size - 1 - i : i) * 8
      file[offset + i] = UInt8(truncatingIfNeeded: value >> shift)
    }
  }

  /// All that a tolerant look at the usual structures finds; a file may be of several formats at once.
  package static func all(in file: [UInt8]) -> [FileField] {
    var finder = FieldFinder(file)
    finder.find()
    return finder.fields
  }
}

/// Looks for segments, chunks, boxes and directories.
private struct FieldFinder {
  private static let most = 20_000
  private let file: [UInt8]
  private(set) var fields: [FileField] = []

  init(_ file: [UInt8]) { self.file = file }

  mutating func find() {
    if file.starts(with: [0xFF, 0xD8]) { segments(from: 2) }
    if file.starts(with: [0x89, 0x50, 0x4E, 0x47]) { chunks(from: 8, isBig: true) }
    if file.starts(with: Array("RIFF".utf8)) { chunks(from: 12, isBig: false) }
    if file.starts(with: Array("\0MRM".utf8)) { chunks(from: 8, isBig: true) }
    if file.count > 92, file.starts(with: Array("FUJIFILM".utf8)) {
      add(84, 4)
      add(88, 4)
    }
    boxes(0..<file.count, depth: 0)
    for place in file.indices.dropLast(8) {
      let mark = (file[place], file[place + 1])
      if mark == (0x49, 0x49) && file[place + 3] == 0
        || mark == (0x4D, 0x4D) && file[place + 2] == 0
      {
        tiff(at: place)
      }
    }
  }

  private mutating func add(_ offset: Int, _ size: Int, isBig: Bool = true) {
    guard offset >= 0, offset + size <= file.count, fields.count < Self.most else { return }
    fields.append(FileField(offset: offset, size: size, isBig: isBig))
  }

  private func number(_ offset: Int, _ size: Int, isBig: Bool = true) -> Int {
    Int(
      truncatingIfNeeded: FileField(offset: offset, size: size, isBig: isBig).value(in: file)
        & 0x7FFF_FFFF)
  }

  private mutating func segments(from start: Int) {
    var place = start
    while place + 4 <= file.count, file[place] == 0xFF, fields.count < Self.most {
      add(place + 1, 1)
      add(place + 2, 2)
      let length = number(place + 2, 2)
      if length < 2 || file[place + 1] == 0xDA { break }
      place += 2 + length
    }
  }

  private mutating func chunks(from start: Int, isBig: Bool) {
    var place = start
    while place + 8 <= file.count, fields.count < Self.most {
      // Names stand before or behind the length; both are worth a change.
      add(place, 4, isBig: isBig)
      add(place + 4, 4, isBig: isBig)
      let isPng = start == 8 && file[0] == 0x89
      let length = isPng ? number(place, 4) : number(place + 4, 4, isBig: isBig)
      place += length + (isPng ? 12 : 8 + (isBig ? 0 : length % 2))
    }
  }

  private static let nests: Set<String> = ["moov", "meta", "udta", "trak", "ilst", "keys", "uuid"]
  private static let tables: Set<String> = ["iloc", "iinf", "infe", "mvhd", "loci", "keys", "data"]

  private mutating func boxes(_ range: Range<Int>, depth: Int) {
    var place = range.lowerBound
    while place + 8 <= range.upperBound, depth < 6, fields.count < Self.most {
      let type = String(decoding: file[(place + 4)..<(place + 8)], as: UTF8.self)
      guard file[(place + 4)..<(place + 8)].allSatisfy({ $0 >= 0x20 }) else { return }
      var length = number(place, 4)
      var header = 8
      add(place, 4)
      add(place + 4, 4)
      if length == 1 {
        add(place + 8, 8)
        length = number(place + 8, 8)
        header = 16
      }
      let end = length == 0 ? range.upperBound : min(place + length, range.upperBound)
      if end < place + header { return }
      if Self.tables.contains(type) {
        for i in stride(from: place + header, to: min(end, place + 200), by: 2) { add(i, 2) }
      }
      if Self.nests.contains(type) {
        for skip in [0, 4, 16] where place + header + skip <= end {
          boxes((place + header + skip)..<end, depth: depth + 1)
        }
      }
      place = end
    }
  }

  private mutating func tiff(at base: Int) {
    let isBig = file[base] == 0x4D
    add(base, 2, isBig: isBig)
    add(base + 2, 2, isBig: isBig)
    add(base + 4, 4, isBig: isBig)
    var pending = [number(base + 4, 4, isBig: isBig)]
    var seen = Set<Int>()
    while let offset = pending.popLast(), seen.count < 8 {
      guard seen.insert(offset).inserted, base + offset + 2 <= file.count else { continue }
      let start = base + offset
      add(start, 2, isBig: isBig)
      let count = min(number(start, 2, isBig: isBig), 100)
      for i in 0..<count {
        let entry = start + 2 + 12 * i
        guard entry + 12 <= file.count else { break }
        for (at, size) in [(0, 2), (2, 2), (4, 4), (8, 4)] { add(entry + at, size, isBig: isBig) }
        let tag = number(entry, 2, isBig: isBig)
        if tag == 0x8769 || tag == 0x8825 { pending.append(number(entry + 8, 4, isBig: isBig)) }
      }
      add(start + 2 + 12 * count, 4, isBig: isBig)
    }
  }
}
