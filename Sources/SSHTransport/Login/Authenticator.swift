import CSSH2

/// Logs in: by a key, else by a password where somebody can be asked. One refusal is final; nothing is tried twice.
@safe final class Authenticator {
  private enum Stage {
    case keys(KeyLogin)
    /// Asks the server which methods it takes.
    case methods
    case password(PasswordLogin)
    case questions(QuestionLogin)
  }

  private enum AfterKeys { case methods, password, questions }

  private let connection: LoginConnection
  private let afterKeys: AfterKeys
  private var stage: Stage
  private var record = LoginRecord()
  private var signed: Candidate?
  /// The server also takes a password, for when its questions lead nowhere.
  private var takesPassword = false

  /// - Parameters:
  ///   - rsaComesLast: see ``KeyCandidates``. Such a server may also hang up on a key it dislikes.
  ///   - remaining: of a connection that the server ended.
  /// - Throws: when a key file the user named is unusable.
  init(
    _ session: SessionHandle, _ descriptor: Int32, _ endpoint: Endpoint, _ credentials: Credentials,
    rsaComesLast: Bool = false, remaining: RemainingKeys? = nil
  ) throws(TransportError) {
    connection = LoginConnection(
      session: session, descriptor: descriptor, endpoint: endpoint, credentials: credentials)
    // To ask for the methods, and a password, count as tries of MaxAuthTries as well.
    let limit = credentials.canAsk ? 4 : 5
    let keys: RemainingKeys
    switch credentials.accepted(for: endpoint.login) {
    case .key(let candidate):
      (keys, afterKeys) = (RemainingKeys(candidates: [candidate]), .methods)
    case .password(let isInteractive, let key):
      keys = RemainingKeys(candidates: key.map { [$0] } ?? [])
      afterKeys = isInteractive ? .questions : .password
    case .questions(let key):
      (keys, afterKeys) = (RemainingKeys(candidates: key.map { [$0] } ?? []), .questions)
    case .nothing:
      (keys, afterKeys) = (RemainingKeys(candidates: []), .methods)
    case nil:
      afterKeys = .methods
      if let remaining {
        keys = remaining
      } else {
        let found = try KeyCandidates(endpoint, limit: limit, rsaComesLast: rsaComesLast)
        keys = RemainingKeys(
          candidates: found.list, record: LoginRecord(skipped: found.skipped))
      }
    }
    stage = .keys(
      KeyLogin(connection, keys, limit: limit, keepsRemaining: rsaComesLast))
  }

  /// The agent's, while its signature is awaited.
  var waitingDescriptor: Int32? {
    if case .keys(let login) = stage { login.waitingDescriptor } else { nil }
  }

  /// Set when the server hung up on a key and others are left.
  var remaining: RemainingKeys? {
    if case .keys(let login) = stage { login.remaining } else { nil }
  }

  /// True once authenticated, false while an answer is awaited.
  func advance() throws(TransportError) -> Bool {
    while true {
      let step: LoginStep
      switch stage {
      case .keys(let login): step = try login.advance()
      case .methods:
        guard let found = try askForMethods() else { continue }
        step = found
      case .password(let login):
        step = try login.advance(after: signed, refused: record.refused)
      case .questions(let login):
        step = try login.advance(after: signed, refused: record.refused)
      }
      switch step {
      case .waiting: return false
      case .accepted(let how):
        connection.credentials.noteAccepted(how, for: connection.endpoint.login)
        return true
      case .refused: stage = try following(stage)
      }
    }
  }

  /// The stage after one that the server refused.
  private func following(_ stage: Stage) throws(TransportError) -> Stage {
    switch stage {
    case .keys(let login):
      record = login.record
      signed = login.signed
      let isHandedOver = connection.endpoint.mayHandOver && record.needsSSHProgram != nil
      // Asking for the methods counts as a try (MaxAuthTries); without the answer the message is poorer.
      let mayGoOn = connection.credentials.canAsk || record.tries <= 3
      guard !isHandedOver, mayGoOn else { throw refusal() }
      return switch afterKeys {
      case .methods: .methods
      case .password: .password(PasswordLogin(connection))
      case .questions: .questions(QuestionLogin(connection))
      }
    case .methods:
      throw refusal()
    case .password(let login):
      if login.isAnswered { record.refused.append(LoginRecord.password) }
      throw refusal()
    case .questions(let login):
      // OpenSSH without PAM offers questions and has none to ask.
      if login.hasAskedNothing, takesPassword { return .password(PasswordLogin(connection)) }
      record.refused.append(login.isOnlyAPassword ? LoginRecord.password : "the answers given")
      throw refusal()
    }
  }

  private func refusal() -> TransportError { record.refusal(by: connection.endpoint) }

  /// nil: the server takes a method, and ``stage`` is that method's.
  private func askForMethods() throws(TransportError) -> LoginStep? {
    let session = connection.session
    let user = connection.endpoint.user
    let list = unsafe libssh2_userauth_list(session.raw, user, UInt32(user.utf8.count))
    guard let list = unsafe list else {
      let code = unsafe libssh2_session_last_errno(session.raw)
      if code == LibSSH2.again { return .waiting }
      // A server may let anybody in.
      if unsafe libssh2_userauth_authenticated(session.raw) == 1 { return .accepted(.nothing) }
      if !connection.credentials.canAsk, !record.refused.isEmpty { return .refused }
      try connection.check(
        code, refused: record.refused,
        mayRetry: connection.credentials.accepted(for: connection.endpoint.login) != nil)
      return .refused
    }
    let methods = unsafe String(cString: list).split(separator: ",")
    record.methods = methods.prefix(8).map { String($0.prefix(64)) }
    record.signed = signed?.name
    takesPassword = methods.contains("password")
    let asks = methods.contains("keyboard-interactive")
    guard asks || takesPassword else { return .refused }
    guard connection.credentials.canAsk else {
      if !record.refused.isEmpty, methods.contains("publickey") {
        record.skipped.append(SkippedKey(reason: "name the right key with --identity"))
      }
      record.skipped.append(
        SkippedKey(
          reason: "for a password use a terminal, SSH_ASKPASS or --password-command COMMAND"
            + (takesPassword ? "" : "; for a code use a terminal or SSH_ASKPASS")))
      return .refused
    }
    stage = asks ? .questions(QuestionLogin(connection)) : .password(PasswordLogin(connection))
    return nil
  }
}

/// Sends the account's password (RFC 4252 §8).
@safe final class PasswordLogin {
  private let connection: LoginConnection
  private var password = ""
  /// A password was sent.
  private(set) var isAnswered = false

  init(_ connection: LoginConnection) { self.connection = connection }

  func advance(after signed: Candidate?, refused: [String]) throws(TransportError) -> LoginStep {
    if password.isEmpty {
      guard let answer = try connection.password() else { return .refused }
      password = answer
    }
    let user = connection.endpoint.user
    let code = unsafe libssh2_userauth_password_ex(
      connection.session.raw, user, UInt32(user.utf8.count), password,
      UInt32(password.utf8.count), nil)
    if code == LibSSH2.again { return .waiting }
    password = ""
    if code == 0 { return .accepted(.password(isInteractive: false, after: signed)) }
    isAnswered = true
    try connection.check(
      code, refused: refused,
      mayRetry: connection.credentials.accepted(for: connection.endpoint.login) != nil)
    return .refused
  }
}
