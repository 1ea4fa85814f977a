import Connections
import Fixtures
import Testing

@testable import EventStore

@Suite struct `Every journal names the connections` {
  private func append(
    _ app: String, to journal: LentJournal, _ payloads: EventPayload...
  ) async throws {
    let command = journal.life.newID()
    let drafts = payloads.map { journal.life.draft($0, command: command) }
    _ = try await journal.writer.append(AppendBatch(to: .app(app), at: .any, drafts))
  }

  private let call = Outcome(call: CallRecord())
  private let resolution = EventPayload.resolved(Resolution(verdict: .noDifference))

  /// Commands that ended in each way there is, each of its own connection.
  private func end(in journal: LentJournal) async throws {
    try await append("succeeded", to: journal, .seen, .intends(.activate), .success)
    try await append("refused", to: journal, .intends(.activate), .refused(call))
    try await append("notSent", to: journal, .intends(.activate), .notSent(call))
    try await append("resolved", to: journal, .intends(.activate), .inDoubt(call), resolution)
    try await append("policy", to: journal, .policyRefusal)
    try await append("read", to: journal, .seen)
  }

  @Test(arguments: Store.allCases)
  func `that have an intent without an outcome`(store: Store) async throws {
    try await store.lend { journal in
      try await end(in: journal)
      try await append("doubt", to: journal, .intends(.activate), .inDoubt(call))
      #expect(try await journal.reader.streamsWithOpenIntents() == [])
      try await append("open", to: journal, .intends(.activate))
      try await append("also-open", to: journal, .seen, .intends(.deactivate))
      try await append("open", to: journal, .intends(.deactivate))
      try await append("open", to: journal, .intends(.deactivate), .success)
      let open = try await journal.reader.streamsWithOpenIntents()
      #expect(open.map(\.description) == ["also-open", "open"])
    }
  }

  @Test(arguments: Store.allCases)
  func `that have a doubt without an end`(store: Store) async throws {
    try await store.lend { journal in
      try await end(in: journal)
      try await append("open", to: journal, .intends(.activate))
      #expect(try await journal.reader.streamsWithOpenDoubts() == [])
      try await append("doubt", to: journal, .intends(.activate), .inDoubt(call))
      try await append("also-doubt", to: journal, .seen, .intends(.activate), .inDoubt(call))
      try await append("doubt", to: journal, .intends(.activate), .inDoubt(call))
      try await append("doubt", to: journal, .intends(.activate), .inDoubt(call), resolution)
      let doubts = try await journal.reader.streamsWithOpenDoubts()
      #expect(doubts.map(\.description) == ["also-doubt", "doubt"])
    }
  }
}
