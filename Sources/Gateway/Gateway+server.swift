import Commands
package import HummingbirdCore
package import NIOCore

extension Gateway {
  static let headLimits = HTTP1Channel.Configuration.DecoderConfiguration(
    maxHeaderFieldSize: 32 << 10, maxHeaderListSize: 64 << 10, maxHeaderFieldCount: 200)

  /// The server around the doors: how much of a head it reads, and how long a client may be silent.
  /// Whoever goes beyond is answered 400 or 431 and loses the connection before any door is asked.
  ///
  /// - Parameter silence: between two parts of a request and between two requests. A head is one
  ///   part: it must be whole within this time, however steadily its bytes come.
  package func server(silence: TimeAmount = .seconds(75)) -> HTTPServerBuilder {
    let random = environment.random
    let configuration = HTTP1Channel.Configuration(
      additionalChannelHandlers: [ParserRefusal(random: random), ExpectedContinue()],
      idleTimeout: silence, httpDecoderConfiguration: Self.headLimits)
    return HTTPServerBuilder { responder in
      HeldConnections(HTTP1Channel(responder: responder, configuration: configuration))
    }
  }
}
