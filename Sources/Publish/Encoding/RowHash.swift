/// The hash of a row, over the values that are not NULL, in the form in which they travel. A column that is added later and is
/// NULL changes nothing, because each value counts with the name of its column. Stable: databases store the results.
struct RowHash {
  private var state: UInt64 = 0x9E37_79B9_7F4A_7C15

  static func seed(_ name: String) -> UInt64 {
    // FNV-1a.
    name.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
  }

  mutating func add(_ seed: UInt64, _ bytes: UnsafeRawBufferPointer) {
    state = Self.mix(state ^ seed, UInt64(truncatingIfNeeded: bytes.count) ^ 0xA076_1D64_78BD_642F)
    var at = 0
    while at + 8 <= bytes.count {
      let word = unsafe bytes.loadUnaligned(fromByteOffset: at, as: UInt64.self).littleEndian
      state = Self.mix(state ^ word, 0xE703_7ED1_A0B4_28DB)
      at += 8
    }
    if at < bytes.count {
      var word: UInt64 = 0
      for index in at..<bytes.count { word = unsafe word << 8 | UInt64(bytes[index]) }
      state = Self.mix(state ^ word, 0x8EBC_6AF0_9C88_C6E3)
    }
  }

  var value: Int64 {
    Int64(bitPattern: Self.mix(state ^ 0x5899_65CC_7537_4CC3, 0x1D8E_4E27_C47D_124F))
  }

  /// Both halves of the product; never stuck at 0, because the constant is added.
  private static func mix(_ a: UInt64, _ b: UInt64) -> UInt64 {
    let product = a.multipliedFullWidth(by: b)
    return product.high ^ product.low &+ 0x2D35_8DCC_AA6C_78A5
  }
}
