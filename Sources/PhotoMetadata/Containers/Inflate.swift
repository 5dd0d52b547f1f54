internal import CZlib

/// zlib's `uncompress2`: all of a small stream, into memory of a fixed size.
enum Inflate {
  /// - Returns: nil when the stream is damaged or unpacks to more than `atMost` bytes.
  static func bytes(_ packed: ArraySlice<UInt8>, atMost: Int) -> [UInt8]? {
    // A stream of n bytes unpacks to 1,032 n at most (RFC 1951): small ones need no large buffer.
    let room = min(atMost, packed.count * 1032 + 64)
    var isSound = false
    let out = unsafe [UInt8](unsafeUninitializedCapacity: room) { buffer, count in
      unsafe packed.withUnsafeBufferPointer { source in
        guard let from = source.baseAddress, let to = buffer.baseAddress else {
          return
        }
        var written = uLongf(room)
        var taken = uLong(source.count)
        isSound = unsafe uncompress2(to, &written, from, &taken) == Z_OK
        count = isSound ? min(Int(written), room) : 0
      }
    }
    return isSound ? out : nil
  }
}
