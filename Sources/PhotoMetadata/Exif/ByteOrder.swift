/// The byte order of a TIFF block (TIFF 6.0 §2: `II` or `MM`).
enum ByteOrder: Sendable {
  case little, big

  /// The two bytes at `i` counted from the slice's begin; the caller has checked the bounds.
  @inline(__always)
  func u16(_ s: ArraySlice<UInt8>, _ i: Int) -> UInt16 {
    let a = UInt16(s[s.startIndex + i])
    let b = UInt16(s[s.startIndex + i + 1])
    return self == .little ? b << 8 | a : a << 8 | b
  }

  @inline(__always)
  func u32(_ s: ArraySlice<UInt8>, _ i: Int) -> UInt32 {
    let a = UInt32(u16(s, i))
    let b = UInt32(u16(s, i + 2))
    return self == .little ? b << 16 | a : a << 16 | b
  }
}
