package import HummingbirdCore
package import NIOCore

extension Gateway {
  /// The server around the doors: how much of a head it reads, and how long a client may be silent.
  /// Whoever goes beyond is answered 400 and loses the connection before any door is asked.
  package static var server: HTTPServerBuilder { server(silence: .seconds(75)) }

  /// - Parameter silence: between two parts of a request and between two requests. A head is one
  ///   part: it must be whole within this time, however steadily its bytes come.
  package static func server(silence: TimeAmount) -> HTTPServerBuilder {
    let configuration = HTTP1Channel.Configuration(
      idleTimeout: silence,
      httpDecoderConfiguration: HTTP1Channel.Configuration.DecoderConfiguration(
        maxHeaderFieldSize: 32 << 10, maxHeaderListSize: 64 << 10, maxHeaderFieldCount: 200))
    return HTTPServerBuilder { responder in
      HeldConnections(HTTP1Channel(responder: responder, configuration: configuration))
    }
  }
}
