import Foundation
import TestSupport
import Testing

@testable import MapServer

/// Misbehaving clients (rows S27, S29 and S30).
@Suite struct ClientTests {
  static let python = ["/usr/bin/python3", "/usr/local/bin/python3"].first {
    FileManager.default.isExecutableFile(atPath: $0)
  }
  static let canWatch = FileManager.default.fileExists(atPath: "/proc/self/fd") && python != nil

  @Test(.enabled(if: ServerTests.hasLeaflet && canWatch, "needs libjs-leaflet, Python and /proc"))
  func survivesClientsThatAbortPauseResetAndHalfClose() throws {
    let place = try Place(photos: 10_000)
    let server = try ServerTests.Serving(place.index)
    let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "clients.py")
    // A debug build uses more memory.
    let result = try Command.run(
      Self.python ?? "",
      [
        script.path, "--url", server.root, "--pid", "\(server.command.pid)", "--count", "1000",
        "--longest-pause", "0.3", "--most-memory", "128",
      ], timeout: 180)
    #expect(result.exitCode == 0, "\(result.text)\(result.errorText)")
    #expect(result.text.contains("1000 requests"))
    #expect(try server.get("/conformance").contains(" 200 "))
  }

  @Test func closesAPausedDownloadAndContinues() async throws {
    let place = try Place(photos: 20_000)
    try await OwnListener.with(place, .init(idle: .milliseconds(300))) { server in
      for format in ["geojson", "kml"] {
        let client = try RawClient(port: server.port, isNarrow: true)
        try client.send(server.request("/map/download?f=\(format)"))
        #expect(try client.read(most: 20).contains(" 200 "))
        // Reads nothing until the server has closed the connection.
        #expect(server.isClosed())
        #expect(try !client.read(most: .max).hasSuffix("0\r\n\r\n"))
      }
      #expect(try server.get("/conformance").contains(" 200 "))
    }
  }

  @Test func newDownloadReplacesAStalledOne() async throws {
    let place = try Place(photos: 20_000)
    let limits = ConnectionTable.Limits(downloads: 1, patience: .milliseconds(1))
    try await OwnListener.with(place, .init(), limits) { server in
      let stalled = try RawClient(port: server.port, isNarrow: true)
      try stalled.send(server.request("/map/download?f=geojson"))
      #expect(try stalled.read(most: 20).contains(" 200 "))
      var answer = ""
      // Until the first download has filled the buffers.
      for _ in 0..<200 where !answer.contains(" 200 ") {
        answer = try server.get("/map/download?site=nas")
      }
      #expect(answer.contains(" 200 ") && answer.hasSuffix("0\r\n\r\n"))
      #expect(server.isClosed())
      #expect(try !stalled.read(most: .max).hasSuffix("0\r\n\r\n"))
    }
  }

  @Test func activeDownloadsAreNotClosed() async throws {
    let place = try Place(photos: 20_000)
    try await OwnListener.with(place, .init(), .init(downloads: 1)) { server in
      let first = try RawClient(port: server.port, isNarrow: true)
      try first.send(server.request("/map/download?f=geojson"))
      #expect(try first.read(most: 20).contains(" 200 "))
      #expect(try server.get("/map/download?site=nas").contains(" 503 "))
      // A slow client with Connection: close gets the whole download.
      #expect(try first.read(most: .max).hasSuffix("0\r\n\r\n"))
    }
  }

  @Test func limitsMemoryOfLargeResponses() async throws {
    let place = try Place(photos: 20_000)
    let limits = ConnectionTable.Limits(heldBytes: 1 << 20, patience: .milliseconds(1))
    try await OwnListener.with(place, .init(), limits) { server in
      let target = "/collections/photos/items?limit=10000"
      let stalled = try (0..<3).map { _ in try RawClient(port: server.port, isNarrow: true) }
      for client in stalled { try client.send(server.request(target)) }
      var answer = ""
      for _ in 0..<200 where !answer.contains(" 200 ") { answer = try server.get(target) }
      #expect(answer.contains(" 200 ") && answer.hasSuffix("}"))
      _ = stalled
    }
  }

  @Test(.enabled(if: ServerTests.hasLeaflet)) func unfinishedRequestsDoNotExhaustConnections()
    throws
  {
    let place = try Place()
    let server = try ServerTests.Serving(place.index)
    let clients = try (0..<300).map { _ in try RawClient(port: server.port) }
    for client in clients { try? client.send("GET /conformance HTTP/1.1\r\nHost: 127") }
    for _ in 0..<3 { #expect(try server.get("/conformance").contains(" 200 ")) }
    _ = clients
  }

  @Test(.enabled(if: ServerTests.hasLeaflet)) func freesClosedEventStreamsAtOnce() throws {
    let place = try Place()
    let server = try ServerTests.Serving(place.index)
    let request = "GET /map/events HTTP/1.1\r\nHost: 127.0.0.1:\(server.port)\r\n\r\n"
    func listen() throws -> (client: RawClient, isIn: Bool) {
      let client = try RawClient(port: server.port)
      try client.send(request)
      return (client, try client.read(most: 15).contains(" 200 "))
    }
    var all = try (0..<32).map { _ in try listen() }
    #expect(all.allSatisfy { $0.isIn })
    #expect(try !listen().isIn)
    all = []
    // Far less than the interval of heartbeats, at which the server would notice in any case.
    #expect(Poll.until(seconds: 5) { (try? listen().isIn) ?? false })
  }

  @Test func queryEndsWhenItsClientDisconnects() async throws {
    let workers = Workers(threads: 1)
    let (begun, input) = AsyncStream.makeStream(of: Void.self)
    let task = Task {
      try await workers.run(stoppable: { stop in
        input.yield()
        while !stop.isSet { usleep(100) }
        throw CancellationError()
      })
    }
    for await _ in begun { break }
    // Queued behind it, and never started.
    let waiting = Task { try await workers.run { Issue.record("ran for nobody") } }
    waiting.cancel()
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
    await #expect(throws: CancellationError.self) { try await waiting.value }
  }
}

@Suite struct BlockPipeTests {
  @Test func isFreedWithPendingBlocks() throws {
    for count in 0...4 {
      let pipe = BlockPipe()
      for _ in 0..<count { try pipe.put([1]) }
      if count % 2 == 0 { pipe.abandon() }
    }
  }

  @Test func abandonedPipeRefusesBlocks() {
    let pipe = BlockPipe()
    pipe.abandon()
    for _ in 0..<10 { #expect(throws: BlockPipe.Abandoned.self) { try pipe.put([1]) } }
  }

  @Test func abandonWakesTheProducer() async {
    let pipe = BlockPipe()
    let producer = Task.detached {
      for _ in 0..<5 { try pipe.put([1]) }
    }
    pipe.abandon()
    await #expect(throws: BlockPipe.Abandoned.self) { try await producer.value }
  }
}
