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

  @Test func bannerTextIsNamed() {
    var client = SFTPClient()
    client.receive(Array("Welcome to the server!\r\n".utf8))
    #expect(throws: ProtocolError.textBeforeVersion("Welcome to the server!")) {
      try client.nextEvent()
    }
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

  /// 100,000 mutants of a normal conversation: events or a typed error, never a trap, and never
  /// more entries than bytes could hold.
  @Test func s18_mutantsNeverTrap() throws {
    var random = SeededGenerator(seed: 7)
    for _ in 0..<100_000 {
      var client = try SFTPClient.ready()
      let ids = [
        list(&client), read(&client), client.open([1]), client.attributes(of: Handle([1])),
      ]
      var bytes =
        ServerBytes.names(ids[0], [("a.jpg", ServerBytes.regular), ("b", ServerBytes.regular)])
        + ServerBytes.data(ids[1], [1, 2, 3]) + ServerBytes.handle(ids[2], [1])
        + ServerBytes.attributes(ids[3], ServerBytes.regular)
      for _ in 0..<Int.random(in: 1...6, using: &random) {
        let at = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0..<4, using: &random) {
        case 0: bytes[at] ^= 1 << UInt8.random(in: 0...7, using: &random)
        case 1: bytes[at] = 0xFF
        case 2: bytes.remove(at: at)
        default: bytes.insert(UInt8.random(in: 0...255, using: &random), at: at)
        }
        if bytes.isEmpty { break }
      }
      client.receive(bytes)
      do throws(ProtocolError) {
        while let event = try client.nextEvent() {
          if case .names(_, let entries) = event { #expect(entries.count <= bytes.count / 12) }
        }
      } catch {
        #expect(!error.description.isEmpty)
      }
    }
  }
}

/// SplitMix64: the same numbers in every run.
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64
  init(seed: UInt64) { state = seed }
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
