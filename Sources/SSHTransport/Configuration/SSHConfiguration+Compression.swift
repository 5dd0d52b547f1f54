import Platform

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Detects `Compression no`, because `ssh -G` prints the same when nothing is configured.
extension SSHConfiguration {
  /// - Parameters:
  ///   - target: options and host as they were given to `ssh -G`.
  ///   - said: on standard error, with `-vvv`.
  static func forbidsCompression(
    _ target: [String], said: String, seconds: Double, isStopped: () -> Bool
  ) -> Bool {
    let read = filesRead(said)
    // Almost always: no second call of ssh.
    guard (read.chosen + read.included).contains(where: mentionsCompression) else { return false }
    // The same files, followed by a default: the first value counts (ssh_config(5)).
    let text = read.chosen.map { "Include \"\($0)\"\n" }.joined() + "Host *\n  Compression yes\n"
    guard let file = ScratchFile(keepsName: true), file.write(text) else { return false }
    let outcome = ChildProcess.run(
      ["ssh", "-F", file.path, "-G"] + target, seconds: seconds, isStopped: isStopped)
    guard case .ended(0, let bytes) = outcome else { return false }
    return String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline)
      .contains("compression no")
  }

  /// The files that ssh read by itself, and those that they include.
  static func filesRead(_ said: String) -> (chosen: [String], included: [String]) {
    var chosen: [String] = []
    var included: [String] = []
    for line in said.split(whereSeparator: \.isNewline) {
      if let at = line.firstRange(of: ": Including file "),
        let end = line[at.upperBound...].ranges(of: " depth ").last
      {
        included.append(String(line[at.upperBound..<end.lowerBound]))
      } else if line.hasPrefix(Self.reading) {
        let file = String(line.dropFirst(Self.reading.count))
        if !included.contains(file), !chosen.contains(file), !file.contains("\"") {
          chosen.append(file)
        }
      }
    }
    return (chosen, included)
  }

  private static let reading = "debug1: Reading configuration data "

  private static func mentionsCompression(_ file: String) -> Bool {
    guard let bytes = try? WholeFile.bytes(of: file, limit: 1 << 20) else { return false }
    return String(decoding: bytes, as: UTF8.self).lowercased().contains("compression")
  }
}

/// A small temporary file of mode 0600, deleted with its last reference.
final class ScratchFile {
  let descriptor: Int32
  let path: String
  private let keepsName: Bool

  /// - Parameter keepsName: until the end, for a program that opens it.
  init?(keepsName: Bool = false) {
    let folder = unsafe getenv("TMPDIR").map { unsafe String(cString: $0) } ?? "/tmp"
    var name = Array("\(folder)/gpsindex-XXXXXX".utf8CString)
    let made = unsafe name.withUnsafeMutableBufferPointer { room -> Int32 in
      guard let start = room.baseAddress else { return -1 }
      return unsafe mkstemp(start)
    }
    guard made >= 0 else { return nil }
    _ = fcntl(made, F_SETFD, FD_CLOEXEC)
    descriptor = made
    path = String(decoding: name.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    self.keepsName = keepsName
    if !keepsName { unsafe _ = unlink(path) }
  }

  deinit {
    if keepsName { unsafe _ = unlink(path) }
    _ = closeDescriptor(descriptor)
  }

  func write(_ text: String) -> Bool {
    let bytes = Array(text.utf8)
    return unsafe bytes.withUnsafeBytes {
      unsafe pwrite(descriptor, $0.baseAddress, $0.count, 0)
    } == bytes.count
  }

  /// The first 256 KiB.
  var text: String {
    var bytes = [UInt8](repeating: 0, count: 1 << 18)
    let count = unsafe bytes.withUnsafeMutableBytes {
      unsafe pread(descriptor, $0.baseAddress, $0.count, 0)
    }
    return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
  }
}
