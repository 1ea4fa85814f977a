import HTTPTypes
import HummingbirdCore
import NIOCore
import NIOHTTP1
import NIOHTTPTypes

/// Tells a client that waits for it to go on with its body (RFC 9110 section 10.1.1), unless the
/// body is too long for any door.
final class ExpectedContinue: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPRequestPart
  typealias InboundOut = HTTPRequestPart

  private static let line = ByteBuffer(string: "HTTP/1.1 100 Continue\r\n\r\n")

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    if case .head(let head) = Self.unwrapInboundIn(data),
      head.headerFields[.expect]?.lowercased() == "100-continue",
      head.headerFields[.contentLength].flatMap({ Int($0) }) ?? 0
        <= GatewayRequest.maximumBodyBytes,
      // Past the encoder, for which an answer has one head.
      let encoder = try? context.pipeline.syncOperations.context(
        handlerType: HTTPResponseEncoder.self)
    {
      encoder.writeAndFlush(NIOAny(Self.line), promise: nil)
    }
    context.fireChannelRead(data)
  }
}
