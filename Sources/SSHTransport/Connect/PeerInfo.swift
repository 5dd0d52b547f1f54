import CSSH2
import SSHKeys

/// What a server tells about itself before the login.
public struct PeerInfo: Sendable, Equatable {
  /// Its first line, such as `SSH-2.0-OpenSSH_9.2p1 Debian-2`.
  public var version: String
  /// `ssh-ed25519`, `ssh-rsa` …
  public var hostKeyType: String
  /// `SHA256:` and unpadded base64, as ssh-keygen -l prints it.
  public var fingerprint: String
  /// The negotiated algorithms; nil when the library does not report them.
  public var keyExchange: String?
  public var hostKeyAlgorithm: String?
  public var cipher: String?

  public init(version: String, hostKeyType: String, fingerprint: String) {
    self.version = version
    self.hostKeyType = hostKeyType
    self.fingerprint = fingerprint
  }
}

extension ByteChannel {
  /// nil before the handshake, and where another program speaks SSH.
  public var peer: PeerInfo? { nil }
}

extension LibSSH2Channel {
  public var peer: PeerInfo? {
    guard let session else { return nil }
    var length = 0
    var typeCode: Int32 = 0
    guard let raw = unsafe libssh2_session_hostkey(session.raw, &length, &typeCode), length > 0,
      let banner = unsafe libssh2_session_banner_get(session.raw)
    else { return nil }
    let key = unsafe UnsafeBufferPointer(start: raw, count: length).map(UInt8.init(bitPattern:))
    var peer = PeerInfo(
      version: unsafe String(cString: banner), hostKeyType: PublicKeyBlob.type(of: key),
      fingerprint: HostKeyCheck.sha256Fingerprint(session))
    peer.keyExchange = method(LIBSSH2_METHOD_KEX, session)
    peer.hostKeyAlgorithm = method(LIBSSH2_METHOD_HOSTKEY, session)
    peer.cipher = method(LIBSSH2_METHOD_CRYPT_SC, session)
    return peer
  }

  func method(_ kind: Int32, _ session: SessionHandle) -> String? {
    unsafe libssh2_session_methods(session.raw, kind).map { unsafe String(cString: $0) }
  }
}
