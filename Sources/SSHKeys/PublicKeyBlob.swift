import Platform

/// A public key as SSH sends it: the name of its type, then its numbers (RFC 4253 §6.6).
package enum PublicKeyBlob {
  /// The name of the type, such as `ssh-ed25519`; empty when the blob does not begin with one.
  package static func type(of key: [UInt8]) -> String {
    var reader = FieldReader(key)
    guard let name = reader.string(), name.count <= 64 else { return "" }
    return String(decoding: name, as: UTF8.self)
  }
}
