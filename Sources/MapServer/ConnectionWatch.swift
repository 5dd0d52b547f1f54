import NIOCore
import NIOHTTP1

/// Closes a connection whose client does not send the rest of a request, or does not take an answer, in time; and tells
/// the ``ConnectionTable`` whom the connection waits for.
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
  /// A request has come in whole, and its answer is not written yet.
  private var isServing = false
  /// Succeeds when the last byte of the last answer is with the system.
  private var isTaken: EventLoopFuture<Void>?

  /// An outbound event that is done when the client's system has taken all of the last answer: a connection that is
  /// closed before loses the rest.
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
      // First: what is written may let the next request in.
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

/// Keeps what a client did to its connection from the list of connections: an error there would end it, and with it the
/// server. On Darwin a connection that is reset before it is accepted is such an error
/// (<https://github.com/apple/swift-nio/issues/1598>). Errors of the system, such as too few descriptors, go on to
/// SwiftNIO's own handler, which waits and tries again.
final class AcceptErrors: ChannelInboundHandler, Sendable {
  typealias InboundIn = Channel

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    if error is IOError { context.fireErrorCaught(error) }
  }
}
