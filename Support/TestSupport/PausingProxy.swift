import Foundation

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Forwards one connection to a local port and delays what the server sends after its first line: a server that is slow
/// during its greeting.
package final class PausingProxy: Sendable {
  /// The port on 127.0.0.1 to connect to.
  package let port: UInt16
  private let listener: Int32

  package init(to target: UInt16, pause: Double) throws {
    let listener = socket(AF_INET, Self.stream, 0)
    var address = Self.loopback(0)
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let bound = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { raw in
        bind(listener, raw, length) == 0 && listen(listener, 8) == 0
          && getsockname(listener, raw, &length) == 0
      }
    }
    guard bound else { throw TestSupportError("no listening socket: errno \(errno)") }
    self.listener = listener
    port = UInt16(bigEndian: address.sin_port)
    // Read before the client connects, so that the line is immediate even if the server starts slowly.
    let (server, line) = try Self.greeted(by: target)
    Thread {
      let client = accept(listener, nil, nil)
      guard client >= 0 else {
        close(server)
        return
      }
      Self.write(line, to: client)
      Thread { Self.copy(from: client, to: server) }.start()
      Thread.sleep(forTimeInterval: pause)
      Self.copy(from: server, to: client)
      close(client)
      close(server)
    }.start()
  }

  deinit {
    shutdown(listener, Int32(SHUT_RDWR))
    close(listener)
  }

  private static func greeted(by target: UInt16) throws -> (descriptor: Int32, line: [UInt8]) {
    let server = socket(AF_INET, stream, 0)
    var address = loopback(target)
    let connected = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(server, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
      }
    }
    var line: [UInt8] = []
    var byte: UInt8 = 0
    while connected, line.last != 0x0A, read(server, &byte, 1) == 1 { line.append(byte) }
    guard line.last == 0x0A else {
      close(server)
      throw TestSupportError("no greeting on port \(target)")
    }
    return (server, line)
  }

  private static func copy(from source: Int32, to sink: Int32) {
    var bytes = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = read(source, &bytes, bytes.count)
      guard count > 0, write(Array(bytes[..<count]), to: sink) else { break }
    }
    shutdown(sink, Int32(SHUT_RDWR))
    shutdown(source, Int32(SHUT_RDWR))
  }

  @discardableResult
  private static func write(_ bytes: [UInt8], to sink: Int32) -> Bool {
    var left = bytes[...]
    while !left.isEmpty {
      let count = left.withUnsafeBytes { send(sink, $0.baseAddress, $0.count, noSignal) }
      guard count > 0 else { return false }
      left = left.dropFirst(count)
    }
    return true
  }

  private static func loopback(_ port: UInt16) -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    return address
  }

  private static var noSignal: Int32 {
    #if canImport(Darwin)
      0
    #else
      Int32(MSG_NOSIGNAL)
    #endif
  }

  private static var stream: Int32 {
    #if canImport(Darwin)
      SOCK_STREAM
    #else
      Int32(SOCK_STREAM.rawValue)
    #endif
  }
}
