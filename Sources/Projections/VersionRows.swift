import Connections
import GRDB

/// Writes what events made, in one transaction.
struct VersionRows {
  private let database: Database
  private let versions: Statement
  private let summaries: Statement
  private var numbers: [AppID: Int64] = [:]

  init(_ database: Database) throws {
    self.database = database
    let summary = ConnectionSummary.columns
    func places(_ count: Int) -> String {
      Array(repeating: "?", count: count).joined(separator: ", ")
    }
    versions = try database.cachedStatement(
      sql: """
        INSERT INTO versions (connection, event_index, version, recorded_at,
          \(FieldOrigins.columns), \(summary), snapshot)
        VALUES (\(places(25)))
        """)
    summaries = try database.cachedStatement(
      sql: """
        INSERT INTO summaries (connection, event_index, \(summary)) VALUES (\(places(16)))
        """)
  }

  mutating func insert(_ rows: [Projector.Row]) throws {
    for row in rows {
      let number = try number(row)
      if let version = row.version {
        var bound = BoundRow(versions, in: database)
        bound.bind(Int(number))
        bound.bind(row.index)
        bound.bind(version.number)
        bound.bind(version.recordedAt)
        version.origins.bind(to: &bound)
        row.summary.bind(to: &bound)
        try bound.insert(lending: version.snapshot.canonicalBytes)
      } else {
        var bound = BoundRow(summaries, in: database)
        bound.bind(Int(number))
        bound.bind(row.index)
        row.summary.bind(to: &bound)
        try bound.insert()
      }
    }
  }

  /// What is not of one version; the connections that it names have one.
  mutating func insert(_ changes: Projector.Changes) throws {
    for step in changes.gaps { try step.write(database) }
    let label = try database.cachedStatement(
      sql: "INSERT INTO labels (app_id, event_index, label, name) VALUES (?, ?, ?, ?)")
    for (app, index, named) in changes.labels {
      try label.execute(arguments: [app.description, index, named.label, named.name])
    }
    let place = try database.cachedStatement(
      sql: "INSERT INTO places (type, event_index) VALUES (?, ?)")
    for (kind, index) in changes.places {
      try place.execute(arguments: [kind.rawValue, index])
    }
    let count = try database.cachedStatement(
      sql: "INSERT INTO begun (event_index, changes) VALUES (?, ?)")
    for (index, begun) in changes.counted { try count.execute(arguments: [index, begun]) }
    try insert(changes.days)
  }

  /// Days are added to.
  private mutating func insert(
    _ days: [(app: AppID?, day: Int, counts: DayCounts)]
  ) throws {
    let add = try database.cachedStatement(
      sql: """
        INSERT INTO days
          (connection, day, succeeded, not_sent, refused, in_doubt, drift, rolled_back)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (connection, day) DO UPDATE SET
          succeeded = succeeded + excluded.succeeded, not_sent = not_sent + excluded.not_sent,
          refused = refused + excluded.refused, in_doubt = in_doubt + excluded.in_doubt,
          drift = drift + excluded.drift, rolled_back = rolled_back + excluded.rolled_back
        """)
    for (app, day, counts) in days {
      let place: Int64? = if let app { try known(app) } else { 0 }
      try add.execute(arguments: [
        place, day, counts.succeeded, counts.notSent, counts.refused, counts.inDoubt,
        counts.drift, counts.rolledBack,
      ])
    }
  }

  private mutating func number(_ row: Projector.Row) throws -> Int64 {
    if let number = try known(row.appID) { return number }
    try database.execute(
      sql: "INSERT INTO connections (app_id, first_at) VALUES (?, ?)",
      arguments: [row.appID.description, row.summary.firstAt?.microseconds])
    numbers[row.appID] = database.lastInsertedRowID
    return database.lastInsertedRowID
  }

  private mutating func known(_ app: AppID) throws -> Int64? {
    if let known = numbers[app] { return known }
    let found = try Int64.fetchOne(
      database.cachedStatement(sql: "SELECT number FROM connections WHERE app_id = ?"),
      arguments: [app.description])
    if let found { numbers[app] = found }
    return found
  }
}
