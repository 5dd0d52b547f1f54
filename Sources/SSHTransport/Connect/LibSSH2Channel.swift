import CSSH2
import Platform

/// The `sftp` subsystem of a server over a libssh2 session of its own, on which siblings may follow.
///
/// Never blocks; the session belongs to the calling thread. Sends no exec or shell request, and makes no second
/// authentication attempt after the server refused all offered keys.
@safe public final class LibSSH2Channel: ByteChannel {
  private enum State {
    case start
    case connecting
    case handshake(SessionHandle)
    case login(SessionHandle, Authenticator)
    case opening(SharedSession, since: Double)
    case subsystem(SubsystemChannel)
    case open(SubsystemChannel)
    case closed
  }

  private enum Step {
    case waiting
    case next(State)
    /// A new connection, to the same server.
    case reconnect
  }

  private let endpoint: Endpoint
  private let credentials: Credentials
  private var state = State.start
  private var socket: TransportSocket?
  private(set) var session: SessionHandle?
  private var compression: CompressionChoice?
  /// Since the login.
  private var shared: SharedSession?
  /// Keys left when the server hung up on one, and how often it did.
  private var remaining: RemainingKeys?
  private var hangUps = 0
  private var waitsFor: Interest = []

  /// - Parameter credentials: whom to ask; nobody when omitted.
  public init(_ endpoint: Endpoint, _ credentials: Credentials = Credentials()) {
    self.endpoint = endpoint
    self.credentials = credentials
  }

  deinit { close() }

  /// The agent's while it signs.
  public var descriptor: Int32 {
    if case .login(_, let login) = state, let agent = login.waitingDescriptor { return agent }
    return socket?.descriptor ?? -1
  }

  public var interest: Interest {
    switch state {
    case .connecting: socket?.interest ?? []
    case .subsystem(let channel), .open(let channel): channel.interest
    default: waitsFor
    }
  }

  public var stage: ConnectionStage {
    switch state {
    case .start, .connecting: .connecting(to: endpoint.description)
    case .handshake: .handshake(with: endpoint.description)
    case .login: .authenticating(at: endpoint.description)
    case .opening, .subsystem: .startingSFTP(on: endpoint.description)
    case .open, .closed: .talking(to: endpoint.description)
    }
  }

  public func advance() throws(TransportError) -> Bool {
    while true {
      let step: Step
      switch state {
      case .start: step = .next(try start())
      case .connecting: step = try connect()
      case .handshake(let session): step = try shakeHands(session)
      case .login(let session, let login): step = try logIn(session, login)
      case .opening(let shared, let start): step = try openChannel(shared, start)
      case .subsystem(let channel):
        step = try channel.start() ? .next(.open(channel)) : .waiting
      case .open: return true
      case .closed: throw endpoint.closed
      }
      switch step {
      case .waiting: return false
      case .next(let following): state = following
      case .reconnect:
        state = .start
        disconnect()
      }
    }
  }

  public func read(
    into buffer: UnsafeMutableRawBufferPointer
  ) throws(TransportError) -> ReadOutcome {
    guard case .open(let channel) = state else { return .end }
    return unsafe try channel.read(into: buffer)
  }

  public func write(_ bytes: UnsafeRawBufferPointer) throws(TransportError) -> Int {
    guard case .open(let channel) = state else { return 0 }
    return unsafe try channel.write(bytes)
  }

  public var mayHoldBytes: Bool {
    if case .open(let channel) = state { channel.mayHoldBytes } else { false }
  }

  public func tend() { socket?.collectErrors() }

  public func close() {
    switch state {
    case .closed: return
    case .subsystem(let channel), .open(let channel): channel.close()
    default: break
    }
    state = .closed
    disconnect()
  }

  public var sendWindow: SendWindow? {
    if case .open(let channel) = state { channel.sendWindow } else { nil }
  }

  public func makeSibling() -> (any ByteChannel)? {
    guard let shared, shared.handle != nil else { return nil }
    return SiblingChannel(shared, isOpenSSH: isOpenSSH, peer: peer)
  }

  /// To be called when ``state`` holds no session any more.
  private func disconnect() {
    if let shared {
      session = nil
      shared.leave()
    } else {
      socket?.shutDown()
      session = nil
      socket?.close()
    }
    shared = nil
    socket = nil
    waitsFor = []
  }

