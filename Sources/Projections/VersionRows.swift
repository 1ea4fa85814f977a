import Connections
import Foundation
import GRDB
import GRDBSQLite

/// Writes new versions in one transaction.
struct VersionRows {
  private let database: Database
  private let insert: Statement

  init(_ database: Database) throws {
    self.database = database
    insert = try database.cachedStatement(
      sql: """
        INSERT INTO versions (connection, event_index, version, recorded_at, snapshot)
        VALUES (?, ?, ?, ?, ?)
        """)
  }

  func insert(_ rows: [Projector.Row]) throws {
    var numbers: [AppID: Int64] = [:]
    for row in rows {
      let number = try numbers[row.appID] ?? number(row.appID)
      numbers[row.appID] = number
      try insert(row, number)
    }
  }

  private func number(_ app: AppID) throws -> Int64 {
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
