import Connections
import GRDB
import GRDBSQLite

/// Binds the values of one row and inserts it: what a rebuild spends its time on goes past the
/// conversions of a general statement.
struct BoundRow {
  private let database: Database
  private let statement: OpaquePointer
  private var place: Int32 = 0

  init(_ statement: Statement, in database: Database) {
    self.database = database
    self.statement = statement.sqliteStatement
    sqlite3_reset(self.statement)
  }

  mutating func bind(_ number: Int?) {
    place += 1
    if let number {
      sqlite3_bind_int64(statement, place, Int64(number))
    } else {
      sqlite3_bind_null(statement, place)
    }
  }

  mutating func bind(_ instant: Instant?) { bind(instant.map { Int($0.microseconds) }) }

  mutating func bind(_ text: String?) {
    place += 1
    if let text {
      sqlite3_bind_text(statement, place, text, Int32(text.utf8.count), Self.copied)
    } else {
      sqlite3_bind_null(statement, place)
    }
  }

  /// Binds the last value, bytes that are lent while the row is inserted.
  func insert(lending bytes: [UInt8]) throws {
    let code = bytes.withUnsafeBytes { bytes in
      sqlite3_bind_blob(statement, place + 1, bytes.baseAddress, Int32(bytes.count), nil)
      return sqlite3_step(statement)
    }
    try finish(code)
  }

  func insert() throws { try finish(sqlite3_step(statement)) }

  private func finish(_ code: Int32) throws {
    sqlite3_reset(statement)
    guard code == SQLITE_DONE else {
      throw DatabaseError(
        resultCode: ResultCode(rawValue: code), message: database.lastErrorMessage)
    }
  }

  /// SQLITE_TRANSIENT, which C defines by a cast that Swift does not import: SQLite makes a copy.
  private static var copied: sqlite3_destructor_type {
    unsafeBitCast(OpaquePointer(bitPattern: -1), to: sqlite3_destructor_type.self)
  }
}
