import Platform
import CSSH2
import SSHKeys

/// Compares the server's host key with known_hosts, before anything about the user is sent.
struct HostKeyCheck {
  private let endpoint: Endpoint
  private let known: KnownHosts
  private let key: [UInt8]
  private let type: String
  private let fingerprint: String

  /// Also adds a new key, where that was asked for.
  static func run(
    _ session: SessionHandle, _ endpoint: Endpoint, _ credentials: Credentials
  ) throws(TransportError) {
    try HostKeyCheck(session, endpoint).run(credentials)
  }

  private init(_ session: SessionHandle, _ endpoint: Endpoint) throws(TransportError) {
    var length = 0
    var typeCode: Int32 = 0
    guard let raw = unsafe libssh2_session_hostkey(session.raw, &length, &typeCode), length > 0
    else {
      throw TransportError(.handshakeFailed, "\(endpoint.description) showed no host key")
    }
    self.endpoint = endpoint
    key = unsafe UnsafeBufferPointer(start: raw, count: length).map(UInt8.init(bitPattern:))
    type = PublicKeyBlob.type(of: key)
    fingerprint = Self.sha256Fingerprint(session)
    known = KnownHosts(files: endpoint.knownHostsFiles)
  }

  private var shown: String { "\(type) \(fingerprint)" }
  private var file: String { endpoint.knownHostsFiles.first ?? "~/.ssh/known_hosts" }

  private func run(_ credentials: Credentials) throws(TransportError) {
    let name = endpoint.knownHostsName
    switch known.verdict(name: name, key: key) {
    case .match: return
    case .unknown: try decide(name, credentials)
    case .changed(let file, let line): throw changed(file, line, name)
    case .revoked(let file, let line):
      throw TransportError(
        .hostKeyRevoked,
        "the host key of \(endpoint.description) is revoked in \(file), line \(line): \(shown)",
        advice: "do not connect; ask the server's administrator")
    }
  }

  private func decide(_ name: String, _ credentials: Credentials) throws(TransportError) {
    if let unread = known.unread.first {
      throw TransportError(
        .hostKeyUnknown,
        "cannot check the host key of \(endpoint.description), because \(unread) cannot be read; "
          + "the key is \(shown)",
        advice: "make it readable, or name another file with --known-hosts")
    }
    // The ssh program asks such a server for a certificate.
    let hasAuthority = known.hasAuthority(name: name)
    if endpoint.acceptNewHostKey || !(hasAuthority && endpoint.mayHandOver) {
      let answer =
        endpoint.acceptNewHostKey
        ? "yes"
        : try credentials.answer(
          .hostKey(host: endpoint.description, keyType: type, fingerprint: fingerprint))
      if let answer, answer.lowercased() == "yes" || answer == fingerprint {
        try KnownHostsFile.append("\(name) \(type) \(Base64.encode(key))\n", to: file)
        if endpoint.acceptNewHostKey {
          credentials.noteNewHostKey(
            "accepted the unknown host key of \(endpoint.description), \(shown), and added it to \(file)"
          )
        }
        return
      }
    }
    var error = TransportError(
      .hostKeyUnknown, "the host key of \(endpoint.description) is not known: \(shown)",
      advice: "compare the fingerprint with the server's, then add it: "
        + "ssh-keyscan -p \(endpoint.port) -t \(shortType) \(endpoint.host) >> \(file)  "
        + "(or run once with --accept-new)")
    error.needsSSHProgram = hasAuthority
    throw error
  }

  private func changed(_ file: String, _ line: Int, _ name: String) -> TransportError {
    if known.hasUsableKey(name: name) {
      return TransportError(
        .hostKeyChanged,
        "the host key of \(endpoint.description) is not the one in \(file), line \(line); "
          + "it showed \(shown)",
        advice: "it may be an attack; if the server was reinstalled, remove the old key: "
          + "ssh-keygen -R '\(name)' -f \(file)")
    }
    var error = TransportError(
      .hostKeyUnknown,
      "the only host key of \(endpoint.description) in \(file), line \(line), is of a type that "
        + "libssh2 \(LibSSH2.version) cannot ask for; the server showed \(shown)",
      advice:
        "\(SSHProgram.advice) for ssh to check that key; or add the one shown here when it is "
        + "the server's")
    error.needsSSHProgram = true
    return error
  }

  /// `SHA256:` and unpadded base64, as ssh-keygen -l prints it.
  static func sha256Fingerprint(_ session: SessionHandle) -> String {
    guard
      let hash = unsafe libssh2_hostkey_hash(session.raw, Int32(LIBSSH2_HOSTKEY_HASH_SHA256))
    else { return "SHA256:?" }
    let bytes = unsafe UnsafeBufferPointer(start: hash, count: 32).map(UInt8.init(bitPattern:))
    return "SHA256:" + Base64.encode(bytes, padding: false)
  }

  /// As ssh-keyscan -t takes it.
  private var shortType: String {
    type.hasPrefix("ecdsa") ? "ecdsa" : type.hasPrefix("ssh-") ? String(type.dropFirst(4)) : "rsa"
  }
}
