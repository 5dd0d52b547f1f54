import Platform
import SSHKeys

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Adds lines to a known_hosts file, the only file of the user's that is ever written.
///
/// A wrong option must not damage another kind of file: a host key at the end of authorized_keys would let the host log in.
enum KnownHostsFile {
  /// Adds one line. A missing file is created with mode 0600.
  /// - Throws: `.configuration` when the file holds anything but known_hosts lines, or cannot be written.
  static func append(_ line: String, to file: String) throws(TransportError) {
    if file == "/dev/null" { return }
    // As ssh does; any other missing folder is a mistyped path.
    if let folder = file.lastIndex(of: "/").map({ String(file[..<$0]) }), folder.hasSuffix("/.ssh")
    {
      unsafe _ = mkdir(folder, 0o700)
    }
    let fd = try openChecked(file, O_RDWR | O_CREAT | O_APPEND)
    defer { _ = closeDescriptor(fd) }
    // A last line without newline would merge with the new one.
    var last: UInt8 = 10
    let size = lseek(fd, 0, SEEK_END)
    if size > 0 { unsafe _ = pread(fd, &last, 1, size - 1) }
    let bytes = (last == 10 ? [] : [10]) + Array(line.utf8)
    // One atomic write: ssh may add lines at the same time.
    let written = unsafe bytes.withUnsafeBytes { unsafe write(fd, $0.baseAddress, $0.count) }
    let code = errno
    // Half a line, on a full disk, is removed.
    if written > 0, written < bytes.count {
      _ = ftruncate(fd, lseek(fd, 0, SEEK_CUR) - off_t(written))
    }
    guard written == bytes.count else {
      throw refusal(file, errorText(code), "name a writable file with --known-hosts")
    }
  }

  /// For the ssh program, which adds lines to any file.
  static func check(_ file: String) throws(TransportError) {
    var status = stat()
    if file == "/dev/null" { return }
    if unsafe lstat(file, &status) != 0, errno == ENOENT { return }
    _ = closeDescriptor(try openChecked(file, O_RDONLY))
  }

  private static func openChecked(_ file: String, _ flags: Int32) throws(TransportError) -> Int32 {
    let other = "name another file with --known-hosts"
    var status = stat()
    var path = file
    if unsafe lstat(file, &status) == 0, UInt32(status.st_mode) & UInt32(S_IFMT) == UInt32(S_IFLNK)
    {
      // Dotfile managers make links: the target must be a known_hosts file, too.
      guard let real = FilePath.resolved(file) else {
        throw refusal(file, "it is a link to nothing", other)
      }
      path = real
    }
    // Never blocks, as on a FIFO.
    let fd = unsafe open(path, flags | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0o600)
    guard fd >= 0 else { throw refusal(file, errorText(errno), other) }
    guard unsafe fstat(fd, &status) == 0,
      UInt32(status.st_mode) & UInt32(S_IFMT) == UInt32(S_IFREG)
    else {
      _ = closeDescriptor(fd)
      throw refusal(file, "it is not a regular file", other)
    }
    guard let bytes = try? WholeFile.bytes(of: fd, limit: 64 << 20) else {
      _ = closeDescriptor(fd)
      throw refusal(file, "it cannot be read", other)
    }
    if let number = firstForeignLine(String(decoding: bytes, as: UTF8.self)) {
      _ = closeDescriptor(fd)
      throw refusal(file, "line \(number) of it is no known_hosts line", other)
    }
    return fd
  }

  private static func refusal(_ file: String, _ why: String, _ advice: String) -> TransportError {
    TransportError(
      .configuration, "the host key is not added to \(file): \(why)", advice: advice)
  }

  /// The number of the first line that is neither blank, nor a comment, nor one of known_hosts (sshd(8),
  /// SSH_KNOWN_HOSTS FILE FORMAT); nil when there is none.
  static func firstForeignLine(_ text: String) -> Int? {
    var number = 0
    for raw in text.utf8.split(separator: 10, omittingEmptySubsequences: false) {
      number += 1
      var fields = raw.split { $0 == 32 || $0 == 9 || $0 == 13 }.map { String(Substring($0)) }[...]
      guard let first = fields.first, !first.hasPrefix("#") else { continue }
      if first == "@revoked" || first == "@cert-authority" { fields.removeFirst() }
      guard fields.count >= 3, let hosts = fields.popFirst(), isHosts(hosts),
        isKey(fields) || isOldKey(fields)
      else { return number }
    }
    return nil
  }

  private static func isKey(_ fields: ArraySlice<String>) -> Bool {
    guard let type = fields.first, let key = fields.dropFirst().first else { return false }
    return !type.isEmpty && PublicKeyBlob.type(of: Base64.decode(key.utf8)) == type
  }

  /// Of version 1: bits, exponent, modulus.
  private static func isOldKey(_ fields: ArraySlice<String>) -> Bool {
    fields.count >= 3 && fields.prefix(3).allSatisfy { $0.allSatisfy { "0"..."9" ~= $0 } }
  }

  private static func isHosts(_ text: String) -> Bool {
    let patterns = text.split(separator: ",", omittingEmptySubsequences: false)
    // A line of authorized_keys may look the same but for its options.
    guard !patterns.allSatisfy({ keyOptions.contains($0.lowercased()) }) else { return false }
    return patterns.allSatisfy { pattern in
      let isHashed = pattern.hasPrefix("|1|")
      return !pattern.isEmpty
        && pattern.utf8.allSatisfy { byte in
          switch byte {
          case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
          case let mark: (isHashed ? "|+/=" : "!-._:[]*?%").utf8.contains(mark)
          }
        }
    }
  }

  /// Options of authorized_keys that have no value (sshd(8), AUTHORIZED_KEYS FILE FORMAT).
  private static let keyOptions: Set<String> = [
    "agent-forwarding", "cert-authority", "no-agent-forwarding", "no-port-forwarding", "no-pty",
    "no-touch-required", "no-user-rc", "no-x11-forwarding", "port-forwarding", "pty", "restrict",
    "user-rc", "verify-required", "x11-forwarding",
  ]
}
