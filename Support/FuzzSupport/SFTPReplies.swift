import TestSupport

/// Bytes of SFTP replies, and where their numbers stand.
struct SFTPReplies {
  private(set) var bytes: [UInt8] = []
  /// Lengths, ids, counts, flags and types.
  private(set) var fields: [FileField] = []
  /// Where each message begins.
  private(set) var starts: [Int] = []

  mutating func u32(_ value: UInt32) {
    fields.append(FileField(offset: bytes.count, size: 4, isBig: true))
    for shift in [24, 16, 8, 0] as [UInt32] {
      bytes.append(UInt8(truncatingIfNeeded: value >> shift))
    }
  }

  mutating func string(_ text: [UInt8]) {
    u32(UInt32(text.count))
    bytes += text
  }

  mutating func string(_ text: String) { string(Array(text.utf8)) }

  mutating func message(_ type: UInt8, id: UInt32?, _ body: (inout SFTPReplies) -> Void) {
    let start = bytes.count
    starts.append(start)
    u32(0)
    fields.append(FileField(offset: bytes.count, size: 1, isBig: true))
    bytes.append(type)
    if let id { u32(id) }
    body(&self)
    let length = UInt64(bytes.count - start - 4)
    FileField(offset: start, size: 4, isBig: true).set(length, in: &bytes)
  }

  mutating func attributes(_ random: inout SplitMix64) {
    let flags: [UInt32] = [0, 0x1, 0x4, 0xD, 0xF, 0x8000_000F]
    let chosen = flags.randomElement(using: &random) ?? 0
    u32(chosen)
    if chosen & 1 != 0 {
      u32(0)
      u32(6_000_000)
    }
    if chosen & 2 != 0 {
      u32(1000)
      u32(1000)
    }
    if chosen & 4 != 0 { u32(0o100644) }
    if chosen & 8 != 0 {
      u32(1_700_000_000)
      u32(1_700_000_000)
    }
    if chosen & 0x8000_0000 != 0 {
      u32(1)
      string("acl@example")
      string("xyz")
    }
  }

  mutating func names(_ id: UInt32, count: Int, isBare: Bool, _ random: inout SplitMix64) {
    message(104, id: id) { out in
      out.u32(UInt32(count))
      for number in 0..<count {
        if isBare {
          // The least that an entry with a name can take.
          out.bytes += [0, 0, 0, 1, 0x61, 0, 0, 0, 0, 0, 0, 0, 0]
        } else {
          out.string("DJI_\(number).JPG")
          out.string("-rw-r--r-- 1 drone drone 6000000 May 17 10:11 DJI_\(number).JPG")
          out.attributes(&random)
        }
      }
    }
  }

  mutating func status(_ id: UInt32, _ random: inout SplitMix64) {
    let code = UInt32.random(in: 0...9, using: &random)
    message(101, id: id) { out in
      out.u32(code)
      out.string("No such file")
      out.string("en")
    }
  }

  /// Spoils `edits` places.
  mutating func spoil(_ edits: Int, _ random: inout SplitMix64) {
    for _ in 0..<edits where !bytes.isEmpty {
      let place = Int.random(in: 0..<bytes.count, using: &random)
      switch Int.random(in: 0..<12, using: &random) {
      case 0, 1: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
      case 2: bytes[place] = UInt8.random(in: 0...255, using: &random)
      case 3: bytes.remove(at: place)
      case 4: bytes.insert(UInt8.random(in: 0...255, using: &random), at: place)
      case 5: bytes.removeSubrange(place...)
      case 6: repeatMessage(&random)
      default: spoilField(&random)
      }
    }
  }

  private mutating func spoilField(_ random: inout SplitMix64) {
    guard let field = fields.randomElement(using: &random), field.offset + field.size <= bytes.count
    else { return }
    let old = field.value(in: bytes)
    let values: [UInt64] = [
      0, 1, 2, 4, 5, 12, 255, 256, 257, 1000, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFF0, 0xFFFF_FFFF,
      262_144, 262_145, old &+ 1, old &- 1, old &+ 7, old &* 2, UInt64(bytes.count),
      UInt64.random(in: 0...300, using: &random),
      fields.randomElement(using: &random)?.value(in: bytes) ?? 0,
      UInt64([2, 101, 102, 103, 104, 105, 201].randomElement(using: &random) ?? 101),
    ]
    field.set(values.randomElement(using: &random) ?? 0, in: &bytes)
  }

  private mutating func repeatMessage(_ random: inout SplitMix64) {
    guard let index = starts.indices.randomElement(using: &random) else { return }
    let start = min(starts[index], bytes.count)
    let next = index + 1 < starts.count ? starts[index + 1] : bytes.count
    bytes += bytes[start..<max(start, min(next, bytes.count))]
  }
}
