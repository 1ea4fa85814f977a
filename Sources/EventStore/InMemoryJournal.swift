package import Connections
import TransparencyLog

/// The twin of the SQLite journal that forgets: for tests of the rooms above, held to the same
/// contract suite. It is never what a user's data is written to.
package actor InMemoryJournal: JournalWriter, JournalReader {
  private var end = JournalEnd()
  private var placed: [JournalEnd.Placed] = []
  private var secrets: [UUIDv7: SealedSecret] = [:]
  /// Called before each append; what it throws is what the append throws.
  private var beforeAppend: @Sendable (AppendBatch) throws(JournalFault) -> Void = { _ in }

  package init() {}

  package func failing(_ fault: @escaping @Sendable (AppendBatch) throws(JournalFault) -> Void) {
    beforeAppend = fault
  }

  /// Memory takes it.
  package func check() {}

  package func append(_ batch: AppendBatch) async throws(JournalFault) -> [Event] {
    try beforeAppend(batch)
    let added = try end.place(batch).placed
    placed += added
    for secret in batch.secrets { secrets[secret.id] = secret }
    for change in batch.keys { apply(change) }
    return added.map(\.event)
  }

  private func apply(_ change: KeyChange) {
    switch change {
    case .destroy(let id): secrets[id] = nil
    case .rewrap(let id, let entry):
      secrets[id]?.wrappedKey = entry.wrapped
      secrets[id]?.masterKeyID = entry.masterKeyID
    case .keyring: break
    }
  }

  /// Memory keeps nothing back.
  package func scrub() -> Bool { true }

  package func head() async -> JournalHead {
    JournalHead(size: end.tree.size, root: end.tree.root)
  }

  package func events(
    in stream: StreamID, after version: Int, limit: Int
  ) async throws(JournalFault) -> [Event] {
    Array(
      placed.lazy.map(\.event).filter { $0.stream == stream && $0.streamVersion > version }
        .prefix(limit))
  }

  package func version(of stream: StreamID) async throws(JournalFault) -> Int {
    placed.last { $0.event.stream == stream }?.event.streamVersion ?? 0
  }

  package func events(ofCommands ids: [CommandID]) async throws(JournalFault) -> [Event] {
    placed.map(\.event).filter { $0.context.commandID.map(ids.contains) == true }
  }

  package func events(at indexes: [Int]) async throws(JournalFault) -> [Event] {
    placed.map(\.event).filter { indexes.contains($0.index) }
  }

  package func events(_ selection: EventSelection) async throws(JournalFault) -> [Event] {
    let found = placed.map(\.event).filter(selection.matches)
    return Array((selection.isNewestFirst ? found.reversed() : found).prefix(selection.limit))
  }

  package func streamsWithOpenIntents() async throws(JournalFault) -> [AppID] {
    streams(with: .intended, endedBy: \.isOutcome)
  }

  package func streamsWithOpenDoubts() async throws(JournalFault) -> [AppID] {
    streams(with: .inDoubt) { $0 == .resolved }
  }

  package func streamsWithOpenRollbacks() async throws(JournalFault) -> [AppID] {
    streams(with: .rollbackStarted) { [.rollbackCompleted, .rollbackFailed].contains($0) }
  }

  package func connections(
    changedIn indexes: Range<Int>
  ) async throws(JournalFault) -> [AppID] {
    Set(placed.map(\.event).filter { indexes.contains($0.index) }.compactMap(\.stream.appID))
      .sorted()
  }

  private func streams(
    with kind: EventPayload.Kind, endedBy ends: (EventPayload.Kind) -> Bool
  ) -> [AppID] {
    let ended = Set(
      placed.filter { ends($0.event.payload.kind) }.compactMap(\.event.context.commandID))
    let open = placed.map(\.event).filter { event in
      event.payload.kind == kind
        && event.context.commandID.map { !ended.contains($0) } == true
    }
    return Set(open.compactMap(\.stream.appID)).sorted()
  }

  package func sealedSecret(_ id: UUIDv7) async throws(JournalFault) -> SealedSecret? {
    secrets[id]
  }

  package func size(asOf instant: Instant) async throws(JournalFault) -> Int {
    placed.prefix { $0.event.recordedAt <= instant }.count
  }

  package func fold<State: Sendable>(
    from index: Int, limit: Int, into state: State,
    _ body: @escaping @Sendable (inout State, Event) throws -> Void
  ) async throws -> State {
    var state = state
    for entry in placed.dropFirst(index).prefix(limit) { try body(&state, entry.event) }
    return state
  }
}
