import Connections
import Fixtures
import GRDB
import Testing

@testable import EventStore

/// Whoever opens the file with SQLite's own tools is held to it as well.
@Suite struct `The schema` {
  /// A journal with rows in every table: 260 events, of which one brought a secret.
  private func filled() async throws -> JournalDirectory {
    let directory = try JournalDirectory()
    let life = StillLife()
    try await directory.lend { journal in
      let drafts = (0..<259).map { _ in life.draft(.seen) }
      _ = try await journal.writer.append(AppendBatch(to: .app("a"), at: .any, drafts))
      _ = try await journal.writer.append(life.sealedUpdate(of: .app("b"), token: "first"))
      try await journal.sign(260)
    }
    return directory
  }

  private static let tables = [
    "events", "tiles", "sealed_secrets", "journal", "migrations", "log_key", "checkpoints",
    "cosignatures",
  ]

  private func contents(_ directory: JournalDirectory) throws -> [[Row]] {
    let queue = try DatabaseQueue(path: directory.file)
    return try queue.read { database in
      try Self.tables.map { try Row.fetchAll(database, sql: "SELECT * FROM \($0) ORDER BY 1, 2") }
    }
  }

  private func expectAbort(_ sql: String, on directory: JournalDirectory) async throws {
    let before = try contents(directory)
    #expect(before.allSatisfy { !$0.isEmpty })
    #expect {
      try directory.tamper(sql)
    } throws: { error in
      (error as? DatabaseError)?.extendedResultCode == .SQLITE_CONSTRAINT_TRIGGER
    }
    #expect(try contents(directory) == before)
    try await directory.expectSound()
  }

  @Test(
    arguments: [
      "UPDATE events SET body = body", "UPDATE events SET \"index\" = \"index\" + 1000",
      "UPDATE events SET root = NULL", "UPDATE tiles SET hashes = hashes",
      "UPDATE sealed_secrets SET sealed = sealed", "UPDATE journal SET id = 'other'",
      "UPDATE migrations SET sha256 = sha256", "UPDATE log_key SET vkey = vkey",
      "UPDATE checkpoints SET note = note", "UPDATE cosignatures SET line = line",
    ])
  func `aborts what would change a row`(sql: String) async throws {
    try await expectAbort(sql, on: try await filled())
  }

  @Test(arguments: tables)
  func `aborts what would delete a row`(table: String) async throws {
    try await expectAbort("DELETE FROM \(table)", on: try await filled())
  }

  /// REPLACE deletes the row in its way without firing the triggers of a DELETE.
  @Test(
    arguments: [
      "events (\"index\", id, type, stream, stream_version, recorded_at, leaf_hash, body) VALUES "
        + "(7, 'id', 'type', 'app/x', 1, 'time', zeroblob(32), 'body')",
      "events (\"index\", id, type, stream, stream_version, recorded_at, leaf_hash, body) VALUES "
        + "(260, 'id', 'type', 'app/a', 7, 'time', zeroblob(32), 'body')",
      "tiles VALUES (0, 0, zeroblob(8192))", "sealed_secrets SELECT id, x'00' FROM sealed_secrets",
      "journal VALUES (1, 'other', 'time')", "migrations VALUES (1, 'other', '00')",
      "log_key VALUES (1, 'other', 'statement')", "checkpoints VALUES (260, 'note')",
      "checkpoints VALUES (259, 'note')", "checkpoints VALUES (261, 'note')",
      "cosignatures SELECT size, witness, 'line' FROM cosignatures",
      "cosignatures VALUES (7, 'witness', 'line')",
    ],
    ["INSERT OR REPLACE INTO", "REPLACE INTO"])
  func `aborts what would replace a row`(row: String, verb: String) async throws {
    try await expectAbort("\(verb) \(row)", on: try await filled())
  }

  @Test(
    arguments: ["journal VALUES (1, 'other', 'time') ON CONFLICT DO UPDATE SET id = excluded.id"])
  func `aborts what would change a row in the way of an insert`(row: String) async throws {
    try await expectAbort("INSERT INTO \(row)", on: try await filled())
  }

  @Test(arguments: [(index: 261, version: 1), (1_000_000, 1), (260, 2), (260, 1_000)])
  func `aborts an event past the next index or the next of its stream`(
    place: (index: Int, version: Int)
  ) async throws {
    try await expectAbort(
      """
      INSERT INTO events
        ("index", id, type, stream, stream_version, recorded_at, leaf_hash, body)
      VALUES (
        \(place.index), 'id', 'type', 'app/x', \(place.version), 'time', zeroblob(32), 'body')
      """, on: try await filled())
  }

  @Test(
    arguments: [
      (column: "stream_version", value: "0"), (column: "stream_version", value: "'one'"),
      (column: "leaf_hash", value: "zeroblob(31)"), (column: "leaf_hash", value: "'text'"),
      (column: "body", value: "printf('%.*c', 65536, 'x')"), (column: "body", value: "NULL"),
      (column: "recorded_at", value: "NULL"), (column: "type", value: "x'00'"),
    ])
  func `refuses an event of the wrong kind or size`(
    wrong: (column: String, value: String)
  ) async throws {
    let directory = try await JournalDirectory(events: 2)
    var row = [
      "\"index\"": "2", "id": "'id'", "type": "'type'", "stream": "'app/x'",
      "stream_version": "1", "recorded_at": "'time'", "leaf_hash": "zeroblob(32)",
      "body": "'body'",
    ]
    row[wrong.column] = wrong.value
    let columns = row.keys.sorted()
    let values = columns.map { row[$0] ?? "NULL" }
    #expect {
      try directory.tamper(
        """
        INSERT INTO events (\(columns.joined(separator: ", ")))
        VALUES (\(values.joined(separator: ", ")))
        """)
    } throws: { ($0 as? DatabaseError)?.resultCode == .SQLITE_CONSTRAINT }
    try await directory.expectSound()
  }

  @Test func `is strict about types in every table`() async throws {
    let directory = try await JournalDirectory(events: 0)
    let queue = try DatabaseQueue(path: directory.file)
    let tables = try await queue.read { database in
      try Row.fetchAll(
        database,
        sql: """
          SELECT name, strict FROM pragma_table_list
          WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name
          """
      ).map { (name: $0[0] as String, isStrict: $0[1] as Bool) }
    }
    #expect(
      tables.map(\.name) == (Self.tables + ["keyring", "secret_keys"]).sorted())
    #expect(tables.filter { !$0.isStrict }.map(\.name) == [])
  }

  @Test func `lets the key of a sealed secret go, and every proof stays`() async throws {
    let directory = try await filled()
    let before = try await directory.verify()
    try directory.tamper("DELETE FROM secret_keys")
    let after = try await directory.verify()
    #expect(after.root == before.root)
    #expect(
      after.findings == [
        .init(
          index: 259, problem: "the key of its sealed secret is gone, and no event destroyed it")
      ])
  }

  @Test(arguments: ["TRIGGER events_are_not_updated", "INDEX events_by_command"])
  func `is missed where a part of it was taken away`(part: String) async throws {
    let directory = try await JournalDirectory(events: 2)
    try directory.tamper("DROP \(part)")
    let words = part.split(separator: " ")
    #expect(
      try await directory.verify().findings.map(\.problem)
        == ["the \(words[0].lowercased()) \(words[1]) of the schema is missing"])
    try directory.tamper("CREATE TABLE more (a)")
    #expect(
      try await directory.verify().findings.map(\.problem).contains(
        "the table more is no part of the schema"))
  }
}
