import NIOCore
import NIOHTTP1

/// Limits of a request before it is authorised.
enum RequestLimits {
  /// Bytes of a request, including target and headers.
  static let bytes = 32_768
  /// From the start of the connection, or the end of the last response, to the end of the request.
  static let time = Duration.seconds(20)
  /// Maximum time in which the client reads nothing of a response.
  static let idleTime = Duration.seconds(90)

  static var decoder: NIOHTTPDecoderLimitConfiguration {
    var limits = NIOHTTPDecoderLimitConfiguration()
    limits.maxHeaderFieldSize = 8192
    limits.maxHeaderListSize = 16_384
    limits.maxHeaderFieldCount = 64
    return limits
  }
}

/// Counts the bytes of a request, and closes the connection above the limit.
final class ByteBudget: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer

  private var used = 0

  /// Starts counting the next request.
  func renew() { used = 0 }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    used += unwrapInboundIn(data).readableBytes
    guard used <= RequestLimits.bytes else { return context.close(promise: nil) }
    context.fireChannelRead(data)
  }
}
