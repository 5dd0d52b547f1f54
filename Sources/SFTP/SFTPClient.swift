/// The client side of SFTP version 3 (draft-ietf-secsh-filexfer-02), sans I/O: requests append
/// bytes to ``outbound``, received bytes go into `receive(_:)` and come out as events.
///
/// Any number of requests may be open at once, and replies may come in any order; each finds its
/// request by id. A reply that no open request explains, of the wrong type or longer than asked is
/// a ``ProtocolError``, after which the value must not be used any more.
public struct SFTPClient: Sendable {
  /// A message of the server; replies name the request they answer.
  public enum Event: Hashable, Sendable {
    /// The first reply, with the server's extensions (name to data).
    case version(UInt32, extensions: [[UInt8]: [UInt8]])
    case handle(RequestID, Handle)
    /// 0…asked bytes; 0 is legal in form only and left to the caller to refuse.
    case data(RequestID, [UInt8])
    /// 0 or more entries; 0 is no end of the folder, only status end-of-file is.
    case names(RequestID, [NameEntry])
    case attributes(RequestID, FileAttributes)
    case status(RequestID, Status)
    case extendedReply(RequestID, [UInt8])
  }

  private enum Expected: Sendable {
    case handle
    case data(Int)
    case names
    case attributes
    case status
    case extended
  }

  /// Packets above this length are refused (OpenSSH's own maximum).
  public static let maximumPacketLength: UInt32 = 262_144
  /// Names in one reply; OpenSSH sends a hundred. The largest packet has room for 20,000 of one letter,
  /// which would take more than a megabyte.
  public static let maximumNames = 4096
  /// Bytes per READ that every server must serve in one reply (§3: 34,000 byte packets).
  public static let safeReadLength = 32_768

  /// Bytes for the server. The owner sends a prefix and takes it off with ``didSend(_:)``.
  public private(set) var outbound: [UInt8] = []
  public private(set) var outboundStart = 0

  private var inbound: [UInt8] = []
  private var inboundStart = 0
  private var expected: [UInt32: Expected] = [:]
  private var nextID: UInt32 = 1
  private var hasVersion = false
  /// What the server's VERSION message names, in its order.
  private(set) var extensions: [ServerExtension] = []

  /// A client that has sent nothing yet; ``sendInitialize()`` comes first.
  public init() {}

  /// Requests without an answer so far.
  public var openRequests: Int { expected.count }
  /// The server has answered ``sendInitialize()``.
  public var isVersionKnown: Bool { hasVersion }

  // MARK: Sending

  /// Bytes that wait to be sent.
  public var outboundCount: Int { outbound.count - outboundStart }

  /// Takes off the first bytes of what waits; the transport has them.
  public mutating func didSend(_ count: Int) {
    outboundStart += min(count, outboundCount)
    if outboundStart == outbound.count {
      outbound.removeAll(keepingCapacity: true)
      outboundStart = 0
    } else if outboundStart > 65_536 {
      outbound.removeSubrange(0..<outboundStart)
      outboundStart = 0
    }
  }

  /// All waiting bytes, taken off at once: for a transport that accepts any number.
  public mutating func takeOutbound() -> [UInt8] {
    defer { didSend(outboundCount) }
    return Array(outbound[outboundStart...])
  }

  /// SSH_FXP_INIT (§4). Requests may follow in the same flight; servers answer in order.
  public mutating func sendInitialize() {
    outbound.appendUInt32(5)
    outbound.append(MessageType.initialize.rawValue)
    outbound.appendUInt32(3)
  }

  /// SSH_FXP_OPEN with SSH_FXF_READ and no other flag (§6.3).
  public mutating func open(_ path: [UInt8]) -> RequestID {
    begin(.open, bodyLength: 4 + path.count + 8, .handle) { out in
      out.appendString(path)
      out.appendUInt32(1)
      out.appendUInt32(0)
    }
  }

  /// SSH_FXP_OPENDIR (§6.7); answered by `.handle` or `.status`.
  public mutating func openDirectory(_ path: [UInt8]) -> RequestID {
    begin(.opendir, bodyLength: 4 + path.count, .handle) { $0.appendString(path) }
  }

  /// SSH_FXP_READDIR (§6.7): some more entries; answered by `.names`, at the end by `.status` with end-of-file.
  public mutating func readDirectory(_ handle: Handle) -> RequestID {
    begin(.readdir, bodyLength: 4 + handle.bytes.count, .names) { $0.appendString(handle.bytes) }
  }

