/// Reads what `COPY … TO STDOUT (FORMAT binary)` sends, one row per piece, and checks the hash of each row.
struct CopyDecoder {
  private let seeds: [UInt64?]
  private let hash: Int?
  private(set) var rows = 0
  /// Rows whose hash is another one, or whose form is unknown.
  private(set) var wrong = 0

  init(fields: [String]) {
    seeds = fields.map { $0 == "site" || $0 == "row_hash" ? nil : RowHash.seed($0) }
    hash = fields.firstIndex(of: "row_hash")
  }

  mutating func take(_ piece: UnsafeRawBufferPointer) {
    // The header comes with the first row.
    let header = 19
    let isFirst = unsafe piece.starts(with: [0x50, 0x47, 0x43, 0x4F, 0x50, 0x59, 0x0A, 0xFF])
    let start = isFirst ? header : 0
    guard piece.count > start + 2 else { return }
    rows += 1
    if unsafe !isRight(UnsafeRawBufferPointer(rebasing: piece[start...])) { wrong += 1 }
  }

  private func isRight(_ row: UnsafeRawBufferPointer) -> Bool {
    guard unsafe Int(row[0]) << 8 | Int(row[1]) == seeds.count else { return false }
    var at = 2
    var computed = RowHash()
    var stored: Int64?
    for (index, seed) in seeds.enumerated() {
      guard at + 4 <= row.count else { return false }
      let length = unsafe Int32(
        bigEndian: row.loadUnaligned(fromByteOffset: at, as: Int32.self))
      at += 4
      if length < 0 { continue }
      guard at + Int(length) <= row.count else { return false }
      let value = unsafe UnsafeRawBufferPointer(rebasing: row[at..<(at + Int(length))])
      if index == hash, length == 8 {
        stored = unsafe Int64(bigEndian: value.loadUnaligned(as: Int64.self))
      }
      if let seed { unsafe computed.add(seed, value) }
      at += Int(length)
    }
    return stored == computed.value
  }
}
