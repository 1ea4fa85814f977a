import Connections
import EventStore
import Synchronization

/// A journal that says no when a test wants it to: to appends, and to the question whether one
/// could be made durable.
struct ObstructedJournal: JournalWriter {
  final class Obstacle: Sendable {
    private struct State {
      var all: JournalFault?
      var kind: EventPayload.Kind?
      var checks = 0
    }

    private let state = Mutex(State())

    /// Every append fails so, and whoever asks is told.
    func fail(_ fault: JournalFault?) { state.withLock { $0.all = fault } }
    /// Every append with an event of this kind fails.
    func fail(_ kind: EventPayload.Kind?) { state.withLock { $0.kind = kind } }
    /// How often somebody asked.
    var checks: Int { state.withLock(\.checks) }

    func check() throws(JournalFault) {
      let fault = state.withLock { state in
        state.checks += 1
        return state.all
      }
      if let fault { throw fault }
    }

    func pass(_ batch: AppendBatch) throws(JournalFault) {
      let (all, kind) = state.withLock { ($0.all, $0.kind) }
      if let all { throw all }
      if let kind, batch.events.contains(where: { $0.payload.kind == kind }) {
        throw .storage(StorageFault(isFull: false, description: "obstructed"))
      }
    }
  }

  let base: any JournalWriter
  let obstacle: Obstacle

  func append(_ batch: AppendBatch) async throws(JournalFault) -> [Event] {
    try obstacle.pass(batch)
    return try await base.append(batch)
  }

  func check() async throws(JournalFault) {
    try obstacle.check()
    try await base.check()
  }

  func scrub() async throws(JournalFault) -> Bool { try await base.scrub() }
}
