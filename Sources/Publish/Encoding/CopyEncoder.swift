/// Rows in the binary format of COPY (PostgreSQL documentation, COPY, “Binary Format”), in pieces.
@safe final class CopyEncoder {
  typealias Send = (UnsafeRawBufferPointer) throws(PublishError) -> Void

  private var buffer: UnsafeMutableRawBufferPointer
  private var used = 0
  private let send: Send
  private var hash = RowHash()
  private var hashAt: Int?
  /// Rows that were begun.
  private(set) var rows = 0

  private static let piece = 128 << 10
  /// Bytes; a longer text is cut. No name, path or reason of a photo is as long.
  static let longestText = 1 << 20

  init(_ send: @escaping Send) {
    unsafe self.send = send
    unsafe buffer = .allocate(byteCount: Self.piece + (64 << 10), alignment: 8)
    let signature: [UInt8] = [0x50, 0x47, 0x43, 0x4F, 0x50, 0x59, 0x0A, 0xFF, 0x0D, 0x0A, 0]
    // Then flags, and the length of an extension.
    for byte in signature + [UInt8](repeating: 0, count: 8) {
      unsafe buffer[used] = byte
      used += 1
    }
  }

  deinit { unsafe buffer.deallocate() }

  func beginRow(fields: Int) throws(PublishError) {
    if used > Self.piece { try flush() }
    rows += 1
    hash = RowHash()
    hashAt = nil
    room(2)
    store(UInt16(truncatingIfNeeded: fields))
  }

  func finish() throws(PublishError) {
    room(2)
    store(UInt16.max)
    try flush()
  }

  private func flush() throws(PublishError) {
    try unsafe send(UnsafeRawBufferPointer(rebasing: buffer[0..<used]))
    used = 0
  }

  // MARK: Fields

  /// A value that does not count for the hash: a key that the database gives.
  func key(_ value: Int32) {
    room(8)
    store(UInt32(4))
    store(UInt32(bitPattern: value))
  }

  /// The place of the row's hash, which ``endHash()`` fills.
  func hashPlace() {
    room(12)
    store(UInt32(8))
    hashAt = used
    store(UInt64(0))
  }

  @discardableResult
  func endHash() -> Int64 {
    let value = hash.value
    hash = RowHash()
    if let at = hashAt {
      unsafe buffer.storeBytes(
        of: UInt64(bitPattern: value).bigEndian, toByteOffset: at, as: UInt64.self)
    }
    return value
  }

  func null() {
    room(4)
    store(UInt32.max)
  }

  func int64(_ value: Int64?, _ seed: UInt64) {
    guard let value else { return null() }
    room(12)
    store(UInt32(8))
    store(UInt64(bitPattern: value))
    count(seed, 8)
  }

  func int32(_ value: Int64?, _ seed: UInt64) {
    guard let value else { return null() }
    room(8)
    store(UInt32(4))
    store(UInt32(bitPattern: Int32(clamping: value)))
    count(seed, 4)
  }

  func int16(_ value: Int64?, _ seed: UInt64) {
    guard let value else { return null() }
    room(6)
    store(UInt32(2))
    store(UInt16(bitPattern: Int16(clamping: value)))
    count(seed, 2)
  }

  func double(_ value: Double?, _ seed: UInt64) {
    guard let value else { return null() }
    room(12)
    store(UInt32(8))
    store(value.bitPattern)
    count(seed, 8)
  }

  func float(_ value: Double?, _ seed: UInt64) {
    guard let value else { return null() }
    room(8)
    store(UInt32(4))
    store(Float(value).bitPattern)
    count(seed, 4)
  }

  /// - Parameter milliseconds: since 1970 UTC.
  func time(_ milliseconds: Int64?, _ seed: UInt64) {
    // The years 0 to 9999; microseconds since 2000 travel.
    guard let milliseconds, -62_200_000_000_000...253_402_300_800_000 ~= milliseconds else {
      return null()
    }
    int64((milliseconds - 946_684_800_000) * 1000, seed)
  }

