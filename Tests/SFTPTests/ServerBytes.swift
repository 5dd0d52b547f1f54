@testable import SFTP

/// Builds the bytes a server would send.
enum ServerBytes {
  static func packet(_ type: UInt8, _ body: [UInt8]) -> [UInt8] {
    var out: [UInt8] = []
    out.appendUInt32(UInt32(body.count + 1))
    out.append(type)
    return out + body
  }

  static func version(_ number: UInt32 = 3, _ extensions: [(String, String)] = []) -> [UInt8] {
    var body = uint32(number)
    for (name, data) in extensions { body += string(name) + string(data) }
    return packet(2, body)
  }

  static func status(_ id: RequestID, _ code: UInt32, _ message: String = "text") -> [UInt8] {
    packet(101, uint32(id.value) + uint32(code) + string(message) + string("en"))
  }

  static func handle(_ id: RequestID, _ bytes: [UInt8]) -> [UInt8] {
    packet(102, uint32(id.value) + string(bytes))
  }

  static func data(_ id: RequestID, _ bytes: [UInt8]) -> [UInt8] {
    packet(103, uint32(id.value) + string(bytes))
  }

  /// Entries as (name, attribute bytes).
  static func names(_ id: RequestID, _ entries: [(String, [UInt8])], count: UInt32? = nil)
    -> [UInt8]
  {
    var body = uint32(id.value) + uint32(count ?? UInt32(entries.count))
    for (name, attributes) in entries { body += string(name) + string("long") + attributes }
    return packet(104, body)
  }

  static func attributes(_ id: RequestID, _ attributes: [UInt8]) -> [UInt8] {
    packet(105, uint32(id.value) + attributes)
  }

  static let regular: [UInt8] =
    uint32(0x1 | 0x4 | 0x8) + uint64(1234) + uint32(0o100644) + uint32(7)
    + uint32(1_700_000_000)

  static func uint32(_ value: UInt32) -> [UInt8] {
    var out: [UInt8] = []
    out.appendUInt32(value)
    return out
  }

  static func uint64(_ value: UInt64) -> [UInt8] {
    var out: [UInt8] = []
    out.appendUInt64(value)
    return out
  }

  static func string(_ text: String) -> [UInt8] { string(Array(text.utf8)) }

  static func string(_ bytes: [UInt8]) -> [UInt8] { uint32(UInt32(bytes.count)) + bytes }
}

extension SFTPClient {
  /// A client past the version exchange, with nothing left to send.
  static func ready() throws -> SFTPClient {
    var client = SFTPClient()
    client.sendInitialize()
    client.didSend(client.outboundCount)
    client.receive(ServerBytes.version())
    _ = try client.nextEvent()
    return client
  }

  mutating func events(_ bytes: [UInt8]) throws -> [Event] {
    receive(bytes)
    var out: [Event] = []
    while let event = try nextEvent() { out.append(event) }
    return out
  }
}
