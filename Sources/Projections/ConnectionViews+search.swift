package import Connections
import EventStore
import Foundation
import GRDB

/// What was found for a text.
package struct SearchResult: Sendable {
  /// Connections whose label, kind or id has it.
  package var connections: [ListedConnection]
  /// What was done with it in its reason, its ticket or its actor.
  package var items: [HistoryItem]
  /// The index before which the next page begins, or after which, the oldest first; `nil` after the
  /// last page.
  package var next: Int?
  /// Up to where texts are gathered, where that is not yet up to the present.
  package var trueAt: TrueAt
}

extension ConnectionViews {
  /// Finds a text, whatever its letter case, in reasons, tickets, actors and the names of apps.
  ///
  /// Texts are gathered in the background. Nobody waits for more than a batch of them: what is not
  /// gathered yet is not found yet, and `trueAt` says so.
  ///
  /// - Parameters:
  ///   - position: the index before which the page begins, or after which, the oldest first.
  ///   - size: only what was recorded below this index counts.
  ///   - events: of how many events to look into the texts at most; a page may have few items, or
  ///     none, and a next one.
  package func search(
    _ text: String, from position: Int? = nil, isNewestFirst: Bool = true, size: Int? = nil,
    limit: Int = 50, lookingInto events: Int = .max, now: Instant
  ) async throws -> SearchResult {
    let gathered = try await gatherTexts(batches: 1)
    var (rows, trueAt) = try await listed(at: .now, now: now)
    let size = min(gathered, size ?? gathered)
    if size < trueAt.size { (trueAt.size, trueAt.time) = (size, nil) }
    let needle = text.lowercased()
    let lowest: Int
    let end: Int
    if isNewestFirst {
      end = min(position ?? size, size)
      lowest = max(0, end - events)
    } else {
      lowest = position.map { $0 + 1 } ?? 0
      end = min(size, lowest + min(events, size))
    }
    let found = try await views.read { database in
      try Int.fetchAll(
        database.cachedStatement(
          sql: """
            SELECT event_index FROM texts
            WHERE event_index >= ? AND event_index < ? AND instr(text, ?) > 0
            ORDER BY event_index \(isNewestFirst ? "DESC" : "ASC") LIMIT ?
            """), arguments: [lowest, end, needle, limit + 1])
    }
    let items = try await self.items(beginningAt: Array(found.prefix(limit)), size: size)
    let isLast = isNewestFirst ? lowest == 0 : end == size
    var query = ConnectionQuery()
    query.text = text
    return SearchResult(
      connections: position == nil ? query.chosen(from: rows, at: now) : [], items: items,
      next: found.count > limit
        ? found.prefix(limit).last : isLast ? nil : isNewestFirst ? lowest : end - 1,
      trueAt: trueAt)
  }

  /// The items that begin at these indexes, in their order.
  private func items(beginningAt indexes: [Int], size: Int) async throws -> [HistoryItem] {
    let beginnings = try await journal.events(at: indexes)
    let others = try await journal.events(ofCommands: beginnings.compactMap(\.context.commandID))
    let events = Dictionary((beginnings + others).map { ($0.index, $0) }) { first, _ in first }
    let items = HistoryItem.collect(
      events.values.filter { $0.index < size }.sorted { $0.index < $1.index })
    return indexes.compactMap { index in items.first { $0.indexes.contains(index) } }
  }

  /// Gathers the texts in which `search` looks.
  ///
  /// - Parameters:
  ///   - end: those of the events before it alone.
  ///   - batches: of 20,000 events, at most so many.
  /// - Returns: the number of events whose texts are gathered.
  @discardableResult
  package func gatherTexts(upTo end: Int = .max, batches: Int = .max) async throws -> Int {
    let size = min(try await catchUp(), end)
    var left = batches
    while true {
      let start = try await views.read { database in
        try Int.fetchOne(database, sql: "SELECT searched FROM progress") ?? 0
      }
      guard start < size, left > 0 else { return start }
      left -= 1
      let limit = min(20_000, size - start)
      let found = try await journal.fold(
        from: start, limit: limit, into: [(index: Int, text: String)]()
      ) { found, event in
        if let text = event.searchText { found.append((event.index, text)) }
      }
      try await views.write { database in
        guard try Int.fetchOne(database, sql: "SELECT searched FROM progress") == start else {
          return
        }
        let insert = try database.cachedStatement(
          sql: "INSERT OR REPLACE INTO texts (event_index, text) VALUES (?, ?)")
        for (index, text) in found { try insert.execute(arguments: [index, text]) }
        try database.execute(
          sql: "UPDATE progress SET searched = ?", arguments: [start + limit])
      }
    }
  }
}

extension Event {
  /// What a person may look for in it; `nil` for what is no beginning of anything.
  fileprivate var searchText: String? {
    switch payload {
    case .intended, .rollback(.started), .rollback(.refused): break
    case .refused(let outcome), .notSent(let outcome):
      guard outcome.refusedKind != nil else { return nil }
    default: return nil
    }
    return [context.reason, context.ticket, context.actor.display, context.actor.id]
      .compactMap(\.self).joined(separator: "\n").lowercased()
  }
}
