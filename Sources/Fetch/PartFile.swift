import Platform
import PhotoModel
import PhotoSource

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// An unfinished file. Its name in the stage folder says what it is a part of: which file of which site, and the size and
/// time for which its bytes are valid. So a kill at any moment leaves nothing that a later run could misread.
///
/// Bytes are written in order, so that the length says how much is there.
final class PartFile: FileTaker {
  let name: String
  /// Of the source.
  let file: ListedFile
  let start: Int64
  private(set) var descriptor: Int32
  private(set) var length: Int64
  /// Why a write failed; nothing is written behind it.
  private(set) var failure: SystemError?
  /// Called after each write.
  private let onWrite: (Result<Int, SystemError>) -> Void

  /// Opens it at the end of what an earlier run has left.
  /// - Parameter key: of the file on its site, see ``key(site:path:)``.
  init(
    _ file: ListedFile, key: String, stage: Int32,
    onWrite: @escaping (Result<Int, SystemError>) -> Void
  ) throws(SystemError) {
    self.file = file
    self.onWrite = onWrite
    name = Self.name(of: file, key: key)
    let flags = O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC
    descriptor = openat(stage, name, flags, 0o666)
    guard descriptor >= 0 else { throw .last }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw SystemError(EINVAL)
    }
    let present = Int64(status.st_size)
    // Without size and time nothing says that the bytes are still those of the file.
    let isValid = file.mtime != nil && file.size.map { present <= $0 } ?? false
    start = isValid ? present : 0
    length = start
    if !isValid, ftruncate(descriptor, 0) != 0 {
      let error = SystemError.last
      close(descriptor)
      throw error
    }
    guard lseek(descriptor, off_t(start), SEEK_SET) >= 0 else {
      let error = SystemError.last
      close(descriptor)
      throw error
    }
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  /// Names one file of one site.
  static func key(site: String, path: PathBytes) -> String {
    String(SHA256.text(SHA256.digest(Array(site.utf8) + [0] + path.bytes)).prefix(32))
  }

  static func name(of file: ListedFile, key: String) -> String {
    let size = file.size.map(String.init) ?? "x"
    let mtime = file.mtime.map(String.init) ?? "x"
    return "\(key)_\(size)_\(mtime).part"
  }

  func take(_ bytes: [UInt8]) {
    guard failure == nil else { return }
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { systemWrite(descriptor, $0) }
      if count < 0 {
        if errno == EINTR { continue }
        let error = SystemError.last
        failure = error
        return onWrite(.failure(error))
      }
      rest = rest.dropFirst(count)
      length += Int64(count)
      onWrite(.success(count))
    }
  }

  /// Hands the descriptor over.
  func release() -> Int32 {
    defer { descriptor = -1 }
    return descriptor
  }
}

/// write(2), which a member of this name would hide.
private func systemWrite(_ file: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
  write(file, bytes.baseAddress, bytes.count)
}
