package import HummingbirdCore
import NIOCore

extension Gateway {
  /// The server around the doors: how much of a head it reads, and how long a client may be silent.
  /// Whoever goes beyond is answered 400 and loses the connection before any door is asked.
  package static var server: HTTPServerBuilder {
    .http1(
      configuration: HTTP1Channel.Configuration(
        idleTimeout: .seconds(75),
        httpDecoderConfiguration: HTTP1Channel.Configuration.DecoderConfiguration(
          maxHeaderFieldSize: 32 << 10, maxHeaderListSize: 64 << 10, maxHeaderFieldCount: 200)))
  }
}
