import Testing

@testable import SFTP

/// The bytes of each request, against draft-ietf-secsh-filexfer-02 by hand.
@Suite struct RequestTests {
  @Test func initializeSaysVersion3() {
    var client = SFTPClient()
    client.sendInitialize()
    #expect(client.outbound == [0, 0, 0, 5, 1, 0, 0, 0, 3])
  }

  @Test func openAsksForReadingOnly() throws {
    var client = try SFTPClient.ready()
    let id = client.open(Array("/a".utf8))
    #expect(id.value == 1)
    #expect(
      client.outbound == [0, 0, 0, 19, 3, 0, 0, 0, 1, 0, 0, 0, 2, 0x2F, 0x61]
        + [0, 0, 0, 1] + [0, 0, 0, 0])
  }

  @Test func readCarriesOffsetAndLength() throws {
    var client = try SFTPClient.ready()
    _ = client.read(Handle([9]), offset: 0x1_0000_0002, length: 32_768)
    #expect(
      client.outbound == [0, 0, 0, 22, 5, 0, 0, 0, 1, 0, 0, 0, 1, 9]
        + [0, 0, 0, 1, 0, 0, 0, 2] + [0, 0, 0x80, 0])
  }

  @Test func requestsWithOneString() throws {
    let table: [(UInt8, (inout SFTPClient) -> RequestID)] = [
      (4, { $0.close(Handle([1, 2])) }),
      (7, { $0.linkAttributes([1, 2]) }),
      (8, { $0.attributes(of: Handle([1, 2])) }),
      (11, { $0.openDirectory([1, 2]) }),
      (12, { $0.readDirectory(Handle([1, 2])) }),
      (16, { $0.realPath([1, 2]) }),
    ]
    for (type, send) in table {
      var client = try SFTPClient.ready()
      _ = send(&client)
      #expect(client.outbound == [0, 0, 0, 11, type, 0, 0, 0, 1, 0, 0, 0, 2, 1, 2])
    }
  }

  @Test func sentBytesLeaveTheBufferOnce() throws {
    var client = try SFTPClient.ready()
    var sent: [UInt8] = []
    var expected: [UInt8] = []
    for round in 0..<3000 {
      let before = client.outbound.count
      _ = client.readDirectory(Handle([UInt8(round % 256)]))
      expected += client.outbound[before...]
      let portion = min(client.outboundCount, 7 + round % 40)
      sent += client.outbound[client.outboundStart...].prefix(portion)
      client.didSend(portion)
    }
    sent += client.outbound[client.outboundStart...]
    #expect(sent == expected)
  }
}
