import CSSH2

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Public-key authentication: the named key files, or else the agent's keys and then the default
/// files. At most five keys are offered (a server's MaxAuthTries is 6 by default and counts each
/// offer), and a refusal of all of them is final.
@safe final class Authenticator {
  @unsafe private enum Candidate {
    case file(KeyFile)
    case agent(UnsafeMutablePointer<libssh2_agent_publickey>, name: String)
  }

  private static let maximumOffers = 5

  private let session: SessionHandle
  private let endpoint: Endpoint
  private var candidates: [Candidate] = unsafe []
  private var next = 0
  private var agent: OpaquePointer?
  private var skipped: [String] = []
  private var refused: [String] = []

  init(_ session: SessionHandle, _ endpoint: Endpoint) throws(TransportError) {
    self.session = session
    self.endpoint = endpoint
    if endpoint.identities.isEmpty {
      loadAgent()
      for path in endpoint.defaultIdentities {
        // A default key that is missing or unusable is no error of this site.
        if let key = try? KeyFile.inspect(path) { add(key) }
      }
    } else {
      for path in endpoint.identities { add(try KeyFile.inspect(path)) }
    }
    unsafe candidates = unsafe Array(candidates.prefix(Self.maximumOffers))
  }

  deinit {
    if let agent = unsafe agent {
      unsafe _ = libssh2_agent_disconnect(agent)
      unsafe libssh2_agent_free(agent)
    }
  }

  /// True once authenticated, false while the server's answer is awaited.
  func advance() throws(TransportError) -> Bool {
    while unsafe next < candidates.count {
      let user = endpoint.user
      let code: Int32
      let name: String
      switch unsafe candidates[next] {
      case .file(let key):
        name = key.path
        code = unsafe libssh2_userauth_publickey_fromfile_ex(
          session.raw, user, UInt32(user.utf8.count), nil, key.path, nil)
      case .agent(let key, let comment):
        name = "agent: \(comment)"
        guard let agent = unsafe agent else { throw failure() }
        code = unsafe libssh2_agent_userauth(agent, user, key)
      }
      if code == LibSSH2.again { return false }
      if code == 0 { return true }
      switch code {
      case Int32(LIBSSH2_ERROR_SOCKET_RECV), Int32(LIBSSH2_ERROR_SOCKET_SEND),
        Int32(LIBSSH2_ERROR_SOCKET_DISCONNECT):
        throw TransportError(
          refused.isEmpty ? .connectionLost : .authentication,
          "\(endpoint.description) hung up during authentication as \(endpoint.user)",
          advice: "check the user name and the key; the server's log says more")
      default:
        refused.append(name)
      }
      next += 1
    }
    throw failure()
  }

  private func add(_ key: KeyFile) {
    if key.isEncrypted {
      skipped.append("\(key.path) is protected by a passphrase: add it to ssh-agent (ssh-add)")
    } else if key.isRSA, !LibSSH2.signsWithRSASHA2 {
      skipped.append(
        "\(key.path) is an RSA key, which libssh2 \(LibSSH2.version) can only use with SHA-1: "
          + "use --transport ssh or an ed25519 key")
    } else {
      unsafe candidates.append(.file(key))
    }
  }

  private func loadAgent() {
    guard let socket = endpoint.agentSocket, !socket.isEmpty,
      let agent = unsafe libssh2_agent_init(session.raw)
    else { return }
    unsafe self.agent = agent
    unsafe libssh2_agent_set_identity_path(agent, socket)
    guard unsafe libssh2_agent_connect(agent) == 0,
      unsafe libssh2_agent_list_identities(agent) == 0
    else {
      skipped.append("the agent at \(socket) does not answer")
      return
    }
    var key: UnsafeMutablePointer<libssh2_agent_publickey>?
    while unsafe candidates.count < Self.maximumOffers {
      let previous = unsafe key
      guard unsafe libssh2_agent_get_identity(agent, &key, previous) == 0, let found = unsafe key
      else { break }
      let comment = unsafe found.pointee.comment.map { unsafe String(cString: $0) } ?? "key"
      let blob = unsafe Array(
        UnsafeBufferPointer(start: found.pointee.blob, count: found.pointee.blob_len))
      if KnownHosts.type(ofKey: blob) == "ssh-rsa", !LibSSH2.signsWithRSASHA2 {
        skipped.append("agent key \(comment) is RSA: use --transport ssh")
        continue
      }
      unsafe candidates.append(.agent(found, name: comment))
    }
  }

  private func failure() -> TransportError {
    var message = "\(endpoint.description) refused the login of \(endpoint.user)"
    if refused.isEmpty {
      message = "no usable key to log in as \(endpoint.user) at \(endpoint.description)"
    } else {
      message += " with " + refused.joined(separator: ", ")
    }
    let advice =
      skipped.isEmpty
      ? "check the user name; name the right key with --identity, or add it to ssh-agent"
      : skipped.joined(separator: "; ")
    return TransportError(.authentication, message, advice: advice)
  }
}
