import Platform
import GeoFormats

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Writes a file atomically: under a temporary name in the same folder, then fsync(2) and rename(2).
///
/// A path that is not a regular file (`/dev/stdout`, a FIFO) is written directly.
final class OutputFile {
  private let path: String
  private let temporary: String?
  private var descriptor: Int32
  private let output: ByteOutput

  init(_ given: String) throws {
    var status = stat()
    let exists = stat(given, &status) == 0
    if exists, status.st_mode & S_IFMT == S_IFDIR {
      throw OutputError(message: "\(given) is a folder", advice: "-o FILE")
    }
    if exists, status.st_mode & S_IFMT != S_IFREG {
      path = given
      temporary = nil
      descriptor = open(given, O_WRONLY | O_CLOEXEC)
      guard descriptor >= 0 else { throw OutputError.system(errno, "cannot open \(given)") }
      output = ByteOutput(descriptor, name: given)
      return
    }
    if exists, Self.isDatabase(given) {
      throw CommandFailure.usage(
        "\(given) is an SQLite database, which another format does not overwrite",
        advice: "-o FILE with another name")
    }
    // The file behind a link is replaced, not the link.
    path = exists ? FilePath.resolved(given) ?? given : given
    let temporary = AtomicFile.temporaryName(for: path)
    descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    if descriptor < 0, errno == EEXIST, unlink(temporary) == 0 {
      // Left behind by a killed process with the same id.
      descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    }
    guard descriptor >= 0 else { throw OutputError.system(errno, "cannot create \(given)") }
    if exists { fchmod(descriptor, status.st_mode & 0o7777) }
    output = ByteOutput(descriptor, name: path)
    self.temporary = temporary
  }

  deinit {
    guard descriptor >= 0 else { return }
    close(descriptor)
    if let temporary { unlink(temporary) }
  }

  func write(_ bytes: UnsafeRawBufferPointer) throws {
    try output.write(bytes)
  }

  /// Renames the file to its path. Without this call the temporary file is removed.
  func commit() throws {
    guard let temporary else {
      output.finish()
      let result = close(descriptor)
      descriptor = -1
      guard result == 0 else { throw OutputError.system(errno, "cannot write \(path)") }
      return
    }
    guard fsync(descriptor) == 0 else { throw OutputError.system(errno, "cannot write \(path)") }
    do {
      try AtomicFile.replace(path, by: temporary)
    } catch {
      throw OutputError.system(error.code, "replacing \(path) failed")
    }
    close(descriptor)
    descriptor = -1
  }

  /// SQLite's file header (https://www.sqlite.org/fileformat.html §1.3).
  private static func isDatabase(_ path: String) -> Bool {
    let magic = Array("SQLite format 3\0".utf8)
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return false }
    defer { close(file) }
    var head = [UInt8](repeating: 0, count: magic.count)
    let count = head.withUnsafeMutableBytes { read(file, $0.baseAddress, $0.count) }
    return count == magic.count && head == magic
  }
}

/// Writes to standard output (nil), or to a file atomically.
func writeOutput<R>(to path: String?, _ body: (@escaping ByteSink) throws -> R) throws -> R {
  guard let path else { return try body { try StandardOutput.write($0) } }
  let file = try OutputFile(path)
  let result = try body { try file.write($0) }
  try file.commit()
  return result
}
