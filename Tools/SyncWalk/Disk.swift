import Foundation

/// The calls to the file system, with paths as bytes: names of the walk need not be UTF-8.
enum Disk {
  enum Kind: Sendable { case file, folder, link, other }

  struct Facts {
    var kind: Kind
    var size: Int64
    /// Whole seconds since 1970 UTC.
    var mtime: Int64
    var mode: mode_t
  }

  /// What went wrong, as `errno` says it.
  struct Failure: Error, CustomStringConvertible {
    var description: String

    init(_ call: String, _ path: [UInt8]) {
      description =
        "\(call) \(String(decoding: path, as: UTF8.self)): "
        + String(cString: strerror(errno))
    }
  }

  private static func withPath<Value>(
    _ path: [UInt8], _ body: (UnsafePointer<CChar>) -> Value
  ) -> Value {
    (path + [0]).withUnsafeBufferPointer { bytes in
      bytes.withMemoryRebound(to: CChar.self) { text in
        text.baseAddress.map(body) ?? body("")
      }
    }
  }

  /// - Throws: ``Failure`` when the call answers anything but 0.
  private static func demand(
    _ call: String, _ path: [UInt8], _ body: (UnsafePointer<CChar>) -> Int32
  ) throws {
    if withPath(path, body) != 0 { throw Failure(call, path) }
  }

  /// `lstat`; nil when there is nothing, or when it cannot be seen.
  static func facts(_ path: [UInt8]) -> Facts? {
    var status = stat()
    guard withPath(path, { lstat($0, &status) }) == 0 else { return nil }
    let kind: Kind =
      switch status.st_mode & S_IFMT {
      case S_IFREG: .file
      case S_IFDIR: .folder
      case S_IFLNK: .link
      default: .other
      }
    #if canImport(Darwin)
      let seconds = status.st_mtimespec.tv_sec
    #else
      let seconds = status.st_mtim.tv_sec
    #endif
    return Facts(
      kind: kind, size: Int64(status.st_size), mtime: Int64(seconds),
      mode: mode_t(status.st_mode & 0o7777))
  }

  static func exists(_ path: [UInt8]) -> Bool { facts(path) != nil }

  /// Names in a folder without `.` and `..`, in the order of their bytes, so that a seed means the
  /// same on every disk.
  static func names(in path: [UInt8]) -> [[UInt8]] {
    guard let folder = withPath(path, { opendir($0) }) else { return [] }
    defer { closedir(folder) }
    var found: [[UInt8]] = []
    while let entry = readdir(folder) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { field in
        field.withMemoryRebound(to: UInt8.self, capacity: 256) { text in
          Array(UnsafeBufferPointer(start: text, count: strnlen(text, 256)))
        }
      }
      if name != [0x2E], name != [0x2E, 0x2E] { found.append(name) }
    }
    return found.sorted { $0.lexicographicallyPrecedes($1) }
  }

  private static func strnlen(_ text: UnsafePointer<UInt8>, _ most: Int) -> Int {
    var count = 0
    while count < most, text[count] != 0 { count += 1 }
    return count
  }

  static func read(_ path: [UInt8]) -> [UInt8]? {
    let descriptor = withPath(path) { open($0, O_RDONLY | O_CLOEXEC | O_NOFOLLOW) }
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var block = [UInt8](repeating: 0, count: 16_384)
    while true {
      let count = block.withUnsafeMutableBytes {
        Foundation.read(descriptor, $0.baseAddress, $0.count)
      }
      if count < 0 { return nil }
      if count == 0 { return bytes }
      bytes += block[..<count]
    }
  }

  /// Writes in place: an existing file keeps its inode, and its hard links see the change.
  static func write(_ bytes: [UInt8], to path: [UInt8]) throws {
    let descriptor = withPath(path) {
      open($0, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o644)
    }
    guard descriptor >= 0 else { throw Failure("open", path) }
    defer { close(descriptor) }
    let written = bytes.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
    guard written == bytes.count else { throw Failure("write", path) }
  }

  /// - Parameter seconds: since 1970 UTC.
  static func setTime(_ path: [UInt8], _ seconds: Int64) throws {
    let time = timespec(tv_sec: Int(max(0, seconds)), tv_nsec: 0)
    try demand("utimensat", path) { utimensat(AT_FDCWD, $0, [time, time], AT_SYMLINK_NOFOLLOW) }
  }

  static func setMode(_ path: [UInt8], _ mode: mode_t) throws {
    try demand("chmod", path) { chmod($0, mode) }
  }

  static func makeFolder(_ path: [UInt8]) throws {
    try demand("mkdir", path) { mkdir($0, 0o755) }
  }

  static func makeFIFO(_ path: [UInt8]) throws {
    try demand("mkfifo", path) { mkfifo($0, 0o644) }
  }

  static func makeLink(_ path: [UInt8], to target: [UInt8]) throws {
    try demand("symlink", path) { path in withPath(target) { symlink($0, path) } }
  }

  static func makeHardLink(_ path: [UInt8], to target: [UInt8]) throws {
    try demand("link", path) { path in withPath(target) { link($0, path) } }
  }

  static func rename(_ old: [UInt8], _ new: [UInt8]) throws {
    try demand("rename", old) { old in withPath(new) { Foundation.rename(old, $0) } }
  }

  static func unlink(_ path: [UInt8]) throws {
    try demand("unlink", path) { Foundation.unlink($0) }
  }

  /// A file, a link, or a folder with all that is in it; links are not followed.
  static func remove(_ path: [UInt8]) throws {
    guard facts(path)?.kind == .folder else { return try unlink(path) }
    for name in names(in: path) { try remove(path + [0x2F] + name) }
    try demand("rmdir", path) { rmdir($0) }
  }

  /// Files with their times, and folders; links, FIFOs and the like are left out.
  static func copy(_ path: [UInt8], to copy: [UInt8]) throws {
    switch facts(path)?.kind {
    case .folder:
      try makeFolder(copy)
      for name in names(in: path) { try Disk.copy(path + [0x2F] + name, to: copy + [0x2F] + name) }
    case .file:
      guard let facts = facts(path), let bytes = read(path) else { return }
      try write(bytes, to: copy)
      try setTime(copy, facts.mtime)
    default: break
    }
  }
}
