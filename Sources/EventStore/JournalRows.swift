import Connections
import Foundation
import GRDB
import GRDBSQLite
import TransparencyLog

/// The statements of every commit, prepared once and kept: to parse them anew, or to look each up
/// by its text, is what a commit of one event would notice. They are of the connection that they
/// were made with, and used where it is lent.
final class CommitStatements {
  private let beginning: Statement
  private let end: Statement
  let event: Statement

  init(_ database: Database) throws {
    beginning = try database.makeStatement(sql: "BEGIN IMMEDIATE")
    end = try database.makeStatement(sql: "COMMIT")
    event = try database.makeStatement(
      sql: """
        INSERT INTO events (
          "index", id, type, stream, stream_version, command_id, recorded_at, leaf_hash, root, body)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """)
  }

  func begin(_ database: Database) throws { try Self.run(beginning, database) }
  func commit(_ database: Database) throws { try Self.run(end, database) }

  private static func run(_ statement: Statement, _ database: Database) throws {
    let code = sqlite3_step(statement.sqliteStatement)
    sqlite3_reset(statement.sqliteStatement)
    guard code == SQLITE_DONE else {
      throw DatabaseError(
        resultCode: ResultCode(rawValue: code), message: database.lastErrorMessage)
    }
  }
}

/// The inserts of one transaction.
struct JournalRows {
  let database: Database
  private let event: Statement

  init(_ database: Database, _ statements: CommitStatements) {
    self.database = database
    event = statements.event
  }

  /// Binds by itself: this is where commits of many events spend their time.
  ///
  /// - Parameter root: of the tree up to this event, with the last one of a commit.
  func insert(_ placed: JournalEnd.Placed, root: NodeHash? = nil) throws {
    let (row, statement) = (placed.event, event.sqliteStatement)
    sqlite3_reset(statement)
    sqlite3_bind_int64(statement, 1, Int64(row.index))
    bind(row.id.description, at: 2)
    bind(row.payload.kind.rawValue, at: 3)
    bind(row.stream.description, at: 4)
    sqlite3_bind_int64(statement, 5, Int64(row.streamVersion))
    bind(row.context.commandID?.description, at: 6)
    bind(row.recordedAt.description, at: 7)
    bind(placed.leaf, at: 8)
    bind(root, at: 9)
    let code = placed.body.withUnsafeBufferPointer { body in
      _ = body.withMemoryRebound(to: CChar.self) { text in
        sqlite3_bind_text(statement, 10, text.baseAddress, Int32(text.count), nil)
      }
      return sqlite3_step(statement)
    }
    sqlite3_reset(statement)
    guard code == SQLITE_DONE else {
      throw DatabaseError(
        resultCode: ResultCode(rawValue: code), message: database.lastErrorMessage)
    }
  }

  /// SQLite takes a copy of what it is lent with this.
  private static let copied = unsafeBitCast(-1, to: sqlite3_destructor_type.self)

  private func bind(_ text: String?, at place: Int32) {
    guard var text else {
      sqlite3_bind_null(event.sqliteStatement, place)
      return
    }
    text.withUTF8 { utf8 in
      utf8.withMemoryRebound(to: CChar.self) { text in
        _ = sqlite3_bind_text(
          event.sqliteStatement, place, text.baseAddress, Int32(text.count), Self.copied)
      }
    }
  }

  private func bind(_ hash: NodeHash?, at place: Int32) {
    guard let hash else {
      sqlite3_bind_null(event.sqliteStatement, place)
      return
    }
    hash.withBytes { bytes in
      _ = sqlite3_bind_blob(
        event.sqliteStatement, place, bytes.baseAddress, Int32(bytes.count), Self.copied)
    }
  }

  func execute(_ sql: String, _ arguments: StatementArguments) throws {
    try database.execute(sql: sql, arguments: arguments)
  }

  func insert(_ tile: Tile) throws {
    try database.execute(
      sql: "INSERT INTO tiles (level, position, hashes) VALUES (?, ?, ?)",
      arguments: [tile.level, tile.position, tile.bytes.databaseBlob])
  }

  func insert(_ secret: SealedSecret) throws {
    try database.execute(
      sql: "INSERT INTO sealed_secrets (id, sealed) VALUES (?, ?)",
      arguments: [secret.id.description, secret.sealed.databaseBlob])
    try database.execute(
      sql: "INSERT INTO secret_keys (id, wrapped, master_key_id) VALUES (?, ?, ?)",
      arguments: [secret.id.description, secret.wrappedKey.databaseBlob, secret.masterKeyID])
  }
}

extension [UInt8] {
  /// Bytes as SQLite takes them.
  var databaseBlob: Data { Data(self) }
}

extension Row {
  /// The bytes of a blob; none for NULL.
  func bytes(_ index: Int) -> [UInt8] { (self[index] as Data?).map { Array($0) } ?? [] }
}

extension StorageFault {
  init(_ error: any Error) {
    if let fault = error as? StorageFault {
      self = fault
      return
    }
    if let commit = error as? UndecidedCommit {
      self = commit.storage
      return
    }
    let database = error as? DatabaseError
    self.init(
      isFull: database?.resultCode == .SQLITE_FULL,
      description: database?.message ?? "\(error)")
  }
}
