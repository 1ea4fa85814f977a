package import Connections
import Foundation
import GRDB

extension SQLiteJournalWriter {
  /// A wrapped key of the journal by name, such as the fingerprint key.
  package func keyringEntry(_ name: String) throws(JournalFault) -> KeyringEntry? {
    try keyring()[name]
  }

  /// All wrapped keys of the journal, by name.
  package func keyring() throws(JournalFault) -> [String: KeyringEntry] {
    try storage {
      try pool.read { database in
        let rows = try Row.fetchAll(
          database, sql: "SELECT name, wrapped, master_key_id FROM keyring")
        return Dictionary(
          uniqueKeysWithValues: rows.map { row in
            (row[0] as String, KeyringEntry(wrapped: row.bytes(1), masterKeyID: row[2]))
          })
      }
    }
  }

  /// Adds a wrapped key under a name that has none yet.
  package func addKeyringEntry(_ entry: KeyringEntry, name: String) throws(JournalFault) {
    try storage {
      try pool.write { database in
        try database.execute(
          sql: "INSERT INTO keyring (name, wrapped, master_key_id) VALUES (?, ?, ?)",
          arguments: [name, entry.wrapped.databaseBlob, entry.masterKeyID])
      }
    }
  }

  /// Sets wrapped keys of the journal by name, all or none.
  package func setKeyring(_ entries: [String: KeyringEntry?]) throws(JournalFault) {
    try storage {
      try pool.write { database in
        let rows = JournalRows(database, try CommitStatements(database))
        for (name, entry) in entries.sorted(by: { $0.key < $1.key }) {
          try rows.apply(.keyring(name: name, entry))
        }
      }
    }
  }

  /// Wraps data keys anew, all or none. No event and no sealed secret is touched.
  package func rewrap(_ keys: [(id: UUIDv7, entry: KeyringEntry)]) throws(JournalFault) {
    try storage {
      try pool.write { database in
        let rows = JournalRows(database, try CommitStatements(database))
        for key in keys { try rows.apply(.rewrap(secret: key.id, key.entry)) }
      }
    }
  }

  /// SQLite overwrites what is deleted (`secure_delete`); older pages lie in the write-ahead log
  /// until it is written back and cut to nothing.
  package func scrub() throws(JournalFault) -> Bool {
    try storage { try pool.writeWithoutTransaction { try Self.scrub($0) } }
  }

  @discardableResult
  static func scrub(_ database: Database) throws -> Bool {
    try Int.fetchOne(database, sql: "PRAGMA wal_checkpoint(TRUNCATE)") == 0
  }
}

extension JournalRows {
  func apply(_ change: KeyChange) throws {
    switch change {
    case .destroy(let id):
      try execute("DELETE FROM secret_keys WHERE id = ?", [id.description])
    case .rewrap(let id, let entry):
      try execute(
        "UPDATE secret_keys SET wrapped = ?, master_key_id = ? WHERE id = ?",
        [entry.wrapped.databaseBlob, entry.masterKeyID, id.description])
    case .keyring(let name, let entry?):
      try execute(
        """
        INSERT INTO keyring (name, wrapped, master_key_id) VALUES (?, ?, ?)
        ON CONFLICT (name) DO UPDATE SET wrapped = excluded.wrapped,
          master_key_id = excluded.master_key_id
        """, [name, entry.wrapped.databaseBlob, entry.masterKeyID])
    case .keyring(let name, nil):
      try execute("DELETE FROM keyring WHERE name = ?", [name])
    }
  }
}
