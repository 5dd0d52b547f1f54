import Foundation
import TestSupport

/// A socket that closes when it is freed.
final class RawClient: Sendable {
  private let handle: Int32

  /// - Parameter isNarrow: use the smallest receive buffer.
  init(port: Int, isNarrow: Bool = false) throws {
    handle = socket(AF_INET, ServerTests.streamType, 0)
    if isNarrow {
      var size: Int32 = 4096
      setsockopt(handle, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
    }
    var patience = timeval(tv_sec: 300, tv_usec: 0)
    setsockopt(handle, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(UInt16(port).bigEndian)
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    let connected = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(handle, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard connected == 0 else { throw TestSupportError("no connection: \(errno)") }
  }

  deinit { close(handle) }

  func send(_ text: String) throws {
    let bytes = Array(text.utf8)
    guard Foundation.send(handle, bytes, bytes.count, ServerTests.noSignal) == bytes.count else {
      throw TestSupportError("not sent: \(errno)")
    }
  }

  /// Reads at most this many bytes, or until the server closes the connection.
  func read(most: Int) throws -> String {
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while bytes.count < most {
      let count = recv(handle, &chunk, min(chunk.count, most - bytes.count), 0)
      if count == 0 || count < 0 && errno == ECONNRESET { break }
      guard count > 0 else { throw TestSupportError("nothing comes: \(errno)") }
      bytes += chunk[..<count]
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
