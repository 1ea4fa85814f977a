package import Connections
import EventStore
import GRDB

/// A span in which nobody was watching: what changed in it past Hindsight and was undone left no
/// trace.
package struct WatchGap: Hashable, Sendable {
  package enum Cause: String, Sendable {
    /// Hindsight did not run.
    case hindsightDown
    /// Requests of clients could not be passed on to Okta.
    case oktaUnreachable
  }

  package var from: Instant
  /// Absent while it lasts.
  package var to: Instant?
  package var cause: Cause
  package var detail: String?
  /// The events between which it lies.
  package var firstIndex: Int
  package var lastIndex: Int
}

/// What an event tells of gaps. That Okta could not be reached is seen by commands that were not
/// sent: the span lasts from the first of them to the next answer of Okta's.
enum GapStep: Sendable {
  case resumed(lastSeen: Instant, at: Instant, index: Int)
  case lost(at: Instant, index: Int, detail: String?)
  case found(at: Instant, index: Int)

  init?(_ event: Event) {
    switch event.payload {
    case .notice(.watchResumed(let seen)):
      self = .resumed(lastSeen: seen, at: event.recordedAt, index: event.index)
    case .notSent(let outcome):
      // A refusal by policy tells nothing of Okta.
      guard outcome.refusedKind == nil else { return nil }
      self = .lost(at: event.recordedAt, index: event.index, detail: outcome.call.detail)
    case .refused(let outcome):
      guard outcome.refusedKind == nil else { return nil }
      self = .found(at: event.recordedAt, index: event.index)
    case .succeeded, .observed: self = .found(at: event.recordedAt, index: event.index)
    default: return nil
    }
  }

  func write(_ database: Database) throws {
    switch self {
    case .resumed(let seen, let at, let index):
      try database.cachedStatement(
        sql: """
          INSERT INTO gaps (first_index, last_index, from_at, to_at, cause)
          VALUES (?, ?, ?, ?, 'hindsightDown')
          """
      ).execute(arguments: [index, index, seen.microseconds, at.microseconds])
    case .lost(let at, let index, let detail):
      try database.cachedStatement(
        sql: """
          INSERT INTO gaps (first_index, last_index, from_at, cause, detail)
          SELECT ?, ?, ?, 'oktaUnreachable', ?
          WHERE NOT EXISTS (SELECT 1 FROM gaps WHERE to_at IS NULL)
          """
      ).execute(arguments: [index, index, at.microseconds, detail])
    case .found(let at, let index):
      try database.cachedStatement(
        sql: "UPDATE gaps SET to_at = ?, last_index = ? WHERE to_at IS NULL"
      ).execute(arguments: [at.microseconds, index])
    }
  }
}

extension ConnectionViews {
  /// When nobody was watching, as far as the journal tells, the oldest first.
  ///
  /// - Parameter size: only what was recorded below this index.
  package func gaps(
    from: Instant? = nil, to: Instant? = nil, size: Int
  ) async throws -> [WatchGap] {
    try await catchUp()
    let all = try await views.read { database in
      try Array(
        Row.fetchCursor(
          database,
          sql: """
            SELECT from_at, to_at, cause, detail, first_index, last_index FROM gaps
            WHERE first_index < ? ORDER BY from_at, first_index
            """, arguments: [size]
        ).map { row in
          let end = (row[1] as Int64?).map { Instant(microseconds: $0) }
          return WatchGap(
            from: Instant(microseconds: row[0]), to: row[5] < size ? end : nil,
            cause: WatchGap.Cause(rawValue: row[2]) ?? .oktaUnreachable, detail: row[3],
            firstIndex: row[4], lastIndex: row[5] < size ? row[5] : row[4])
        })
    }
    return all.filter { gap in
      (from.map { gap.to ?? $0 >= $0 } ?? true) && (to.map { gap.from < $0 } ?? true)
    }
  }
}
