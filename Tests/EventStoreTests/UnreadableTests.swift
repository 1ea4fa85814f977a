import Connections
import Fixtures
import Testing

@testable import EventStore

/// Nothing is skipped: whoever reads past it is told which event it was.
@Suite struct `An event that cannot be read` {
  private func damaged(_ change: String) async throws -> (JournalDirectory, SQLiteJournalReader) {
    let directory = try await JournalDirectory(events: 5)
    try directory.tamperWithoutTriggers("UPDATE events SET body = \(change) WHERE \"index\" = 2")
    return (directory, try SQLiteJournal.openForReading(directory: directory.path).reader)
  }

  @Test(
    arguments: [
      ("replace(body, 'connection.observed', 'connection.invented')", .unknownType),
      ("replace(body, '\"schema\":2', '\"schema\":9')", .unknownType),
      ("replace(body, '\"cause\":\"client\"', '\"cause\":\"rumour\"')", .unknownWord),
      ("replace(body, '{\"actor\"', '{ \"actor\"')", .malformed), ("''", .malformed),
    ] as [(String, Expected)])
  func `stops the reader, by its index`(change: String, expected: Expected) async throws {
    let (directory, reader) = try await damaged(change)
    for read in [
      { _ = try await reader.events(EventSelection(limit: 9)) },
      { _ = try await reader.events(in: .app("app0"), after: 0) },
      { _ = try await reader.fold(from: 0, limit: 9, into: 0) { count, _ in count += 1 } },
    ] as [@Sendable () async throws -> Void] {
      await #expect {
        try await read()
      } throws: { error in
        guard case .unreadable(2, let fault) = error as? JournalFault else { return false }
        return expected == Expected(fault)
      }
    }
    // What does not pass over it is answered.
    #expect(try await reader.events(in: .app("app1"), after: 0).map(\.index) == [1, 3])
    #expect(try await !directory.verify().isSound)
  }

  enum Expected: Sendable {
    case malformed, unknownType, unknownWord, other

    init(_ fault: EventFault) {
      switch fault {
      case .malformed: self = .malformed
      case .unknownType: self = .unknownType
      case .unknownWord: self = .unknownWord
      default: self = .other
      }
    }
  }
}
