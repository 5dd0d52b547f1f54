#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Files that are replaced in one step: readers see the old content or the new one, never a part.
package enum AtomicFile {
  /// The name beside `path` under which this process writes before the file takes its place.
  package static func temporaryName(for path: String) -> String {
    let (folder, name) = FilePath.split(path)
    return "\(folder)/.\(name.prefix(200)).\(getpid()).part"
  }

  /// Replaces the file at `path` by one that only its owner may read and write (0600).
  /// - Parameter isDurable: the bytes reach the disk before the file takes its place.
  package static func write(
    _ bytes: [UInt8], to path: String, isDurable: Bool
  ) throws(SystemError) {
    let temporary = temporaryName(for: path)
    // Left behind by a killed process that had this number, or put there by somebody else.
    unsafe unlink(temporary)
    let file = WholeFile.open(temporary, O_WRONLY | O_CREAT | O_EXCL, mode: 0o600, access: .regular)
    guard file >= 0 else { throw .last }
    do throws(SystemError) {
      try writeAll(bytes, to: file)
      if isDurable, fsync(file) != 0 { throw .last }
      close(file)
    } catch {
      close(file)
      unsafe unlink(temporary)
      throw error
    }
    guard unsafe rename(temporary, path) == 0 else {
      let error = SystemError.last
      unsafe unlink(temporary)
      throw error
    }
  }

  /// Puts a finished file into its place, and brings the name to the disk.
  package static func replace(_ path: String, by temporary: String) throws(SystemError) {
    guard unsafe rename(temporary, path) == 0 else { throw .last }
    // A file system that cannot do this has still the file.
    let folder = unsafe open(FilePath.split(path).folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard folder >= 0 else { return }
    fsync(folder)
    close(folder)
  }

  private static func writeAll(_ bytes: [UInt8], to file: Int32) throws(SystemError) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = unsafe rest.withUnsafeBytes { raw in
        unsafe systemWrite(file, raw)
      }
      if count < 0 {
        if errno == EINTR { continue }
        throw .last
      }
      rest = rest.dropFirst(count)
    }
  }
}

/// write(2), which a member of this name would hide.
private func systemWrite(_ file: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
  unsafe write(file, bytes.baseAddress, bytes.count)
}
