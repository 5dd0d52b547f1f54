import CSSH2

/// The algorithms offered: no SHA-1 key exchange or MAC, no CBC, no DSA, no SHA-1 RSA signature.
///
/// Names unknown to the installed library are left out here, because libssh2 1.10 removes them from its copy of the list
/// with memcpy between overlapping ranges, which is undefined.
enum Algorithms {
  private static let keyExchange = [
    "curve25519-sha256", "curve25519-sha256@libssh.org", "ecdh-sha2-nistp256",
    "ecdh-sha2-nistp384", "ecdh-sha2-nistp521", "diffie-hellman-group16-sha512",
    "diffie-hellman-group18-sha512", "diffie-hellman-group14-sha256",
    "diffie-hellman-group-exchange-sha256",
  ]
  private static let hostKeys = [
    "ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521",
    "rsa-sha2-512", "rsa-sha2-256",
  ]
  private static let ciphers = [
    "aes128-ctr", "aes256-ctr", "aes192-ctr", "aes256-gcm@openssh.com", "aes128-gcm@openssh.com",
  ]
  private static let macs = [
    "hmac-sha2-256", "hmac-sha2-512", "hmac-sha2-256-etm@openssh.com",
    "hmac-sha2-512-etm@openssh.com",
  ]

  /// Key types in known_hosts come first, so that the server shows a key that can be compared instead of one that would
  /// look like a change.
  static func apply(to session: SessionHandle, knownKeyTypes: [String]) throws(TransportError) {
    var preferred: [String] = []
    for type in knownKeyTypes {
      // RSA keys are recorded as ssh-rsa whatever signature they make.
      preferred += type == "ssh-rsa" ? ["rsa-sha2-512", "rsa-sha2-256"] : [type]
    }
    preferred = preferred.filter(hostKeys.contains)
    let order = preferred + hostKeys.filter { !preferred.contains($0) }
    try prefer(LIBSSH2_METHOD_HOSTKEY, order, session)
    try prefer(LIBSSH2_METHOD_KEX, keyExchange, session)
    try prefer(LIBSSH2_METHOD_CRYPT_CS, ciphers, session)
    try prefer(LIBSSH2_METHOD_CRYPT_SC, ciphers, session)
    try prefer(LIBSSH2_METHOD_MAC_CS, macs, session)
    try prefer(LIBSSH2_METHOD_MAC_SC, macs, session)
  }

  /// Offers compression that begins after the login, and none. libssh2's own list begins with plain `zlib`, which
  /// decompresses bytes of a server that has not been authenticated.
  static func compress(_ session: SessionHandle) throws(TransportError) {
    // The flag comes first: without it libssh2 knows no compression to prefer.
    unsafe libssh2_session_flag(session.raw, Int32(LIBSSH2_FLAG_COMPRESS), 1)
    try prefer(LIBSSH2_METHOD_COMP_CS, compressions, session)
    try prefer(LIBSSH2_METHOD_COMP_SC, compressions, session)
  }

  /// What ``apply(to:knownKeyTypes:)`` offers.
  static func offer(_ session: SessionHandle) -> ClientOffer {
    ClientOffer(
      keyExchange: offered(LIBSSH2_METHOD_KEX, of: keyExchange, session),
      hostKeys: offered(LIBSSH2_METHOD_HOSTKEY, of: hostKeys, session),
      ciphers: offered(LIBSSH2_METHOD_CRYPT_CS, of: ciphers, session),
      macs: offered(LIBSSH2_METHOD_MAC_CS, of: macs, session))
  }

  static let compressions = ["zlib@openssh.com", "none"]

  private static func prefer(
    _ method: Int32, _ names: [String], _ session: SessionHandle
  ) throws(TransportError) {
    let offered = offered(method, of: names, session)
    let code = unsafe libssh2_session_method_pref(
      session.raw, method, offered.joined(separator: ","))
    guard !offered.isEmpty, code == 0 else {
      throw TransportError(
        .configuration, "this libssh2 (\(LibSSH2.version)) supports none of \(names)",
        advice: "install libssh2 1.10 or newer; or \(SSHProgram.advice)")
    }
  }

  /// Names that the installed library knows (libssh2_session_supported_algs); empty without memory.
  static func supported(_ method: Int32, _ session: SessionHandle) -> [String] {
    var list: UnsafeMutablePointer<UnsafePointer<CChar>?>?
    let count = unsafe libssh2_session_supported_algs(session.raw, method, &list)
    guard count > 0, let list = unsafe list else { return [] }
    defer { unsafe libssh2_free(session.raw, list) }
    return unsafe UnsafeBufferPointer(start: list, count: Int(count)).compactMap {
      unsafe $0.map { unsafe String(cString: $0) }
    }
  }

  /// The names of a method in the order in which they are offered.
  static func offered(_ method: Int32, of names: [String], _ session: SessionHandle) -> [String] {
    let known = supported(method, session)
    return names.filter(known.contains)
  }
}
