package import Connections
import EventStore
import Foundation
import GRDB

extension ConnectionViews {
  /// A token is old after so many days.
  package static let oldTokenDays = 180

  /// The connections that a query admits, in its order, as they were known at a point. At a point
  /// in the past the marks are those that the state itself tells.
  ///
  /// - Parameter now: against which ages are measured.
  package func list(
    _ query: ConnectionQuery, at point: PointInHistory, now: Instant
  ) async throws -> (rows: [ListedConnection], total: Int, trueAt: TrueAt) {
    let (all, trueAt) = try await listed(at: point, now: now)
    let rows = all.filter { query.admits($0, at: now) }.sorted { query.precedes($0, $1) }
    return (rows, all.count, trueAt)
  }

  /// All connections with their summaries and marks, by app id.
  package func listed(
    at point: PointInHistory, now: Instant
  ) async throws -> (rows: [ListedConnection], trueAt: TrueAt) {
    let (versions, trueAt) = try await connections(at: point)
    let summaries = try await summaries()
    let standing = try await secretStanding(below: trueAt.size)
    let isPresent = point == .now
    let held = Dictionary(grouping: versions.compactMap(\.snapshot.fingerprint)) { $0 }
    let rows = versions.map { version in
      let known = summaries[version.appID] ?? ConnectionSummary()
      var row = ListedConnection(
        version: version, summary: isPresent ? known : known.past(version))
      row.mark(now: now)
      if let fingerprint = version.snapshot.fingerprint {
        if held[fingerprint].map({ $0.count > 1 }) == true { row.marks.insert(.sharedToken) }
        if standing.isCompromised(fingerprint) { row.marks.insert(.compromised) }
      }
      return row
    }
    return (rows, trueAt)
  }

  /// One connection with its summary and marks, in the present.
  package func listed(
    _ app: AppID, now: Instant
  ) async throws -> (row: ListedConnection?, trueAt: TrueAt) {
    let (rows, trueAt) = try await listed(at: .now, now: now)
    return (rows.first { $0.appID == app }, trueAt)
  }

  /// The summaries of all connections.
  package func summaries() async throws -> [AppID: ConnectionSummary] {
    try await catchUp()
    return try await views.read { database in
      var summaries: [AppID: ConnectionSummary] = [:]
      let rows = try Row.fetchCursor(
        database, sql: "SELECT app_id, \(ConnectionSummary.columns) FROM connections")
      while let row = try rows.next() {
        guard let app = AppID(row[0] as String) else { continue }
        summaries[app] = ConnectionSummary(row, from: 1)
      }
      return summaries
    }
  }

  /// Which secrets may not be used, as far as it was known at a size of the journal.
  package func secretStanding(below size: Int) async throws -> SecretStanding {
    var standing = SecretStanding()
    for event in try await journal.events(in: .secrets, after: 0) where event.index < size {
      standing.apply(event)
    }
    return standing
  }

  /// How commands ended on each day of a span, of one connection or of all; days without any are
  /// absent.
  package func days(
    of app: AppID? = nil, from first: Int, through last: Int
  ) async throws -> [Int: DayCounts] {
    try await catchUp()
    return try await views.read { database in
      var number: Int64 = 0
      if let app {
        number =
          try Int64.fetchOne(
            database, sql: "SELECT number FROM connections WHERE app_id = ?",
            arguments: [app.description]) ?? -1
      }
      let rows = try Row.fetchCursor(
        database.cachedStatement(
          sql: """
            SELECT day, succeeded, not_sent, refused, in_doubt, drift, rolled_back FROM days
            WHERE connection = ? AND day BETWEEN ? AND ?
            """), arguments: [number, first, last])
      var days: [Int: DayCounts] = [:]
      while let row = try rows.next() { days[row[0]] = DayCounts(row, from: 1) }
      return days
    }
  }

  /// The versions of one connection in force from a moment on, the oldest first, the one already in
  /// force at that moment included; at most the last so many.
  package func versions(
    of app: AppID, from: Instant, limit: Int
  ) async throws -> [ConnectionVersion] {
    let rows = try await views.read { database in
      let rows = try Row.fetchCursor(
        database.cachedStatement(
          sql: """
            SELECT app_id, version, event_index, recorded_at, snapshot
            FROM connections JOIN versions ON connection = number
            WHERE app_id = ? ORDER BY event_index DESC LIMIT ?
            """), arguments: [app.description, limit])
      var found: [ConnectionVersion] = []
      while let row = try rows.next() {
        let version = try ConnectionVersion(row)
        found.append(version)
        if version.recordedAt <= from { break }
      }
      return found
    }
    return rows.reversed()
  }
}

extension ListedConnection {
  fileprivate mutating func mark(now: Instant) {
    if !snapshot.doubts.isEmpty { marks.insert(.inDoubt) }
    if snapshot.ruledBy != nil { marks.insert(.onARuling) }
    if snapshot.isUnconfirmed { marks.insert(.notReadBack) }
    if summary.driftAt != nil { marks.insert(.drift) }
    if summary.refusedAt != nil { marks.insert(.refused) }
    if summary.rollbacks > 0 { marks.insert(.rolledBack) }
    if summary.awaitingSince != nil { marks.insert(.awaitingConsent) }
    if summary.changes == 0 && summary.driftAt == nil { marks.insert(.neverChanged) }
    let limit = Int64(ConnectionViews.oldTokenDays) * 86_400
    if let since = secretSince()?.since, now.epochSeconds - since.epochSeconds > limit {
      marks.insert(.oldToken)
    }
  }
}

extension ConnectionSummary {
  /// What of a summary holds for a version of the past: the rest is not known without reading its
  /// history.
  fileprivate func past(_ version: ConnectionVersion) -> ConnectionSummary {
    var past = ConnectionSummary()
    past.label = label
    past.firstAt = firstAt
    past.changes = max(1, changes)
    if let setAt, setAt <= version.recordedAt { past.setAt = setAt }
    return past
  }
}

extension DayCounts {
  fileprivate init(_ row: Row, from start: Int) {
    self.init()
    succeeded = row[start]
    notSent = row[start + 1]
    refused = row[start + 2]
    inDoubt = row[start + 3]
    drift = row[start + 4]
    rolledBack = row[start + 5]
  }
}
