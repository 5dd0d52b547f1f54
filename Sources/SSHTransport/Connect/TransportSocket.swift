import Platform

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// What carries an SSH session: a TCP connection, or the input and output of a proxy program.
@safe final class TransportSocket {
  private var connector: SocketConnector?
  private var proxy: ChildStream?
  private(set) var descriptor: Int32 = -1
  private(set) var interest: Interest = []

  /// Starts to connect.
  init(_ endpoint: Endpoint) throws(TransportError) {
    if let program = endpoint.proxy {
      // The message does not show the command: it may hold a password for the proxy.
      var call = endpoint.call(alias: endpoint.host)
      call.isProxy = true
      let child = try ChildStream(
        program, for: endpoint.description, call: call,
        advice: "check ProxyJump and ProxyCommand of the ssh configuration (man ssh_config)")
      descriptor = child.descriptor
      proxy = child
      return
    }
    var connector = try SocketConnector(
      host: endpoint.host, port: endpoint.port, label: endpoint.description)
    _ = try connector.advance()
    keep(consume connector)
  }

  deinit { close() }

  private func keep(_ connector: consuming SocketConnector) {
    descriptor = connector.descriptor
    interest = connector.interest
    self.connector = consume connector
  }

  /// True once connected.
  func advance() throws(TransportError) -> Bool {
    guard var connector = connector.take() else { return true }
    guard try connector.advance() else {
      keep(consume connector)
      return false
    }
    descriptor = connector.take()
    return true
  }

  func collectErrors() { proxy?.collectErrors() }

  /// Why the proxy program ended; nil when there is none.
  func proxyEnded(_ label: String) -> TransportError? { proxy?.ended(label) }

  /// Makes every further call of libssh2 return at once. To be called before the session is freed.
  func shutDown() {
    if descriptor >= 0 { _ = shutdown(descriptor, Int32(SHUT_RDWR)) }
  }

  /// To be called after the session was freed. Idempotent.
  func close() {
    if let proxy {
      proxy.close()
    } else if descriptor >= 0, connector == nil {
      _ = closeDescriptor(descriptor)
    }
    proxy = nil
    connector = nil
    descriptor = -1
    interest = []
  }
}
