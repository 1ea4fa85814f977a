package import Connections
import EventStore
import GRDB

extension ConnectionViews {
  /// Gives the events in doubt, of rollbacks begun or refused, of drift, or of access, in a period,
  /// in order and in constant memory. Where they are is kept: no other event is read for them.
  ///
  /// - Parameter size: only events below this index.
  package nonisolated func scan(
    _ kinds: Set<EventPayload.Kind>, from: Instant? = nil, to: Instant? = nil, size: Int,
    _ body: (Event) async throws -> Void
  ) async throws {
    var range = try await self.range(from: from, to: to, size: size)
    while !range.isEmpty {
      let places = try await self.places(of: kinds, in: range)
      guard let first = places.first, let last = places.last else { return }
      if last - first < Self.readsAtOnce * places.count {
        // Close together, one pass over all is less than to look for each.
        let found = try await journal.fold(
          from: first, limit: last + 1 - first, into: [Event]()
        ) { if kinds.contains($1.payload.kind) { $0.append($1) } }
        for event in found { try await body(event) }
      } else {
        for place in places {
          if let event = try await event(at: place) { try await body(event) }
        }
      }
      range = last + 1..<range.upperBound
    }
  }

  /// How many events `scan` would give.
  package func count(
    _ kinds: Set<EventPayload.Kind>, from: Instant? = nil, to: Instant? = nil, size: Int
  ) async throws -> Int {
    let range = try await self.range(from: from, to: to, size: size)
    return try await views.read { database in
      try Int.fetchOne(
        database,
        sql: """
          SELECT count(*) FROM places WHERE type IN (\(Self.listed(kinds)))
          AND event_index >= ? AND event_index < ?
          """, arguments: [range.lowerBound, range.upperBound]) ?? 0
    }
  }

  /// How many changes a period has, from the counts that are kept and a few events.
  package func countOfChanges(
    from: Instant? = nil, to: Instant? = nil, size: Int
  ) async throws -> Int {
    let range = try await self.range(from: from, to: to, size: size)
    return try await changesBegun(before: range.upperBound)
      - changesBegun(before: range.lowerBound)
  }

  private func changesBegun(before end: Int) async throws -> Int {
    let (start, known) = try await views.read { database -> (Int, Int) in
      let row = try Row.fetchOne(
        database.cachedStatement(
          sql: """
            SELECT event_index, changes FROM begun WHERE event_index <= ?
            ORDER BY event_index DESC LIMIT 1
            """), arguments: [end])
      return row.map { ($0[0], $0[1]) } ?? (0, 0)
    }
    return try await journal.fold(from: start, limit: end - start, into: known) {
      if $1.payload.beginsAChange { $0 += 1 }
    }
  }

  /// So many events are read in one pass in the time of a look for one.
  private static let readsAtOnce = 16
  private static let placesAtOnce = 200

  /// - Throws: `ViewsStop` where the places of the last ones cannot be known.
  private func range(from: Instant?, to: Instant?, size: Int) async throws -> Range<Int> {
    try await catchUp()
    func start(of instant: Instant) async throws -> Int {
      try await journal.size(asOf: Instant(microseconds: instant.microseconds - 1))
    }
    let first = if let from { try await start(of: from) } else { 0 }
    let end = if let to { min(size, try await start(of: to)) } else { size }
    if let stopped, stopped.index < end { throw stopped }
    return first..<max(first, end)
  }

  private func places(
    of kinds: Set<EventPayload.Kind>, in range: Range<Int>
  ) async throws -> [Int] {
    try await views.read { database in
      try Int.fetchAll(
        database,
        sql: """
          SELECT event_index FROM places WHERE type IN (\(Self.listed(kinds)))
          AND event_index >= ? AND event_index < ? ORDER BY event_index LIMIT ?
          """, arguments: [range.lowerBound, range.upperBound, Self.placesAtOnce])
    }
  }

  private static func listed(_ kinds: Set<EventPayload.Kind>) -> String {
    kinds.map { "'\($0.rawValue)'" }.sorted().joined(separator: ", ")
  }

  /// The rollbacks of one connection, each as far as it was recorded below an index.
  package func rollbacks(
    of app: AppID, below size: Int
  ) async throws -> [CommandID: RollbackReport] {
    var fold = RollbackFold()
    var version = 0
    while true {
      let events = try await journal.events(
        in: .connection(app), after: version, limit: Self.eventsAtOnce)
      for event in events where event.index < size { try fold.take(event) }
      guard let last = events.last, last.index < size else { return fold.reports }
      version = last.streamVersion
    }
  }

  private static let eventsAtOnce = 2_000
}
