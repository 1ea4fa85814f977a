package import HummingbirdCore
package import Logging
package import NIOCore
import NIOHTTP1
import Synchronization

/// Hummingbird's connections, each taken to its end. One that comes while the server is ending may
/// be taken up by nobody any more; it is closed then, where NIO would end the process for it.
package struct HeldConnections: ServerChildChannel {
  private let child: HTTP1Channel

  package init(_ child: HTTP1Channel) { self.child = child }

  package final class Value: ServerChildChannelValue {
    private let connection: HTTP1Channel.Value
    private let isTaken = Atomic(false)

    fileprivate init(_ connection: HTTP1Channel.Value) { self.connection = connection }

    package var channel: any Channel { connection.channel }

    fileprivate func take() -> HTTP1Channel.Value {
      isTaken.store(true, ordering: .relaxed)
      return connection
    }

    deinit {
      guard !isTaken.load(ordering: .relaxed) else { return }
      // No request of it was begun, and whoever asked sees the connection end.
      Task { [connection] in try? await connection.executeThenClose { _, _ in } }
    }
  }

  package func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
    child.setup(channel: channel, logger: logger).flatMapThrowing { connection in
      let pipeline = channel.pipeline.syncOperations
      let decoder = try pipeline.handler(type: ByteToMessageHandler<HTTPRequestDecoder>.self)
      try pipeline.addHandler(OlderHTTP(), position: .after(decoder))
      return Value(connection)
    }
  }

  package func handle(value: Value, logger: Logger) async {
    await child.handle(value: value.take(), logger: logger)
  }
}