  func text(_ bytes: UnsafeRawBufferPointer, _ seed: UInt64) {
    let bytes = unsafe UnsafeRawBufferPointer(rebasing: bytes.prefix(Self.longestText))
    // PostgreSQL refuses NUL and everything that is not UTF-8.
    if unsafe bytes.allSatisfy({ 1...0x7F ~= $0 }) { return unsafe plain(bytes, seed) }
    var text = unsafe String(decoding: bytes, as: UTF8.self)
    if text.utf8.contains(0) { text = text.replacing("\0", with: "\u{FFFD}00") }
    text.withUTF8 { unsafe plain(UnsafeRawBufferPointer($0), seed) }
  }

  func text(_ text: String?, _ seed: UInt64) {
    guard var text else { return null() }
    text.withUTF8 { unsafe self.text(UnsafeRawBufferPointer($0), seed) }
  }

  private func plain(_ bytes: UnsafeRawBufferPointer, _ seed: UInt64) {
    room(4 + bytes.count)
    store(UInt32(truncatingIfNeeded: bytes.count))
    unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[used...]).copyMemory(from: bytes)
    used += bytes.count
    count(seed, bytes.count)
  }

  /// EWKB of PointZ, WGS 84.
  func point(longitude: Double, latitude: Double, z: Double, _ seed: UInt64) {
    room(37)
    store(UInt32(33))
    little(0x01, EWKB.pointZ)
    for value in [longitude, latitude, z] { little(value == 0 ? 0 : value) }
    count(seed, 33)
  }

  /// - Parameter wkb: a little-endian geometry without an SRID.
  func geometry(_ wkb: [UInt8]?, _ seed: UInt64) {
    guard let wkb, wkb.count > 5 else { return null() }
    room(8 + wkb.count)
    let start = used + 4
    store(UInt32(truncatingIfNeeded: wkb.count + 4))
    let kind =
      UInt32(wkb[1]) | UInt32(wkb[2]) << 8 | UInt32(wkb[3]) << 16 | UInt32(wkb[4]) << 24
    little(0x01, kind | EWKB.hasSRID)
    for byte in wkb.dropFirst(5) {
      unsafe buffer[used] = byte
      used += 1
    }
    count(seed, used - start)
  }

  // MARK: Bytes

  private func count(_ seed: UInt64, _ bytes: Int) {
    unsafe hash.add(seed, UnsafeRawBufferPointer(rebasing: buffer[(used - bytes)..<used]))
  }

  private func room(_ bytes: Int) {
    let size = unsafe buffer.count
    if used + bytes <= size { return }
    let larger = UnsafeMutableRawBufferPointer.allocate(
      byteCount: max(size * 2, used + bytes), alignment: 8)
    unsafe larger.copyMemory(from: UnsafeRawBufferPointer(rebasing: buffer[0..<used]))
    unsafe buffer.deallocate()
    unsafe buffer = larger
  }

  private func store<Value: FixedWidthInteger>(_ value: Value) {
    unsafe buffer.storeBytes(of: value.bigEndian, toByteOffset: used, as: Value.self)
    used += Value.bitWidth / 8
  }

  /// Byte order, type, SRID.
  private func little(_ order: UInt8, _ type: UInt32) {
    unsafe buffer[used] = order
    unsafe buffer.storeBytes(of: type.littleEndian, toByteOffset: used + 1, as: UInt32.self)
    unsafe buffer.storeBytes(of: UInt32(4326).littleEndian, toByteOffset: used + 5, as: UInt32.self)
    used += 9
  }

  private func little(_ value: Double) {
    unsafe buffer.storeBytes(
      of: value.bitPattern.littleEndian, toByteOffset: used, as: UInt64.self)
    used += 8
  }
}

extension DatabaseSession {
  /// `COPY … FROM STDIN (FORMAT binary)`.
  ///
  /// - Returns: the number of rows.
  @discardableResult
  func copyRows(_ sql: String, _ fill: (CopyEncoder) throws -> Void) throws -> Int {
    var rows = 0
    try unsafe copyIn(sql) { send in
      let out = unsafe CopyEncoder(send)
      try fill(out)
      try out.finish()
      rows = out.rows
    }
    return rows
  }
}

/// PostGIS's form of WKB (PostGIS manual, ST_AsEWKB).
enum EWKB {
  static let hasSRID: UInt32 = 0x2000_0000
  static let pointZ: UInt32 = 0x8000_0000 | hasSRID | 1
}