  /// SSH_FXP_READ (§6.4): up to `length` bytes from `offset`.
  public mutating func read(_ handle: Handle, offset: UInt64, length: UInt32) -> RequestID {
    begin(.read, bodyLength: 4 + handle.bytes.count + 12, .data(Int(length))) { out in
      out.appendString(handle.bytes)
      out.appendUInt64(offset)
      out.appendUInt32(length)
    }
  }

  /// SSH_FXP_CLOSE (§6.3) of a file or folder; answered by `.status`.
  public mutating func close(_ handle: Handle) -> RequestID {
    begin(.close, bodyLength: 4 + handle.bytes.count, .status) { $0.appendString(handle.bytes) }
  }

  /// SSH_FXP_FSTAT (§6.8); answered by `.attributes`.
  public mutating func attributes(of handle: Handle) -> RequestID {
    begin(.fstat, bodyLength: 4 + handle.bytes.count, .attributes) {
      $0.appendString(handle.bytes)
    }
  }

  /// SSH_FXP_LSTAT (§6.8): does not follow a symbolic link; answered by `.attributes`.
  public mutating func linkAttributes(_ path: [UInt8]) -> RequestID {
    begin(.lstat, bodyLength: 4 + path.count, .attributes) { $0.appendString(path) }
  }

  /// SSH_FXP_REALPATH (§6.11): the absolute path as the server sees it; answered by `.names` with one entry.
  public mutating func realPath(_ path: [UInt8]) -> RequestID {
    begin(.realpath, bodyLength: 4 + path.count, .names) { $0.appendString(path) }
  }

  /// SSH_FXP_EXTENDED (§8) without data, such as `limits@openssh.com`.
  public mutating func extended(_ name: String) -> RequestID {
    let bytes = Array(name.utf8)
    return begin(.extended, bodyLength: 4 + bytes.count, .extended) { $0.appendString(bytes) }
  }

  private mutating func begin(
    _ type: MessageType, bodyLength: Int, _ expects: Expected, _ body: (inout [UInt8]) -> Void
  ) -> RequestID {
    while expected[nextID] != nil { nextID &+= 1 }
    let id = nextID
    nextID &+= 1
    expected[id] = expects
    outbound.appendUInt32(UInt32(truncatingIfNeeded: 5 + bodyLength))
    outbound.append(type.rawValue)
    outbound.appendUInt32(id)
    body(&outbound)
    return RequestID(value: id)
  }

  // MARK: Receiving

  /// Bytes from the server, in portions of any size; ``nextEvent()`` then has what they complete.
  public mutating func receive(_ bytes: UnsafeRawBufferPointer) {
    if inboundStart == inbound.count {
      inbound.removeAll(keepingCapacity: true)
      inboundStart = 0
    } else if inbound.count + bytes.count > inbound.capacity {
      inbound.removeSubrange(0..<inboundStart)
      inboundStart = 0
    }
    inbound.append(contentsOf: bytes)
  }

  /// Bytes from the server, in portions of any size; ``nextEvent()`` then has what they complete.
  public mutating func receive(_ bytes: [UInt8]) {
    bytes.withUnsafeBytes { receive($0) }
  }

  /// The next complete message, or nil when more bytes are needed.
  public mutating func nextEvent() throws(ProtocolError) -> Event? {
    var head = WireReader(inbound, from: inboundStart, to: inbound.count)
    guard let length = head.uint32() else { return nil }
    guard length >= 5, length <= Self.maximumPacketLength else {
      throw hasVersion ? .packetLength(length) : textOrLength(length)
    }
    guard head.remaining >= Int(length) else {
      // Text such as "\0\0\0…" is no banner; but a first packet that cannot be a version reply is.
      if !hasVersion, head.remaining >= 1, let type = head.byte(),
        type != MessageType.version.rawValue
      {
        throw .malformed(type: type)
      }
      return nil
    }
    let start = head.position
    inboundStart = start + Int(length)
    var body = WireReader(inbound, from: start, to: inboundStart)
    guard let typeByte = body.byte() else { throw .packetLength(length) }
    guard let type = MessageType(rawValue: typeByte) else { throw .unknownType(typeByte) }
    if !hasVersion {
      guard type == .version else { throw .malformed(type: typeByte) }
      return try version(&body)
    }
    guard let id = body.uint32() else { throw .malformed(type: typeByte) }
    guard let expects = expected.removeValue(forKey: id) else { throw .unknownRequest(id) }
    return try reply(type, RequestID(value: id), expects, &body)
  }

