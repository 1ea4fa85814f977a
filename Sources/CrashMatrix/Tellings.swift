import Connections
import Synchronization

/// What callers were told while somebody could hear it.
final class Tellings: Sendable {
  private struct State {
    var told: [String: Evidence.Told] = [:]
    var rulings: Set<CommandID> = []
    var rollbacks: [CommandID: RollbackReport.Outcome] = [:]
    var shredded: Set<UUIDv7> = []
    var shreddedKeys: [[UInt8]] = []
    var holds: Set<UUIDv7> = []
    var keys: [String: String] = [:]
    var leaks: [BrokenPromise] = []
  }

  private let state = Mutex(State())

  func note(_ answer: Evidence.Told, _ mark: String) {
    state.withLock { $0.told[mark] = answer }
  }

  func noteRuling(on command: CommandID) {
    state.withLock { _ = $0.rulings.insert(command) }
  }

  /// Later words of the same rollback take the place of earlier ones.
  func note(_ report: RollbackReport) {
    state.withLock { $0.rollbacks[report.id] = report.outcome }
  }

  /// - Parameter keys: the wrapped keys that the copies had.
  func noteShredding(of copies: [UUIDv7], keys: [[UInt8]]) {
    state.withLock { state in
      state.shredded.formUnion(copies)
      state.shreddedKeys += keys
    }
  }

  func noteHold(_ id: UUIDv7) { state.withLock { _ = $0.holds.insert(id) } }

  /// Whether or not anybody hears the answer: a key is the caller's from the first try on.
  func noteKey(of order: Plan.Order) {
    guard let key = order.idempotencyKey else { return }
    state.withLock { $0.keys[order.name] = key }
  }

  /// Answers in which a secret stood.
  func note(_ leaks: [BrokenPromise]) { state.withLock { $0.leaks += leaks } }

  var all: [String: Evidence.Told] { state.withLock(\.told) }
  var rulings: Set<CommandID> { state.withLock(\.rulings) }
  var rollbacks: [CommandID: RollbackReport.Outcome] { state.withLock(\.rollbacks) }
  var shredded: Set<UUIDv7> { state.withLock(\.shredded) }
  var shreddedKeys: [[UInt8]] { state.withLock(\.shreddedKeys) }
  var holds: Set<UUIDv7> { state.withLock(\.holds) }
  var keys: [String: String] { state.withLock(\.keys) }
  var leaks: [BrokenPromise] { state.withLock(\.leaks) }
}
