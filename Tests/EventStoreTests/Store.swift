import Connections
import Fixtures
import Testing

@testable import EventStore

/// The stores that must keep the contract.
enum Store: String, CaseIterable, CustomTestStringConvertible {
  case inMemory
  case sqlite

  var testDescription: String { rawValue }

  /// Lends a new journal, and verifies it afterwards where it can be verified.
  func lend(_ body: (LentJournal) async throws -> Void) async throws {
    switch self {
    case .inMemory:
      let journal = InMemoryJournal()
      try await body(LentJournal(writer: journal, reader: journal))
    case .sqlite:
      let directory = try JournalDirectory()
      try await directory.lend { journal in
        try await body(LentJournal(writer: journal.writer, reader: journal.reader))
      }
      try await directory.expectSound()
    }
  }
}

/// A journal as its contract has it, and a clock that stands still.
struct LentJournal: Sendable {
  let writer: any JournalWriter
  let reader: any JournalReader
  let life = StillLife()

  @discardableResult
  func append(
    _ count: Int = 1, to stream: StreamID, at version: ExpectedVersion = .any
  ) async throws -> [Event] {
    let drafts = (0..<count).map { _ in life.draft(.seen) }
    return try await writer.append(AppendBatch(to: stream, at: version, drafts))
  }

  func all() async throws -> [Event] { try await reader.events(EventSelection(limit: .max)) }
}
