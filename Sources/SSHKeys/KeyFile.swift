import Platform

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// A private key file: its properties, readable without the passphrase, and how it is decrypted.
package struct KeyFile: Sendable, Equatable {
  package var path: String
  package var isEncrypted: Bool
  /// The public half, as in authorized_keys; nil when neither the file nor the `.pub` file beside it holds it.
  package var publicKey: [UInt8]?
  /// `PATH-cert.pub` exists.
  package var hasCertificate: Bool
  private var bytes: [UInt8]

  package var isRSA: Bool {
    publicKey.map { PublicKeyBlob.type(of: $0) == "ssh-rsa" }
      ?? bytes.starts(with: "-----BEGIN RSA".utf8)
  }

  package enum Opened {
    case key(SigningKey)
    case wrongPassphrase
    case unusable(why: String)
  }

  /// Checks a key file before any connection is made.
  package static func inspect(_ path: String) throws(KeyFileError) -> KeyFile {
    var status = stat()
    let bytes: [UInt8]
    do throws(SystemError) {
      guard unsafe stat(path, &status) == 0 else { throw .last }
      bytes = try WholeFile.bytes(of: path, limit: 1 << 20)
    } catch {
      throw KeyFileError(
        kind: .unusable, message: "cannot read the key file \(path): \(error.text)",
        advice: "name an existing private key with --identity")
    }
    guard bytes.starts(with: "-----BEGIN ".utf8) else {
      throw KeyFileError(
        kind: .unusable, message: "\(path) is not a private key file",
        advice: "name the private key, not the .pub file, with --identity")
    }
    // As ssh does. Keys that only root may change are the administrator's responsibility.
    let openBits = UInt32(status.st_mode) & 0o077
    if openBits != 0, status.st_uid == getuid() || status.st_uid != 0 || openBits & 0o022 != 0 {
      throw KeyFileError(
        kind: .readableByOthers,
        message: "other accounts can read the key file \(path), so it is not used",
        advice: "chmod 600 \(path)")
    }
    var key = KeyFile(
      path: path, isEncrypted: contains(bytes, Array("ENCRYPTED".utf8)), publicKey: nil,
      hasCertificate: unsafe access(path + "-cert.pub", R_OK) == 0, bytes: bytes)
    if key.isOpenSSH {
      // A damaged file counts as encrypted.
      key.isEncrypted = key.openSSH?.isEncrypted ?? true
      key.publicKey = key.openSSH?.publicKey
    } else {
      key.publicKey = publicKey(inFile: path + ".pub")
    }
    return key
  }

  /// The key of a `.pub` file: type, blank, base64.
  package static func publicKey(inFile path: String) -> [UInt8]? {
    guard let bytes = try? WholeFile.bytes(of: path, limit: 1 << 16) else { return nil }
    let fields = bytes.split(whereSeparator: { $0 == 32 || $0 == 10 || $0 == 13 })
    guard fields.count >= 2 else { return nil }
    let key = Base64.decode(fields[1])
    return PublicKeyBlob.type(of: key) == String(decoding: fields[0], as: UTF8.self) ? key : nil
  }

  /// Takes some tenths of a second when a passphrase is stretched.
  package func open(passphrase: String) -> Opened {
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
