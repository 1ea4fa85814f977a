import Connections
import Fixtures
import GRDB
import Synchronization
import Testing

@testable import EventStore

/// What is asked often must not read the whole journal, however long it is.
@Suite struct `The plan of a hot query` {
  /// A question to the journal, and the index that must answer it.
  struct Question: Sendable, CustomStringConvertible {
    let description: String
    let index: String
    let ask: @Sendable (SQLiteJournalReader) async throws -> Void

    init(
      _ description: String, by index: String,
      _ ask: @escaping @Sendable (SQLiteJournalReader) async throws -> Void
    ) {
      self.description = description
      self.index = index
      self.ask = ask
    }
  }

  private static let byIndex = "USING INTEGER PRIMARY KEY"
  private static let byStream = "INDEX events_by_stream"
  private static let byCommand = "INDEX events_by_command"
  private static let command = StillLife().newID()
  private static let now = StillLife().now

  static let questions = [
    Question("the events of a stream", by: byStream) {
      _ = try await $0.events(in: .app("app1"), after: 2)
    },
    Question("the end of a stream", by: byStream) { reader in
      _ = try await reader.database.read { try JournalEnd.stream(.app("app1"), in: $0) }
    },
    Question("the events of commands", by: byCommand) {
      _ = try await $0.events(ofCommands: [command])
    },
    Question("the events at indexes", by: byIndex) { _ = try await $0.events(at: [1, 3]) },
    Question("a page of the journal", by: byIndex) {
      _ = try await $0.events(EventSelection(after: 3, limit: 2))
    },
    Question("a page of a period", by: byIndex) {
      _ = try await $0.events(EventSelection(from: now, to: now.adding(seconds: 9), limit: 2))
    },
    Question("a page of an app", by: byStream) {
      _ = try await $0.events(EventSelection(appID: AppID("app1"), limit: 2))
    },
    Question("a page of a command", by: byCommand) {
      _ = try await $0.events(EventSelection(commandID: command, after: 1, limit: 2))
    },
    Question("a page of changes", by: byIndex) {
      _ = try await $0.events(EventSelection(from: now, after: 1, beginsAChange: true, limit: 2))
    },
    Question("the last changes", by: byIndex) {
      _ = try await $0.events(
        EventSelection(before: 9, beginsAChange: true, isNewestFirst: true, limit: 2))
    },
    Question("the last changes of an app", by: byStream) {
      _ = try await $0.events(
        EventSelection(appID: AppID("app1"), beginsAChange: true, isNewestFirst: true, limit: 2))
    },
    Question("the size at a moment", by: byIndex) { _ = try await $0.size(asOf: now) },
    Question("a fold from an index on", by: byIndex) {
      _ = try await $0.fold(from: 5, limit: 2, into: 0) { _, _ in }
    },
  ]

  @Test(arguments: questions)
  func `goes by an index`(question: Question) async throws {
    let directory = try await JournalDirectory(events: 10)
    let plans = try await Self.plans(of: question, in: directory)
    #expect(plans.contains { $0.contains(question.index) }, "\(plans)")
    #expect(plans.filter { $0.hasPrefix("SCAN events") } == [])
  }

  @Test func `of the last root reads one row`() async throws {
    let directory = try await JournalDirectory(events: 10)
    let head = Question("the head", by: "") { _ = try await $0.head() }
    // A scan of the primary key, backwards, that stops at the first row.
    #expect(try await Self.plans(of: head, in: directory) == ["SCAN events"])
  }

  /// Listens to what the reader asks of SQLite, and asks SQLite how it goes about it.
  private static func plans(
    of question: Question, in directory: JournalDirectory
  ) async throws -> [String] {
    let ear = Ear()
    var configuration = Configuration()
    configuration.readonly = true
    configuration.prepareDatabase { database in
      database.trace { event in
        if case .statement(let statement) = event { ear.hear(statement.sql) }
      }
    }
    let queue = try DatabaseQueue(path: directory.file, configuration: configuration)
    try await question.ask(SQLiteJournalReader(database: queue))
    let statements = ear.heard.filter { $0.contains("FROM events") }
    try #require(!statements.isEmpty)
    return try await queue.read { database in
      try statements.flatMap { sql in
        // A plan does not depend on what is asked for; it still wants a value for each place.
        let places = sql.count { $0 == "?" }
        let nothing = StatementArguments(repeatElement(Int?.none, count: places))
        return try Row.fetchAll(
          database, sql: "EXPLAIN QUERY PLAN " + sql, arguments: nothing
        ).map { $0["detail"] as String }
      }
    }
  }

  private final class Ear: Sendable {
    private let statements = Mutex<[String]>([])
    var heard: [String] { statements.withLock { $0 } }
    func hear(_ statement: String) { statements.withLock { $0.append(statement) } }
  }
}