  private func textOrLength(_ length: UInt32) -> ProtocolError {
    // No length that is allowed begins with such a byte; the packet itself may follow right behind it.
    let text = inbound[inboundStart...].prefix(80).prefix {
      $0 >= 0x20 && $0 != 0x7F || (0x09...0x0D).contains($0) || $0 == 0x1B
    }
    let line = text.drop { $0 <= 0x20 }.prefix { $0 != 0x0A && $0 != 0x0D }
      .filter { $0 >= 0x20 }
    // Bytes that are no text in any case.
    guard let first = text.first, first < 0x80 || String(validating: line, as: UTF8.self) != nil
    else { return .packetLength(length) }
    return .textBeforeVersion(String(decoding: line, as: UTF8.self))
  }

  private mutating func version(_ body: inout WireReader) throws(ProtocolError) -> Event {
    guard let version = body.uint32() else { throw .malformed(type: MessageType.version.rawValue) }
    guard version >= 3 else { throw .unsupportedVersion(version) }
    var extensions: [[UInt8]: [UInt8]] = [:]
    while body.remaining > 0, extensions.count < 64 {
      guard let name = body.string(), let data = body.string() else {
        throw .malformed(type: MessageType.version.rawValue)
      }
      extensions[name] = data
      self.extensions.append(ServerExtension(name: name, data: data))
    }
    hasVersion = true
    return .version(version, extensions: extensions)
  }

  private func reply(
    _ type: MessageType, _ id: RequestID, _ expects: Expected, _ body: inout WireReader
  ) throws(ProtocolError) -> Event {
    switch (type, expects) {
    case (.status, _):
      guard let code = body.uint32() else { throw .malformed(type: type.rawValue) }
      // Some v3 servers leave message and language out.
      let message = body.string() ?? []
      return .status(id, Status(code: .init(code), message: Self.printable(message)))
    case (.handle, .handle):
      guard let bytes = body.string(), bytes.count <= Handle.maximumLength else {
        throw .malformed(type: type.rawValue)
      }
      return .handle(id, Handle(bytes))
    case (.data, .data(let asked)):
      guard let bytes = body.string() else { throw .malformed(type: type.rawValue) }
      guard bytes.count <= asked else { throw .excessData(asked: asked, got: bytes.count) }
      return .data(id, bytes)
    case (.name, .names):
      return .names(id, try Self.names(&body))
    case (.attributes, .attributes):
      guard let attributes = FileAttributes(&body) else { throw .malformed(type: type.rawValue) }
      return .attributes(id, attributes)
    case (.extendedReply, .extended):
      var rest: [UInt8] = []
      rest.reserveCapacity(body.remaining)
      while let byte = body.byte() { rest.append(byte) }
      return .extendedReply(id, rest)
    default:
      throw .unexpectedReply(type: type.rawValue)
    }
  }

  private static func names(_ body: inout WireReader) throws(ProtocolError) -> [NameEntry] {
    // An entry takes at least 12 bytes: two empty strings and the attribute flags.
    guard let count = body.uint32(), Int(count) <= min(body.remaining / 12, maximumNames) else {
      throw .malformed(type: MessageType.name.rawValue)
    }
    var entries: [NameEntry] = []
    entries.reserveCapacity(Int(count))
    for _ in 0..<count {
      guard let name = body.string(), body.skipString(), let attributes = FileAttributes(&body)
      else { throw .malformed(type: MessageType.name.rawValue) }
      entries.append(NameEntry(name: name, attributes: attributes))
    }
    return entries
  }

  private static func printable(_ bytes: [UInt8]) -> String {
    String(
      String(decoding: bytes.prefix(800), as: UTF8.self).unicodeScalars.lazy
        .filter { $0.value >= 0x20 && !(0x7F...0x9F).contains($0.value) }
        .prefix(200)
        .reduce(into: String.UnicodeScalarView()) { $0.append($1) })
  }
}

/// What OpenSSH's `limits@openssh.com` reply states (PROTOCOL §4.8); 0 means "no limit stated".
public struct ServerLimits: Hashable, Sendable {
  public static let extensionName = "limits@openssh.com"
  public var maximumPacketLength: UInt64
  public var maximumReadLength: UInt64
  public var maximumWriteLength: UInt64
  public var maximumOpenHandles: UInt64

  public init?(reply: [UInt8]) {
    var reader = WireReader(reply, from: 0, to: reply.count)
    guard let packet = reader.uint64(), let read = reader.uint64(), let write = reader.uint64(),
      let handles = reader.uint64()
    else { return nil }
    maximumPacketLength = packet
    maximumReadLength = read
    maximumWriteLength = write
    maximumOpenHandles = handles
  }
}
