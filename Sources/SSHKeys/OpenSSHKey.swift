import Platform
import CSSHKeys

/// A private key in OpenSSH's own format (its PROTOCOL.key), whose public half is never encrypted.
struct OpenSSHKey {
  let cipher: String
  private let kdf: String
  private let kdfOptions: [UInt8]
  let publicKey: [UInt8]
  private let secret: [UInt8]

  var isEncrypted: Bool { cipher != "none" }

  /// - Parameter body: the decoded text between the BEGIN and END lines.
  init?(body: [UInt8]) {
    var reader = FieldReader(body)
    guard reader.take(15) == Array("openssh-key-v1\0".utf8), let cipher = reader.text(),
      let kdf = reader.text(), let options = reader.string(), reader.word() == 1,
      let publicKey = reader.string(), let secret = reader.string()
    else { return nil }
    self.cipher = cipher
    self.kdf = kdf
    kdfOptions = options
    self.publicKey = publicKey
    self.secret = secret
  }

  enum Opened {
    case key(SigningKey)
    case wrongPassphrase
    /// With the name of what is not supported, such as a cipher.
    case unsupported(String)
  }

  func open(passphrase: String) -> Opened {
    guard SigningKey.isPossible else { return .unsupported("without libcrypto") }
    var plain = secret
    if isEncrypted {
      guard let (length, vector, name) = Self.ciphers[cipher], kdf == "bcrypt" else {
        return .unsupported(kdf == "bcrypt" ? cipher : kdf)
      }
      var options = FieldReader(kdfOptions)
      guard let salt = options.string(), let rounds = options.word() else {
        return .unsupported(kdf)
      }
      var key = [UInt8](repeating: 0, count: length + vector)
      let phrase = Array(passphrase.utf8)
      let isDerived = unsafe bcrypt_pbkdf(
        phrase, phrase.count, salt, salt.count, rounds, &key, key.count)
      guard isDerived == 1 else { return .unsupported("\(rounds) rounds of bcrypt") }
      let isOpen = unsafe crypto_decrypt(
        name, Array(key[..<length]), Array(key[length...]), secret, secret.count, &plain)
      guard isOpen == 1 else { return .wrongPassphrase }
    }
    var reader = FieldReader(plain)
    // Two equal numbers prove the passphrase (PROTOCOL.key §3).
    guard let check = reader.word(), check == reader.word() else { return .wrongPassphrase }
    guard let type = reader.text() else { return .unsupported("damaged") }
    guard let der = Self.der(type, &reader) else { return .unsupported(type) }
    return SigningKey(der: der).map { .key($0) } ?? .unsupported(type)
  }

  /// Bytes of key and initialisation vector, and libcrypto's name.
  private static let ciphers: [String: (Int, Int, String)] = [
    "aes256-ctr": (32, 16, "AES-256-CTR"), "aes192-ctr": (24, 16, "AES-192-CTR"),
    "aes128-ctr": (16, 16, "AES-128-CTR"), "aes256-cbc": (32, 16, "AES-256-CBC"),
    "aes192-cbc": (24, 16, "AES-192-CBC"), "aes128-cbc": (16, 16, "AES-128-CBC"),
  ]

  /// As PKCS #1 (RFC 8017 A.1.2), SEC 1 (RFC 5915) or PKCS #8 (RFC 8410), which libcrypto reads.
  private static func der(_ type: String, _ reader: inout FieldReader) -> [UInt8]? {
    switch type {
    case "ssh-rsa":
      guard let n = reader.string(), let e = reader.string(), let d = reader.string(),
        let inverse = reader.string(), let p = reader.string(), let q = reader.string(),
        let dp = remainder(d, p), let dq = remainder(d, q)
      else { return nil }
      let numbers = [[], n, e, d, p, q, dp, dq, inverse].flatMap { [UInt8].derNumber($0) }
      return .der(0x30, numbers)
    case "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521":
      guard reader.string() != nil, let point = reader.string(), let number = reader.string(),
        let (curve, size) = curves[type]
      else { return nil }
      let digits = Array(number.drop { $0 == 0 })
      guard digits.count <= size else { return nil }
      let padded = [UInt8](repeating: 0, count: size - digits.count) + digits
      return .der(
        0x30,
        .derNumber([1]) + .der(0x04, padded) + .der(0xA0, .der(0x06, curve))
          + .der(0xA1, .der(0x03, [0] + point)))
    case "ssh-ed25519":
      guard reader.string() != nil, let pair = reader.string(), pair.count == 64 else { return nil }
      return .der(
        0x30,
        .derNumber([]) + .der(0x30, .der(0x06, [0x2B, 0x65, 0x70]))
          + .der(0x04, .der(0x04, Array(pair[..<32]))))
    default: return nil
    }
  }

  /// Object identifiers (RFC 5480 §2.1.1.1) and bytes of a number.
  private static let curves: [String: ([UInt8], Int)] = [
    "ecdsa-sha2-nistp256": ([0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07], 32),
    "ecdsa-sha2-nistp384": ([0x2B, 0x81, 0x04, 0x00, 0x22], 48),
    "ecdsa-sha2-nistp521": ([0x2B, 0x81, 0x04, 0x00, 0x23], 66),
  ]

  /// `number` mod (`prime` - 1): the CRT exponents of RSA, which OpenSSH's format omits. Shift and subtract is fast
  /// enough, because a key is opened once.
  private static func remainder(_ number: [UInt8], _ prime: [UInt8]) -> [UInt8]? {
    var modulus = Array(prime.drop { $0 == 0 })
    guard modulus.count >= 16, modulus.count <= 2048, number.count <= 2049,
      modulus[modulus.count - 1] & 1 == 1
    else { return nil }
    modulus[modulus.count - 1] -= 1
    // One byte more, for the bit that is shifted in.
    modulus.insert(0, at: 0)
    var rest = [UInt8](repeating: 0, count: modulus.count)
    for byte in number {
      for bit in stride(from: 7, through: 0, by: -1) {
        var carry = byte >> UInt8(bit) & 1
        for i in rest.indices.reversed() {
          let next = rest[i] >> 7
          rest[i] = rest[i] << 1 | carry
          carry = next
        }
        guard !rest.lexicographicallyPrecedes(modulus) else { continue }
        var borrow: Int16 = 0
        for i in rest.indices.reversed() {
          let difference = Int16(rest[i]) - Int16(modulus[i]) - borrow
          borrow = difference < 0 ? 1 : 0
          rest[i] = UInt8(truncatingIfNeeded: difference)
        }
      }
    }
    return rest
  }
}
