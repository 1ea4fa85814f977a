package import Commands
package import Connections
import Synchronization

/// A world that moves only when told: a clock that stands still, ids and random bytes that count.
package final class StillLife: Sendable {
  private let state: Mutex<State>

  private struct State {
    var now: Instant
    var counter: UInt64 = 0
  }

  package init(now: String = "2026-11-23T08:00:00Z") {
    state = Mutex(State(now: Instant(now) ?? Instant(microseconds: 0)))
  }

  package var now: Instant { state.withLock(\.now) }

  package func advance(seconds: Int64) {
    state.withLock { $0.now = $0.now.adding(seconds: seconds) }
  }

  /// Bytes that are different each time and the same in each run.
  package func random(_ count: Int) -> [UInt8] {
    state.withLock { state in
      state.counter += 1
      var value = state.counter &* 0x9E37_79B9_7F4A_7C15
      return (0..<count).map { _ in
        value ^= value << 13
        value ^= value >> 7
        value ^= value << 17
        return UInt8(truncatingIfNeeded: value >> 24)
      }
    }
  }

  package func newID() -> UUIDv7 { UUIDv7(instant: now, random: random(10)) }

  /// A sleep that takes no time and lets the clock run on by what was asked for.
  package var environment: CommandEnvironment {
    CommandEnvironment(
      now: { self.now }, random: { self.random($0) },
      sleep: { duration in
        try Task.checkCancellation()
        self.advance(seconds: duration.components.seconds + 1)
      })
  }

  /// An event by the fixed actor, ready to be appended.
  package func draft(
    _ payload: EventPayload, command: CommandID? = nil, reason: String? = nil
  ) -> EventDraft {
    EventDraft(
      id: newID(), recordedAt: now,
      context: EventContext(actor: .anna, commandID: command, reason: reason), payload: payload)
  }
}

extension ActorIdentity {
  /// An operator, as the doors would describe her.
  package static let anna = ActorIdentity(
    kind: .token, id: "0192f0c1-2f3a-7bbb-8ccc-1234567890ab", display: "Anna",
    roles: [.operator], sourceAddress: "192.0.2.7", userAgent: "curl/8.1")
}
