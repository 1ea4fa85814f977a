import Connections
import EventStore
import Fixtures
import Testing

@testable import Reports

@Suite struct `The report of changes` {
  @Test func `is this text for this history`() async throws {
    let report = try await Collected(of: try await Example().journal)
    #expect(try Snapshot.difference(of: report.text, from: "changes.csv") == nil)
  }

  @Test func `begins with its columns`() async throws {
    let empty = try await Collected(of: InMemoryJournal())
    #expect(empty.text == ChangesReport.columns.joined(separator: ",") + "\r\n")
    #expect(empty.count == 0)
    let report = try await Collected(of: try await Example().journal)
    #expect(report.chunks.first == empty.bytes)
    #expect(try CSVReader.rows(report.bytes).first == ChangesReport.columns)
    #expect(Set(ChangesReport.columns).count == ChangesReport.columns.count)
    #expect(ChangesReport.columns.contains("command_id"))
  }

  @Test(arguments: UInt64(1)...10)
  func `has a row for each intent and for each refusal that stands alone`(
    seed: UInt64
  ) async throws {
    let journal = InMemoryJournal()
    var history = try RandomHistory(seed: seed)
    try await history.extend(journal, steps: 80)
    let begun = try await journal.events(EventSelection(beginsAChange: true, limit: .max))
    let report = try await Collected(of: journal)
    #expect(try report.column("command_id") == begun.map { "\($0.context.commandID, default: "")" })
    #expect(try report.column("requested_at_utc") == begun.map(\.recordedAt.description))
    #expect(try report.column("app_id") == begun.map { $0.stream.appID?.description ?? "" })
    #expect(report.count == begun.count)
    #expect(begun.count > 10)
    let columns = try CSVReader.rows(report.bytes).map(\.count)
    #expect(Set(columns) == [ChangesReport.columns.count])
  }

  @Test func `has the changes of a period, its end not included`() async throws {
    let example = try await Example()
    let all = try await Collected(of: example.journal).column("requested_at_utc")
    let from = try #require(Instant(all[2]))
    let to = try #require(Instant(all[5]))
    let since = try await Collected(ChangesReport(from: from), of: example.journal)
    #expect(try since.column("requested_at_utc") == Array(all[2...]))
    let before = try await Collected(ChangesReport(to: to), of: example.journal)
    #expect(try before.column("requested_at_utc") == Array(all[..<5]))
    let between = try await Collected(ChangesReport(from: from, to: to), of: example.journal)
    #expect(try between.column("requested_at_utc") == Array(all[2..<5]))
    #expect(between.count == 3)
    let never = try await Collected(ChangesReport(from: to, to: from), of: example.journal)
    #expect(never.count == 0)
  }

  /// A command whose outcome came after the point at which the report is true is still open in it.
  @Test func `knows nothing of what was recorded after its size`() async throws {
    let example = try await Example()
    let all = try await Collected(of: example.journal).rows()
    let first = try #require(all.first)
    #expect(first["outcome"] == "succeeded")
    let indexes = try #require(first["event_indexes"]).split(separator: " ").compactMap { Int($0) }
    let intent = try #require(indexes.first)
    let early = try await Collected(of: example.journal, size: intent + 1)
    #expect(try early.column("outcome") == ["open"])
    #expect(try early.column("event_indexes") == ["\(intent)"])
    #expect(try early.column("after_status") == ["(unknown)"])
    let none = try await Collected(of: example.journal, size: intent)
    #expect(none.count == 0)
  }

  @Test func `has neither a secret nor a way to one`() async throws {
    let example = try await Example()
    let report = try await Collected(of: example.journal)
    for reference in example.secrets {
      #expect(report.text.contains(reference.fingerprint))
      #expect(!report.text.contains(reference.id.description))
      #expect(!report.text.contains(reference.commitment))
    }
    #expect(!report.text.contains(Example.token))
  }

  /// The pages that it reads have 500 rows.
  @Test(arguments: [499, 500, 501, 1_000, 1_001])
  func `is written page by page, each change once`(count: Int) async throws {
    let life = StillLife()
    let journal = InMemoryJournal()
    let commands = (0..<count).map { _ in life.newID() }
    for command in commands {
      let drafts = [EventPayload.intends(.activate), .success].map {
        life.draft($0, command: command)
      }
      _ = try await journal.append(AppendBatch(to: .app("a"), at: .any, drafts))
    }
    let report = try await Collected(of: journal)
    #expect(try report.column("command_id") == commands.map(\.description))
    #expect(try Set(report.column("outcome")) == ["succeeded"])
    #expect(report.count == count)
    // The header, and then never more than a page at a time.
    let rows = try report.chunks.dropFirst().map { try CSVReader.rows($0).count }
    #expect(rows.allSatisfy { $0 <= 500 })
    #expect(rows.reduce(0, +) == count)
  }
}
