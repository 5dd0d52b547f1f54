import CSSH2

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Proves to the server who logs in: by a key, or else by a password where somebody can be asked.
/// One refusal is final: nothing is tried twice.
@safe final class Authenticator {
  private enum Step { case keys, methods, password, questions }

  let session: SessionHandle
  let endpoint: Endpoint
  let credentials: Credentials
  /// The connection's socket.
  let descriptor: Int32
  private var step = Step.keys
  /// What comes when no key is left.
  private var afterKeys = Step.methods
  /// The server takes a password, too, where its questions lead nowhere.
  private var takesPassword = false
  /// A key that signed and was not enough: the server may want a password as well (RFC 4252 §5.1).
  var signed: Candidate?
  var candidates: [Candidate]
  var skipped: [String]
  var refused: [String] = []
  var agent: Agent?
  private var password = ""
  /// Why a callback gave no answer; libssh2 itself carries no reason.
  var failureInside: TransportError?
  var questionsAsked = Questions()
  /// A key that could not be used is no key that was refused.
  var isSkipped = false
  /// Set when the server hung up on a key and others are left.
  private(set) var rest: Rest?
  private let rsaComesLast: Bool

  /// What a further connection goes on with.
  struct Rest {
    var candidates: [Candidate]
    var refused: [String]
    var skipped: [String]
  }

  /// - Parameters:
  ///   - rsaComesLast: see ``KeyCandidates``. Such a server may also hang up on a key it dislikes.
  ///   - rest: of a connection that the server ended.
  /// - Throws: when a key file the user named is unusable.
  init(
    _ session: SessionHandle, _ descriptor: Int32, _ endpoint: Endpoint, _ credentials: Credentials,
    rsaComesLast: Bool = false, rest: Rest? = nil
  ) throws(TransportError) {
    self.rsaComesLast = rsaComesLast
    limit = credentials.canAsk ? 4 : 5
    self.session = session
    self.descriptor = descriptor
    self.endpoint = endpoint
    self.credentials = credentials
    switch credentials.accepted(for: endpoint.login) {
    case .key(let candidate):
      (candidates, skipped) = ([candidate], [])
    case .password(let isInteractive, let key):
      (candidates, skipped) = (key.map { [$0] } ?? [], [])
      afterKeys = isInteractive ? .questions : .password
    case .nothing:
      (candidates, skipped) = ([], [])
    case .questions(let key):
      (candidates, skipped) = (key.map { [$0] } ?? [], [])
      afterKeys = .questions
    case nil where rest != nil:
      (candidates, skipped) = (rest?.candidates ?? [], rest?.skipped ?? [])
      refused = rest?.refused ?? []
    case nil:
      let found = try KeyCandidates(endpoint, limit: limit, rsaComesLast: rsaComesLast)
      (candidates, skipped) = (found.list, found.skipped)
    }
  }

  /// Keys that may be offered. To ask for the methods, and a password, count as well.
  let limit: Int

  /// The agent's, while its signature is awaited.
  var waitingDescriptor: Int32? { agent?.descriptor }

  /// True once authenticated, false while an answer is awaited.
  func advance() throws(TransportError) -> Bool {
    while true {
      switch step {
      case .keys:
        guard let candidate = candidates.first else {
          guard credentials.canAsk || refused.isEmpty else { throw refusal() }
          step = afterKeys
          continue
        }
        let code = try offer(candidate)
        if code == LibSSH2.again { return false }
        agent = nil
        if code == 0 { return accepted(.key(candidate)) }
        try check(code)
        candidates.removeFirst()
        addWeaker(candidate)
      case .methods:
        let list = unsafe libssh2_userauth_list(
          session.raw, endpoint.user, UInt32(endpoint.user.utf8.count))
        guard let list = unsafe list else {
          let code = unsafe libssh2_session_last_errno(session.raw)
          if code == LibSSH2.again { return false }
          // A server may let anybody in.
          if unsafe libssh2_userauth_authenticated(session.raw) == 1 {
            return accepted(.nothing)
          }
          try check(code)
          throw refusal()
        }
        let methods = unsafe String(cString: list).split(separator: ",")
        guard methods.contains("keyboard-interactive") || methods.contains("password") else {
          throw refusal()
        }
        guard credentials.canAsk else {
          skipped.append(
            "the server takes a password: run it on a terminal, or with SSH_ASKPASS or "
              + "--password-command")
          throw refusal()
        }
        takesPassword = methods.contains("password")
        step = methods.contains("keyboard-interactive") ? .questions : .password
      case .password:
        if password.isEmpty {
          guard let answer = try ownPassword() else {
            throw refusal()
          }
          password = answer
        }
        let code = unsafe libssh2_userauth_password_ex(
          session.raw, endpoint.user, UInt32(endpoint.user.utf8.count), password,
          UInt32(password.utf8.count), nil)
        if code == LibSSH2.again { return false }
        password = ""
        if code == 0 { return accepted(.password(isInteractive: false, after: signed)) }
        try check(code)
        refused.append("a password")
        throw refusal()
      case .questions:
        let code = askQuestions()
        if code == LibSSH2.again { return false }
        if code == 0 {
          return accepted(
            questionsAsked.isOnlyAPassword
              ? .password(isInteractive: true, after: signed) : .questions(after: signed))
        }
        try check(code)
        // OpenSSH without PAM offers questions and has none to ask.
        if questionsAsked.asked == 0, takesPassword {
          step = .password
          continue
        }
        refused.append(questionsAsked.isOnlyAPassword ? "a password" : "the answers given")
        throw refusal()
      }
    }
  }

