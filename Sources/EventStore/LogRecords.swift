import Connections
import GRDB
package import TransparencyLog

/// The public half of the log's key, and what it says of the journal.
package struct LogKeyRecord: Hashable, Sendable {
  package var vkey: String
  /// A signed note by that key with `statement(of:)` as its text.
  package var statement: [UInt8]

  package init(vkey: String, statement: [UInt8]) {
    self.vkey = vkey
    self.statement = statement
  }

  /// What the key signs once. It binds the journal's name, which is in no event; with four lines it
  /// can never be taken for a checkpoint without extensions.
  package static func statement(of identity: JournalIdentity, origin: String) -> [UInt8] {
    Array(
      """
      hindsight/journal/1
      journal \(identity.id)
      created \(identity.createdAt)
      log \(origin)

      """.utf8)
  }

  /// The text that the key signed, or `nil` where it did not.
  func signedStatement(by key: VerificationKey) -> [UInt8]? {
    guard let note = try? SignedNote(parsing: statement), note.check(key) == .valid(seconds: nil)
    else { return nil }
    return note.text
  }

  /// Whether the key signed that this is the journal's name.
  package func states(_ identity: JournalIdentity, by key: VerificationKey) -> Bool {
    signedStatement(by: key) == Self.statement(of: identity, origin: key.name)
  }
}

/// A head that was signed, as it is kept.
package struct CheckpointRecord: Hashable, Sendable {
  package var size: Int
  /// A signed note: the log's signature, then those of witnesses.
  package var note: [UInt8]

  package init(size: Int, note: [UInt8]) {
    self.size = size
    self.note = note
  }
}

/// A witness's line under a checkpoint, as it is kept.
package struct CosignatureRecord: Hashable, Sendable {
  /// The key, as `VerificationKey` reads it.
  package var witness: String
  package var checkpoint: CheckpointRecord
}

extension SQLiteJournalReader {
  /// `nil` before the first start of a server on this journal.
  package func logKey() async throws(JournalFault) -> LogKeyRecord? {
    try await read { database in
      try Row.fetchOne(database, sql: "SELECT vkey, statement FROM log_key").map {
        LogKeyRecord(vkey: $0[0], statement: Array(($0[1] as String).utf8))
      }
    }
  }

  package func lastCheckpoint() async throws(JournalFault) -> CheckpointRecord? {
    try await checkpoint("ORDER BY size DESC")
  }

  /// The first checkpoint whose tree has the event with this index.
  package func checkpoint(covering index: Int) async throws(JournalFault) -> CheckpointRecord? {
    try await checkpoint("WHERE size > ? ORDER BY size", [index])
  }

  private func checkpoint(
    _ which: String, _ arguments: StatementArguments = []
  ) async throws(JournalFault) -> CheckpointRecord? {
    try await read { database in
      let row = try Row.fetchOne(
        database, sql: "SELECT size, note FROM checkpoints \(which) LIMIT 1", arguments: arguments)
      guard let row else { return nil }
      let lines = try String.fetchAll(
        database, sql: "SELECT line FROM cosignatures WHERE size = ? ORDER BY witness",
        arguments: [row[0] as Int])
      return CheckpointRecord(
        size: row[0], note: Array(((row[1] as String) + lines.joined()).utf8))
    }
  }

  /// How many checkpoints and cosignatures there are.
  package func keptStatements() async throws(JournalFault) -> SignedHead.Kept {
    try await read { database in
      let counts = try ["checkpoints", "cosignatures"].map {
        try Int.fetchOne(database, sql: "SELECT count(*) FROM \($0)") ?? 0
      }
      return SignedHead.Kept(checkpoints: counts[0], cosignatures: counts[1])
    }
  }

  /// The last word of each witness that has spoken lately.
  package func latestCosignatures() async throws(JournalFault) -> [CosignatureRecord] {
    try await read { database in
      var found: [String: CosignatureRecord] = [:]
      let rows = try Row.fetchAll(
        database,
        sql: """
          SELECT witness, size, note || line FROM cosignatures JOIN checkpoints USING (size)
          ORDER BY size DESC LIMIT 200
          """)
      for row in rows where found[row[0]] == nil {
        found[row[0]] = CosignatureRecord(
          witness: row[0],
          checkpoint: CheckpointRecord(size: row[1], note: Array((row[2] as String).utf8)))
      }
      return Array(found.values)
    }
  }

  /// The largest size that a witness has put its name under.
  package func lastSize(cosignedBy witness: String) async throws(JournalFault) -> Int? {
    try await read { database in
      try Int.fetchOne(
        database, sql: "SELECT max(size) FROM cosignatures WHERE witness = ?",
        arguments: [witness])
    }
  }
}

extension SQLiteJournalWriter {
  /// Keeps the log's key: sealed, and its public half in clear.
  package func addLogKey(
    _ record: LogKeyRecord, sealed: KeyringEntry, name: String
  ) throws(JournalFault) {
    try durably { database in
      try database.execute(
        sql: "INSERT INTO keyring (name, wrapped, master_key_id) VALUES (?, ?, ?)",
        arguments: [name, sealed.wrapped.databaseBlob, sealed.masterKeyID])
      try database.execute(
        sql: "INSERT INTO log_key (one, vkey, statement) VALUES (1, ?, ?)",
        arguments: [record.vkey, String(decoding: record.statement, as: UTF8.self)])
    }
  }

  package func addCheckpoint(_ record: CheckpointRecord) throws(JournalFault) {
    try durably { database in
      try database.execute(
        sql: "INSERT INTO checkpoints (size, note) VALUES (?, ?)",
        arguments: [record.size, String(decoding: record.note, as: UTF8.self)])
    }
  }

  /// Keeps a witness's line under a checkpoint; the first one of a witness stays.
  ///
  /// - Returns: whether this is the first one.
  @discardableResult
  package func addCosignature(
    _ signature: NoteSignature, by witness: VerificationKey, size: Int
  ) throws(JournalFault) -> Bool {
    try durably { database in
      try database.execute(
        sql: """
          INSERT INTO cosignatures (size, witness, line) SELECT ?, ?, ?
          WHERE NOT EXISTS (SELECT 1 FROM cosignatures WHERE size = ? AND witness = ?)
          """,
        arguments: [
          size, witness.description, String(decoding: signature.line, as: UTF8.self), size,
          witness.description,
        ])
      return database.changesCount == 1
    }
  }
}
