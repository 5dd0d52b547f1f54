import Platform
import CSSHKeys

/// A decrypted private key, held by libcrypto. All keys sign here and libssh2 only carries the signatures, because libssh2
/// before 1.11 cannot sign RSA with SHA-2.
///
/// Unchecked, because the compiler cannot see into C: the handle is created and freed here and never changes in between.
/// libcrypto allows concurrent signatures with one key, each in a context of its own.
@safe package final class SigningKey: @unchecked Sendable {
  private let raw: OpaquePointer
  /// As in authorized_keys (RFC 4253 §6.6).
  package let publicKey: [UInt8]
  private let curveBits: Int

  private init?(adopting raw: OpaquePointer?) {
    guard let raw = unsafe raw else { return nil }
    unsafe self.raw = raw
    var bytes = [UInt8](repeating: 0, count: 16_384)
    let count = unsafe crypto_key_public(raw, &bytes, bytes.count)
    curveBits = unsafe Int(crypto_key_bits(raw))
    guard count > 0, count <= bytes.count,
      let key = unsafe Self.publicKey(crypto_key_kind(raw), curveBits, Array(bytes[..<count]))
    else {
      unsafe crypto_key_free(raw)
      return nil
    }
    publicKey = key
  }

  deinit { unsafe crypto_key_free(raw) }

  /// Whether libcrypto is installed.
  static var isPossible: Bool { crypto_available() == 1 }

  /// nil when the passphrase does not decrypt the key.
  convenience init?(pem: [UInt8], passphrase: String) {
    guard Self.isPossible else { return nil }
    unsafe self.init(adopting: crypto_key_pem(pem, pem.count, passphrase))
  }

  convenience init?(der: [UInt8]) {
    guard Self.isPossible else { return nil }
    unsafe self.init(adopting: crypto_key_der(der, der.count))
  }

  /// The signature's bytes without the algorithm's name (RFC 8332 §3, RFC 5656 §3.1.2, RFC 8709 §6); nil when the
  /// algorithm is not one of the key's. RSA never signs with SHA-1.
  package func sign(_ data: UnsafeBufferPointer<UInt8>, by algorithm: String) -> [UInt8]? {
    let digest: String?
    switch (PublicKeyBlob.type(of: publicKey), algorithm) {
    case ("ssh-rsa", "rsa-sha2-512"): digest = "SHA512"
    case ("ssh-rsa", "rsa-sha2-256"): digest = "SHA256"
    case ("ssh-ed25519", "ssh-ed25519"): digest = nil
    case (let type, algorithm) where type.hasPrefix("ecdsa-"):
      digest = curveBits <= 256 ? "SHA256" : curveBits <= 384 ? "SHA384" : "SHA512"
    default: return nil
    }
    var out = [UInt8](repeating: 0, count: 4096)
    let count = unsafe crypto_sign(raw, digest, data.baseAddress, data.count, &out, out.count)
    guard count > 0, count <= out.count else { return nil }
    out.removeSubrange(count...)
    guard PublicKeyBlob.type(of: publicKey).hasPrefix("ecdsa-") else { return out }
    // libcrypto's SEQUENCE of two INTEGERs, as two mpints.
    var outer = FieldReader(out)
    guard let pair = outer.der(0x30) else { return nil }
    var inner = FieldReader(pair)
    guard let r = inner.der(0x02), let s = inner.der(0x02) else { return nil }
    var signature: [UInt8] = []
    signature.append(number: r)
    signature.append(number: s)
    return signature
  }

  private static func publicKey(_ kind: Int32, _ bits: Int, _ bytes: [UInt8]) -> [UInt8]? {
    var key: [UInt8] = []
    switch Int(kind) {
    case CRYPTO_ED25519:
      key.append(string: "ssh-ed25519".utf8)
      key.append(string: bytes)
    case CRYPTO_EC:
      key.append(string: "ecdsa-sha2-nistp\(bits)".utf8)
      key.append(string: "nistp\(bits)".utf8)
      key.append(string: bytes)
    case CRYPTO_RSA:
      var outer = FieldReader(bytes)
      guard let numbers = outer.der(0x30) else { return nil }
      var inner = FieldReader(numbers)
      guard let modulus = inner.der(0x02), let exponent = inner.der(0x02) else { return nil }
      key.append(string: "ssh-rsa".utf8)
      key.append(number: exponent)
      key.append(number: modulus)
    default: return nil
    }
    return key
  }
}
