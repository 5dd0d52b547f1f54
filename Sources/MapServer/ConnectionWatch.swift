import NIOCore
import NIOHTTP1

/// Closes a connection whose client does not send a request or read a response in time, and keeps its state in the
/// ``ConnectionTable``.
final class ConnectionWatch: ChannelDuplexHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias InboundOut = HTTPServerRequestPart
  typealias OutboundIn = HTTPPart<HTTPResponseHead, ByteBuffer>
  typealias OutboundOut = HTTPServerResponsePart

  struct Times: Sendable {
    var request = RequestLimits.time
    var idle = RequestLimits.idleTime
  }

  private let budget: ByteBudget
  private let table: ConnectionTable
  private let times: Times
  private var deadline: Scheduled<Void>?
  /// The request is complete, and the response is not written yet.
  private var isServing = false
  /// Succeeds when the last byte of the last response has been written to the socket.
  private var isTaken: EventLoopFuture<Void>?

  /// An outbound event that completes when the last response has been written. Closing the connection earlier would
  /// truncate it.
  struct AnswerTaken: Sendable {}

  init(_ budget: ByteBudget, _ table: ConnectionTable, _ times: Times) {
    self.budget = budget
    self.table = table
    self.times = times
  }

  func channelActive(context: ChannelHandlerContext) {
    guard table.admit(context.channel) else { return context.close(promise: nil) }
    closes(context, after: times.request)
    context.fireChannelActive()
  }

  func channelInactive(context: ChannelHandlerContext) {
    deadline?.cancel()
    table.remove(context.channel)
    context.fireChannelInactive()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    if case .end = unwrapInboundIn(data) {
      isServing = true
      deadline?.cancel()
      table.set(context.channel, isWaiting: false, isAnswering: true)
      budget.renew()
    }
    context.fireChannelRead(data)
  }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    if isServing {
      let isWaiting = !context.channel.isWritable
      if isWaiting { closes(context, after: times.idle) } else { deadline?.cancel() }
      table.set(context.channel, isWaiting: isWaiting, isAnswering: true)
    }
    context.fireChannelWritabilityChanged()
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    switch unwrapOutboundIn(data) {
    case .head(let head): context.write(wrapOutboundOut(.head(head)), promise: promise)
    case .body(let bytes):
      context.write(wrapOutboundOut(.body(.byteBuffer(bytes))), promise: promise)
    case .end(let trailers):
      // Before the write, which may admit the next request.
      isServing = false
      closes(context, after: times.idle)
      table.set(context.channel, isWaiting: true, isAnswering: true)
      let channel = context.channel
      let written = promise ?? context.eventLoop.makePromise(of: Void.self)
      isTaken = written.futureResult
      written.futureResult.assumeIsolated().whenSuccess { [self] in
        guard !isServing else { return }
        closes(context, after: times.request)
        table.set(channel, isWaiting: true, isAnswering: false)
      }
      context.write(wrapOutboundOut(.end(trailers)), promise: written)
    }
  }

  func triggerUserOutboundEvent(
    context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?
  ) {
    guard event is AnswerTaken else {
      return context.triggerUserOutboundEvent(event, promise: promise)
    }
    if let isTaken { isTaken.cascade(to: promise) } else { promise?.succeed() }
  }

  private func closes(_ context: ChannelHandlerContext, after time: Duration) {
    deadline?.cancel()
    deadline = context.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(time)) {
      context.close(promise: nil)
    }
  }
}

/// Keeps errors of single connections from the listening channel, where they would end the server. On Darwin a connection
/// that is reset before accept(2) is such an error (<https://github.com/apple/swift-nio/issues/1598>). Errors of the system,
/// such as too few descriptors, reach SwiftNIO's own handler, which retries after a pause.
final class AcceptErrors: ChannelInboundHandler, Sendable {
  typealias InboundIn = Channel

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    if error is IOError { context.fireErrorCaught(error) }
  }
}
