import Connections
import Crypto
import GRDB
import Migrations

extension SQLiteJournal {
  /// Brings the schema to today's version, one migration a transaction, and refuses a file whose
  /// applied migrations are not ours.
  static func migrate(
    _ pool: DatabasePool, path: String, identity: @Sendable () -> JournalIdentity
  ) throws {
    let applied = try pool.read { database in
      try checkVersion(database, path: path)
      return try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0
    }
    for migration in Migrations.sqlite where migration.version > applied {
      try pool.write { database in
        try database.execute(sql: String(decoding: migration.sql, as: UTF8.self))
        try database.execute(
          sql: "INSERT INTO migrations (version, name, sha256) VALUES (?, ?, ?)",
          arguments: [migration.version, migration.name, migration.sha256])
        if migration.version == 1 {
          let identity = identity()
          try database.execute(
            sql: "INSERT INTO journal (one, id, created_at) VALUES (1, ?, ?)",
            arguments: [identity.id.description, identity.createdAt.description])
        }
        try database.execute(sql: "PRAGMA user_version = \(migration.version)")
      }
    }
    try pool.read { try checkMigrations($0, path: path) }
  }

  static func checkVersion(_ database: Database, path: String) throws {
    let found = try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0
    let known = Migrations.sqlite.count
    guard found <= known else {
      throw JournalOpenFault.newer(path: path, found: found, known: known)
    }
  }

  static func checkMigrations(_ database: Database, path: String) throws {
    let rows = try Row.fetchAll(
      database, sql: "SELECT version, name, sha256 FROM migrations ORDER BY version")
    let applied = try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0
    for migration in Migrations.sqlite.prefix(applied)
    where !rows.contains(where: { $0[0] == migration.version }) {
      throw JournalOpenFault.migrationChanged(path: path, name: migration.name)
    }
    for row in rows {
      let version: Int = row[0]
      let name: String = row[1]
      guard let ours = Migrations.sqlite.first(where: { $0.version == version }) else {
        throw JournalOpenFault.newer(path: path, found: version, known: Migrations.sqlite.count)
      }
      guard ours.name == name, ours.sha256 == row[2] else {
        throw JournalOpenFault.migrationChanged(path: path, name: name)
      }
    }
  }
}

extension Migration {
  /// In hex; what an applied migration is pinned by.
  package var sha256: String { Hex.encode(SHA256.hash(data: sql)) }
}
