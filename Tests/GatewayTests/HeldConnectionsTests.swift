import Gateway
import HummingbirdCore
import Logging
import NIOCore
import NIOPosix
import Testing

@Suite(.timeLimit(.minutes(5))) struct `A connection that nobody takes up` {
  @Test func `is closed, and the program goes on`() async throws {
    let connections = HeldConnections(HTTP1Channel(responder: { _, _, _ in }))
    let server = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
      .childChannelInitializer { channel in
        connections.setup(channel: channel, logger: Logger(label: "test")).map { _ in }
      }
      .bind(host: "127.0.0.1", port: 0).get()
    let client = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
      .connect(to: try #require(server.localAddress)).get()
    try await client.closeFuture.get()
    try await server.close()
  }
}
