package import Logging
import ServiceLifecycle
import TransparencyLog

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
    // Nobody who ends the server waits for a witness.
    try await cancelWhenGracefulShutdown {
      try await withThrowingDiscardingTaskGroup { group in
        while !Task.isCancelled, !group.isCancelled {
          if let last = await notary.last {
            for witness in await circle.begin(last) {
              group.addTask { try await ask(witness, last) }
            }
          }
          try? await sleep(interval)
        }
      }
    }
  }

  private func ask(_ witness: WitnessClient, _ checkpoint: CheckedCheckpoint) async throws {
    let name = witness.key.name
    let before = await circle.complaints[name]
    do {
      try await circle.ask(witness, checkpoint)
    } catch let otherwise as WitnessedOtherwise {
      throw otherwise
    } catch {
      guard !Task.isCancelled else { return }
      return logger.warning(
        "a witness could not be asked", metadata: ["witness": "\(name)", "error": "\(error)"])
    }
    guard !Task.isCancelled else { return }
    switch await circle.complaints[name] {
    case before: break
    case nil: logger.notice("a witness cosigns again", metadata: ["witness": "\(name)"])
    case let complaint?: Self.warn(of: name, complaint, logger)
    }
  }

  package static func warn(of name: String, _ complaint: String, _ logger: Logger) {
    logger.warning(
      "a witness has not cosigned",
      metadata: ["witness": "\(name)", "complaint": "\(complaint)"])
  }
}
