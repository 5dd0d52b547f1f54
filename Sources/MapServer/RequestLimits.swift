import NIOCore
import NIOHTTP1

/// Bounds what one request may cost before anybody knows whether it is welcome.
enum RequestLimits {
  /// Bytes of a request, its address and headers with it.
  static let bytes = 32_768
  /// From the connection's beginning, or the end of the last answer, to the end of the request.
  static let time = Duration.seconds(20)
  /// For the client to take the next few dozen kilobytes of an answer.
  static let idleTime = Duration.seconds(90)

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
