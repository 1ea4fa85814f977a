package import Connections
import EventStore
import Foundation
import GRDB

/// At which point of the history a question is asked.
package enum PointInHistory: Hashable, Sendable {
  case now
  /// After the event with this index.
  case index(Int)
  /// By recorded time.
  case time(Instant)
}

/// Up to where an answer is true.
package struct TrueAt: Hashable, Sendable {
  /// The number of events that the answer takes into account.
  package var size: Int
  /// The moment asked for, or of the last event taken into account.
  package var time: Instant?
  /// The answer is stale: the views stand before an event that they cannot apply.
  package var stopped: ViewsStop?

  package init(size: Int, time: Instant? = nil, stopped: ViewsStop? = nil) {
    self.size = size
    self.time = time
    self.stopped = stopped
  }
}

/// Where the views stand still, and why.
package struct ViewsStop: Error, Hashable, Sendable {
  package enum Cause: Hashable, Sendable {
    case unreadable(EventFault)
    /// Nothing new can be written to `views.sqlite`; what is in it can be read.
    case notWritten(String)
  }

  /// The first event that could not be applied; none after it was.
  package var index: Int
  package var cause: Cause

  package var sentence: String {
    switch cause {
    case .unreadable(let fault): "event \(index) cannot be read: \(fault)"
    case .notWritten(let reason): "the views cannot be written from event \(index) on: \(reason)"
    }
  }
}

/// One version of a connection, with its place.
package struct ConnectionVersion: Hashable, Sendable {
  package var appID: AppID
  /// The version of the stream at which it became so; what a rollback takes.
  package var version: Int
  /// The event that made it so.
  package var index: Int
  package var recordedAt: Instant
  package var snapshot: ConnectionSnapshot
}

extension ConnectionViews {
  /// The connections as they were known at a point, by app id.
  package func connections(
    at point: PointInHistory
  ) async throws -> (connections: [ConnectionVersion], trueAt: TrueAt) {
    let trueAt = try await resolve(point)
    return (try await connections(below: trueAt.size), trueAt)
  }

  /// The connections as they were known when the journal had so many events, by app id.
  func connections(below size: Int) async throws -> [ConnectionVersion] {
    try await catchUp()
    return try await views.read { database in
      // CROSS, so that SQLite goes from each connection to its last version: it would read all.
      let rows = try Row.fetchCursor(
        database,
        sql: """
          SELECT app_id, version, event_index, recorded_at, snapshot
          FROM connections CROSS JOIN versions ON connection = number
          WHERE event_index = (
            SELECT max(event_index) FROM versions WHERE connection = number AND event_index < ?)
          ORDER BY app_id
          """, arguments: [size])
      return try Array(rows.map { try ConnectionVersion($0) })
    }
  }

  /// One connection as it was known at a point; `nil` when nothing was known of it then.
  package func connection(
    _ appID: AppID, at point: PointInHistory
  ) async throws -> (connection: ConnectionVersion?, trueAt: TrueAt) {
    let trueAt = try await resolve(point)
    let found = try await views.read { database in
      try Row.fetchOne(
        database.cachedStatement(
          sql: """
            SELECT app_id, version, event_index, recorded_at, snapshot
            FROM connections JOIN versions ON connection = number
            WHERE app_id = ? AND event_index < ?
            ORDER BY event_index DESC LIMIT 1
            """), arguments: [appID.description, trueAt.size]
      ).map { try ConnectionVersion($0) }
    }
    return (found, trueAt)
  }

  /// Up to where an answer at a point is true.
  package func resolve(_ point: PointInHistory) async throws -> TrueAt {
    let size = try await catchUp()
    var trueAt = try await resolve(point, in: size)
    trueAt.stopped = stopped
    return trueAt
  }

  private func resolve(_ point: PointInHistory, in size: Int) async throws -> TrueAt {
    switch point {
    case .now:
      return TrueAt(size: size, time: try await time(ofLast: size))
    case .index(let index):
      let asked = index < size ? max(0, index + 1) : size
      return TrueAt(size: asked, time: try await time(ofLast: asked))
    case .time(let instant):
      return TrueAt(size: min(size, try await journal.size(asOf: instant)), time: instant)
    }
  }

  private func time(ofLast size: Int) async throws -> Instant? {
    guard size > 0 else { return nil }
    do throws(JournalFault) {
      return try await journal.events(EventSelection(after: size - 2, limit: 1)).first?.recordedAt
    } catch {
      // It was applied when it could be read; `stopped` tells of it.
      if case .unreadable = error { return nil }
      throw error
    }
  }

  /// Every version of every connection, for comparing two sets of views.
  package func allVersions() async throws -> [ConnectionVersion] {
    try await catchUp()
    return try await views.read { database in
      try Array(
        Row.fetchCursor(
          database,
          sql: """
            SELECT app_id, version, event_index, recorded_at, snapshot
            FROM connections JOIN versions ON connection = number ORDER BY event_index
            """
        ).map { try ConnectionVersion($0) })
    }
  }
}

extension ConnectionVersion {
  init(_ row: Row) throws {
    guard let appID = AppID(row[0] as String) else {
      throw EventFault.unknownWord(field: "app_id", word: row[0])
    }
    self.appID = appID
    version = row[1]
    index = row[2]
    recordedAt = Instant(microseconds: row[3])
    snapshot = try row.withUnsafeData(atIndex: 4) { data in
      try (data ?? Data()).withUnsafeBytes { try ConnectionSnapshot(canonicalBytes: $0) }
    }
  }
}
