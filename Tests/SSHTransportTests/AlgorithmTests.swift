import CSSH2
import Testing

@testable import SSHTransport

/// What is offered to a server, by the library at hand. (`make test-asan` sees what a name that it does not know does
/// inside of libssh2 1.10.)
@Suite struct AlgorithmTests {
  @Test(arguments: [
    (LIBSSH2_METHOD_HOSTKEY, ["rsa-sha2-512", "ssh-ed25519", "no-such", "ecdsa-sha2-nistp256"]),
    (LIBSSH2_METHOD_KEX, ["no-such", "ecdh-sha2-nistp256", "curve25519-sha256"]),
    (LIBSSH2_METHOD_CRYPT_CS, ["aes256-gcm@openssh.com", "aes128-ctr"]),
    (LIBSSH2_METHOD_MAC_SC, ["hmac-sha2-256-etm@openssh.com", "hmac-sha2-256"]),
  ])
  func offersOnlyNamesTheLibraryKnows(method: Int32, names: [String]) throws {
    let session = try SessionHandle()
    let known = Algorithms.supported(method, session)
    let offered = Algorithms.offered(method, of: names, session)
    #expect(!offered.isEmpty)
    #expect(offered == names.filter(known.contains))
    #expect(!offered.contains("no-such"))
  }

  /// Plain zlib compresses before the login, and libssh2 hangs where only one direction has it.
  @Test func compressionStartsAfterTheLogin() throws {
    let session = try SessionHandle()
    #expect(Algorithms.supported(LIBSSH2_METHOD_COMP_CS, session) == ["none"])
    try Algorithms.compress(session)
    for method in [LIBSSH2_METHOD_COMP_CS, LIBSSH2_METHOD_COMP_SC] {
      #expect(
        Algorithms.offered(method, of: Algorithms.compressions, session)
          == ["zlib@openssh.com", "none"])
    }
    #expect(!Algorithms.compressions.contains("zlib"))
  }

  @Test(arguments: [[], ["ssh-rsa"], ["ssh-rsa", "ecdsa-sha2-nistp256", "ssh-dss"]])
  func libraryAcceptsTheOfferedNames(known: [String]) throws {
    let session = try SessionHandle()
    try Algorithms.apply(to: session, knownKeyTypes: known)
  }
}
