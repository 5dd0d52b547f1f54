import FuzzSupport
import Testing

@testable import SFTP

/// What a broken or hostile server may send, and what it is called.
@Suite struct HostileServerTests {
  private func error(
    _ request: (inout SFTPClient) -> RequestID, _ reply: (RequestID) -> [UInt8]
  ) throws -> ProtocolError? {
    var client = try SFTPClient.ready()
    let id = request(&client)
    client.receive(reply(id))
    do throws(ProtocolError) {
      while try client.nextEvent() != nil {}
      return nil
    } catch {
      return error
    }
  }

  private func list(_ client: inout SFTPClient) -> RequestID { client.readDirectory(Handle([1])) }
  private func read(_ client: inout SFTPClient) -> RequestID {
    client.read(Handle([1]), offset: 0, length: 100)
  }

  /// What a login shell prints; the version may stand right behind it.
  @Test(arguments: [
    ("Welcome to the server!\r\n", "Welcome to the server!"), ("\n", ""), ("\r\n", ""),
    ("\n\nHi\n", "Hi"),
    ("Hi\n", "Hi"), ("\u{1B}[2JHi\n", "[2JHi"), ("\tHi", "Hi"), ("Grüezi\n", "Grüezi"),
    ("Привет\n", "Привет"),
  ])
  func namesTextBeforeTheVersion(text: String, named: String) {
    var client = SFTPClient()
    client.receive(Array(text.utf8) + ServerBytes.version(3))
    #expect(throws: ProtocolError.textBeforeVersion(named)) { try client.nextEvent() }
  }

  @Test(
    arguments: [[0xFF, 0xFF, 0xFF, 0xFF], [0x80, 0, 0, 1], [1, 0x41, 0x41, 0x41]] as [[UInt8]])
  func bytesThatAreNoTextAreABadLength(bytes: [UInt8]) {
    var client = SFTPClient()
    client.receive(bytes)
    let length = bytes.reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    #expect(throws: ProtocolError.packetLength(length)) { try client.nextEvent() }
  }

  @Test(arguments: [UInt32(0), 4, 262_145, 0x7FFF_FFFF, 0xFFFF_FFFF])
  func lengthsOutOfRange(_ length: UInt32) throws {
    var client = try SFTPClient.ready()
    client.receive(ServerBytes.uint32(length))
    #expect(throws: ProtocolError.packetLength(length)) { try client.nextEvent() }
  }

  @Test func firstPacketMustBeTheVersion() {
    var client = SFTPClient()
    client.receive(ServerBytes.packet(101, [0, 0, 0, 1, 0, 0, 0, 0]))
    #expect(throws: ProtocolError.malformed(type: 101)) { try client.nextEvent() }
  }

  @Test func oldVersionIsRefused() {
    var client = SFTPClient()
    client.receive(ServerBytes.version(2))
    #expect(throws: ProtocolError.unsupportedVersion(2)) { try client.nextEvent() }
  }

  @Test func countBeyondThePacket() throws {
    let found = try error(list) {
      ServerBytes.names($0, [("a.jpg", ServerBytes.regular)], count: 0xFFFF_FFFF)
    }
    #expect(found == .malformed(type: 104))
  }

  @Test func nameLengthBeyondThePacket() throws {
    let found = try error(list) { id in
      ServerBytes.packet(
        104,
        ServerBytes.uint32(id.value) + ServerBytes.uint32(1) + ServerBytes.uint32(0xFFFF_FFF0)
          + Array("abcdefghijkl".utf8))
    }
    #expect(found == .malformed(type: 104))
  }

  @Test func extendedCountBeyondThePacket() throws {
    let lying = ServerBytes.uint32(0x8000_0000) + ServerBytes.uint32(0xFFFF_FFFF)
    let found = try error(list) { ServerBytes.names($0, [("a.jpg", lying)]) }
    #expect(found == .malformed(type: 104))
  }

  @Test func longHandle() throws {
    let found = try error({ $0.open([1]) }) {
      ServerBytes.handle($0, Array(repeating: 1, count: 257))
    }
    #expect(found == .malformed(type: 102))
  }

  @Test func moreDataThanAsked() throws {
    let found = try error(read) { ServerBytes.data($0, Array(repeating: 1, count: 101)) }
    #expect(found == .excessData(asked: 100, got: 101))
  }

  @Test func dataLengthBeyondThePacket() throws {
    let found = try error(read) { id in
      ServerBytes.packet(
        103, ServerBytes.uint32(id.value) + ServerBytes.uint32(0x7FFF_FFFF) + [1, 2, 3])
    }
    #expect(found == .malformed(type: 103))
  }

  @Test func strangeAndSecondReplies() throws {
    let strange = try error(read) { ServerBytes.data(RequestID(value: $0.value + 7), [1]) }
    #expect(strange == .unknownRequest(8))
    let second = try error(read) { ServerBytes.data($0, [1]) + ServerBytes.data($0, [1]) }
    #expect(second == .unknownRequest(1))
  }

  @Test func replyOfAnotherKind() throws {
    #expect(try error(read) { ServerBytes.handle($0, [1]) } == .unexpectedReply(type: 102))
    #expect(
      try error(read) { ServerBytes.packet(250, ServerBytes.uint32($0.value)) } == .unknownType(250)
    )
  }

  /// Ten thousand here; a hundred thousand, with their memory counted, in FaultTests.
  @Test func s18_mutantsNeverTrap() {
    let result = SFTPMutants(run: 7).run(0..<10_000)
    #expect(result.complaints.isEmpty, "\(result.complaints.prefix(5))")
    #expect(result.events > 10_000 && result.errors > 1000)
  }
}
