import CSSH2

/// Errors of libssh2 as ``TransportError``.
extension Endpoint {
  /// - Parameter proxyEnded: the last words of the proxy program, when there is one and it has ended.
  func handshakeError(
    _ code: Int32, _ session: SessionHandle, proxyEnded: () -> TransportError?
  ) -> TransportError {
    // Some servers hang up as soon as they see that nothing is in common.
    if let error = nothingInCommon(session) { return error }
    switch code {
    case Int32(LIBSSH2_ERROR_SOCKET_RECV), Int32(LIBSSH2_ERROR_SOCKET_DISCONNECT),
      Int32(LIBSSH2_ERROR_BANNER_RECV), Int32(LIBSSH2_ERROR_SOCKET_SEND):
      return proxyEnded()
        ?? TransportError(
          .handshakeDropped,
          "\(description) hung up before the SSH handshake (\(session.lastError()))",
          advice:
            "again, with fewer --connections: it may limit them (MaxStartups); or another port: it "
            + "may be no SSH server")
    case Int32(LIBSSH2_ERROR_KEX_FAILURE), Int32(LIBSSH2_ERROR_KEY_EXCHANGE_FAILURE),
      Int32(LIBSSH2_ERROR_METHOD_NONE), Int32(LIBSSH2_ERROR_METHOD_NOT_SUPPORTED):
      return forSSHProgram(
        "\(description) offers no algorithm in common (\(session.lastError()))",
        advice: SSHProgram.advice)
    default:
      return TransportError(
        .handshakeFailed,
        "the SSH handshake with \(description) failed: \(session.lastError()) (\(code))",
        advice: "check that an SSH server answers there; or \(SSHProgram.advice)")
    }
  }

  /// nil when the server's offer has not arrived or has something of each kind.
  private func nothingInCommon(_ session: SessionHandle) -> TransportError? {
    guard let offer = ServerOffer(greeting: session.greeting) else { return nil }
    let gaps = offer.gaps(Algorithms.offer(session))
    guard !gaps.isEmpty else { return nil }
    let library = "libssh2 \(LibSSH2.installedVersion ?? LibSSH2.version)"
    let lists = gaps.map { gap in
      "no \(gap.what) in common (server: \(Self.list(gap.server)); \(library): "
        + "\(Self.list(gap.client)))"
    }
    return forSSHProgram(
      "\(description) and \(library) have \(lists.joined(separator: ", "))",
      advice: SSHProgram.advice)
  }

  /// A server's names may be of any length and number.
  private static func list(_ names: [String]) -> String {
    let shown = names.prefix(12).map { $0.prefix(64) }.joined(separator: ", ")
    return names.isEmpty ? "none" : shown + (names.count > 12 ? " …" : "")
  }

  private func forSSHProgram(_ message: String, advice: String) -> TransportError {
    var error = TransportError(.handshakeFailed, message, advice: advice)
    error.needsSSHProgram = true
    return error
  }

  func subsystemError(
    _ what: String, _ code: Int32, _ session: SessionHandle
  ) -> TransportError {
    switch code {
    case Int32(LIBSSH2_ERROR_CHANNEL_FAILURE), Int32(LIBSSH2_ERROR_CHANNEL_REQUEST_DENIED),
      Int32(LIBSSH2_ERROR_SOCKET_DISCONNECT):
      break
    // Reset or corrupted: the server refused nothing, or hung up instead of refusing.
    default: return .endedAfterLogin(description, "\(session.lastError()) (\(code))")
    }
    return TransportError(
      .channelRefused, "\(what) on \(description): \(session.lastError()) (\(code))",
      advice: "check that the account may use SFTP: sftp -P \(port) \(user)@\(host)")
  }

  var closed: TransportError {
    TransportError(.connectionLost, "the connection to \(description) is closed")
  }

  func lost(_ code: Int32, _ session: SessionHandle) -> TransportError {
    TransportError(
      .connectionLost,
      "the connection to \(description) broke: \(session.lastError()) (\(code))",
      advice: "run the sync again; finished photos are kept")
  }
}
