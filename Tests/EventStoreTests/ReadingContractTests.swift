import Connections
import Fixtures
import Testing

@testable import EventStore

@Suite struct `Every journal, when it is read` {
  @Test(arguments: Store.allCases)
  func `gives one stream in order, after a version`(store: Store) async throws {
    try await store.lend { journal in
      for stream in ["a", "b", "a", "a", "b"] { try await journal.append(to: .app(stream)) }
      let reader = journal.reader
      #expect(try await reader.events(in: .app("a"), after: 0).map(\.index) == [0, 2, 3])
      #expect(try await reader.events(in: .app("a"), after: 2).map(\.index) == [3])
      #expect(try await reader.events(in: .app("a"), after: 3) == [])
      #expect(try await reader.events(in: .app("unknown"), after: 0) == [])
    }
  }

  @Test(arguments: Store.allCases)
  func `gives the events of several commands in the order of the journal`(
    store: Store
  ) async throws {
    try await store.lend { journal in
      let scene = try await Scene(journal)
      let (first, second, refused) = (scene.first, scene.second, scene.refused)
      let reader = journal.reader
      #expect(try await reader.events(ofCommands: [first]).map(\.index) == [1, 3])
      #expect(
        try await reader.events(ofCommands: [refused, second, first]).map(\.index) == [1, 2, 3, 4])
      #expect(try await reader.events(ofCommands: []) == [])
      #expect(try await reader.events(ofCommands: [journal.life.newID()]) == [])
      #expect(try await reader.events(at: [4, 2, 2, 900, -1]).map(\.index) == [2, 4])
      #expect(try await reader.events(at: []) == [])
    }
  }

  @Test(arguments: Store.allCases, Filter.table)
  func `selects events`(store: Store, filter: Filter) async throws {
    try await store.lend { journal in
      let scene = try await Scene(journal)
      let selection = filter.selection(scene)
      let events = try await journal.reader.events(selection)
      #expect(events.map(\.index) == filter.indexes)
      let all = try await journal.all()
      #expect(events == Array(all.filter(selection.matches).prefix(selection.limit)))
      var reversed = selection
      reversed.isNewestFirst = true
      #expect(
        try await journal.reader.events(reversed)
          == Array(all.reversed().filter(selection.matches).prefix(selection.limit)))
    }
  }

  @Test(
    arguments: Store.allCases,
    [
      (from: nil, to: nil, after: nil, limit: 9, indexes: [1, 2, 4, 6]),
      (from: nil, to: nil, after: nil, limit: 2, indexes: [1, 2]),
      (from: nil, to: nil, after: 2, limit: 2, indexes: [4, 6]),
      (from: nil, to: nil, after: 6, limit: 2, indexes: []),
      (from: 2, to: nil, after: nil, limit: 9, indexes: [2, 4, 6]),
      (from: nil, to: 2, after: nil, limit: 9, indexes: [1]),
      (from: 1, to: 6, after: 1, limit: 9, indexes: [2, 4]),
      (from: 7, to: nil, after: nil, limit: 9, indexes: []),
    ] as [ChangesRow])
  func `gives each intent and each refusal that stands alone as a change`(
    store: Store, row: ChangesRow
  ) async throws {
    try await store.lend { journal in
      let scene = try await Scene(journal)
      var selection = EventSelection(
        from: row.from.map(scene.moment), to: row.to.map(scene.moment), after: row.after,
        beginsAChange: true, limit: row.limit)
      let changes = try await journal.reader.events(selection)
      #expect(changes.map(\.index) == row.indexes)
      (selection.isNewestFirst, selection.limit) = (true, .max)
      let reversed = try await journal.reader.events(selection)
      #expect(reversed.map(\.index).reversed().prefix(row.limit) == row.indexes[...])
    }
  }

  @Test(arguments: Store.allCases)
  func `knows its size at each moment`(store: Store) async throws {
    try await store.lend { journal in
      let start = journal.life.now
      #expect(try await journal.reader.size(asOf: start) == 0)
      try await journal.append(2, to: .app("a"))
      journal.life.advance(seconds: 10)
      try await journal.append(1, to: .app("b"))
      journal.life.advance(seconds: 10)
      try await journal.append(1, to: .app("a"))
      let sizes = [(-1, 0), (0, 2), (9, 2), (10, 3), (11, 3), (20, 4), (100, 4)] as [(Int64, Int)]
      for (seconds, size) in sizes {
        #expect(try await journal.reader.size(asOf: start.adding(seconds: seconds)) == size)
      }
    }
  }

  @Test(
    arguments: Store.allCases,
    [
      (from: 0, limit: 9, indexes: [0, 1, 2, 3, 4]), (from: 0, limit: 2, indexes: [0, 1]),
      (from: 3, limit: 2, indexes: [3, 4]), (from: 4, limit: 9, indexes: [4]),
      (from: 5, limit: 9, indexes: []), (from: 2, limit: 0, indexes: []),
    ] as [(from: Int, limit: Int, indexes: [Int])])
  func `folds from an index on, up to a limit`(
    store: Store, row: (from: Int, limit: Int, indexes: [Int])
  ) async throws {
    try await store.lend { journal in
      try await journal.append(5, to: .app("a"))
      let indexes = try await journal.reader.fold(
        from: row.from, limit: row.limit, into: [Int]()
      ) { indexes, event in indexes.append(event.index) }
      #expect(indexes == row.indexes)
    }
  }

  @Test(arguments: Store.allCases)
  func `stops a fold with the error of its body`(store: Store) async throws {
    struct Enough: Error {}
    try await store.lend { journal in
      try await journal.append(3, to: .app("a"))
      await #expect(throws: Enough.self) {
        try await journal.reader.fold(from: 0, limit: 9, into: 0) { _, event in
          if event.index == 1 { throw Enough() }
        }
      }
    }
  }
}

typealias ChangesRow = (from: Int64?, to: Int64?, after: Int?, limit: Int, indexes: [Int])
