package import Connections

/// What a command needs of the outside that is neither disk nor network: given in, so that a test
/// can hold it still.
package struct CommandEnvironment: Sendable {
  package var now: @Sendable () -> Instant
  /// As many random bytes as asked for, fit for keys.
  package var random: @Sendable (Int) -> [UInt8]
  /// Returns after that long, or throws when cancelled.
  package var sleep: @Sendable (Duration) async throws -> Void

  package init(
    now: @escaping @Sendable () -> Instant, random: @escaping @Sendable (Int) -> [UInt8],
    sleep: @escaping @Sendable (Duration) async throws -> Void
  ) {
    self.now = now
    self.random = random
    self.sleep = sleep
  }

  package func newID() -> UUIDv7 { UUIDv7(instant: now(), random: random(10)) }
}

/// How long things may take, and how old they may be.
package struct CommandLimits: Sendable {
  /// How long a command waits for another one of the same connection.
  package var connectionWait: Duration = .seconds(30)
  /// How long to wait before each further look at a doubt that a read can settle.
  package var reconcilePauses: [Duration] = standardPauses
  /// How long a caller's `Idempotency-Key` is kept.
  package var idempotencySeconds: Int64 = 86_400
  /// How long a rollback waits for a person's consent.
  package var consentSeconds: Int64 = 86_400
  /// An administrator may have a secret shown; off unless somebody switched it on.
  package var allowsRevealing = false

  package init(reconcilePauses: [Duration] = standardPauses) {
    self.reconcilePauses = reconcilePauses
  }

  /// How old a read may be and still count as the state before a command.
  static let freshnessSeconds: Int64 = 5
  /// How long after a call without an answer Okta may still be carrying it out. Its slowest
  /// recorded write takes 3.2 seconds.
  static let settleSeconds: Int64 = 10
  /// Reads of our own stop when the window has no more than this many calls left.
  static let reservedCalls = 2

  /// From half a minute to half an hour, two days in all.
  package static let standardPauses: [Duration] =
    [30, 60, 120, 300, 600].map { .seconds($0) } + Array(repeating: .seconds(1_800), count: 95)
}
