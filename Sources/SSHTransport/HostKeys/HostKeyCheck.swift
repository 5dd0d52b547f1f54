import CSSH2

/// Compares the key the server showed with known_hosts, before anything about the user is sent.
enum HostKeyCheck {
  static func run(
    _ session: SessionHandle, _ endpoint: Endpoint, _ credentials: Credentials
  ) throws(TransportError) {
    var length = 0
    var typeCode: Int32 = 0
    guard let raw = unsafe libssh2_session_hostkey(session.raw, &length, &typeCode), length > 0
    else {
      throw TransportError(.handshakeFailed, "\(endpoint.description) showed no host key")
    }
    let key = unsafe UnsafeBufferPointer(start: raw, count: length).map(UInt8.init(bitPattern:))
    let name = endpoint.knownHostsName
    let type = KnownHosts.type(ofKey: key)
    let fingerprint = sha256Fingerprint(session)
    let file = endpoint.knownHostsFiles.first ?? "~/.ssh/known_hosts"
    let known = KnownHosts(files: endpoint.knownHostsFiles)
    switch known.verdict(name: name, key: key) {
    case .match:
      return
    case .unknown where !known.unread.isEmpty:
      throw TransportError(
        .hostKeyUnknown,
        "whether \(endpoint.description) is known cannot be told: \(known.unread[0]) cannot be read; "
          + "the host key is \(type) \(fingerprint)",
        advice: "make it readable, or name another file with --known-hosts")
    case .unknown where endpoint.acceptNewHostKey:
      try KnownHostsFile.append("\(name) \(type) \(Base64.encode(key))\n", to: file)
    case .unknown:
      let answer = try credentials.answer(
        .hostKey(host: endpoint.description, keyType: type, fingerprint: fingerprint))
      if let answer, answer.lowercased() == "yes" || answer == fingerprint {
        return try KnownHostsFile.append("\(name) \(type) \(Base64.encode(key))\n", to: file)
      }
      throw TransportError(
        .hostKeyUnknown,
        "the host key of \(endpoint.description) is not known: \(type) \(fingerprint)",
        advice: "compare the fingerprint with the server's, then add it: "
          + "ssh-keyscan -p \(endpoint.port) -t \(shortType(type)) \(endpoint.host) >> \(file)  "
          + "(or run once with --accept-new)")
    case .changed(let where_, let line) where !known.hasUsableKey(name: name):
      throw TransportError(
        .hostKeyUnknown,
        "the only host key of \(endpoint.description) in \(where_), line \(line), is of a type that "
          + "libssh2 \(LibSSH2.version) cannot ask for; the server showed \(type) \(fingerprint)",
        advice: "use --transport ssh, which checks that key; or add the one shown here when it is "
          + "the server's")
    case .changed(let where_, let line):
      throw TransportError(
        .hostKeyChanged,
        "the host key of \(endpoint.description) is not the one in \(where_), line \(line); "
          + "it showed \(type) \(fingerprint)",
        advice: "somebody may be in between; if the server was set up anew, remove the old key: "
          + "ssh-keygen -R '\(name)' -f \(where_)")
    case .revoked(let where_, let line):
      throw TransportError(
        .hostKeyRevoked,
        "the host key of \(endpoint.description) is revoked in \(where_), line \(line): "
          + "\(type) \(fingerprint)",
        advice: "do not connect; ask the server's administrator")
    }
  }

  /// `SHA256:` and unpadded base64, as ssh-keygen -l prints it.
  static func sha256Fingerprint(_ session: SessionHandle) -> String {
    guard
      let hash = unsafe libssh2_hostkey_hash(session.raw, Int32(LIBSSH2_HOSTKEY_HASH_SHA256))
    else { return "SHA256:?" }
    let bytes = unsafe UnsafeBufferPointer(start: hash, count: 32).map(UInt8.init(bitPattern:))
    return "SHA256:" + Base64.encode(bytes, padding: false)
  }

  private static func shortType(_ type: String) -> String {
    type.hasPrefix("ecdsa") ? "ecdsa" : type.hasPrefix("ssh-") ? String(type.dropFirst(4)) : "rsa"
  }
}
