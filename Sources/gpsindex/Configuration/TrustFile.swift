#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// `gpsindex/trust` in `$XDG_STATE_HOME` or `~/.local/state`, which only the user can write. It is replaced atomically, under a
/// lock.
struct TrustFile {
  /// nil when HOME is not set.
  private let folder: String?
  private var path: String { (folder ?? "") + "/trust" }

  /// More than any user has sites for.
  private static let limit = 1 << 20

  init(environment: (String) -> String?) {
    // A relative XDG_STATE_HOME is to be ignored (XDG Base Directory Specification).
    if let state = environment("XDG_STATE_HOME"), state.hasPrefix("/") {
      folder = state + "/gpsindex"
    } else {
      let home = environment("HOME") ?? ""
      folder = home.hasPrefix("/") ? home + "/.local/state/gpsindex" : nil
    }
  }

  /// - Returns: nil when the file exists and is not trustworthy: a link, owned by another user, or writable by others.
  func read() -> [String]? {
    guard folder != nil else { return [] }
    // O_NONBLOCK: does not wait for the writer of a FIFO.
    let file = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
    guard file >= 0 else { return errno == ENOENT ? [] : nil }
    defer { close(file) }
    var status = stat()
    guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
      status.st_uid == geteuid(), status.st_mode & 0o022 == 0, status.st_size <= Self.limit
    else { return nil }
    var bytes = [UInt8](repeating: 0, count: Self.limit)
    var count = 0
    while count < bytes.count {
      let got = bytes.withUnsafeMutableBytes {
        Self.read(file, UnsafeMutableRawBufferPointer(rebasing: $0[count...]))
      }
      if got < 0, errno == EINTR { continue }
      guard got >= 0 else { return nil }
      if got == 0 { break }
      count += got
    }
    return String(decoding: bytes[..<count], as: UTF8.self).split(separator: "\n").map(String.init)
  }

  /// Replaces the lines with the result of `body`.
  /// - Throws: on failure; the file is unchanged then.
  func change(_ body: ([String]) -> [String]) throws {
    guard let folder else {
      throw CommandFailure(
        .configuration, "HOME is not set", advice: "export XDG_STATE_HOME=FOLDER")
    }
    try Self.makeFolder(folder)
    let lock = open(path + ".lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0o600)
    guard lock >= 0 else { throw Self.failure(path + ".lock") }
    defer { close(lock) }
    // Held for milliseconds; if it is held for seconds, the process is stopped.
    var tries = 0
    while flock(lock, LOCK_EX | LOCK_NB) != 0 {
      tries += 1
      guard errno == EWOULDBLOCK || errno == EINTR, tries < 200 else { throw Self.failure(path) }
      usleep(10_000)
    }
    guard let lines = read() else {
      throw CommandFailure(
        .refused, "\(path) is not a regular file that only you can write",
        advice: "rm \(NextCommand.quoted(path))")
    }
    try write(body(lines))
  }

  private func write(_ lines: [String]) throws {
    let temporary = "\(path).\(getpid())"
    unlink(temporary)
    let file = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard file >= 0 else { throw Self.failure(path) }
    let bytes = Array(lines.map { $0 + "\n" }.joined().utf8)
    let isWhole =
      bytes.count <= Self.limit
      && bytes.withUnsafeBytes { Self.write(file, $0) } == bytes.count && fsync(file) == 0
    let code = errno
    close(file)
    guard isWhole, rename(temporary, path) == 0 else {
      unlink(temporary)
      errno = isWhole ? errno : code
      throw Self.failure(path)
    }
  }

  private static func makeFolder(_ folder: String) throws {
    var path = ""
    for part in folder.split(separator: "/") {
      path += "/\(part)"
      guard mkdir(path, 0o700) == 0 || errno == EEXIST || access(path, F_OK) == 0 else {
        throw failure(path)
      }
    }
  }

  private static func failure(_ path: String) -> CommandFailure {
    CommandFailure(
      .io, "cannot write \(path): \(String(cString: strerror(errno)))",
      advice: "export XDG_STATE_HOME=FOLDER")
  }

  private static func read(_ file: Int32, _ buffer: UnsafeMutableRawBufferPointer) -> Int {
    #if canImport(Darwin)
      Darwin.read(file, buffer.baseAddress, buffer.count)
    #else
      Glibc.read(file, buffer.baseAddress, buffer.count)
    #endif
  }

  private static func write(_ file: Int32, _ buffer: UnsafeRawBufferPointer) -> Int {
    #if canImport(Darwin)
      Darwin.write(file, buffer.baseAddress, buffer.count)
    #else
      Glibc.write(file, buffer.baseAddress, buffer.count)
    #endif
  }
}
