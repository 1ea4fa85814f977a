import Connections
import Fixtures
import GRDB
import Notary
import Testing
import Vault

@testable import EventStore

@Suite(.timeLimit(.minutes(5))) struct `Each row of a journal` {
  /// Signed three times, the first of them cosigned, with a sealed secret and all keys.
  private func scene() async throws -> SignedJournal {
    let scene = try SignedJournal()
    try await scene.lend { journal, notary in
      let command = try await scene.appendSealedUpdate(to: journal)
      try await scene.cosign(notary)
      for draft in [scene.life.draft(.success, command: command), scene.life.draft(.seen)] {
        _ = try await journal.writer.append(AppendBatch(to: .app("a"), at: .any, [draft]))
        try await notary.sign()
      }
    }
    return scene
  }

  private struct Place: CustomStringConvertible {
    var table: String
    var key: [(String, DatabaseValue)]
    var description: String { "\(table) \(key)" }
  }

  private func places(_ queue: DatabaseQueue) async throws -> [Place] {
    try await queue.read { database in
      let tables = try String.fetchAll(
        database,
        sql: "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
      return try tables.flatMap { table -> [Place] in
        let keys = try String.fetchAll(
          database, sql: "SELECT name FROM pragma_table_info(?) WHERE pk > 0", arguments: [table])
        return try Row.fetchAll(database, sql: "SELECT * FROM \(table)").map { row in
          Place(table: table, key: keys.map { ($0, row[$0]) })
        }
      }
    }
  }

  @Test func `is missed when it is taken out`() async throws {
    let scene = try await scene()
    let whole = try scene.copy()
    let all = try await places(
      DatabaseQueue(path: scene.directory.file(SQLiteJournal.fileName)))
    #expect(Set(all.map(\.table)).isSuperset(of: ["events", "checkpoints", "cosignatures"]))
    for place in all {
      try scene.restore(whole)
      try take(place, out: DatabaseQueue(path: scene.directory.file(SQLiteJournal.fileName)))
      let (reader, identity) = try SQLiteJournal.openForVerifying(directory: scene.directory.path)
      let verifier = JournalVerifier(reader, keys: WrappedKeys(try scene.vault()))
      var problems = try await verifier.verify().findings.map(\.problem)
      problems += await verifier.signedHeadFindings(reader, directory: scene.directory.path)
        .map(\.problem)
      if identity == nil { problems.append("no name") }
      // A start that went on would sign what is left, and count it anew.
      if ["checkpoints", "cosignatures"].contains(place.table) {
        #expect(throws: JournalOpenFault.self, "\(place)") {
          try SQLiteJournal.open(
            directory: scene.directory.path, newIdentity: { fatalError("it has one") })
        }
      }
      #expect(problems.contains { !$0.hasPrefix("the trigger ") }, "\(place)")
    }
    // And nothing is, where all are there.
    try scene.restore(whole)
    let (reader, _) = try SQLiteJournal.openForVerifying(directory: scene.directory.path)
    let verifier = JournalVerifier(reader, keys: WrappedKeys(try scene.vault()))
    #expect(try await verifier.verify().findings == [])
    #expect(
      await verifier.signedHeadFindings(reader, directory: scene.directory.path) == [])
  }

  @Test func `has its root where it was signed up to it`() async throws {
    let scene = try await scene()
    let queue = try DatabaseQueue(path: scene.directory.file(SQLiteJournal.fileName))
    try await queue.writeWithoutTransaction { database in
      let triggers = try String.fetchAll(
        database, sql: "SELECT name FROM sqlite_schema WHERE type = 'trigger'")
      for trigger in triggers { try database.execute(sql: "DROP TRIGGER \"\(trigger)\"") }
      try database.execute(sql: #"UPDATE events SET root = NULL WHERE "index" = 1"#)
    }
    try queue.close()
    let (reader, _) = try SQLiteJournal.openForVerifying(directory: scene.directory.path)
    let findings = try await JournalVerifier(reader).verify().findings
    #expect(
      findings.contains(
        .init(index: 1, problem: "no root is kept with it, and it was signed up to it")))
  }

  private func take(_ place: Place, out queue: DatabaseQueue) throws {
    try queue.writeWithoutTransaction { database in
      let triggers = try String.fetchAll(
        database, sql: "SELECT name FROM sqlite_schema WHERE type = 'trigger'")
      for trigger in triggers { try database.execute(sql: "DROP TRIGGER \"\(trigger)\"") }
      let condition = place.key.map { "\"\($0.0)\" IS ?" }.joined(separator: " AND ")
      try database.execute(
        sql: "DELETE FROM \(place.table) WHERE \(condition)",
        arguments: StatementArguments(place.key.map(\.1)))
      #expect(database.changesCount == 1)
    }
  }
}
