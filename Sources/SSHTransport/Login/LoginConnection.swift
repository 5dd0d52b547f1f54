import CSSH2

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// The connection that logs in, shared by all steps of the login.
@safe struct LoginConnection {
  let session: SessionHandle
  /// The connection's socket.
  let descriptor: Int32
  let endpoint: Endpoint
  let credentials: Credentials

  /// The account's password, asked for once in a run.
  func password() throws(TransportError) -> String? {
    try credentials.answer(.password(login: endpoint.loginName), for: endpoint.account)
  }

  /// Returns when the connection stands, so that `code` is a refusal.
  /// - Parameter mayRetry: the caller sent nothing secret, so that a broken connection is no refusal. A secret that was
  ///   sent and not answered is never sent again.
  /// - Throws: why the login is over.
  func check(_ code: Int32, refused: [String], mayRetry: Bool) throws(TransportError) {
    switch code {
    case Int32(LIBSSH2_ERROR_SOCKET_RECV), Int32(LIBSSH2_ERROR_SOCKET_SEND),
      Int32(LIBSSH2_ERROR_SOCKET_DISCONNECT), Int32(LIBSSH2_ERROR_SOCKET_TIMEOUT),
      _ where mayRetry && isCut:
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

  /// Whether a disconnect with this reason refuses the client, as after too many keys. SSH_DISCONNECT_CONNECTION_LOST,
  /// _BY_APPLICATION and _TOO_MANY_CONNECTIONS do not (RFC 4253 §11.1).
  static func isRefusal(_ reason: Int32) -> Bool { ![0, 10, 11, 12].contains(reason) }

  /// Whether the connection ended or broke before the server's answer was complete. libssh2 reports that with the codes of
  /// a refusal (`PUBLICKEY_UNVERIFIED`, `AUTHENTICATION_FAILED`); only its text ("Waiting for … response") tells them apart.
  var isCut: Bool {
    if session.lastError().hasPrefix("Waiting for") { return true }
    var byte: UInt8 = 0
    let count = unsafe recv(descriptor, &byte, 1, Int32(MSG_PEEK | MSG_DONTWAIT))
    return count == 0 || count < 0 && errno != EAGAIN && errno != EINTR
  }
}

/// What one step of the login led to.
enum LoginStep {
  case waiting
  case accepted(Credentials.Accepted)
  case refused
}

/// A key that was not offered.
struct SkippedKey: Sendable, Equatable {
  /// One line: why, and how the key could be used.
  var reason: String
  /// libssh2 cannot use the key; the ssh program may.
  var needsSSHProgram = false
}

/// What the server refused and what was not offered, for the error of a failed login.
struct LoginRecord {
  /// Names of keys, or other means.
  var refused: [String] = []
  /// Keys that the server has seen, also of one name.
  var tries = 0
  var skipped: [SkippedKey] = []
  /// What the server still takes; empty when it was not asked.
  var methods: [String] = []
  /// The key that signed.
  var signed: String?

  /// Why the ssh program may log in where libssh2 cannot; nil when it has nothing more to offer.
  var needsSSHProgram: String? {
    let reasons = skipped.filter(\.needsSSHProgram).map(\.reason)
    return reasons.isEmpty ? nil : reasons.joined(separator: "; ")
  }

  /// In `refused`.
  static let password = "a password"

  func refusal(by endpoint: Endpoint) -> TransportError {
    var message = "\(endpoint.description) refused the login of \(endpoint.user)"
    if refused.isEmpty {
      message = "no usable key to log in as \(endpoint.user) at \(endpoint.description)"
    } else {
      message += " with " + refused.joined(separator: ", ")
    }
    let others = methods.filter { $0 != "publickey" }
    if !others.isEmpty {
      // A key that it accepted is no longer among what it takes (RFC 4252 §5.1).
      if let signed, !methods.contains("publickey"), refused == [signed] {
        message =
          "\(endpoint.description) accepted \(signed) of \(endpoint.user), and also wants "
          + others.joined(separator: " or ")
      } else {
        message += "; it takes \(methods.joined(separator: ", "))"
      }
    }
    let sentPassword = refused.contains(Self.password)
    let advice =
      sentPassword
      ? "check the user name and the password; --password-command prints it in its first line"
      : skipped.isEmpty
        ? "check the user name; name the right key with --identity, or add it to ssh-agent"
        : skipped.map(\.reason).joined(separator: "; ")
    var error = TransportError(.authentication, message, advice: advice)
    error.needsSSHProgram = needsSSHProgram != nil
    return error
  }
}
