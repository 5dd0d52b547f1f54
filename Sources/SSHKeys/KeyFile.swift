#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// A private key file: what can be told of it unopened, and how it is opened.
public struct KeyFile: Sendable, Equatable {
  public var path: String
  public var isEncrypted: Bool
  /// The public half, as in authorized_keys; nil when neither the file nor a `.pub` beside it tells.
  public var publicKey: [UInt8]?
  /// A certificate for it lies beside it.
  public var hasCertificate: Bool
  private var bytes: [UInt8]

  public var isRSA: Bool {
    publicKey.map { KnownHosts.type(ofKey: $0) == "ssh-rsa" }
      ?? bytes.starts(with: "-----BEGIN RSA".utf8)
  }

  enum Opened {
    case key(SigningKey)
    case wrongPassphrase
    case unusable(why: String)
  }

  /// Checks a named key file before any connection is made.
  /// - Throws: `.configuration` when missing, `.authentication` when others may read it.
  public static func inspect(_ path: String) throws(TransportError) -> KeyFile {
    var status = stat()
    guard unsafe stat(path, &status) == 0, let bytes = contents(ofFile: path, limit: 1 << 20) else {
      throw TransportError(
        .configuration, "cannot read the key file \(path): \(errorText(errno))",
        advice: "name an existing private key with --identity")
    }
    guard bytes.starts(with: "-----BEGIN ".utf8) else {
      throw TransportError(
        .configuration, "\(path) is not a private key file",
        advice: "name the private key, not the .pub file, with --identity")
    }
    // A key that others may read is no secret. Root's own, which only root may change, are the
    // administrator's business.
    let openBits = UInt32(status.st_mode) & 0o077
    if openBits != 0, status.st_uid == getuid() || status.st_uid != 0 || openBits & 0o022 != 0 {
      throw TransportError(
        .authentication, "the key file \(path) may be read by others and is not used",
        advice: "chmod 600 \(path)")
    }
    var key = KeyFile(
      path: path, isEncrypted: contains(bytes, Array("ENCRYPTED".utf8)), publicKey: nil,
      hasCertificate: unsafe access(path + "-cert.pub", R_OK) == 0, bytes: bytes)
    if key.isOpenSSH {
      // What cannot be understood counts as closed.
      key.isEncrypted = key.openSSH?.isEncrypted ?? true
      key.publicKey = key.openSSH?.publicKey
    } else {
      key.publicKey = publicKey(inFile: path + ".pub")
    }
    return key
  }

  /// The key of a `.pub` file: type, blank, base64.
  static func publicKey(inFile path: String) -> [UInt8]? {
    guard let bytes = contents(ofFile: path, limit: 1 << 16) else { return nil }
    let fields = bytes.split(whereSeparator: { $0 == 32 || $0 == 10 || $0 == 13 })
    guard fields.count >= 2 else { return nil }
    let key = Base64.decode(fields[1])
    return KnownHosts.type(ofKey: key) == String(decoding: fields[0], as: UTF8.self) ? key : nil
  }

  /// Takes some tenths of a second where a passphrase is to be stretched.
  func open(passphrase: String) -> Opened {
    guard SigningKey.isPossible else { return .unusable(why: "needs libcrypto (OpenSSL)") }
    guard isOpenSSH else {
      return SigningKey(pem: bytes, passphrase: passphrase).map { .key($0) }
        ?? (isEncrypted ? .wrongPassphrase : .unusable(why: "is not readable for OpenSSL"))
    }
    guard let openSSH else { return .unusable(why: "is damaged") }
    return switch openSSH.open(passphrase: passphrase) {
    case .key(let key): .key(key)
    case .wrongPassphrase: .wrongPassphrase
    case .unsupported(let what): .unusable(why: "is of a kind unknown here (\(what))")
    }
  }

  private var isOpenSSH: Bool { bytes.starts(with: "-----BEGIN OPENSSH PRIVATE KEY".utf8) }

  private var openSSH: OpenSSHKey? {
    let lines = bytes.split(separator: 10).dropFirst().prefix { $0.first != UInt8(ascii: "-") }
    return OpenSSHKey(body: Base64.decode(lines.joined()))
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
