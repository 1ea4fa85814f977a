import Connections
import Foundation
import GRDB
import GRDBSQLite

/// Writes new versions in one transaction.
struct VersionRows {
  private let database: Database
  private let insert: Statement
  private var numbers: [AppID: Int64] = [:]

  init(_ database: Database) throws {
    self.database = database
    insert = try database.cachedStatement(
      sql: """
        INSERT INTO versions (connection, event_index, version, recorded_at, snapshot)
        VALUES (?, ?, ?, ?, ?)
        """)
  }

  mutating func insert(_ rows: [Projector.Row]) throws {
    for row in rows { try insert(row, try number(row.appID)) }
  }

  /// Summaries take the place of the ones before; days are added to.
  mutating func insert(_ changes: Projector.Changes) throws {
    for (app, summary) in changes.summaries {
      try summary.write(database, number: try number(app))
    }
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
    for step in changes.gaps { try step.write(database) }
    for (app, day, counts) in changes.days {
      let place: Int64 = if let app { try number(app) } else { 0 }
      try add.execute(arguments: [
        place, day, counts.succeeded, counts.notSent, counts.refused, counts.inDoubt,
        counts.drift, counts.rolledBack,
      ])
    }
  }

  private mutating func number(_ app: AppID) throws -> Int64 {
    if let known = numbers[app] { return known }
    let found = try storedNumber(app)
    numbers[app] = found
    return found
  }

  private func storedNumber(_ app: AppID) throws -> Int64 {
    let name = app.description
    if let found = try Int64.fetchOne(
      database.cachedStatement(sql: "SELECT number FROM connections WHERE app_id = ?"),
      arguments: [name])
    {
      return found
    }
    try database.execute(sql: "INSERT INTO connections (app_id) VALUES (?)", arguments: [name])
    return database.lastInsertedRowID
  }

  /// Binds without copying, for this is where a rebuild spends its time.
  private func insert(_ row: Projector.Row, _ number: Int64) throws {
    let statement = insert.sqliteStatement
    sqlite3_reset(statement)
    sqlite3_bind_int64(statement, 1, number)
    sqlite3_bind_int64(statement, 2, Int64(row.index))
    sqlite3_bind_int64(statement, 3, Int64(row.version))
    sqlite3_bind_int64(statement, 4, row.recordedAt.microseconds)
    let code = row.snapshot.withUnsafeBytes { bytes in
      sqlite3_bind_blob(statement, 5, bytes.baseAddress, Int32(bytes.count), nil)
      return sqlite3_step(statement)
    }
    sqlite3_reset(statement)
    guard code == SQLITE_DONE else {
      throw DatabaseError(
        resultCode: ResultCode(rawValue: code), message: database.lastErrorMessage)
    }
  }
}
