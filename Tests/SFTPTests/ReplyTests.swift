import Testing

@testable import SFTP

@Suite struct ReplyTests {
  @Test func versionWithExtensions() throws {
    var client = SFTPClient()
    client.sendInitialize()
    let events = try client.events(ServerBytes.version(3, [("limits@openssh.com", "1")]))
    #expect(
      events == [.version(3, extensions: [Array("limits@openssh.com".utf8): Array("1".utf8)])])
  }

  @Test func repliesFindTheirRequestInAnyOrder() throws {
    var client = try SFTPClient.ready()
    let ids = (0..<50).map { _ in client.read(Handle([1]), offset: 0, length: 10) }
    let shuffled = ids.shuffled()
    let bytes = shuffled.flatMap { ServerBytes.data($0, [UInt8($0.value)]) }
    #expect(try client.events(bytes) == shuffled.map { .data($0, [UInt8($0.value)]) })
    #expect(client.openRequests == 0)
  }

  @Test(arguments: [1, 2, 3, 5, 7, 64, 1000])
  func anyCutOfTheStreamGivesTheSameEvents(_ portion: Int) throws {
    func run(_ portion: Int) throws -> [SFTPClient.Event] {
      var client = try SFTPClient.ready()
      let open = client.open([1])
      let list = client.readDirectory(Handle([1]))
      let read = client.read(Handle([1]), offset: 0, length: 500)
      let stat = client.attributes(of: Handle([1]))
      let bytes =
        ServerBytes.handle(open, [1, 2, 3])
        + ServerBytes.names(list, [("a.jpg", ServerBytes.regular), ("b", ServerBytes.uint32(0))])
        + ServerBytes.data(read, Array(repeating: 7, count: 500))
        + ServerBytes.attributes(stat, ServerBytes.regular)
      var events: [SFTPClient.Event] = []
      var start = 0
      while start < bytes.count {
        let end = min(bytes.count, start + portion)
        events += try client.events(Array(bytes[start..<end]))
        start = end
      }
      return events
    }
    let whole = try run(.max / 2)
    #expect(whole.count == 4)
    #expect(try run(portion) == whole)
  }

  @Test func attributesThatAreAbsentAreNotZero() throws {
    var client = try SFTPClient.ready()
    let id = client.readDirectory(Handle([1]))
    let events = try client.events(ServerBytes.names(id, [("a", ServerBytes.uint32(0))]))
    guard case .names(_, let entries) = try #require(events.first) else {
      Issue.record("\(events)")
      return
    }
    #expect(entries == [NameEntry(name: [0x61], attributes: FileAttributes())])
    #expect(entries.first?.attributes.kind == .unknown)
  }

  @Test func extendedAttributesDoNotHideTheNextName() throws {
    var client = try SFTPClient.ready()
    let id = client.readDirectory(Handle([1]))
    let extended =
      ServerBytes.uint32(0x8000_0001) + ServerBytes.uint64(5) + ServerBytes.uint32(1)
      + ServerBytes.string("acl@example") + ServerBytes.string("xyz")
    let events = try client.events(
      ServerBytes.names(id, [("a", extended), ("b", extended), ("c", extended)]))
    guard case .names(_, let entries) = try #require(events.first) else {
      Issue.record("\(events)")
      return
    }
    #expect(entries.map(\.name) == [[0x61], [0x62], [0x63]])
    #expect(entries.allSatisfy { $0.attributes.size == 5 })
  }

  @Test(arguments: [
    (UInt32(0o100644), FileAttributes.Kind.regular), (0o040755, .directory),
    (0o120777, .symbolicLink), (0o010644, .other), (0o060644, .other), (0o644, .unknown),
  ])
  func kindFromModeBits(_ mode: UInt32, _ kind: FileAttributes.Kind) {
    #expect(FileAttributes(permissions: mode).kind == kind)
  }

  @Test func statusWithoutMessageIsLegal() throws {
    var client = try SFTPClient.ready()
    let id = client.open([1])
    let bytes = ServerBytes.packet(101, ServerBytes.uint32(id.value) + ServerBytes.uint32(2))
    #expect(try client.events(bytes) == [.status(id, Status(code: .noSuchFile, message: ""))])
  }

  @Test func statusTextLosesControlCharacters() throws {
    var client = try SFTPClient.ready()
    let id = client.open([1])
    let events = try client.events(ServerBytes.status(id, 4, "a\u{1B}]0;x\u{7}b\n"))
    #expect(events == [.status(id, Status(code: .failure, message: "a]0;xb"))])
  }

  @Test func limitsOfOpenSSH() {
    let reply = [262_144, 261_120, 261_120, 1019].flatMap { ServerBytes.uint64($0) }
    #expect(ServerLimits(reply: reply)?.maximumOpenHandles == 1019)
    #expect(ServerLimits(reply: Array(reply.dropLast())) == nil)
  }
}
