import SSHTransport

@testable import PhotoSource

/// sftp-server behind a judge who may answer a request himself, or change a reply, in its turn.
final class JudgingChannel: ByteChannel {
  /// Type and all bytes behind the length word, with type and id at their head.
  typealias Message = [UInt8]

  private let inner: any ByteChannel
  private let judge: (Message) -> Message?
  private let edit: (Message) -> Message
  private let hidesExtensions: Bool
  private var held: [UInt8] = []
  private var received: [UInt8] = []
  private var ready: [UInt8] = []
  private var own: [UInt32: Message] = [:]

  /// - Parameters:
  ///   - judge: the reply to a request; nil: the server's own.
  ///   - edit: changes the server's replies.
  ///   - hidesExtensions: VERSION names none, as on a server of another maker.
  init(
    _ inner: any ByteChannel = LocalServer.channel(isOpenSSH: true),
    judge: @escaping (Message) -> Message? = { _ in nil },
    edit: @escaping (Message) -> Message = { $0 }, hidesExtensions: Bool = false
  ) {
    self.inner = inner
    self.judge = judge
    self.edit = edit
    self.hidesExtensions = hidesExtensions
  }

  var descriptor: Int32 { inner.descriptor }
  var interest: Interest { inner.interest }
  let stage = ConnectionStage.talking(to: "a test")
  var isOpenSSH: Bool { inner.isOpenSSH }
  func advance() throws(TransportError) -> Bool { try inner.advance() }
  func close() { inner.close() }

  static func number(_ bytes: ArraySlice<UInt8>) -> UInt32 {
    bytes.reduce(0) { $0 << 8 | UInt32($1) }
  }

  static func bytes(_ number: UInt32) -> [UInt8] {
    [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) }
  }

  /// The string at the head of a request's body: a path or a handle.
  static func string(_ message: Message) -> [UInt8] {
    guard message.count >= 9 else { return [] }
    return Array(message[9...].prefix(Int(number(message[5..<9]))))
  }

  static func status(_ code: UInt32, for message: Message) -> Message {
    [101] + message[1..<5] + bytes(code) + bytes(0) + bytes(0)
  }

  static func packet(_ message: Message) -> [UInt8] {
    bytes(UInt32(message.count)) + message
  }

  static func messages(_ buffer: inout [UInt8]) -> [Message] {
    var out: [Message] = []
    var start = 0
    while buffer.count - start >= 4 {
      let end = start + 4 + Int(number(buffer[start..<start + 4]))
      guard end <= buffer.count else { break }
      out.append(Array(buffer[start + 4..<end]))
      start = end
    }
    buffer.removeSubrange(0..<start)
    return out
  }

  func read(into target: UnsafeMutableRawBufferPointer) throws(TransportError) -> ReadOutcome {
    if ready.isEmpty {
      switch try inner.read(into: target) {
      case .bytes(let count):
        received += target[..<count]
        for message in Self.messages(&received) {
          // The version has no id.
          let isReply = message.count >= 5 && message[0] != 2
          let judged = isReply ? own.removeValue(forKey: Self.number(message[1..<5])) : nil
          let version = hidesExtensions ? Array(message.prefix(5)) : message
          ready += Self.packet(judged ?? (isReply ? edit(message) : version))
        }
      case let other: return other
      }
    }
    return ready.handOver(to: target)
  }

  func write(_ bytes: UnsafeRawBufferPointer) throws(TransportError) -> Int {
    held += bytes
    var outgoing: [UInt8] = []
    for message in Self.messages(&held) {
      guard message.first != 1, let reply = judge(message) else {
        outgoing += Self.packet(message)
        continue
      }
      own[Self.number(message[1..<5])] = reply
      // Something harmless in its place, so that the reply comes in its turn.
      outgoing += Self.packet([7] + message[1..<5] + Self.bytes(1) + [0x2F])
    }
    try inner.writeAll(outgoing)
    return bytes.count
  }
}

extension [UInt8] {
  /// As many as fit, taken off the front.
  mutating func handOver(to target: UnsafeMutableRawBufferPointer) -> ReadOutcome {
    let count = Swift.min(self.count, target.count)
    guard count > 0 else { return .wouldBlock }
    target.copyBytes(from: self[..<count])
    removeSubrange(0..<count)
    return .bytes(count)
  }
}

extension ByteChannel {
  /// In as many pieces as the channel takes.
  func writeAll(_ bytes: [UInt8]) throws(TransportError) {
    let bound = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
    defer { bound.deallocate() }
    bound.copyBytes(from: bytes)
    var start = 0
    while start < bound.count {
      start += try write(UnsafeRawBufferPointer(rebasing: bound[start...]))
    }
  }
}
