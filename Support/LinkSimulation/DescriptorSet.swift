#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// An `fd_set`. `pselect` is the one call that waits with nanoseconds on Linux and on macOS, and
/// that both show to Swift; `poll` would round every arrival up to a whole millisecond.
struct DescriptorSet {
  /// Descriptors from here on do not fit (FD_SETSIZE).
  static let limit: Int32 = 1024

  fileprivate var bits = fd_set()
  fileprivate var highest: Int32 = -1

  mutating func insert(_ descriptor: Int32) {
    guard descriptor >= 0, descriptor < Self.limit else { return }
    highest = max(highest, descriptor)
    withUnsafeMutableBytes(of: &bits) { $0[Int(descriptor) / 8] |= 1 << (UInt8(descriptor % 8)) }
  }

  func contains(_ descriptor: Int32) -> Bool {
    guard descriptor >= 0, descriptor < Self.limit else { return false }
    return withUnsafeBytes(of: bits) { $0[Int(descriptor) / 8] & 1 << (UInt8(descriptor % 8)) != 0 }
  }

  /// Waits until one of the descriptors is ready; then the sets hold those that are. After
  /// `nanoseconds` (nil: no limit), or when a signal came, both are empty.
  static func wait(
    readable: inout DescriptorSet, writable: inout DescriptorSet, nanoseconds: UInt64?
  ) {
    let count = max(readable.highest, writable.highest) + 1
    let ready: Int32
    if let nanoseconds {
      var time = timespec(
        tv_sec: Int(nanoseconds / 1_000_000_000), tv_nsec: Int(nanoseconds % 1_000_000_000))
      ready = pselect(count, &readable.bits, &writable.bits, nil, &time, nil)
    } else {
      ready = pselect(count, &readable.bits, &writable.bits, nil, nil, nil)
    }
    if ready <= 0 {
      readable = DescriptorSet()
      writable = DescriptorSet()
    }
  }
}
