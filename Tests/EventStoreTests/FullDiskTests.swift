import Connections
import Fixtures
import GRDB
import Testing

@testable import EventStore

@Suite struct `On a full disk` {
  /// SQLite says *full* when the file may not grow, as it does when the disk cannot hold more.
  private func limit(_ journal: SQLiteJournal, toPages pages: Int?) async throws {
    try await journal.pool.writeWithoutTransaction { database in
      let limit = try pages ?? Int.fetchOne(database, sql: "PRAGMA page_count") ?? 0
      try database.execute(sql: "PRAGMA max_page_count = \(limit)")
    }
  }

  @Test func `an append says so, leaves nothing, and works again with room`() async throws {
    let life = StillLife()
    let directory = try JournalDirectory()
    try await directory.lend { journal in
      let first = try await journal.writer.append(
        AppendBatch(to: .app("a"), at: .any, [life.draft(.seen)]))
      let head = try await journal.reader.head()
      try await limit(journal, toPages: nil)
      let large = AppendBatch(
        to: .app("a"), at: .exactly(1),
        (0..<9).map { _ in life.draft(.seen, reason: String(repeating: "x", count: 60_000)) })
      await #expect {
        try await journal.writer.append(large)
      } throws: { error in
        guard case .storage(let fault) = error as? JournalFault else { return false }
        return fault.isFull
      }
      #expect(try await journal.reader.head() == head)
      #expect(try await journal.reader.events(EventSelection(limit: 99)) == first)

      try await limit(journal, toPages: 1_000_000)
      let added = try await journal.writer.append(large)
      #expect(added.map(\.index) == Array(1...9))
    }
    try await directory.expectSound()
  }
}
