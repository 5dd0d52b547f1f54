import Platform

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// A TCP connection being made: the name is looked up, every address of it is tried in turn, without blocking.
struct SocketConnector: ~Copyable {
  private var lookup: NameLookup?
  private var addresses: [NameLookup.Address] = []
  private var next = 0
  private var socket: Int32 = -1
  private var lastError: Int32 = 0
  private let host: String
  private let label: String

  /// What to wait for before the next ``advance()``.
  var descriptor: Int32 { lookup?.descriptor ?? socket }
  var interest: Interest { lookup == nil ? .write : .read }

  init(host: String, port: UInt16, label: String) throws(TransportError) {
    self.host = host
    self.label = label
    if case .found(let addresses) = NameLookup.addresses(of: host, port: port, isNumeric: true) {
      self.addresses = addresses
      try startNext()
    } else {
      lookup = try NameLookup { NameLookup.addresses(of: host, port: port, isNumeric: false) }
    }
  }

  /// True when connected; the descriptor then belongs to the caller, who calls ``take()``.
  mutating func advance() throws(TransportError) -> Bool {
    if let lookup {
      switch lookup.outcome {
      case nil: return false
      case .failed(let code): throw unknownHost(code)
      case .found(let addresses):
        self.lookup = nil
        self.addresses = addresses
        try startNext()
      }
    }
    var event = pollfd(fd: socket, events: Int16(POLLOUT), revents: 0)
    guard unsafe poll(&event, 1, 0) > 0 else { return false }
    var code: Int32 = 0
    var length = socklen_t(MemoryLayout<Int32>.size)
    unsafe getsockopt(socket, SOL_SOCKET, SO_ERROR, &code, &length)
    if code == 0 { return true }
    lastError = code
    _ = close(socket)
    socket = -1
    try startNext()
    return false
  }

  private func unknownHost(_ code: Int32) -> TransportError {
    let reason = unsafe gai_strerror(code).map { unsafe String(cString: $0) } ?? "error \(code)"
    return TransportError(
      .unreachable, "cannot find the host \(host): \(reason)",
      advice: "check the spelling of the host, and the network")
  }

  mutating func take() -> Int32 {
    defer { socket = -1 }
    return socket
  }

  deinit { if socket >= 0 { _ = close(socket) } }

  private mutating func startNext() throws(TransportError) {
    while next < addresses.count {
      let (family, bytes) = (addresses[next].family, addresses[next].bytes)
      next += 1
      #if canImport(Darwin)
        let fd = Darwin.socket(family, SOCK_STREAM, 0)
      #else
        let fd = Glibc.socket(family, Int32(SOCK_STREAM.rawValue), 0)
      #endif
      guard fd >= 0 else {
        lastError = errno
        continue
      }
      setNonBlocking(fd)
      var one: Int32 = 1
      // Requests are small and many; waiting to fill a segment would cost round trips.
      unsafe setsockopt(fd, Int32(IPPROTO_TCP), TCP_NODELAY, &one, 4)
      unsafe setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &one, 4)
      #if canImport(Darwin)
        unsafe setsockopt(fd, SOL_SOCKET, SO_NOSIGPIPE, &one, 4)
      #endif
      let result = unsafe bytes.withUnsafeBytes { raw -> Int32 in
        guard let base = raw.baseAddress else { return -1 }
        return unsafe connect(
          fd, base.assumingMemoryBound(to: sockaddr.self), socklen_t(raw.count))
      }
      if result == 0 || errno == EINPROGRESS {
        socket = fd
        return
      }
      lastError = errno
      _ = close(fd)
    }
    throw TransportError(
      lastError == ETIMEDOUT ? .connectTimeout : .unreachable,
      "cannot connect to \(label): \(errorText(lastError))",
      advice: lastError == ECONNREFUSED
        ? "check the port, and that an SSH server runs there"
        : "check host, port and network")
  }
}
