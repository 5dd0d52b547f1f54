import GeoFormats
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// The socket: accepts connections, reads requests, writes responses. ``MapService`` makes the responses.
package struct MapListener: Sendable {
  private typealias Connection = NIOAsyncChannel<
    HTTPServerRequestPart, HTTPPart<HTTPResponseHead, ByteBuffer>
  >

  private let channel: NIOAsyncChannel<Connection, Never>
  private let workers: Workers
  private let table: ConnectionTable

  /// - Parameters:
  ///   - port: 0 for any free port.
  package static func bind(
    address: String, port: Int, workers: Workers
  ) async throws(ListenFailure) -> MapListener {
    try await bind(address: address, port: port, workers: workers, .init(), .init())
  }

  static func bind(
    address: String, port: Int, workers: Workers, _ times: ConnectionWatch.Times,
    _ limits: ConnectionTable.Limits
  ) async throws(ListenFailure) -> MapListener {
    let table = ConnectionTable(limits)
    do {
      let channel = try await listen(address, port, table, times)
      return MapListener(channel: channel, workers: workers, table: table)
    } catch {
      throw ListenFailure(number: (error as? IOError)?.errnoCode ?? 0, description: "\(error)")
    }
  }

  private static func listen(
    _ address: String, _ port: Int, _ table: ConnectionTable, _ times: ConnectionWatch.Times
  ) async throws -> NIOAsyncChannel<Connection, Never> {
    try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
      .serverChannelOption(.backlog, value: 256)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .serverChannelInitializer { $0.pipeline.addHandler(AcceptErrors()) }
      .bind(host: address, port: port) { channel in
        channel.eventLoop.makeCompletedFuture {
          let pipeline = channel.pipeline.syncOperations
          let budget = ByteBudget()
          try pipeline.addHandler(budget)
          try pipeline.configureHTTPServerPipeline(
            withEncoderConfiguration: .init(), withDecoderLimitConfiguration: RequestLimits.decoder)
          try pipeline.addHandler(ConnectionWatch(budget, table, times))
          return try Connection(wrappingChannelSynchronously: channel)
        }
      }
  }

  /// The port it listens on.
  package var port: Int { channel.channel.localAddress?.port ?? 0 }

  /// The number of connections in the table.
  var openConnections: Int { table.count }

  /// Serves until the task is cancelled.
  package func run(_ service: MapService) async throws {
    try await channel.executeThenClose { connections in
      try await withThrowingDiscardingTaskGroup { group in
        for try await connection in connections {
          group.addTask { await serveUntilClosed(connection, service) }
        }
      }
    }
  }

  /// Cancels the task when the client disconnects, which ends its queries and event streams.
  private func serveUntilClosed(_ connection: Connection, _ service: MapService) async {
    await withTaskGroup(of: Void.self) { group in
      // A broken connection needs no report.
      group.addTask { try? await serve(connection, service) }
      group.addTask { try? await connection.channel.closeFuture.get() }
      await group.next()
      group.cancelAll()
    }
  }

  private func serve(_ connection: Connection, _ service: MapService) async throws {
    try await connection.executeThenClose { inbound, outbound in
      var head: HTTPRequestHead?
      var body: [UInt8] = []
      for try await part in inbound {
        switch part {
        case .head(let new):
          head = new
          body = []
        case .body(let more):
          // ByteBudget bounds it.
          body.append(contentsOf: more.readableBytesView)
        case .end:
          guard let asked = head else { return }
          let request = MapRequest(
            method: asked.method.rawValue, target: asked.uri,
            headers: asked.headers.map { ($0.name, $0.value) }, body: body)
          let answer =
            if let request {
              await service.answer(request)
            } else {
              MapResponse.failure(400, "BadRequest", "invalid request target")
            }
          try await write(answer, asked, outbound, connection.channel)
          if !asked.isKeepAlive {
            return try await connection.channel.triggerUserOutboundEvent(
              ConnectionWatch.AnswerTaken()
            ).get()
          }
        }
      }
    }
  }

  private typealias Outbound = NIOAsyncChannelOutboundWriter<
    HTTPPart<HTTPResponseHead, ByteBuffer>
  >

  private func write(
    _ answer: MapResponse, _ asked: HTTPRequestHead, _ out: Outbound, _ channel: any Channel
  ) async throws {
    var answer = answer
    switch answer.body {
    case .written:
      if !table.beginDownload(channel) {
        answer = .failure(503, "Busy", "too many downloads are running; try again later")
      }
    case .bytes(let bytes):
      if bytes.count > Self.blockSize, !table.hold(bytes.count, for: channel) {
        answer = .failure(503, "Busy", "too many large responses are running; try again later")
      }
    case .events: break
    }
    defer { table.endAnswer(channel) }
    try await send(answer, asked, out)
  }

  /// Larger blocks would be copied as a whole for a slow client.
  private static let blockSize = 1 << 16

  private func send(_ answer: MapResponse, _ asked: HTTPRequestHead, _ out: Outbound) async throws {
    var head = HTTPResponseHead(version: asked.version, status: .init(statusCode: answer.status))
    for (name, value) in answer.headers { head.headers.add(name: name, value: value) }
    if !asked.isKeepAlive { head.headers.replaceOrAdd(name: "Connection", value: "close") }
    let hasBody = asked.method != .HEAD
    switch answer.body {
    case .bytes(let bytes):
      head.headers.replaceOrAdd(name: "Content-Length", value: String(bytes.count))
      try await out.write(.head(head))
      var rest = hasBody ? bytes[...] : []
      while !rest.isEmpty {
        try await out.write(.body(ByteBuffer(bytes: rest.prefix(Self.blockSize))))
        rest = rest.dropFirst(Self.blockSize)
      }
    case .events(let events):
      try await out.write(.head(head))
      if hasBody {
        for await event in events { try await out.write(.body(ByteBuffer(bytes: event))) }
      }
    case .written(let produce):
      try await out.write(.head(head))
      if hasBody { try await write(produce, out) }
    }
    try await out.write(.end(nil))
  }

  /// A thread produces blocks, this task writes them; each waits for the other.
  private func write(_ produce: @escaping MapResponse.Producer, _ out: Outbound) async throws {
    let pipe = BlockPipe()
    async let production: Void = produceBlocks(produce, pipe)
    do {
      for await block in pipe.blocks {
        try await out.write(.body(ByteBuffer(bytes: block)))
        pipe.taken()
      }
      // The blocks also end when the task is cancelled.
      try Task.checkCancellation()
    } catch {
      pipe.abandon()
      _ = try? await production
      throw error
    }
    // An incomplete response must not look complete: close the connection.
    try await production
  }
}

extension MapListener {
  private func produceBlocks(
    _ produce: @escaping MapResponse.Producer, _ pipe: BlockPipe
  ) async throws {
    defer { pipe.finish() }
    try await workers.run(stoppable: { stop in try produce({ try pipe.put(Array($0)) }, stop) })
  }
}

/// Listening on the address failed.
package struct ListenFailure: Error, CustomStringConvertible {
  /// `errno`; 0 for other failures.
  package var number: Int32
  package var description: String
}
