import PhotoModel

extension PicturePlan {
  /// Changes with the file and the place of the picture in it; never 0.
  public var tag: UInt64 {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    func add(_ value: Int64) {
      // FNV-1a, 64 bit.
      for shift in stride(from: 0, to: 64, by: 8) {
        hash = (hash ^ (UInt64(bitPattern: value) >> UInt64(shift) & 0xFF)) &* 0x100_0000_01b3
      }
    }
    for byte in folder.bytes + [0] + file.name.bytes { add(Int64(byte)) }
    for value in [file.size, file.mtime, place?.offset, place?.length] { add(value ?? -1) }
    add(Int64(kind.rawValue))
    return hash == 0 ? 1 : hash
  }
}
