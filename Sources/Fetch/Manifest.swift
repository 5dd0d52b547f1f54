import Platform

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// SHA-256 sums of files, as sha256sum(1) writes and checks them: `sha256sum -c FILE` in the destination.
struct Manifest: Equatable {
  /// Hexadecimal, by path below the destination.
  private(set) var sums: [[UInt8]: String] = [:]

  init() {}

  /// - Throws: `EFBIG` for more than 1 GiB.
  init(path: String) throws(SystemError) {
    var bytes: [UInt8] = []
    do throws(SystemError) {
      bytes = try WholeFile.bytes(of: path, limit: 1 << 30)
    } catch {
      if error.code != ENOENT { throw error }
    }
    self.init(bytes: bytes)
  }

  init(bytes: [UInt8]) {
    for line in bytes.split(separator: UInt8(ascii: "\n")) {
      let isEscaped = line.first == UInt8(ascii: "\\")
      let line = isEscaped ? line.dropFirst() : line
      let digits = line.prefix(64)
      let rest = line.dropFirst(64)
      // Two blanks, or a blank and a star for binary.
      guard digits.count == 64, rest.count > 2, rest.first == UInt8(ascii: " ") else { continue }
      let name = Array(rest.dropFirst(2))
      sums[isEscaped ? Self.unescaped(name) : name] =
        String(decoding: digits, as: UTF8.self).lowercased()
    }
  }

  subscript(path: [UInt8]) -> String? {
    get { sums[path] }
    set { sums[path] = newValue }
  }

  var bytes: [UInt8] {
    var out: [UInt8] = []
    for (path, sum) in sums.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
      let escaped = Self.escaped(path)
      if escaped.count != path.count { out.append(UInt8(ascii: "\\")) }
      out += Array(sum.utf8) + Array("  ".utf8) + escaped + [UInt8(ascii: "\n")]
    }
    return out
  }

  func write(to path: String) throws(SystemError) {
    try AtomicFile.write(bytes, to: path, isDurable: true)
    // As any other file of the user.
    let mask = umask(0o022)
    umask(mask)
    chmod(path, 0o666 & ~mask)
  }

  private static func escaped(_ name: [UInt8]) -> [UInt8] {
    name.flatMap { byte -> [UInt8] in
      switch byte {
      case UInt8(ascii: "\\"): Array(#"\\"#.utf8)
      case UInt8(ascii: "\n"): Array(#"\n"#.utf8)
      default: [byte]
      }
    }
  }

  private static func unescaped(_ name: [UInt8]) -> [UInt8] {
    var out: [UInt8] = []
    var rest = name[...]
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "\\"), let next = rest.popFirst() else {
        out.append(byte)
        continue
      }
      out.append(next == UInt8(ascii: "n") ? UInt8(ascii: "\n") : next)
    }
    return out
  }
}
