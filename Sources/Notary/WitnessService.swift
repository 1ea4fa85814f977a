package import Logging
import ServiceLifecycle

/// Shows each new checkpoint to the witnesses, apart from the signing, which waits for nobody.
package struct WitnessService: Service {
  private let notary: Notary
  private let circle: WitnessCircle
  private let interval: Duration
  private let sleep: @Sendable (Duration) async throws -> Void
  private let logger: Logger

  package init(
    _ notary: Notary, _ circle: WitnessCircle, every interval: Duration,
    sleep: @escaping @Sendable (Duration) async throws -> Void, logger: Logger
  ) {
    self.notary = notary
    self.circle = circle
    self.interval = interval
    self.sleep = sleep
    self.logger = logger
  }

  package func run() async throws {
    var told: [String: String] = [:]
    while !Task.isShuttingDownGracefully, !Task.isCancelled {
      do {
        if let last = await notary.last {
          // Nobody who ends the server waits for a witness.
          try await cancelWhenGracefulShutdown { try await circle.show(last) }
        }
        let complaints = await circle.complaints
        for (witness, complaint) in complaints where told[witness] != complaint {
          logger.warning(
            "a witness has not cosigned",
            metadata: ["witness": "\(witness)", "complaint": "\(complaint)"])
        }
        told = complaints
      } catch let otherwise as WitnessedOtherwise {
        throw otherwise
      } catch {
        logger.warning("no witness could be asked", metadata: ["error": "\(error)"])
      }
      try? await cancelWhenGracefulShutdown { try await sleep(interval) }
    }
  }
}
