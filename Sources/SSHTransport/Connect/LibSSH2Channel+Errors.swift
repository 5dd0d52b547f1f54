import CSSH2

/// What errors of libssh2 mean at this server.
extension Endpoint {
  /// - Parameter proxyEnded: what the program says that carries the connection, if there is one and it has ended.
  func handshakeError(
    _ code: Int32, _ session: SessionHandle, proxyEnded: () -> TransportError?
  ) -> TransportError {
    switch code {
    case Int32(LIBSSH2_ERROR_SOCKET_RECV), Int32(LIBSSH2_ERROR_SOCKET_DISCONNECT),
      Int32(LIBSSH2_ERROR_BANNER_RECV), Int32(LIBSSH2_ERROR_SOCKET_SEND):
      proxyEnded()
        ?? TransportError(
          .handshakeDropped,
          "\(description) hung up before the SSH handshake (\(session.lastError()))",
          advice: "it may be no SSH server, or it limits connections (MaxStartups): "
            + "try again, with fewer --connections")
    case Int32(LIBSSH2_ERROR_KEX_FAILURE), Int32(LIBSSH2_ERROR_KEY_EXCHANGE_FAILURE),
      Int32(LIBSSH2_ERROR_METHOD_NONE), Int32(LIBSSH2_ERROR_METHOD_NOT_SUPPORTED):
      TransportError(
        .handshakeFailed,
        "\(description) offers no algorithm in common (\(session.lastError()))",
        advice: "use --transport ssh, which goes through the ssh program")
    default:
      TransportError(
        .handshakeFailed,
        "the SSH handshake with \(description) failed: \(session.lastError()) (\(code))",
        advice: "check that an SSH server answers there; or use --transport ssh")
    }
  }

  func subsystemError(
    _ what: String, _ code: Int32, _ session: SessionHandle
  ) -> TransportError {
    switch code {
    case Int32(LIBSSH2_ERROR_CHANNEL_FAILURE), Int32(LIBSSH2_ERROR_CHANNEL_REQUEST_DENIED),
      Int32(LIBSSH2_ERROR_SOCKET_DISCONNECT):
      break
    // Reset, or spoilt on the way: the server refused nothing.
    default: return lost(code, session)
    }
    return TransportError(
      .channelRefused, "\(what) on \(description): \(session.lastError()) (\(code))",
      advice: "check that the account may use SFTP (try: sftp -P \(port) "
        + "\(user)@\(host))")
  }

  func lost(_ code: Int32, _ session: SessionHandle) -> TransportError {
    TransportError(
      .connectionLost,
      "the connection to \(description) broke: \(session.lastError()) (\(code))",
      advice: "run the sync again; finished photos are kept")
  }
}
