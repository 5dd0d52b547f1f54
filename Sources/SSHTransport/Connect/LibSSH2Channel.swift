import CSSH2

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// The `sftp` subsystem of a server over one libssh2 session with one channel.
///
/// Non-blocking throughout; the session belongs to the thread that calls. Never an exec or shell
/// request, never a second authentication attempt after the server refused all offered keys.
@safe public final class LibSSH2Channel: ByteChannel {
  private enum State {
    case start, connecting, handshake, authentication, opening, subsystem, open, closed
  }

  private let endpoint: Endpoint
  private let credentials: Credentials
  private var state = State.start
  private var connector: SocketConnector?
  private(set) var session: SessionHandle?
  /// What carries the connection when it is not TCP.
  private var proxy: ChildStream?
  private var authenticator: Authenticator?
  private var isLoggedIn = false
  /// Keys left when the server hung up on one, and how often it did.
  private var rest: Authenticator.Rest?
  private var hangUps = 0
  private var channel: OpaquePointer?
  private var writeWaits = false
  /// The subsystem request is on its way, and its answer has not come yet.
  private var startupPending = false
  private var connectedAt: ContinuousClock.Instant?

  private var socket: Int32 = -1
  /// While the agent signs, the next step comes from there.
  public var descriptor: Int32 { authenticator?.waitingDescriptor ?? socket }
  public private(set) var interest: Interest = []

  /// The receive window: larger than all replies in flight, so that the server never waits for an
  /// adjustment (bytes).
  private static let window: UInt32 = 16 << 20

  /// - Parameter credentials: whom to ask; nobody when left out.
  public init(_ endpoint: Endpoint, _ credentials: Credentials = Credentials()) {
    self.endpoint = endpoint
    self.credentials = credentials
  }

  deinit { close() }

  public var stage: String {
    switch state {
    case .start, .connecting: "connecting to \(endpoint.description)"
    case .handshake: "waiting for the SSH handshake of \(endpoint.description)"
    case .authentication: "authenticating at \(endpoint.description)"
    case .opening, .subsystem: "starting SFTP on \(endpoint.description)"
    case .open, .closed: "talking to \(endpoint.description)"
    }
  }

  public func advance() throws(TransportError) -> Bool {
    while true {
      switch state {
      case .start:
        if let obstacle = endpoint.obstacle { throw obstacle }
        if let refusal = credentials.refusal(for: endpoint.login) { throw refusal }
        if credentials.isEnough(for: endpoint.login) {
          throw TransportError(
            .channelRefused, "each login at \(endpoint.description) asks anew, so one must do")
        }
        if let program = endpoint.proxy {
          // A command may hold a password for the proxy, which is not to be shown.
          let child = try ChildStream(
            program, for: endpoint.description,
            advice: "check ProxyJump and ProxyCommand of the ssh configuration (man ssh_config)")
          proxy = child
          socket = child.descriptor
          try startSession()
          state = .handshake
          continue
        }
        var connector = try SocketConnector(
          host: endpoint.host, port: endpoint.port, label: endpoint.description)
        _ = try connector.advance()
        socket = connector.descriptor
        interest = connector.interest
        self.connector = consume connector
        state = .connecting
      case .connecting:
        guard try connectorAdvance() else { return false }
        try startSession()
        state = .handshake
      case .handshake:
        guard let session else { return false }
        try chooseCompression(session)
        let code = unsafe libssh2_session_handshake(session.raw, socket)
        if code == LibSSH2.again { return waits(session) }
        guard code == 0 else { throw handshakeError(code, session) }
        if compressesOneWay(session) {
          // Without compression both are "none": this cannot come twice.
          credentials.noteOneWay(endpoint.description)
          disconnect()
          state = .start
          continue
        }
        try HostKeyCheck.run(session, endpoint, credentials)
        authenticator = try Authenticator(
          session, socket, endpoint, credentials, rsaComesLast: !isOpenSSH, rest: rest)
        state = .authentication
      case .authentication:
        guard let session, let authenticator else { return false }
        guard try loggedIn(authenticator) else {
          if state == .start { continue }
          if authenticator.waitingDescriptor == nil { return waits(session) }
          interest = .read
          return false
        }
        self.authenticator = nil
        isLoggedIn = true
        state = .opening
      case .opening:
        guard let session else { return false }
        let opened = unsafe libssh2_channel_open_ex(
          session.raw, "session", 7, Self.window, UInt32(LIBSSH2_CHANNEL_PACKET_DEFAULT), nil, 0)
        guard let opened = unsafe opened else {
          let code = unsafe libssh2_session_last_errno(session.raw)
          if code == LibSSH2.again { return waits(session) }
          throw endpoint.subsystemError("the server refused a channel", code, session)
        }
        unsafe channel = opened
        state = .subsystem
      case .subsystem:
        guard let session else { return false }
        if try !startSubsystem(session) {
          // Requests and data of a channel are handled in order (RFC 4254 §5.2, §6.5), so the first
          // SFTP messages may follow the request at once and save a round trip. Only where it was
          // seen to work: some servers may drop what comes before the subsystem runs.
          guard !interest.contains(.write), isOpenSSH else { return false }
          startupPending = true
        }
        interest = .read
        state = .open
      case .open:
        return true
      case .closed:
        throw TransportError(.connectionLost, "the connection to \(endpoint.description) is closed")
      }
    }
  }

