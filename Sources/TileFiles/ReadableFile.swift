import Platform

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Ranges of a file.
struct ReadableFile {
  let path: String

  /// - Returns: exactly `length` bytes; nil when the file ends before.
  func bytes(at offset: UInt64, length: Int) throws(SystemError) -> [UInt8]? {
    guard let start = off_t(exactly: offset), length >= 0 else { return nil }
    let file = WholeFile.open(path, O_RDONLY, access: .any)
    guard file >= 0 else { throw .last }
    defer { _ = closeDescriptor(file) }
    var out = [UInt8](repeating: 0, count: length)
    var done = 0
    while done < length {
      let (at, overflows) = start.addingReportingOverflow(off_t(done))
      if overflows { return nil }
      let count = unsafe out.withUnsafeMutableBytes { room in
        unsafe pread(file, room.baseAddress.map { unsafe $0 + done }, length - done, at)
      }
      if count == 0 { return nil }
      if count < 0 {
        if errno == EINTR { continue }
        throw .last
      }
      done += count
    }
    return out
  }
}
