import GeoFormats
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// The socket: takes connections, reads requests, writes answers. All that is decided lies in ``MapService``.
package struct MapListener: Sendable {
  private typealias Connection = NIOAsyncChannel<
    HTTPServerRequestPart, HTTPPart<HTTPResponseHead, ByteBuffer>
  >

  private let channel: NIOAsyncChannel<Connection, Never>
  private let workers: Workers
  private let open = Counter()
  private let downloads = Counter()

  /// - Parameters:
  ///   - port: 0 for any that is free.
  ///   - deadline: seconds for a request to come to its end.
  package static func bind(
    address: String, port: Int, workers: Workers, deadline: Int? = nil
  ) async throws(ListenFailure) -> MapListener {
    do {
      let channel = try await listen(address, port, deadline)
      return MapListener(channel: channel, workers: workers)
    } catch {
      throw ListenFailure(number: (error as? IOError)?.errnoCode ?? 0, description: "\(error)")
    }
  }

  private static func listen(
    _ address: String, _ port: Int, _ deadline: Int?
  ) async throws -> NIOAsyncChannel<Connection, Never> {
    try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
      .serverChannelOption(.backlog, value: 64)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .bind(host: address, port: port) { channel in
        channel.eventLoop.makeCompletedFuture {
          let pipeline = channel.pipeline.syncOperations
          let budget = ByteBudget()
          try pipeline.addHandler(budget)
          try pipeline.configureHTTPServerPipeline(
            withEncoderConfiguration: .init(), withDecoderLimitConfiguration: RequestLimits.decoder)
          try pipeline.addHandler(IdleStateHandler(allTimeout: RequestLimits.idleTime))
          let time = deadline.map { TimeAmount.seconds(Int64($0)) } ?? RequestLimits.time
          try pipeline.addHandler(RequestDeadline(budget, time: time))
          return try Connection(wrappingChannelSynchronously: channel)
        }
      }
  }

  /// The port it listens on.
  package var port: Int { channel.channel.localAddress?.port ?? 0 }

  /// Answers until the task is cancelled.
  package func run(_ service: MapService) async throws {
    try await channel.executeThenClose { connections in
      try await withThrowingDiscardingTaskGroup { group in
        for try await connection in connections {
          guard open.increase(to: RequestLimits.connections) else {
            try? await connection.executeThenClose { _, _ in }
            continue
          }
          group.addTask {
            // A connection that breaks is the client's affair.
            try? await serve(connection, service)
            open.decrease()
          }
        }
      }
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
          // The budget bounds it.
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
              MapResponse.failure(400, "BadRequest", "the address cannot be read")
            }
          try await write(answer, asked, outbound)
          if !asked.isKeepAlive { return }
        }
      }
    }
  }

  private typealias Outbound = NIOAsyncChannelOutboundWriter<
    HTTPPart<HTTPResponseHead, ByteBuffer>
  >

  private func write(_ answer: MapResponse, _ asked: HTTPRequestHead, _ out: Outbound) async throws
  {
    guard case .written = answer.body else { return try await send(answer, asked, out) }
    guard downloads.increase(to: Self.mostDownloads) else {
      return try await send(.failure(503, "Busy", "too many downloads at once"), asked, out)
    }
    defer { downloads.decrease() }
    try await send(answer, asked, out)
  }

  /// Each keeps a thread busy that others need, too.
  private static let mostDownloads = 4

  private func send(_ answer: MapResponse, _ asked: HTTPRequestHead, _ out: Outbound) async throws {
    var head = HTTPResponseHead(version: asked.version, status: .init(statusCode: answer.status))
    for (name, value) in answer.headers { head.headers.add(name: name, value: value) }
    if !asked.isKeepAlive { head.headers.replaceOrAdd(name: "Connection", value: "close") }
    let hasBody = asked.method != .HEAD
    switch answer.body {
    case .bytes(let bytes):
      head.headers.replaceOrAdd(name: "Content-Length", value: String(bytes.count))
      try await out.write(.head(head))
      if hasBody, !bytes.isEmpty { try await out.write(.body(ByteBuffer(bytes: bytes))) }
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

  /// One thread produces, this task writes; the one waits for the other.
  private func write(
    _ produce: @escaping @Sendable (@escaping ByteSink) throws -> Void, _ out: Outbound
  ) async throws {
    let pipe = BlockPipe()
    async let production: Void = produceBlocks(produce, pipe)
    do {
      for await block in pipe.blocks {
        try await out.write(.body(ByteBuffer(bytes: block)))
        pipe.taken()
      }
    } catch {
      pipe.abandon()
      _ = try? await production
      throw error
    }
    // An answer that could not be finished must not look whole: the connection breaks.
    try await production
  }
}

extension MapListener {
  private func produceBlocks(
    _ produce: @escaping @Sendable (@escaping ByteSink) throws -> Void, _ pipe: BlockPipe
  ) async throws {
    defer { pipe.finish() }
    try await workers.run { try produce { try pipe.put(Array($0)) } }
  }
}

/// The address cannot be listened on.
package struct ListenFailure: Error, CustomStringConvertible {
  /// Of the system (`errno`); 0 when it was something else.
  package var number: Int32
  package var description: String
}

/// How many there are now, with a bound.
private final class Counter: Sendable {
  private let count = Mutex(0)

  func increase(to most: Int) -> Bool {
    count.withLock { count in
      guard count < most else { return false }
      count += 1
      return true
    }
  }

  func decrease() { count.withLock { $0 -= 1 } }
}
