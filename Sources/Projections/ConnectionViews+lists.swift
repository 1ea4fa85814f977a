package import Connections
import EventStore
import Foundation
import GRDB

extension ConnectionViews {
  /// A token is old after so many days.
  package static let oldTokenDays = 180

  /// The connections that a query admits, in its order, as they were known at a point.
  ///
  /// - Parameter now: against which ages are measured in the present; in the past they are measured
  ///   against the point.
  package func list(
    _ query: ConnectionQuery, at point: PointInHistory, now: Instant
  ) async throws -> (rows: [ListedConnection], total: Int, trueAt: TrueAt) {
    let (all, trueAt) = try await listed(at: point, now: now)
    let rows = query.chosen(from: all, at: moment(point, trueAt, now))
    return (rows, all.count, trueAt)
  }

  /// The same as it was shown at a moment, when the journal had so many events: whatever came after
  /// it, a list goes on as it began.
  package func list(
    _ query: ConnectionQuery, below size: Int, at moment: Instant
  ) async throws -> (rows: [ListedConnection], total: Int) {
    let all = try await listed(below: size, at: moment)
    return (query.chosen(from: all, at: moment), all.count)
  }

  /// All connections with their summaries and marks, by app id, as they were known at a point.
  package func listed(
    at point: PointInHistory, now: Instant
  ) async throws -> (rows: [ListedConnection], trueAt: TrueAt) {
    let trueAt = try await resolve(point)
    return (try await listed(below: trueAt.size, at: moment(point, trueAt, now)), trueAt)
  }

  private func moment(_ point: PointInHistory, _ trueAt: TrueAt, _ now: Instant) -> Instant {
    point == .now ? now : trueAt.time ?? now
  }

  /// All connections as they were known when the journal had so many events.
  ///
  /// - Parameter moment: against which ages are measured.
  package func listed(
    below size: Int, at moment: Instant
  ) async throws -> [ListedConnection] {
    try await catchUp()
    var rows: [ListedConnection]
    if let lastList, lastList.size == size {
      rows = lastList.rows
    } else {
      rows = try await list(below: size)
      lastList = (size, rows)
    }
    for place in rows.indices { rows[place].markAge(at: moment) }
    return rows
  }

  /// Without what time alone changes.
  private func list(below size: Int) async throws -> [ListedConnection] {
    let versions = try await connections(below: size)
    let summaries = try await summaries(below: size)
    let standing = try await secretStanding(below: size)
    let held = Dictionary(grouping: versions.compactMap(\.snapshot.fingerprint)) { $0 }
    return versions.map { version in
      var row = ListedConnection(
        version: version, summary: summaries[version.appID] ?? ConnectionSummary())
      row.mark()
      if let fingerprint = version.snapshot.fingerprint {
        if held[fingerprint].map({ $0.count > 1 }) == true { row.marks.insert(.sharedToken) }
        if standing.isCompromised(fingerprint) { row.marks.insert(.compromised) }
      }
      return row
    }
  }

  /// One connection with its summary and marks, in the present.
  package func listed(
    _ app: AppID, now: Instant
  ) async throws -> (row: ListedConnection?, trueAt: TrueAt) {
    let (rows, trueAt) = try await listed(at: .now, now: now)
    return (rows.first { $0.appID == app }, trueAt)
  }

  /// The summaries of all connections of which something is known.
  ///
  /// - Parameter size: only what was recorded below this index counts.
  package func summaries(below size: Int = .max) async throws -> [AppID: ConnectionSummary] {
    let labels = try await labels(below: size)
    return try await views.read { database in
      var found: [AppID: (index: Int, summary: ConnectionSummary)] = [:]
      for table in ["versions", "summaries"] {
        // CROSS, so that SQLite goes from each connection to its last row: it would read them all.
        let rows = try Row.fetchCursor(
          database,
          sql: """
            SELECT app_id, event_index, first_at, \(ConnectionSummary.columns)
            FROM connections CROSS JOIN \(table) ON connection = number
            WHERE event_index = (
              SELECT max(event_index) FROM \(table) WHERE connection = number AND event_index < ?)
            """, arguments: [size])
        while let row = try rows.next() {
          guard let app = AppID(row[0] as String) else { continue }
          if let other = found[app], other.index > row[1] { continue }
          var summary = ConnectionSummary(row, from: 3)
          summary.firstAt = (row[2] as Int64?).map { Instant(microseconds: $0) }
          summary.label = labels[app]
          found[app] = (row[1], summary)
        }
      }
      return found.mapValues(\.summary)
    }
  }

