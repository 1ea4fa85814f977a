import Commands
import Connections
import Synchronization

/// Clock, ids and randomness out of a seed. Sleeping takes no time, and lets the clock run on.
final class SimulatedWorld: Sendable {
  private let state: Mutex<State>

  private struct State {
    var now: Int64
    var dice: Dice
  }

  /// A Monday morning.
  static let start = Instant(microseconds: 1_795_420_800_000_000)

  init(dice: Dice, now: Instant = start) {
    state = Mutex(State(now: now.microseconds, dice: dice))
  }

  /// Each look at the clock takes a millisecond.
  var now: Instant {
    state.withLock { state in
      state.now += 1_000
      return Instant(microseconds: state.now)
    }
  }

  func advance(seconds: Int64) { state.withLock { $0.now += seconds * 1_000_000 } }

  func random(_ count: Int) -> [UInt8] { state.withLock { $0.dice.bytes(count) } }

  var environment: CommandEnvironment {
    CommandEnvironment(
      now: { self.now }, random: { self.random($0) },
      sleep: { duration in
        try Task.checkCancellation()
        self.advance(seconds: duration.components.seconds + 1)
      })
  }
}
