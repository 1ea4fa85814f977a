import Connections
import Foundation
import GRDB
import TransparencyLog

/// The inserts of one transaction.
struct JournalRows {
  private let event: Statement
  private let database: Database

  init(_ database: Database) throws {
    self.database = database
    event = try database.cachedStatement(
      sql: """
        INSERT INTO events (
          "index", id, type, stream, stream_version, command_id, recorded_at, leaf_hash, root, body)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """)
  }

  /// - Parameter root: of the tree up to this event, with the last one of a commit.
  func insert(_ placed: JournalEnd.Placed, root: NodeHash? = nil) throws {
    let row = placed.event
    try event.execute(
      arguments: [
        row.index, row.id.description, row.payload.kind.rawValue, row.stream.description,
        row.streamVersion, row.context.commandID?.description, row.recordedAt.description,
        placed.leaf.bytes.databaseBlob, root?.bytes.databaseBlob,
        String(decoding: placed.body, as: UTF8.self),
      ])
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
