import Connections
import EventStore
import Fixtures
import Testing

@testable import Projections

@Suite struct `The pages of all changes` {
  private func journal(_ seed: UInt64, steps: Int) async throws -> InMemoryJournal {
    let journal = InMemoryJournal()
    var history = try RandomHistory(seed: seed)
    try await history.extend(journal, steps: steps)
    return journal
  }

  private func pages(
    of journal: InMemoryJournal, size: Int, limit: Int, from: Instant? = nil, to: Instant? = nil,
    isNewestFirst: Bool = false
  ) async throws -> [[HistoryItem]] {
    let views = try await ConnectionViews.inMemory(of: journal)
    var pages: [[HistoryItem]] = []
    var query = ChangeQuery()
    (query.from, query.to, query.isNewestFirst) = (from, to, isNewestFirst)
    var position: Int?
    repeat {
      let page = try await views.changes(query, from: position, size: size, limit: limit)
      pages.append(page.items)
      position = page.next
    } while position != nil
    return pages
  }

  @Test(arguments: UInt64(1)...8, [1, 2, 7, 1_000])
  func `are complete, in order, and no longer than asked for`(
    seed: UInt64, limit: Int
  ) async throws {
    let journal = try await journal(seed, steps: 60)
    let events = try await journal.events(EventSelection(limit: .max))
    let pages = try await pages(of: journal, size: events.count, limit: limit)
    #expect(pages.allSatisfy { $0.count <= limit })
    let items = pages.flatMap(\.self)
    let reversed = try await self.pages(
      of: journal, size: events.count, limit: limit, isNewestFirst: true)
    #expect(reversed.flatMap(\.self).reversed() == items)
    let begun = events.filter { event in
      switch event.payload {
      case .intended: true
      case .refused(let outcome), .notSent(let outcome): outcome.refusedKind != nil
      default: false
      }
    }
    #expect(begun.count > 8)
    #expect(items.map(\.indexes.first) == begun.map(\.index))
    #expect(items.map(\.commandID) == begun.map(\.context.commandID))
    for item in items {
      let own = events.filter { event in
        event.context.commandID == item.commandID && event.payload.kind != .observed
      }
      #expect(item.indexes == own.map(\.index))
    }
  }

  @Test(arguments: UInt64(1)...8, [20, 35, 50])
  func `of a size are those of the journal when it had that size`(
    seed: UInt64, steps: Int
  ) async throws {
    let longer = try await journal(seed, steps: 60)
    let shorter = try await journal(seed, steps: steps)
    let size = await shorter.head().size
    let then = try await pages(of: shorter, size: size, limit: 3)
    let now = try await pages(of: longer, size: size, limit: 3)
    #expect(now.flatMap(\.self) == then.flatMap(\.self))
    #expect(now.flatMap(\.self).count > 1)
  }

  @Test func `of a period are those whose intent falls into it`() async throws {
    let journal = try await journal(4, steps: 60)
    let events = try await journal.events(EventSelection(limit: .max))
    let from = events[events.count / 3].recordedAt
    let to = events[events.count * 2 / 3].recordedAt
    let all = try await pages(of: journal, size: events.count, limit: 5).flatMap(\.self)
    let some = try await pages(of: journal, size: events.count, limit: 5, from: from, to: to)
      .flatMap(\.self)
    #expect(some == all.filter { $0.recordedAt >= from && $0.recordedAt < to })
    #expect(some.count > 1 && some.count < all.count)
  }

  @Test func `are one empty page for an empty journal`() async throws {
    let pages = try await pages(of: InMemoryJournal(), size: 0, limit: 5)
    #expect(pages == [[]])
  }
}
