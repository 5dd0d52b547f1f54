internal import CZlib

/// Unpacks gzip (RFC 1952) in memory.
enum Gunzip {
  /// - Returns: nil when the stream is damaged, cut, or unpacks to more than `atMost` bytes.
  static func bytes(_ packed: [UInt8], atMost: Int) -> [UInt8]? {
    var packed = packed
    guard packed.count <= atMost, let available = uInt(exactly: packed.count) else { return nil }
    var isSound = false
    // A stream of n bytes unpacks to 1,032 n at most (RFC 1951).
    let room = min(atMost, packed.count * 1032 + 64)
    let out = unsafe [UInt8](unsafeUninitializedCapacity: room) { buffer, count in
      unsafe packed.withUnsafeMutableBufferPointer { source in
        var stream = unsafe z_stream()
        let size = unsafe Int32(MemoryLayout<z_stream>.size)
        // 31: the window of 32 KiB, with gzip's header (inflateInit2, zlib.h).
        guard unsafe inflateInit2_(&stream, 31, ZLIB_VERSION, size) == Z_OK else { return }
        unsafe stream.next_in = source.baseAddress
        unsafe stream.avail_in = available
        unsafe stream.next_out = buffer.baseAddress
        unsafe stream.avail_out = uInt(clamping: room)
        isSound = unsafe inflate(&stream, Z_FINISH) == Z_STREAM_END
        count = unsafe isSound ? room - Int(stream.avail_out) : 0
        _ = unsafe inflateEnd(&stream)
      }
    }
    return isSound ? out : nil
  }
}
