import Connections
import Fixtures
import GRDB
import Notary
import Testing
import Vault

@testable import EventStore

/// Every byte of every value of a small journal, changed one at a time. What lies between the
/// values (SQLite's own page structure, indexes, free space) is `PRAGMA integrity_check`'s to find.
@Suite(.timeLimit(.minutes(2))) struct `Each byte of a journal` {
  /// An update with a sealed token, its outcome and an export, signed and cosigned; with all keys.
  private func scene() async throws -> SignedJournal {
    let scene = try SignedJournal()
    try await scene.lend { journal, notary in
      let command = try await scene.appendSealedUpdate(to: journal)
      for draft in [scene.life.draft(.success, command: command), scene.life.draft(.seen)] {
        _ = try await journal.writer.append(AppendBatch(to: .app("a"), at: .any, [draft]))
      }
      try await scene.cosign(notary)
    }
    return scene
  }

  /// A copy in memory that takes any change, and what verifies it.
  private struct Bench: Sendable {
    let queue: DatabaseQueue
    let verifier: JournalVerifier

    init(_ scene: SignedJournal) throws {
      let disk = try DatabaseQueue(path: scene.directory.file(SQLiteJournal.fileName))
      queue = try DatabaseQueue()
      try disk.backup(to: queue)
      try queue.writeWithoutTransaction { database in
        let triggers = try String.fetchAll(
          database, sql: "SELECT name FROM sqlite_schema WHERE type = 'trigger'")
        for trigger in triggers { try database.execute(sql: "DROP TRIGGER \"\(trigger)\"") }
        try database.execute(sql: "PRAGMA ignore_check_constraints = ON")
      }
      verifier = JournalVerifier(
        SQLiteJournalReader(database: queue), keys: WrappedKeys(try scene.vault()))
    }

    /// Without those about the triggers that had to go.
    func findings() async throws -> [JournalVerifier.Finding] {
      try await verifier.verify().findings.filter { !$0.problem.hasPrefix("the trigger ") }
    }

    func cells() throws -> [Cell] {
      try queue.read { database in
        try Cell.places.keys.sorted().flatMap { try Cell.all(of: $0, database) }
      }
    }

    /// - Returns: the findings, or `nil` where SQLite itself does not take the value.
    func changing(
      _ cell: Cell, to value: DatabaseValue
    ) async throws -> [JournalVerifier.Finding]? {
      do { try set(cell, value, cell.key) } catch let error as DatabaseError
        where error.resultCode == .SQLITE_CONSTRAINT
      { return nil }
      let found = try await findings()
      try set(cell, cell.value, cell.key(with: value))
      return found
    }

    private func set(_ cell: Cell, _ value: DatabaseValue, _ key: [(String, DatabaseValue)]) throws
    {
      let place = cell.key.map { "\"\($0.0)\" = \($0.1.placeholder)" }.joined(separator: " AND ")
      try queue.writeWithoutTransaction { database in
        try database.execute(
          sql: """
            UPDATE \(cell.table) SET "\(cell.column)" = \(cell.value.placeholder)
            WHERE \(place)
            """, arguments: StatementArguments([value] + key.map(\.1)))
        #expect(database.changesCount == 1)
      }
    }
  }

  /// One value of one row.
  private struct Cell: Sendable {
    let table: String
    let column: String
    let value: DatabaseValue
    let key: [(String, DatabaseValue)]

    /// Words that a finding about a row of a table has, beside those at its event.
    static let places = [
      "events": [], "sealed_secrets": ["sealed secret"], "secret_keys": ["secret key"],
      "keyring": ["keyring"], "journal": ["name of the journal"],
      "log_key": ["key of the log", "name of the journal"], "checkpoints": ["checkpoint"],
      "cosignatures": ["cosignature"], "migrations": ["migration"],
    ]

    static func all(of table: String, _ database: Database) throws -> [Cell] {
      let columns = try Row.fetchAll(
        database, sql: "SELECT name, pk FROM pragma_table_info(?)", arguments: [table])
      let keys = columns.filter { $0[1] as Int > 0 }.map { $0[0] as String }
      return try Row.fetchAll(database, sql: "SELECT * FROM \(table)").flatMap { row in
        let key = keys.map { ($0, row[$0] as DatabaseValue) }
        return columns.map { $0[0] as String }.map { column in
          Cell(table: table, column: column, value: row[column], key: key)
        }
      }
    }

    func key(with value: DatabaseValue) -> [(String, DatabaseValue)] {
      key.map { $0.0 == column ? ($0.0, value) : $0 }
    }

    /// The value with each of its bytes changed in turn.
    var changes: [DatabaseValue] {
      func each(_ bytes: [UInt8]) -> [DatabaseValue] {
        bytes.indices.map { place in
          var bytes = bytes
          bytes[place] ^= 0x01
          return bytes.databaseBlob.databaseValue
        }
      }
      return switch value.storage {
      case .null: []
      case .int64(let number): [number ^ 1, number ^ 0x100].map(\.databaseValue)
      case .double: []
      case .string(let text): each(Array(text.utf8))
      case .blob(let data): each(Array(data))
      }
    }

    /// Whether a finding says where this cell is.
    func isNamed(by finding: JournalVerifier.Finding) -> Bool {
      if table == "events" { return finding.index.map { $0.databaseValue } == key[0].1 }
      // The only secret is that of the event 0.
      if table.hasPrefix("se"), finding.index == 0 { return true }
      return Self.places[table]?.contains(where: finding.problem.contains) == true
    }
  }

  @Test func `is found when it changes, and its place is named`() async throws {
    let scene = try await scene()
    let bench = try Bench(scene)
    #expect(try await bench.findings() == [])
    let cells = try bench.cells()
    let counts = try await withThrowingTaskGroup(of: [String: Int].self) { group in
      for part in 0..<2 {
        group.addTask {
          let bench = try Bench(scene)
          var counts: [String: Int] = [:]
          for (number, cell) in cells.enumerated() where number % 2 == part {
            for value in cell.changes {
              guard let found = try await bench.changing(cell, to: value) else { continue }
              counts[cell.table, default: 0] += 1
              #expect(
                found.contains(where: cell.isNamed),
                "\(cell.table).\(cell.column) \(cell.key) as \(value): \(found)")
            }
          }
          #expect(try await bench.findings() == [], "all was put back")
          return counts
        }
      }
      return try await group.reduce(into: [:]) { $0.merge($1, uniquingKeysWith: +) }
    }
    // The test looked at something in each table.
    for table in Cell.places.keys { #expect(counts[table] ?? 0 > 10, "\(table)") }
    #expect(counts["events"] ?? 0 > 2_000)
  }

  @Test(arguments: [
    "events", "sealed_secrets", "secret_keys", "keyring", "journal", "log_key", "migrations",
  ])
  func `is found when its whole row is gone`(table: String) async throws {
    let bench = try Bench(try await scene())
    try await bench.queue.writeWithoutTransaction { try $0.execute(sql: "DELETE FROM \(table)") }
    #expect(try await bench.findings() != [])
  }
}

extension DatabaseValue {
  /// Takes changed bytes of a text as a text.
  fileprivate var placeholder: String {
    if case .string = storage { "CAST(? AS TEXT)" } else { "?" }
  }
}
