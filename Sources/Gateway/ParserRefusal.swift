import HTTPTypes
import HummingbirdCore
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import OktaAPI

/// Gives words to the answer to a request that the parser refuses: Hummingbird's own has none.
final class ParserRefusal: ChannelDuplexHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPRequestPart
  typealias InboundOut = HTTPRequestPart
  typealias OutboundIn = HTTPResponsePart
  typealias OutboundOut = HTTPResponsePart

  private let random: @Sendable (Int) -> [UInt8]
  private var fault: HTTPParserError?

  init(random: @escaping @Sendable (Int) -> [UInt8]) { self.random = random }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    fault = fault ?? error as? HTTPParserError
    context.fireErrorCaught(error)
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    // Answers to earlier requests of the connection may still come before it: they have a body.
    guard let fault, case .head(let head) = Self.unwrapOutboundIn(data),
      head.status == .badRequest, head.headerFields[.contentLength] == "0"
    else { return context.write(data, promise: promise) }
    let error = OktaError.unreadable(fault)
    let body = error.body(errorID: OktaError.errorID(random: random(22)))
    let worded = HTTPResponse(
      status: HTTPResponse.Status(code: error.status),
      headerFields: [
        .connection: "close", .contentLength: "\(body.count)", .contentType: "application/json",
      ])
    context.write(Self.wrapOutboundOut(.head(worded)), promise: nil)
    context.write(Self.wrapOutboundOut(.body(ByteBuffer(bytes: body))), promise: promise)
  }
}

extension OktaError {
  fileprivate static func unreadable(_ fault: HTTPParserError) -> OktaError {
    let isTooLarge = fault == .headerOverflow
    let limits = Gateway.headLimits
    let why =
      isTooLarge
      ? """
      The head has more than \(limits.maxHeaderFieldSize) bytes in a line, \
      \(limits.maxHeaderListSize) bytes or \(limits.maxHeaderFieldCount) fields.
      """
      : "It is not HTTP/1.1 as it should be: \(fault.debugDescription)."
    return OktaError(
      status: isTooLarge ? 431 : 400, code: "E0000003", summary: "The request was not well-formed.",
      causes: [why + " Nothing was done for it, and the connection is closed."])
  }
}
