#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// A system call that failed, with what was being done.
package struct LinkError: Error, CustomStringConvertible {
  package var action: String
  package var code: Int32

  package var description: String {
    "link simulator: \(action): \(String(cString: strerror(code)))"
  }
}

/// Non-blocking TCP sockets on 127.0.0.1. There is no way to name another address.
enum LoopbackSocket {
  /// `socket`, `bind`, `listen`; port 0 lets the system choose.
  static func listener(port: UInt16) throws(LinkError) -> (descriptor: Int32, port: UInt16) {
    let descriptor = try make()
    var one: Int32 = 1
    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &one, socklen_t(MemoryLayout<Int32>.size))
    var address = loopback(port: port)
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let bound = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { raw in
        bind(descriptor, raw, size) == 0 && listen(descriptor, 128) == 0
          && getsockname(descriptor, raw, &size) == 0
      }
    }
    guard bound else {
      let code = errno
      close(descriptor)
      throw LinkError(action: "listen on 127.0.0.1:\(port)", code: code)
    }
    return (descriptor, UInt16(bigEndian: address.sin_port))
  }

  /// `connect`; the socket becomes writable when it is through, or carries SO_ERROR.
  static func connecting(port: UInt16) throws(LinkError) -> Int32 {
    let descriptor = try make()
    noDelay(descriptor)
    var address = loopback(port: port)
    let result = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    if result != 0, errno != EINPROGRESS {
      let code = errno
      close(descriptor)
      throw LinkError(action: "connect to 127.0.0.1:\(port)", code: code)
    }
    return descriptor
  }

  /// `accept`; nil when nobody waits.
  static func accepted(from listener: Int32) -> Int32? {
    let descriptor = accept(listener, nil, nil)
    guard descriptor >= 0 else { return nil }
    prepare(descriptor)
    noDelay(descriptor)
    return descriptor
  }

  /// SO_ERROR of a socket whose `connect` has ended; 0 when it is connected.
  static func connectResult(_ descriptor: Int32) -> Int32 {
    var code: Int32 = 0
    var size = socklen_t(MemoryLayout<Int32>.size)
    return getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &size) == 0 ? code : errno
  }

  /// `send` without SIGPIPE.
  static func send(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Int {
    #if canImport(Darwin)
      Darwin.send(descriptor, bytes.baseAddress, bytes.count, 0)
    #else
      Glibc.send(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
    #endif
  }

  static func shutdownWriting(_ descriptor: Int32) {
    #if canImport(Darwin)
      shutdown(descriptor, SHUT_WR)
    #else
      shutdown(descriptor, Int32(SHUT_WR))
    #endif
  }

  /// `close` that sends a reset instead of an orderly end (SO_LINGER with 0 seconds).
  static func closeHard(_ descriptor: Int32) {
    var value = linger(l_onoff: 1, l_linger: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &value, socklen_t(MemoryLayout<linger>.size))
    close(descriptor)
  }

  /// Two ends of a `pipe`, both non-blocking.
  static func wakePipe() throws(LinkError) -> (read: Int32, write: Int32) {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { throw LinkError(action: "make a pipe", code: errno) }
    prepare(ends[0])
    prepare(ends[1])
    return (ends[0], ends[1])
  }

  private static func make() throws(LinkError) -> Int32 {
    #if canImport(Darwin)
      let descriptor = socket(AF_INET, SOCK_STREAM, 0)
    #else
      let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    #endif
    guard descriptor >= 0 else { throw LinkError(action: "make a socket", code: errno) }
    prepare(descriptor)
    return descriptor
  }

  private static func prepare(_ descriptor: Int32) {
    _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    #if canImport(Darwin)
      var one: Int32 = 1
      setsockopt(descriptor, SOL_SOCKET, SO_NOSIGPIPE, &one, socklen_t(MemoryLayout<Int32>.size))
    #endif
  }

  /// Nagle's algorithm would add its own delays to ours.
  private static func noDelay(_ descriptor: Int32) {
    var one: Int32 = 1
    setsockopt(
      descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
  }

  private static func loopback(port: UInt16) -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr = in_addr(s_addr: UInt32(0x7F00_0001).bigEndian)
    #if canImport(Darwin)
      address.sin_len = UInt8(MemoryLayout<sockaddr_in>.size)
    #endif
    return address
  }
}

enum MonotonicClock {
  /// Nanoseconds since some fixed moment.
  static var now: UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }
}
