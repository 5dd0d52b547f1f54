import Platform

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Finds the process that holds SQLite's write lock.
enum LockHolder {
  /// The process that writes to the index at `path`, where the system shows it: Linux lists all
  /// locks in `/proc/locks`. (Asking with `F_GETLK` would need the file open, and closing it again drops
  /// this process's own locks on it.)
  static func pid(ofIndexAt path: String) -> Int32? {
    #if os(Linux)
      // In WAL mode the write lock is byte 120 of the -shm file (WAL_WRITE_LOCK, walformat.html
      // §2.2.2), otherwise the reserved byte of the file itself, 2^30 + 1.
      guard let table = wholeFile("/proc/locks") else { return nil }
      return inode("\(path)-shm").flatMap { holder(in: table, inode: $0, byte: 120) }
        ?? inode(path).flatMap { holder(in: table, inode: $0, byte: 0x4000_0001) }
    #else
      return nil
    #endif
  }

  /// A line reads `1: POSIX  ADVISORY  WRITE 1234 fe:01:5678 120 120` (proc(5)).
  static func holder(in table: String, inode: UInt64, byte: UInt64) -> Int32? {
    for line in table.split(separator: "\n") {
      let fields = line.split(separator: " ")
      guard fields.count >= 8, fields[3] == "WRITE", let pid = Int32(fields[4]), pid > 0,
        let lockInode = fields[5].split(separator: ":").last, UInt64(lockInode) == inode,
        let first = UInt64(fields[6]), first <= byte
      else { continue }
      if fields[7] == "EOF" || (UInt64(fields[7]) ?? 0) >= byte { return pid }
    }
    return nil
  }

  private static func inode(_ path: String) -> UInt64? {
    FileIdentity(path: path)?.inode
  }
}

/// open(2) for a file beside the index: a link is not followed, and anything but a regular file is refused without
/// waiting (`EINVAL`), since any user who may write to the folder may have put a FIFO there.
func openRegular(_ path: String, _ flags: Int32, _ mode: UInt32 = 0) -> Int32 {
  WholeFile.open(path, flags, mode: mode, access: .regular)
}

/// The text of a small file; nil when it cannot be read or is larger than 4 MiB.
func wholeFile(_ path: String) -> String? {
  (try? WholeFile.bytes(of: path, limit: 4 << 20, .regular)).map {
    String(decoding: $0, as: UTF8.self)
  }
}
