import GRDB
import Migrations

/// Whether the tables, indexes and triggers are those of the migrations: a journal without its
/// triggers takes whatever is written into it.
enum SchemaCheck {
  static func findings(_ database: Database) throws -> [JournalVerifier.Finding] {
    let found = try objects(database)
    let due = try due.get()
    var problems = Set(found.keys).symmetricDifference(due.keys).map { name in
      due[name] == nil ? "\(name) is no part of the schema" : "\(name) of the schema is missing"
    }
    for (name, sql) in found where due[name].map({ $0 != sql }) == true {
      problems.append("\(name) of the schema is another one")
    }
    if found["the table migrations"] != nil { problems += try migrations(database) }
    return problems.map { .init(index: nil, problem: $0) }
  }

  /// What the migrations make of an empty database; worked out once.
  private static let due: Result<[String: String], any Error> = Result {
    try DatabaseQueue().write { fresh in
      for migration in Migrations.sqlite {
        try fresh.execute(sql: String(decoding: migration.sql, as: UTF8.self))
      }
      return try objects(fresh)
    }
  }

  /// SQL by kind and name; without what SQLite keeps for itself.
  private static func objects(_ database: Database) throws -> [String: String] {
    let rows = try Row.fetchAll(
      database,
      sql: "SELECT type, name, coalesce(sql, '') FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%'")
    return Dictionary(
      rows.map { ("the \($0[0] as String) \($0[1] as String)", $0[2]) }
    ) { first, _ in first }
  }

  private static func migrations(_ database: Database) throws -> [String] {
    let rows = try Row.fetchAll(
      database, sql: "SELECT version, name, sha256 FROM migrations ORDER BY version")
    let found = rows.map { "\($0[0] as Int) \($0[1] as String) \($0[2] as String)" }
    let due = Migrations.sqlite.map { "\($0.version) \($0.name) \($0.sha256)" }
    return zip(Migrations.sqlite, due).filter { !found.contains($0.1) }.map {
      "the row of the migration \($0.0.name) is not as it was written"
    } + (found.count > due.count ? ["there are rows of migrations that this program has not"] : [])
  }
}

/// The keys of the journal itself.
enum KeyringCheck {
  static func findings(
    _ database: Database, _ keys: WrappedKeys?
  ) throws -> [JournalVerifier.Finding] {
    let rows = try Row.fetchAll(
      database, sql: "SELECT name, wrapped, master_key_id FROM keyring ORDER BY name")
    var problems: [String] = []
    let names = rows.map { $0[0] as String }
    if try Bool.fetchOne(database, sql: "SELECT EXISTS (SELECT 1 FROM log_key)") == true,
      !names.contains("log")
    {
      problems.append("the key `log` is missing from the keyring")
    }
    if try Bool.fetchOne(database, sql: "SELECT EXISTS (SELECT 1 FROM secret_keys)") == true,
      keys != nil, !names.contains("fingerprint")
    {
      problems.append("the key `fingerprint` is missing from the keyring")
    }
    guard let keys else { return problems.map { .init(index: nil, problem: $0) } }
    for row in rows {
      let name: String = row[0]
      guard name != "rotation" else {
        problems.append("a change of the master key was begun and not finished (keyring)")
        continue
      }
      if (row[2] as String) != keys.masterKeyID {
        problems.append("the key `\(name)` in the keyring is said to be wrapped by another one")
      }
      if !keys.opensKeyring(name, row.bytes(1)) {
        problems.append("the key `\(name)` in the keyring does not open")
      }
    }
    return problems.map { .init(index: nil, problem: $0) }
  }
}