  /// How apps were called, as it was recorded below an index.
  package func labels(below size: Int = .max) async throws -> [AppID: AppLabel] {
    try await catchUp()
    return try await views.read { database in
      var labels: [AppID: AppLabel] = [:]
      let rows = try Row.fetchCursor(
        database,
        sql: """
          SELECT app_id, label, name FROM labels AS named WHERE event_index = (
            SELECT max(event_index) FROM labels WHERE app_id = named.app_id AND event_index < ?)
          """, arguments: [size])
      while let row = try rows.next() {
        guard let app = AppID(row[0] as String) else { continue }
        labels[app] = AppLabel(label: row[1], name: row[2])
      }
      return labels
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

  /// How commands ended on each day of a span, of all connections; days without any are absent.
  package func days(from first: Int, through last: Int) async throws -> [Int: DayCounts] {
    try await catchUp()
    return try await views.read { try Self.days(0, from: first, through: last, $0) }
  }

  /// The same of some connections, each by itself.
  ///
  /// - Parameter size: of the last day only what was recorded below this index counts; absent is
  ///   all of it.
  package func days(
    of apps: [AppID], from first: Int, through last: Int, below size: Int? = nil
  ) async throws -> [AppID: [Int: DayCounts]] {
    try await catchUp()
    var days = try await wholeDays(of: apps, from: first, through: size == nil ? last : last - 1)
    guard let size else { return days }
    let midnight = Int64(last) * 86_400_000_000
    let start = try await journal.size(asOf: Instant(microseconds: midnight - 1))
    let known = try await firstIndexes(of: apps)
    let counts = try await journal.fold(
      from: start, limit: max(0, size - start), into: [AppID: DayCounts]()
    ) { counts, event in
      guard let app = event.stream.appID, let first = known[app], event.index >= first else {
        return
      }
      counts[app, default: DayCounts()].count(event.payload)
    }
    for app in apps {
      if let found = counts[app], !found.isEmpty { days[app, default: [:]][last] = found }
    }
    return days
  }

  /// Where something became known of each; attempts before it count for no connection.
  private func firstIndexes(of apps: [AppID]) async throws -> [AppID: Int] {
    try await views.read { database in
      let statement = try database.cachedStatement(
        sql: """
          SELECT min(event_index) FROM connections JOIN versions ON connection = number
          WHERE app_id = ?
          """)
      var found: [AppID: Int] = [:]
      for app in apps { found[app] = try Int.fetchOne(statement, arguments: [app.description]) }
      return found
    }
  }

  private func wholeDays(
    of apps: [AppID], from first: Int, through last: Int
  ) async throws -> [AppID: [Int: DayCounts]] {
    try await views.read { database in
      var found: [AppID: [Int: DayCounts]] = [:]
      let number = try database.cachedStatement(
        sql: "SELECT number FROM connections WHERE app_id = ?")
      for app in apps {
        if let number = try Int64.fetchOne(number, arguments: [app.description]) {
          found[app] = try Self.days(number, from: first, through: last, database)
        }
      }
      return found
    }
  }

  /// - Parameter connection: its number; 0 for all.
  private static func days(
    _ connection: Int64, from first: Int, through last: Int, _ database: Database
  ) throws -> [Int: DayCounts] {
    let rows = try Row.fetchCursor(
      database.cachedStatement(
        sql: """
          SELECT day, succeeded, not_sent, refused, in_doubt, drift, rolled_back FROM days
          WHERE connection = ? AND day BETWEEN ? AND ?
          """), arguments: [connection, first, last])
    var days: [Int: DayCounts] = [:]
    while let row = try rows.next() { days[row[0]] = DayCounts(row, from: 1) }
    return days
  }

  /// The versions of some connections in force from a moment on, the oldest first, the one already
  /// in force at that moment included; of each at most the last so many below an index.
  package func versions(
    of apps: [AppID], from: Instant, below size: Int = .max, limit: Int
  ) async throws -> [AppID: [ConnectionVersion]] {
    try await views.read { database in
      var found: [AppID: [ConnectionVersion]] = [:]
      let statement = try database.cachedStatement(
        sql: """
          SELECT app_id, version, event_index, recorded_at, snapshot
          FROM connections JOIN versions ON connection = number
          WHERE app_id = ? AND event_index < ? ORDER BY event_index DESC LIMIT ?
          """)
      for app in apps {
        let rows = try Row.fetchCursor(statement, arguments: [app.description, size, limit])
        var versions: [ConnectionVersion] = []
        while let row = try rows.next() {
          let version = try ConnectionVersion(row)
          versions.append(version)
          if version.recordedAt <= from { break }
        }
        found[app] = versions.reversed()
      }
      return found
    }
  }
}

extension ConnectionSnapshot {
  /// How certain it is what a connection was.
  package var marks: Set<Mark> {
    var marks: Set<Mark> = []
    if !doubts.isEmpty { marks.insert(.inDoubt) }
    if ruledBy != nil { marks.insert(.onARuling) }
    if isUnconfirmed { marks.insert(.notReadBack) }
    return marks
  }
}

extension ListedConnection {
  fileprivate mutating func mark() {
    marks.formUnion(snapshot.marks)
    if summary.driftAt != nil { marks.insert(.drift) }
    if summary.refusedAt != nil { marks.insert(.refused) }
    if summary.rollbacks > 0 { marks.insert(.rolledBack) }
    if summary.awaitingSince != nil { marks.insert(.awaitingConsent) }
    if summary.openRollback != nil { marks.insert(.rollbackOpen) }
    if summary.changes == 0 && summary.driftAt == nil { marks.insert(.neverChanged) }
  }

  fileprivate mutating func markAge(at now: Instant) {
    let limit = Int64(ConnectionViews.oldTokenDays) * 86_400
    if let since = secretSince()?.since, now.epochSeconds - since.epochSeconds > limit {
      marks.insert(.oldToken)
    }
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
