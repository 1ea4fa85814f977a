import Connections
import OktaAPI
import Synchronization

/// What the gateway lets a caller do, published so that a client can know it.
package struct GatewayLimits: Sendable {
  /// Requests that one caller may send in a minute.
  package var requestsPerMinute: Int
  package var idempotencySeconds: Int64
  package var connectionWaitSeconds: Int64

  package init(
    requestsPerMinute: Int = 1_200, idempotencySeconds: Int64 = 86_400,
    connectionWaitSeconds: Int64 = 30
  ) {
    self.requestsPerMinute = requestsPerMinute
    self.idempotencySeconds = idempotencySeconds
    self.connectionWaitSeconds = connectionWaitSeconds
  }

  var shown: JSONValue {
    [
      "requestsPerMinute": JSONValue(requestsPerMinute),
      "idempotencyKeySeconds": JSONValue(Int(idempotencySeconds)),
      "connectionWaitSeconds": JSONValue(Int(connectionWaitSeconds)),
      "maximumBodyBytes": JSONValue(GatewayRequest.maximumBodyBytes),
    ]
  }
}

/// Counts what each caller asks for in the present minute, so that none floods the journal or uses
/// up Okta's budget for all.
final class CallerBudget: Sendable {
  private let perMinute: Int
  private let counts = Mutex<(minute: Int64, of: [String: Int])>((0, [:]))

  init(perMinute: Int) { self.perMinute = perMinute }

  /// Takes one request of a caller.
  ///
  /// - Returns: `nil` when it is within the budget, and else the figures of Okta's headers.
  func take(_ caller: String, at now: Instant) -> RateLimit? {
    let minute = now.epochSeconds / 60
    let count = counts.withLock { counts in
      // The counts of another minute go; so the memory is that of one minute's callers.
      if counts.minute != minute { counts = (minute, [:]) }
      counts.of[caller, default: 0] += 1
      return counts.of[caller] ?? 0
    }
    guard count > perMinute else { return nil }
    return RateLimit(limit: perMinute, remaining: 0, resetEpochSeconds: Int(minute + 1) * 60)
  }
}

/// The callers whose Okta credential Okta has accepted.
final class ProvenCallers: Sendable {
  private let ids = Mutex<Set<String>>([])

  private static let maximumKept = 10_000

  func contains(_ caller: ActorIdentity) -> Bool { ids.withLock { $0.contains(caller.id) } }

  /// Okta answered: whoever it does not know, it tells by a 401.
  func note(_ caller: ActorIdentity, status: Int) {
    guard status < 500, status != 401, status != 429 else { return }
    ids.withLock { ids in
      if ids.count >= Self.maximumKept { ids.removeAll() }
      ids.insert(caller.id)
    }
  }
}
