import Platform

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// What a disk does with names and times, found out by trying.
package struct DiskTraits: Sendable, Equatable {
  /// `a` and `A` are one file, or both forms of `é`.
  package var mergesNames = false
  package var names = SafeName()
  /// Times are kept in steps of so many seconds: FAT has two.
  package var timeStep: Int64 = 1

  package init() {}

  /// - Parameter folder: an empty folder of our own, or one whose files end with `.part`.
  init(probing folder: Int32) throws(SystemError) {
    defer {
      for name in Self.probes { _ = withName(name) { unlinkat(folder, $0, 0) } }
    }
    guard Self.create(Self.lower, folder) else { throw .last }
    mergesNames = Self.exists(Self.upper, folder)
    timeStep = Self.timeStep(Self.lower, folder)
    if !mergesNames, Self.create(Self.composed, folder) {
      mergesNames = Self.exists(Self.decomposed, folder)
    }
    names.isForWindows = !Self.create(Self.windows, folder)
    names.isTextOnly = !Self.create(Self.bytes, folder)
  }

  private static let lower = Array("probe".utf8)
  private static let upper = Array("PROBE".utf8)
  private static let composed = Array("probe-\u{E9}".utf8)
  private static let decomposed = Array("probe-e\u{301}".utf8)
  private static let windows = Array("probe:*?".utf8)
  private static let bytes = Array("probe-".utf8) + [0xFF]
  private static let probes = [lower, composed, windows, bytes]

  private static func create(_ name: [UInt8], _ folder: Int32) -> Bool {
    let file = withName(name) {
      openat(folder, $0, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o600)
    }
    guard file >= 0 else { return false }
    close(file)
    return true
  }

  private static func exists(_ name: [UInt8], _ folder: Int32) -> Bool {
    var status = stat()
    return withName(name) { fstatat(folder, $0, &status, AT_SYMLINK_NOFOLLOW) } == 0
  }

  private static func timeStep(_ name: [UInt8], _ folder: Int32) -> Int64 {
    let odd = timespec(tv_sec: 1_000_000_001, tv_nsec: 0)
    var status = stat()
    guard withName(name, { utimensat(folder, $0, [odd, odd], 0) }) == 0,
      withName(name, { fstatat(folder, $0, &status, AT_SYMLINK_NOFOLLOW) }) == 0
    else { return 1 }
    return status.seconds == 1_000_000_001 ? 1 : 2
  }

  /// Whether two times of files are the same, as far as the disk keeps them.
  package func isSame(_ a: Int64, _ b: Int64) -> Bool {
    let (difference, overflow) = a.subtractingReportingOverflow(b)
    return !overflow && abs(difference) < timeStep
  }

  /// Two paths with the same key are one file on this disk.
  func key(_ path: [UInt8]) -> NameKey {
    guard mergesNames else { return .bytes(path) }
    return .text(String(decoding: path, as: UTF8.self).uppercased().lowercased())
  }
}

/// What a disk distinguishes of a path.
enum NameKey: Hashable {
  case bytes([UInt8])
  /// Equality of strings is that of Unicode's canonical forms.
  case text(String)
}