  // MARK: Steps

  private func start() throws(TransportError) -> State {
    if let obstacle = endpoint.obstacle { throw obstacle }
    if let refusal = credentials.refusal(for: endpoint.login) { throw refusal }
    if credentials.isEnough(for: endpoint.login) {
      throw TransportError(
        .channelRefused,
        "\(endpoint.description) wants a new code per login; using one connection")
    }
    socket = try TransportSocket(endpoint)
    return .connecting
  }

  private func connect() throws(TransportError) -> Step {
    guard let socket, try socket.advance() else { return .waiting }
    let session = try SessionHandle()
    let known = KnownHosts(files: endpoint.knownHostsFiles)
    try Algorithms.apply(to: session, knownKeyTypes: known.keyTypes(name: endpoint.knownHostsName))
    compression = CompressionChoice()
    self.session = session
    return .next(.handshake(session))
  }

  private func shakeHands(_ session: SessionHandle) throws(TransportError) -> Step {
    guard let socket else { return .waiting }
    if endpoint.compression == .onLongLinks, !credentials.compressesOneWay(endpoint.description) {
      try compression?.decide(session, socket)
    }
    let code = unsafe libssh2_session_handshake(session.raw, socket.descriptor)
    if code == LibSSH2.again { return waits(session) }
    guard code == 0 else {
      throw endpoint.handshakeError(code, session) { socket.proxyEnded(endpoint.description) }
    }
    session.forgetGreeting()
    if compressesOneWay(session) {
      // Without compression both are "none": this cannot come twice.
      credentials.noteOneWay(endpoint.description)
      return .reconnect
    }
    try HostKeyCheck.run(session, endpoint, credentials)
    let login = try Authenticator(
      session, socket.descriptor, endpoint, credentials, rsaComesLast: !isOpenSSH,
      remaining: remaining)
    return .next(.login(session, login))
  }

  /// Some servers, such as dropbear from 2025.89 on, compress what they send and decompress nothing. libssh2 (1.11.1,
  /// fullpacket) decompresses only when it compresses, too. Such a server gets a new connection without compression.
  private func compressesOneWay(_ session: SessionHandle) -> Bool {
    method(LIBSSH2_METHOD_COMP_CS, session) != method(LIBSSH2_METHOD_COMP_SC, session)
  }

  private func logIn(
    _ session: SessionHandle, _ login: Authenticator
  ) throws(TransportError) -> Step {
    do {
      guard try login.advance() else {
        if login.waitingDescriptor == nil { return waits(session) }
        waitsFor = .read
        return .waiting
      }
    } catch {
      // Two more connections at most: a server may count them.
      if let left = login.remaining, hangUps < 2 {
        hangUps += 1
        remaining = left
        return .reconnect
      }
      if error.kind == .authentication, !(endpoint.mayHandOver && error.needsSSHProgram) {
        credentials.noteRefusal(error, for: endpoint.login)
      }
      throw error
    }
    guard let socket else { return .waiting }
    let shared = SharedSession(
      session, socket, endpoint, maySendAhead: isOpenSSH || isDropbear
    ) { [credentials, endpoint] in credentials.noteEnd(of: endpoint.login) }
    shared.join()
    self.shared = shared
    return .next(.opening(shared, since: SystemClock.now()))
  }

  private func openChannel(
    _ shared: SharedSession, _ start: Double
  ) throws(TransportError) -> Step {
    guard let channel = try SubsystemChannel.open(shared, for: self, since: start) else {
      if let session { return waits(session) }
      return .waiting
    }
    return .next(.subsystem(channel))
  }

  private func waits(_ session: SessionHandle) -> Step {
    waitsFor = session.interest
    return .waiting
  }

  public var isOpenSSH: Bool {
    // Windows' variant lists folders through another library.
    name.hasPrefix("SSH-2.0-OpenSSH_") && !name.hasPrefix("SSH-2.0-OpenSSH_for_Windows")
  }

  /// It starts the subsystem before it looks at what follows the request (svr-chansession.c, `chansessionrequest`).
  private var isDropbear: Bool { name.hasPrefix("SSH-2.0-dropbear_") }

  /// The server's first line.
  private var name: String {
    guard let session, let banner = unsafe libssh2_session_banner_get(session.raw) else {
      return ""
    }
    return unsafe String(cString: banner)
  }
}