  private func accepted(_ how: Credentials.Accepted) -> Bool {
    credentials.noteAccepted(how, for: endpoint.login)
    return true
  }

  func ownPassword() throws(TransportError) -> String? {
    try credentials.answer(.password(login: endpoint.loginName), for: endpoint.account)
  }

  // MARK: The end

  /// Whether the connection still stands; a refusal returns.
  private func check(_ code: Int32) throws(TransportError) {
    if let failureInside { throw failureInside }
    // A secret that was sent once and not answered is not sent again before it was ever right.
    let mayComeAgain = step == .keys || credentials.accepted(for: endpoint.login) != nil
    switch code {
    case Int32(LIBSSH2_ERROR_SOCKET_RECV), Int32(LIBSSH2_ERROR_SOCKET_SEND),
      Int32(LIBSSH2_ERROR_SOCKET_DISCONNECT), Int32(LIBSSH2_ERROR_SOCKET_TIMEOUT),
      _ where mayComeAgain && isCut:
      noteRest()
      throw TransportError(
        refused.isEmpty ? .connectionLost : .authentication,
        "\(endpoint.description) hung up during authentication as \(endpoint.user)",
        advice: "check the user name and the key; the server's log says more")
    case Int32(LIBSSH2_ERROR_PASSWORD_EXPIRED):
      throw TransportError(
        .authentication, "the password of \(endpoint.loginName) has expired",
        advice: "log in once by ssh, which asks for a new one")
    default: return
    }
  }

  /// The keys that a server has not seen when it hangs up. OpenSSH hangs up when the keys are too many, and counts further
  /// connections against the address (PerSourcePenalties): there one connection must do.
  private func noteRest() {
    guard step == .keys, rsaComesLast, credentials.accepted(for: endpoint.login) == nil,
      let current = candidates.first, candidates.count > 1
    else { return }
    // Whether it was the key or the link is not known: then it comes again, as the last one.
    let isRefused = refused.last == current.name
    rest = Rest(
      candidates: Array(candidates.dropFirst()) + (isRefused ? [] : [current]),
      refused: refused, skipped: skipped)
  }

  /// Whether the server took its leave because of what it was shown, as it does after too many keys; not because it ends
  /// or has too many clients (SSH_DISCONNECT_CONNECTION_LOST, _BY_APPLICATION, _TOO_MANY_CONNECTIONS, RFC 4253 §11.1).
  static func isRefusal(_ reason: Int32) -> Bool { ![0, 10, 11, 12].contains(reason) }

  /// The server hung up, or the link broke or spoilt its answer. libssh2 reports that like a refusal
  /// (`PUBLICKEY_UNVERIFIED`, `AUTHENTICATION_FAILED`), which it is not: nobody looked at the key. Only its text
  /// ("Waiting for … response") tells an answer that never came whole.
  var isCut: Bool {
    if session.lastError().hasPrefix("Waiting for") { return true }
    var byte: UInt8 = 0
    let count = unsafe recv(descriptor, &byte, 1, Int32(MSG_PEEK | MSG_DONTWAIT))
    return count == 0 || count < 0 && errno != EAGAIN && errno != EINTR
  }

  private func refusal() -> TransportError {
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
