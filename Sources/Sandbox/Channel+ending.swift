import NIOCore
import NIOHTTP1

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Ways in which a connection ends that no HTTP server would choose.
extension Channel {
  /// Ends it with a reset: a socket that must not linger is dropped, not closed.
  func reset() async throws {
    let provider = self as? any SocketOptionProvider
    try await provider?.setSoLinger(linger(l_onoff: 1, l_linger: 0)).get()
    try await close()
  }

  /// Sends bytes as they are, past the encoder of HTTP, and ends it.
  func close(afterRaw text: String) async throws {
    try await eventLoop.submit { [pipeline] in
      let encoder = try pipeline.syncOperations.context(handlerType: HTTPResponseEncoder.self)
      encoder.writeAndFlush(NIOAny(ByteBuffer(string: text)), promise: nil)
    }.get()
    try await close()
  }
}
