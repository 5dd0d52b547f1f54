#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// A TCP connection being made: every address of the name is tried in turn, without blocking
/// (only the name lookup itself blocks, under the resolver's own limits).
struct SocketConnector: ~Copyable {
  private var addresses: [(family: Int32, bytes: [UInt8])] = []
  private var next = 0
  private(set) var descriptor: Int32 = -1
  private var lastError: Int32 = 0
  private let label: String

  init(host: String, port: UInt16, label: String) throws(TransportError) {
    self.label = label
    var hints = unsafe addrinfo()
    unsafe hints.ai_family = AF_UNSPEC
    #if canImport(Darwin)
      hints.ai_socktype = SOCK_STREAM
    #else
      unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    #endif
    unsafe hints.ai_flags = AI_NUMERICSERV
    var found: UnsafeMutablePointer<addrinfo>?
    let code = unsafe getaddrinfo(host, String(port), &hints, &found)
    guard code == 0, let first = unsafe found else {
      let reason = unsafe gai_strerror(code).map { unsafe String(cString: $0) } ?? "error \(code)"
      throw TransportError(
        .unreachable, "cannot find the host \(host): \(reason)",
        advice: "check the spelling of the host, and the network")
    }
    defer { unsafe freeaddrinfo(first) }
    var item: UnsafeMutablePointer<addrinfo>? = unsafe first
    while let current = unsafe item, addresses.count < 16 {
      if let address = unsafe current.pointee.ai_addr {
        let raw = unsafe UnsafeRawBufferPointer(
          start: address, count: Int(current.pointee.ai_addrlen))
        unsafe addresses.append((current.pointee.ai_family, Array(raw)))
      }
      unsafe item = current.pointee.ai_next
    }
    try startNext()
  }

  /// True when connected; the descriptor then belongs to the caller, who calls ``take()``.
  mutating func advance() throws(TransportError) -> Bool {
    var event = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
    guard unsafe poll(&event, 1, 0) > 0 else { return false }
    var code: Int32 = 0
    var length = socklen_t(MemoryLayout<Int32>.size)
    unsafe getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &length)
    if code == 0 { return true }
    lastError = code
    _ = close(descriptor)
    descriptor = -1
    try startNext()
    return false
  }

  mutating func take() -> Int32 {
    defer { descriptor = -1 }
    return descriptor
  }

  deinit { if descriptor >= 0 { _ = close(descriptor) } }

  private mutating func startNext() throws(TransportError) {
    while next < addresses.count {
      let (family, bytes) = addresses[next]
      next += 1
      #if canImport(Darwin)
        let fd = socket(family, SOCK_STREAM, 0)
      #else
        let fd = socket(family, Int32(SOCK_STREAM.rawValue), 0)
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
        descriptor = fd
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

/// Sets O_NONBLOCK and FD_CLOEXEC.
func setNonBlocking(_ fd: Int32) {
  _ = fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK)
  _ = fcntl(fd, F_SETFD, FD_CLOEXEC)
}

/// strerror(3).
func errorText(_ code: Int32) -> String {
  guard let text = unsafe strerror(code) else { return "error \(code)" }
  return unsafe String(cString: text)
}

/// The whole of a small regular file, nil when it cannot be read or is larger than `limit` bytes.
func contents(ofFile path: String, limit: Int = 8 << 20) -> [UInt8]? {
  let fd = unsafe open(path, O_RDONLY | O_CLOEXEC)
  guard fd >= 0 else { return nil }
  defer { _ = close(fd) }
  var out: [UInt8] = []
  var chunk = [UInt8](repeating: 0, count: 65_536)
  while true {
    let count = unsafe chunk.withUnsafeMutableBytes { unsafe read(fd, $0.baseAddress, $0.count) }
    if count == 0 { return out }
    guard count > 0, out.count + count <= limit else { return nil }
    out.append(contentsOf: chunk[..<count])
  }
}

/// close(2), for types that have a `close` of their own.
func closeDescriptor(_ fd: Int32) -> Int32 { close(fd) }
