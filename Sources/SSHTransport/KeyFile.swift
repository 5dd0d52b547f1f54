#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// What can be told of a private key file without using it.
public struct KeyFile: Sendable, Equatable {
  public var path: String
  public var isEncrypted: Bool
  public var isRSA: Bool

  /// Checks a named key file before any connection is made.
  /// - Throws: `.configuration` when missing, `.authentication` when others may read it.
  public static func inspect(_ path: String) throws(TransportError) -> KeyFile {
    var status = stat()
    guard unsafe stat(path, &status) == 0, let bytes = contents(ofFile: path, limit: 1 << 20) else {
      throw TransportError(
        .configuration, "cannot read the key file \(path): \(errorText(errno))",
        advice: "name an existing private key with --identity")
    }
    let text = String(decoding: bytes.prefix(4096), as: UTF8.self)
    let lines = text.utf8.split(separator: 10)
    guard let first = lines.first, first.starts(with: "-----BEGIN ".utf8) else {
      throw TransportError(
        .configuration, "\(path) is not a private key file",
        advice: "name the private key, not the .pub file, with --identity")
    }
    // OpenSSH's rule: a key that others may read is no secret. Root's own read-only keys are fine.
    let openBits = UInt32(status.st_mode) & 0o077
    if openBits != 0, status.st_uid == getuid() {
      throw TransportError(
        .authentication, "the key file \(path) may be read by others and is not used",
        advice: "chmod 600 \(path)")
    }
    if first.starts(with: "-----BEGIN OPENSSH PRIVATE KEY".utf8) {
      // "openssh-key-v1\0", string cipher, string kdf, string kdf options, uint32 count, public key
      let body = Base64.decode(lines.dropFirst().joined(), limit: 512)
      let cipher = string(in: body, at: 15)
      let isPlain = cipher.map { $0.elementsEqual("none".utf8) } ?? false
      return KeyFile(
        path: path, isEncrypted: !isPlain, isRSA: contains(body, Array("ssh-rsa".utf8)))
    }
    let isEncrypted = contains(bytes, Array("ENCRYPTED".utf8))
    return KeyFile(
      path: path, isEncrypted: isEncrypted,
      isRSA: first.starts(with: "-----BEGIN RSA".utf8))
  }

  private static func string(in bytes: [UInt8], at offset: Int) -> ArraySlice<UInt8>? {
    guard bytes.count >= offset + 4 else { return nil }
    let length =
      Int(bytes[offset]) << 24 | Int(bytes[offset + 1]) << 16 | Int(bytes[offset + 2]) << 8
      | Int(bytes[offset + 3])
    guard length <= bytes.count - offset - 4 else { return nil }
    return bytes[(offset + 4)..<(offset + 4 + length)]
  }

  private static func contains(_ bytes: [UInt8], _ needle: [UInt8]) -> Bool {
    guard bytes.count >= needle.count else { return false }
    for start in 0...(bytes.count - needle.count)
    where bytes[start..<(start + needle.count)].elementsEqual(needle) {
      return true
    }
    return false
  }
}
