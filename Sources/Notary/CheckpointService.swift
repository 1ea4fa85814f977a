package import Logging
import ServiceLifecycle

/// Signs what was committed, at the latest after an interval, as long as the server runs.
package struct CheckpointService: Service {
  private let notary: Notary
  private let interval: Duration
  private let sleep: @Sendable (Duration) async throws -> Void
  private let logger: Logger

  package init(
    _ notary: Notary, every interval: Duration,
    sleep: @escaping @Sendable (Duration) async throws -> Void, logger: Logger
  ) {
    self.notary = notary
    self.interval = interval
    self.sleep = sleep
    self.logger = logger
  }

  package func run() async throws {
    var told: String?
    while !Task.isShuttingDownGracefully, !Task.isCancelled {
      do {
        try await notary.sign()
        told = nil
      } catch let changed as HistoryChanged {
        // Nothing that we could still record would be worth anything.
        throw changed
      } catch {
        // The events are durable all the same; the next turn signs them.
        let sentence = "\(error)"
        if told != sentence {
          logger.warning("no checkpoint could be signed", metadata: ["error": "\(sentence)"])
        }
        told = sentence
      }
      // The sleep alone is cut short by the end: a signing that has begun is finished.
      try? await cancelWhenGracefulShutdown { try await sleep(interval) }
    }
  }
}
