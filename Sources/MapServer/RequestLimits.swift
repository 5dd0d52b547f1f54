import NIOCore
import NIOHTTP1

/// Bounds what one request may cost before anybody knows whether it is welcome.
enum RequestLimits {
  /// Bytes of a request, its address and headers with it.
  static let bytes = 32_768
  /// From the connection's beginning, or the end of the last answer, to the end of the request.
  static let time = TimeAmount.seconds(20)
  /// Neither reading nor writing went on.
  static let idleTime = TimeAmount.seconds(90)
  static let connections = 128

  static var decoder: NIOHTTPDecoderLimitConfiguration {
    var limits = NIOHTTPDecoderLimitConfiguration()
    limits.maxHeaderFieldSize = 8192
    limits.maxHeaderListSize = 16_384
    limits.maxHeaderFieldCount = 64
    return limits
  }
}

/// Counts the bytes of a request as they come in, and closes the connection when they are too many.
final class ByteBudget: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer

  private var used = 0

  /// A whole request has come in.
  func renew() { used = 0 }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    used += unwrapInboundIn(data).readableBytes
    guard used <= RequestLimits.bytes else { return context.close(promise: nil) }
    context.fireChannelRead(data)
  }
}

/// Closes connections whose request does not come to its end in time, and those on which nothing moves.
final class RequestDeadline: ChannelDuplexHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias InboundOut = HTTPServerRequestPart
  typealias OutboundIn = HTTPPart<HTTPResponseHead, ByteBuffer>
  typealias OutboundOut = HTTPServerResponsePart

  private let budget: ByteBudget
  private let time: TimeAmount
  private var deadline: Scheduled<Void>?

  init(_ budget: ByteBudget, time: TimeAmount = RequestLimits.time) {
    self.budget = budget
    self.time = time
  }

  func channelActive(context: ChannelHandlerContext) {
    begin(context)
    context.fireChannelActive()
  }

  func channelInactive(context: ChannelHandlerContext) {
    deadline?.cancel()
    context.fireChannelInactive()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    if case .end = unwrapInboundIn(data) {
      deadline?.cancel()
      budget.renew()
    }
    context.fireChannelRead(data)
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    let part: HTTPServerResponsePart
    switch unwrapOutboundIn(data) {
    case .head(let head): part = .head(head)
    case .body(let bytes): part = .body(.byteBuffer(bytes))
    case .end(let trailers):
      part = .end(trailers)
      begin(context)
    }
    context.write(wrapOutboundOut(part), promise: promise)
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if event is IdleStateHandler.IdleStateEvent { return context.close(promise: nil) }
    context.fireUserInboundEventTriggered(event)
  }

  private func begin(_ context: ChannelHandlerContext) {
    deadline?.cancel()
    let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
    deadline = context.eventLoop.scheduleTask(in: time) { bound.value.close(promise: nil) }
  }
}