  public func read(
    into buffer: UnsafeMutableRawBufferPointer
  ) throws(TransportError) -> ReadOutcome {
    guard state == .open, let session, let channel = unsafe channel else { return .end }
    if startupPending {
      guard try startSubsystem(session) else { return .wouldBlock }
      startupPending = false
    }
    // libssh2 cannot send a window adjustment while half of another packet waits to be sent.
    if writeWaits { return .wouldBlock }
    let count = unsafe libssh2_channel_read_ex(
      channel, 0, buffer.baseAddress?.assumingMemoryBound(to: CChar.self), buffer.count)
    if count > 0 { return .bytes(count) }
    if count == Int(LibSSH2.again) {
      _ = waits(session)
      if unsafe libssh2_channel_eof(channel) == 1 { return .end }
      return .wouldBlock
    }
    guard count == 0 else { throw endpoint.lost(Int32(truncatingIfNeeded: count), session) }
    if unsafe libssh2_channel_eof(channel) == 1 { return .end }
    interest = .read
    return .wouldBlock
  }

  public func write(_ bytes: UnsafeRawBufferPointer) throws(TransportError) -> Int {
    guard state == .open, let session, let channel = unsafe channel else { return 0 }
    let count = unsafe libssh2_channel_write_ex(
      channel, 0, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), bytes.count)
    if count >= 0 {
      writeWaits = false
      return count
    }
    guard count == Int(LibSSH2.again) else {
      throw endpoint.lost(Int32(truncatingIfNeeded: count), session)
    }
    _ = waits(session)
    writeWaits = interest.contains(.write)
    return 0
  }

  public func tend() { proxy?.collectErrors() }

  public func close() {
    guard state != .closed else { return }
    state = .closed
    if isLoggedIn { credentials.noteEnd(of: endpoint.login) }
    disconnect()
  }

  private func disconnect() {
    authenticator = nil
    // Shutting the socket down first makes every libssh2 clean-up call return at once.
    if socket >= 0 { _ = shutdown(socket, Int32(SHUT_RDWR)) }
    unsafe channel = nil  // freed with the session
    session = nil
    if let proxy {
      proxy.close()
    } else if socket >= 0, connector == nil {
      _ = closeDescriptor(socket)
    }
    proxy = nil
    connector = nil
    socket = -1
    interest = []
  }

  // MARK: Steps

  private func connectorAdvance() throws(TransportError) -> Bool {
    guard var connector = self.connector.take() else { return false }
    let done = try connector.advance()
    socket = connector.descriptor
    interest = connector.interest
    if done {
      _ = connector.take()
      return true
    }
    self.connector = consume connector
    return false
  }

  private func loggedIn(_ authenticator: Authenticator) throws(TransportError) -> Bool {
    do {
      return try authenticator.advance()
    } catch {
      // Two more connections at most: a server may count them.
      if let left = authenticator.rest, hangUps < 2 {
        hangUps += 1
        rest = left
        disconnect()
        state = .start
        return false
      }
      if error.kind == .authentication { credentials.noteRefusal(error, for: endpoint.login) }
      throw error
    }
  }

  private func startSession() throws(TransportError) {
    let session = try SessionHandle()
    let known = KnownHosts(files: endpoint.knownHostsFiles)
    try Algorithms.apply(to: session, knownKeyTypes: known.keyTypes(name: endpoint.knownHostsName))
    connectedAt = .now
    self.session = session
  }

  /// libssh2 names its algorithms only after the server's first line, so the time that line takes
  /// can still decide (RFC 4253 §4.2, §7.1). Once the line is there, they are named, and a change of
  /// mind would let this side compress what the other does not expand.
  private func chooseCompression(_ session: SessionHandle) throws(TransportError) {
    guard endpoint.compression == .onLongLinks, let connectedAt,
      !credentials.compressesOneWay(endpoint.description),
      unsafe libssh2_session_banner_get(session.raw) == nil,
      connectedAt.duration(to: .now) >= .milliseconds(20)
    else { return }
    self.connectedAt = nil
    try Algorithms.compress(session)
  }

  /// Some servers, such as dropbear from 2025.89 on, compress what they send and expand nothing. libssh2 (1.11.1, fullpacket)
  /// expands what comes only when it compresses what it sends; so such a server is connected to anew, without compression.
  private func compressesOneWay(_ session: SessionHandle) -> Bool {
    method(LIBSSH2_METHOD_COMP_CS, session) != method(LIBSSH2_METHOD_COMP_SC, session)
  }

  /// True once the server has granted the subsystem.
  private func startSubsystem(_ session: SessionHandle) throws(TransportError) -> Bool {
    guard let channel = unsafe channel else { return false }
    let code = unsafe libssh2_channel_process_startup(channel, "subsystem", 9, "sftp", 4)
    if code == LibSSH2.again { return waits(session) }
    guard code == 0 else {
      throw endpoint.subsystemError("the server refused to start SFTP", code, session)
    }
    return true
  }

  public var isOpenSSH: Bool {
    guard let session, let banner = unsafe libssh2_session_banner_get(session.raw) else {
      return false
    }
    let name = unsafe String(cString: banner)
    // Windows' variant lists folders through another library.
    return name.hasPrefix("SSH-2.0-OpenSSH_") && !name.hasPrefix("SSH-2.0-OpenSSH_for_Windows")
  }

  /// Notes what libssh2 waits for; always false.
  private func waits(_ session: SessionHandle) -> Bool {
    let directions = unsafe libssh2_session_block_directions(session.raw)
    var wanted: Interest = []
    if directions & LIBSSH2_SESSION_BLOCK_INBOUND != 0 { wanted.insert(.read) }
    if directions & LIBSSH2_SESSION_BLOCK_OUTBOUND != 0 { wanted.insert(.write) }
    interest = wanted.isEmpty ? .read : wanted
    return false
  }

  private func handshakeError(_ code: Int32, _ session: SessionHandle) -> TransportError {
    endpoint.handshakeError(code, session) { proxy?.ended(endpoint.description) }
  }
}
