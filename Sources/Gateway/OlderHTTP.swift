import NIOCore
import NIOHTTP1

/// Answers HTTP/1.0 in its own words: no chunks, and the end of the connection after the answer
/// (RFC 9112 section 9.3), which is how such a client knows that there is no more.
final class OlderHTTP: ChannelDuplexHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias InboundOut = HTTPServerRequestPart
  typealias OutboundIn = HTTPServerResponsePart
  typealias OutboundOut = HTTPServerResponsePart

  /// Of requests that have no whole answer yet, the first of them first.
  private var versions: [HTTPVersion] = []

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard case .head(var head) = Self.unwrapInboundIn(data) else {
      return context.fireChannelRead(data)
    }
    versions.append(head.version)
    if head.version == .http1_0 { head.headers.replaceOrAdd(name: "Connection", value: "close") }
    context.fireChannelRead(Self.wrapInboundOut(.head(head)))
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    switch Self.unwrapOutboundIn(data) {
    case .head(var head):
      if versions.first == .http1_0 { head.version = .http1_0 }
      context.write(Self.wrapOutboundOut(.head(head)), promise: promise)
    case .end:
      versions = Array(versions.dropFirst())
      context.write(data, promise: promise)
    case .body: context.write(data, promise: promise)
    }
  }
}
