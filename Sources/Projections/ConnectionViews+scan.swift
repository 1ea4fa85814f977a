package import Connections
import EventStore

extension ConnectionViews {
  /// Gives the events of some kinds in a period, in order, in constant memory.
  ///
  /// - Parameter size: only events below this index.
  package nonisolated func scan(
    _ kinds: Set<EventPayload.Kind>, from: Instant? = nil, to: Instant? = nil, size: Int,
    _ body: (Event) async throws -> Void
  ) async throws {
    var start = 0
    var end = size
    if let from {
      start = try await journal.size(asOf: Instant(microseconds: from.microseconds - 1))
    }
    if let to {
      end = min(end, try await journal.size(asOf: Instant(microseconds: to.microseconds - 1)))
    }
    while start < end {
      let limit = min(2_000, end - start)
      let found = try await journal.fold(from: start, limit: limit, into: [Event]()) {
        if kinds.contains($1.payload.kind) { $0.append($1) }
      }
      for event in found { try await body(event) }
      start += limit
    }
  }

  /// A rollback of one connection, whole.
  package func rollback(_ id: CommandID, of appID: AppID) async throws -> RollbackReport? {
    try RollbackReport(id, in: try await journal.events(in: .connection(appID), after: 0))
  }
}
