import Connections
import Fixtures
import GRDB
import Testing
import TransparencyLog

@testable import EventStore

@Suite struct `Verifying a journal` {
  @Test func `finds a sound one sound, and computes its root`() async throws {
    let directory = try await JournalDirectory.withSecrets()
    let report = try await directory.verify()
    #expect(report.isSound)
    #expect(report.size == 60)
    let (reader, _) = try SQLiteJournal.openForReading(directory: directory.path)
    #expect(try await reader.head().root == report.root)
    let events = try await reader.events(EventSelection(limit: .max))
    #expect(NaiveTree.root(of: events) == report.root)
  }

  @Test func `finds an empty one sound`() async throws {
    let report = try await JournalDirectory(events: 0).verify()
    #expect(report.isSound)
    #expect(report.size == 0)
    #expect(report.root == .emptyRoot)
  }

  @Test func `finds a random history sound, across tiles`() async throws {
    let directory = try JournalDirectory()
    var history = try RandomHistory(seed: 11)
    let journal = try directory.open()
    try await history.extend(journal.writer, steps: 300)
    let report = try await JournalVerifier(journal.reader).verify()
    #expect(report.findings == [])
    #expect(report.size > 256)
  }

  @Test(arguments: Tampering.ofEvents + Tampering.ofRoots + Tampering.ofSecrets)
  func `names what is wrong, and goes on to the next fault`(tampering: Tampering) async throws {
    let directory = try await JournalDirectory.withSecrets()
    try directory.tamperWithoutTriggers(tampering.sql)
    try directory.tamperWithoutTriggers(Tampering.second)
    try await expect(tampering, in: directory)
  }

  @Test(arguments: Tampering.ofTiles)
  func `names a tile that is wrong`(tampering: Tampering) async throws {
    let directory = try await JournalDirectory(events: 300)
    try directory.tamperWithoutTriggers(tampering.sql)
    try directory.tamperWithoutTriggers(Tampering.second)
    try await expect(tampering, in: directory)
  }

  private func expect(_ tampering: Tampering, in directory: JournalDirectory) async throws {
    let findings = try await directory.verify().findings
    for place in tampering.places {
      #expect(
        findings.contains { $0.index == place.index && $0.problem.contains(place.words) },
        "\(place) is not among \(findings)")
    }
    #expect(findings.contains { $0.index == 50 && $0.problem.contains("column type") })
    #expect(findings == findings.sorted())
    if tampering.isExact {
      #expect(Set(findings.map(\.index)) == Set(tampering.places.map(\.index) + [50]))
    }
  }

  /// The hash beside it is made to fit: only the roots that were kept tell.
  /// Each of them a whole event at the end, as somebody would append it who knows how.
  @Test func `finds what cannot come next in the life of a command`() async throws {
    let life = StillLife()
    let directory = try JournalDirectory()
    let command = life.newID()
    try await directory.lend { journal in
      for draft in [
        life.draft(.intends(.activate), command: command),
        life.draft(.success, command: command), life.draft(.success, command: command),
      ] { _ = try await journal.writer.append(AppendBatch(to: .app("a"), at: .any, [draft])) }
    }
    #expect(
      try await directory.verify().findings == [
        .init(index: 2, problem: "it is the outcome of a command that is not running")
      ])
  }

  @Test(arguments: [
    ("DROP TABLE cosignatures", "the table cosignatures of the schema is missing"),
    ("DROP TABLE tiles", "the table tiles of the schema is missing"),
    ("ALTER TABLE checkpoints RENAME COLUMN note TO text", "the table checkpoints of the schema"),
  ])
  func `names a table without which it cannot go on`(sql: String, problem: String) async throws {
    let directory = try await JournalDirectory.withSecrets()
    try directory.tamper(sql)
    let report = try await directory.verify()
    #expect(report.findings.contains { $0.problem.contains(problem) }, "\(report.findings)")
  }

  @Test func `tells people of roots in one line`() {
    typealias Finding = JournalVerifier.Finding
    let findings =
      [Finding(index: 3, problem: "x")]
      + (3..<7).map { Finding(index: $0, problem: RootCheck.problem) }
      + [
        Finding(index: nil, problem: "checkpoint 30"), Finding(index: nil, problem: "checkpoint 4"),
      ]
    let told = findings.sorted().joiningRoots()
    #expect(told.map(\.index) == [3, 3, nil, nil])
    #expect(
      told.map(\.problem).filter { $0.contains("3 of the events after it, up to 6") }.count == 1)
    #expect(told.suffix(2).map(\.problem) == ["checkpoint 4", "checkpoint 30"])
  }

  @Test func `finds a body that was forged together with its hash`() async throws {
    let directory = try await JournalDirectory.withSecrets()
    let (reader, _) = try SQLiteJournal.openForReading(directory: directory.path)
    var event = try #require(try await reader.events(EventSelection(after: 29, limit: 1)).first)
    event.context.reason = "a better reason"
    let leaf = NodeHash.leaf(event.canonicalBytes).description
    let body = String(decoding: event.canonicalBytes, as: UTF8.self)
    try directory.tamperWithoutTriggers(
      "UPDATE events SET leaf_hash = x'\(leaf)', body = '\(body)' WHERE \"index\" = 30")
    let findings = try await directory.verify().findings
    #expect(findings.map(\.index) == Array(30..<60))
  }

  @Test func `is not disturbed by a writer that goes on`() async throws {
    let directory = try await JournalDirectory(events: 250)
    let journal = try directory.open()
    let pool = try journal.pool
    let life = StillLife()
    let batch = try life.sealedUpdate(of: .app("app0"), token: "first")
    let report = try await JournalVerifier(journal.reader).verify { _, _ in
      do {
        try pool.write { database in
          var end = try JournalEnd.read(database, checkingAgainst: directory.file)
          end.streams[batch.stream] = try JournalEnd.stream(batch.stream, in: database)
          let more = AppendBatch(
            to: batch.stream, at: batch.expectedVersion,
            batch.events + (0..<9).map { _ in life.draft(.seen) }, secrets: batch.secrets)
          let added = try end.place(more)
          let rows = JournalRows(database, try CommitStatements(database))
          for entry in added.placed.dropLast() { try rows.insert(entry) }
          for tile in added.tiles { try rows.insert(tile) }
          for secret in more.secrets { try rows.insert(secret) }
          try rows.insert(try #require(added.placed.last), root: end.tree.root)
        }
      } catch { Issue.record(error) }
    }
    #expect(report.findings == [])
    #expect(report.size == 250)
    try await directory.expectSound()
  }
}

extension JournalDirectory {
  /// Twenty updates in three streams, each with a sealed token, its outcome and a read: the events
  /// 3n bring a secret.
  static func withSecrets() async throws -> JournalDirectory {
    let directory = try JournalDirectory()
    let life = StillLife()
    try await directory.lend { journal in
      for number in 0..<20 {
        let stream = StreamID.app("app\(number % 3)")
        let command = life.newID()
        let intent = try life.sealedUpdate(of: stream, token: "t\(number)", command: command)
        _ = try await journal.writer.append(intent)
        for draft in [life.draft(.success, command: command), life.draft(.seen)] {
          _ = try await journal.writer.append(AppendBatch(to: stream, at: .any, [draft]))
        }
        life.advance(seconds: 1)
      }
    }
    return directory
  }
}
