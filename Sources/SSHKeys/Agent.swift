import Platform

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// A client of ssh-agent (draft-miller-ssh-agent): lists keys and requests signatures. libssh2's own client blocks, and
/// requests SHA-1 signatures of RSA keys only.
package final class Agent {
  package struct Key: Sendable, Equatable {
    package var publicKey: [UInt8]
    package var comment: String
  }

  private enum Message {
    static let identities: UInt8 = 11
    static let identitiesAnswer: UInt8 = 12
    static let sign: UInt8 = 13
    static let signResponse: UInt8 = 14
  }

  /// Readable when the signature arrives.
  package let descriptor: Int32
  private var received: [UInt8] = []

  /// nil when no agent listens at the socket.
  package init?(socketPath: String) {
    #if canImport(Darwin)
      let type = SOCK_STREAM
    #else
      let type = Int32(SOCK_STREAM.rawValue)
    #endif
    let made = socket(AF_UNIX, type, 0)
    guard made >= 0 else { return nil }
    descriptor = made
    setNonBlocking(made)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let isShort = unsafe withUnsafeMutableBytes(of: &address.sun_path) { room in
      let path = Array(socketPath.utf8)
      guard path.count < room.count else { return false }
      unsafe room.copyBytes(from: path)
      return true
    }
    let length = socklen_t(MemoryLayout<sockaddr_un>.size)
    let result = unsafe withUnsafePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe connect(made, $0, length)
      }
    }
    // connect(2) to a Unix socket succeeds or fails at once.
    guard isShort, result == 0 else { return nil }
  }

  deinit { _ = closeDescriptor(descriptor) }

  /// The agent's keys; nil when it does not answer within two seconds.
  package func keys() -> [Key]? {
    guard send([Message.identities]) else { return nil }
    for _ in 0..<20 {
      guard let whole = receive() else {
        var event = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        _ = unsafe poll(&event, 1, 100)
        continue
      }
      var reader = FieldReader(whole)
      guard reader.take(1) == [Message.identitiesAnswer], let count = reader.word() else {
        return nil
      }
      var keys: [Key] = []
      for _ in 0..<min(count, 1_000) {
        guard let publicKey = reader.string(), let comment = reader.text() else { return nil }
        keys.append(Key(publicKey: publicKey, comment: comment))
      }
      return keys
    }
    return nil
  }

  /// Sends the request; ``signature()`` returns the answer later.
  package func startSigning(
    _ data: UnsafeBufferPointer<UInt8>, with publicKey: [UInt8], by algorithm: String
  ) -> Bool {
    var message = [Message.sign]
    message.append(string: publicKey)
    unsafe message.append(string: Array(data))
    // SSH_AGENT_RSA_SHA2_256 and _512.
    message.append(word: algorithm == "rsa-sha2-256" ? 2 : algorithm == "rsa-sha2-512" ? 4 : 0)
    wanted = algorithm
    return send(message)
  }

  /// The requested algorithm.
  private var wanted = ""

  package enum Answer {
    case waiting
    case signature([UInt8])
    case refused
    /// Signed with another algorithm than requested: old agents sign RSA with SHA-1 only.
    case otherAlgorithm(String)
  }

  /// Never blocks.
  package func signature() -> Answer {
    guard let whole = receive() else { return isOver ? .refused : .waiting }
    var reader = FieldReader(whole)
    guard reader.take(1) == [Message.signResponse], let blob = reader.string() else {
      return .refused
    }
    var signature = FieldReader(blob)
    guard let algorithm = signature.text(), let bytes = signature.string(), signature.rest.isEmpty
    else {
      return .refused
    }
    return algorithm == wanted ? .signature(bytes) : .otherAlgorithm(algorithm)
  }

  private var isOver = false

  private func send(_ message: [UInt8]) -> Bool {
    var framed: [UInt8] = []
    framed.append(string: message)
    #if canImport(Darwin)
      let flags: Int32 = 0
    #else
      let flags = Int32(MSG_NOSIGNAL)
    #endif
    let count = unsafe framed.withUnsafeBytes {
      unsafe Self.socketSend(descriptor, $0.baseAddress, $0.count, flags)
    }
    return count == framed.count
  }

  /// One complete message without its length; nil until it has arrived.
  private func receive() -> [UInt8]? {
    var chunk = [UInt8](repeating: 0, count: 16_384)
    while true {
      let count = unsafe chunk.withUnsafeMutableBytes {
        unsafe recv(descriptor, $0.baseAddress, $0.count, 0)
      }
      if count < 0, errno == EINTR { continue }
      if count == 0 || count < 0 && errno != EAGAIN { isOver = true }
      guard count > 0 else { break }
      received += chunk[..<count]
    }
    var reader = FieldReader(received)
    // OpenSSH's agent sends at most 256 KiB.
    guard let length = reader.word() else { return nil }
    guard length <= 1 << 20 else {
      isOver = true
      return nil
    }
    guard let message = reader.take(Int(length)) else { return nil }
    received = Array(reader.rest)
    return message
  }

  private static func socketSend(
    _ fd: Int32, _ bytes: UnsafeRawPointer?, _ count: Int, _ flags: Int32
  ) -> Int {
    #if canImport(Darwin)
      unsafe Darwin.send(fd, bytes, count, flags)
    #else
      unsafe Glibc.send(fd, bytes, count, flags)
    #endif
  }
}
