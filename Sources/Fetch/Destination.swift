import Platform
import PhotoModel

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// The folder that a fetch writes into. Every name is resolved from the folder's own descriptor, one component at a
/// time and through no symbolic link, so that no path leaves it. Not thread-safe.
final class Destination {
  /// As the user gave it.
  let path: String
  let traits: DiskTraits
  private let root: Int32
  /// The folder for unfinished files.
  let stage: Int32
  /// The folder that was used last, since files come folder by folder.
  private var last: (path: [UInt8], descriptor: Int32)?

  /// For a dry run: nothing is created, and a folder that is missing has no files.
  init(unchanged path: String) throws(FetchError) {
    self.path = path
    traits = DiskTraits()
    stage = -1
    root = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    if root < 0, errno != ENOENT { throw Self.error(errno, "cannot open \(path)", path) }
  }

  /// Makes the folder when it is missing, and locks it against other fetches until the end.
  init(_ path: String) throws(FetchError) {
    self.path = path
    try Self.makeFolders(path)
    root = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard root >= 0 else { throw Self.error(errno, "cannot open \(path)", path) }
    if mkdirat(root, SafeName.stage, 0o777) != 0, errno != EEXIST {
      let code = errno
      close(root)
      throw Self.error(code, "cannot write to \(path)", path)
    }
    stage = openat(root, SafeName.stage, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
    guard stage >= 0 else {
      let code = errno
      close(root)
      throw Self.error(code, "cannot open \(path)/\(SafeName.stage)", path)
    }
    guard flock(stage, LOCK_EX | LOCK_NB) == 0 else {
      close(stage)
      close(root)
      throw FetchError(
        .busy, "another fetch writes to \(path)", advice: "the same command when it has ended")
    }
    do throws(SystemError) {
      traits = try DiskTraits(probing: stage)
    } catch {
      close(stage)
      close(root)
      throw Self.error(error.code, "cannot write to \(path)", path)
    }
  }

  deinit {
    if let last { close(last.descriptor) }
    if stage >= 0 {
      // Fails while there are unfinished files.
      unlinkat(root, SafeName.stage, AT_REMOVEDIR)
      close(stage)
    }
    if root >= 0 { close(root) }
  }

  // MARK: What is there

  /// Unfinished files of earlier runs, with their lengths.
  func parts() -> [String: Int64] {
    // closedir(3) closes the descriptor that it is given.
    let copy = stage < 0 ? -1 : openat(stage, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard copy >= 0 else { return [:] }
    guard let folder = fdopendir(copy) else {
      close(copy)
      return [:]
    }
    defer { closedir(folder) }
    var found: [String: Int64] = [:]
    while let entry = readdir(folder) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { raw in
        String(decoding: raw.prefix { $0 != 0 }, as: UTF8.self)
      }
      var status = stat()
      guard name.hasSuffix(".part"), fstatat(stage, name, &status, AT_SYMLINK_NOFOLLOW) == 0,
        status.st_mode & S_IFMT == S_IFREG
      else { continue }
      found[name] = Int64(status.st_size)
    }
    return found
  }

  func remove(part: String) { unlinkat(stage, part, 0) }

  enum Entry: Equatable {
    case absent
    case file(size: Int64, mtime: Int64)
    /// A folder, a link, a device; or a part of the path is no folder.
    case other
  }

  func entry(_ path: [UInt8]) -> Entry {
    let (folder, name) = Self.split(path)
    switch descriptor(of: folder, creates: false) {
    case .failure(let error): return error.code == ENOENT ? .absent : .other
    case .success(let descriptor):
      var status = stat()
      guard withName(name, { fstatat(descriptor, $0, &status, AT_SYMLINK_NOFOLLOW) }) == 0 else {
        return errno == ENOENT ? .absent : .other
      }
      guard status.st_mode & S_IFMT == S_IFREG else { return .other }
      return .file(size: Int64(status.st_size), mtime: status.seconds)
    }
  }

  /// A finished file, for reading; -1 and errno otherwise.
  func openFile(_ path: [UInt8]) -> Int32 {
    let (folder, name) = Self.split(path)
    switch descriptor(of: folder, creates: false) {
    case .failure(let error):
      errno = error.code
      return -1
    case .success(let descriptor):
      return withName(name) {
        openat(descriptor, $0, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
      }
    }
  }

  // MARK: Putting a file into its place

  enum Placing: Equatable {
    case done
    /// Something else has the name.
    case taken
    case failed(SystemError)
  }

  /// Gives an unfinished file its final name, in one step.
  /// - Parameter replaces: a file with that name gives way.
  func place(_ part: String, at path: [UInt8], replaces: Bool) -> Placing {
    let (folder, name) = Self.split(path)
    switch descriptor(of: folder, creates: true) {
    case .failure(let error):
      // A link or a file where a folder should be.
      return [ENOTDIR, ELOOP, EEXIST].contains(error.code) ? .taken : .failed(error)
    case .success(let descriptor):
      return withName(name) { place(part, descriptor, $0, replaces: replaces) }
    }
  }

  private func place(
    _ part: String, _ folder: Int32, _ name: UnsafePointer<CChar>, replaces: Bool
  ) -> Placing {
    if !replaces {
      // link(2) never replaces anything; rename(2) would.
      if linkat(stage, part, folder, name, 0) == 0 {
        unlinkat(stage, part, 0)
        return .done
      }
      if errno == EEXIST { return .taken }
      // FAT knows no links. The lock keeps other fetches away.
      guard [EPERM, ENOTSUP, EOPNOTSUPP, EMLINK, ENOSYS].contains(errno) else {
        return .failed(.last)
      }
    }
    var status = stat()
    if fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) == 0 {
      guard replaces, status.st_mode & S_IFMT == S_IFREG else { return .taken }
    }
    return renameat(stage, part, folder, name) == 0 ? .done : .failed(.last)
  }

  // MARK: Folders

  private func descriptor(of folder: [UInt8], creates: Bool) -> Result<Int32, SystemError> {
    guard root >= 0 else { return .failure(SystemError(ENOENT)) }
    if folder.isEmpty { return .success(root) }
    if let last, last.path == folder { return .success(last.descriptor) }
    var current = root
    for name in folder.split(separator: UInt8(ascii: "/")) {
      let flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC
      var next = withName(Array(name)) { openat(current, $0, flags) }
      if next < 0, errno == ENOENT, creates {
        let made = withName(Array(name)) { mkdirat(current, $0, 0o777) }
        if made == 0 || errno == EEXIST {
          next = withName(Array(name)) { openat(current, $0, flags) }
        }
      }
      let code = errno
      if current != root { close(current) }
      guard next >= 0 else { return .failure(SystemError(code)) }
      current = next
    }
    if current == root { return .success(root) }
    if let last { close(last.descriptor) }
    last = (folder, current)
    return .success(current)
  }

  private static func split(_ path: [UInt8]) -> (folder: [UInt8], name: [UInt8]) {
    let path = PathBytes(path)
    return (path.parent.bytes, path.lastComponent.bytes)
  }

  /// mkdir -p.
  private static func makeFolders(_ path: String) throws(FetchError) {
    var status = stat()
    if stat(path, &status) == 0 {
      guard status.st_mode & S_IFMT == S_IFDIR else {
        throw FetchError(.notAFolder, "\(path) is not a folder", advice: "--to FOLDER")
      }
      return
    }
    guard errno == ENOENT else { throw error(errno, "cannot open \(path)", path) }
    let parent = FilePath.split(path).folder
    if parent != path, parent != "." { try makeFolders(parent) }
    guard mkdir(path, 0o777) == 0 || errno == EEXIST else {
      throw error(errno, "cannot create the folder \(path)", path)
    }
  }

  static func error(_ code: Int32, _ what: String, _ path: String) -> FetchError {
    let message = "\(what): \(errorText(code))"
    switch code {
    case ENOSPC, EDQUOT:
      return FetchError(
        .io, message, advice: "the same command when there is room; it continues where it stopped")
    case EACCES, EPERM, EROFS:
      return FetchError(.permission, message, advice: "--to with a folder that you can write")
    case ENOTDIR, ELOOP: return FetchError(.notAFolder, message, advice: "--to FOLDER")
    default: return FetchError(.io, message, advice: "--to with another folder")
    }
  }

  /// Bytes that are free for this account; nil when the disk does not say.
  static func freeBytes(_ path: String) -> Int64? {
    var path = path
    while true {
      var status = statvfs()
      if statvfs(path, &status) == 0 {
        let (bytes, overflow) = UInt64(status.f_bavail).multipliedReportingOverflow(
          by: UInt64(status.f_frsize))
        return overflow ? .max : Int64(clamping: bytes)
      }
      let parent = FilePath.split(path).folder
      guard errno == ENOENT, parent != path else { return nil }
      path = parent
    }
  }
}

/// The bytes as a C string, whatever their encoding.
func withName<R>(_ name: [UInt8], _ body: (UnsafePointer<CChar>) -> R) -> R {
  (name.map { CChar(bitPattern: $0) } + [0]).withUnsafeBufferPointer { chars in
    guard let base = chars.baseAddress else { return "".withCString(body) }
    return body(base)
  }
}

extension stat {
  /// Whole seconds since 1970 UTC.
  var seconds: Int64 {
    #if canImport(Darwin)
      Int64(st_mtimespec.tv_sec)
    #else
      Int64(st_mtim.tv_sec)
    #endif
  }
}
