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
  package var connectionWait: Duration
  /// How old a read may be and still count as the state before a command.
  package var freshnessSeconds: Int64
  /// How long after a call without an answer Okta may still be carrying it out. Its slowest
  /// recorded write takes 3.2 seconds.
  package var settleSeconds: Int64
  /// How long to wait before each further look at a doubt that a read can settle.
  package var reconcilePauses: [Duration]
  /// How long a caller's `Idempotency-Key` is kept.
  package var idempotencySeconds: Int64
  /// How long a rollback waits for a person's consent.
  package var consentSeconds: Int64
  /// An administrator may have a secret shown; off unless somebody switched it on.
  package var allowsRevealing: Bool
  /// Reads of our own stop when the window has no more than this many calls left.
  package var reservedCalls: Int

  package init(
    connectionWait: Duration = .seconds(30), freshnessSeconds: Int64 = 5,
    settleSeconds: Int64 = 10, reconcilePauses: [Duration] = standardPauses,
    idempotencySeconds: Int64 = 86_400, consentSeconds: Int64 = 86_400,
    allowsRevealing: Bool = false, reservedCalls: Int = 2
  ) {
    self.connectionWait = connectionWait
    self.freshnessSeconds = freshnessSeconds
    self.settleSeconds = settleSeconds
    self.reconcilePauses = reconcilePauses
    self.idempotencySeconds = idempotencySeconds
    self.consentSeconds = consentSeconds
    self.allowsRevealing = allowsRevealing
    self.reservedCalls = reservedCalls
  }

  /// From half a minute to half an hour, two days in all.
  package static let standardPauses: [Duration] =
    [30, 60, 120, 300, 600].map { .seconds($0) } + Array(repeating: .seconds(1_800), count: 95)
}
