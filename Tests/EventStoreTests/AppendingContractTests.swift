import Connections
import Fixtures
import Testing
import TransparencyLog

@testable import EventStore

@Suite struct `Every journal, when it appends` {
  @Test(arguments: Store.allCases)
  func `gives gapless indexes across streams and versions within each`(store: Store) async throws {
    try await store.lend { journal in
      try await journal.append(2, to: .app("a"))
      try await journal.append(1, to: .app("b"))
      try await journal.append(1, to: .access)
      try await journal.append(3, to: .app("a"))
      try await journal.append(1, to: .app("b"))
      let events = try await journal.all()
      #expect(events.map(\.index) == Array(0..<8))
      #expect(events.map(\.streamVersion) == [1, 2, 1, 1, 3, 4, 5, 2])
      #expect(events.map(\.previous) == [nil, 0, nil, nil, 1, 4, 5, 2])
      #expect(
        events.map(\.stream.description).joined(separator: " ")
          == "app/a app/a app/b access app/a app/a app/a app/b")
    }
  }

  @Test(arguments: Store.allCases)
  func `answers with the events as they can be read afterwards`(store: Store) async throws {
    try await store.lend { journal in
      let first = try await journal.append(2, to: .app("a"))
      let second = try await journal.append(1, to: .app("b"))
      #expect(try await journal.all() == first + second)
    }
  }

  @Test(arguments: Store.allCases)
  func `takes a batch at the exact version`(store: Store) async throws {
    try await store.lend { journal in
      try await journal.append(2, to: .app("a"), at: .exactly(0))
      try await journal.append(1, to: .app("b"), at: .exactly(0))
      let events = try await journal.append(1, to: .app("a"), at: .exactly(2))
      #expect(events.map(\.streamVersion) == [3])
    }
  }

  @Test(
    arguments: Store.allCases,
    [(stream: "a", expected: 0, found: 2), ("a", 1, 2), ("a", 3, 2), ("new", 1, 0)])
  func `refuses a batch at another version, and tells both`(
    store: Store, conflict: (stream: String, expected: Int, found: Int)
  ) async throws {
    try await store.lend { journal in
      let before = try await journal.append(2, to: .app("a"))
      let head = try await journal.reader.head()
      let stream = StreamID.app(conflict.stream)
      await #expect(
        throws: JournalFault.conflict(
          stream: stream, expected: conflict.expected, found: conflict.found)
      ) {
        try await journal.append(2, to: stream, at: .exactly(conflict.expected))
      }
      #expect(try await journal.all() == before)
      #expect(try await journal.reader.head() == head)
      let next = try await journal.append(1, to: .app("a"), at: .exactly(2))
      #expect(next.map(\.index) == [2])
    }
  }

  @Test(arguments: Store.allCases)
  func `appends wherever the stream ends when no version is asked for`(
    store: Store
  ) async throws {
    try await store.lend { journal in
      for version in 1...3 {
        let events = try await journal.append(1, to: .app("a"), at: .any)
        #expect(events.map(\.streamVersion) == [version])
      }
    }
  }

  /// The longest body that fits a tile entry is 65,535 bytes (c2sp.org/tlog-tiles).
  @Test(arguments: Store.allCases)
  func `takes the largest event and refuses a larger one with its whole batch`(
    store: Store
  ) async throws {
    try await store.lend { journal in
      try await journal.append(1, to: .app("a"))
      func draft(reason length: Int) -> EventDraft {
        journal.life.draft(.seen, reason: String(repeating: "x", count: length))
      }
      let probe = Event(
        draft: draft(reason: 1), index: 1, stream: .app("a"), streamVersion: 2, previous: 0,
        recordedAt: journal.life.now)
      let longest = Event.maximumBodyBytes - probe.canonicalBytes.count + 1
      let tooLong = AppendBatch(
        to: .app("a"), at: .any, [draft(reason: longest + 1), journal.life.draft(.seen)])
      await #expect(throws: JournalFault.eventTooLarge(bytes: Event.maximumBodyBytes + 1)) {
        try await journal.writer.append(tooLong)
      }
      #expect(try await journal.all().count == 1)
      _ = try await journal.writer.append(
        AppendBatch(to: .app("a"), at: .exactly(1), [draft(reason: longest)]))
      let last = try #require(try await journal.all().last)
      #expect(last.canonicalBytes.count == Event.maximumBodyBytes)
    }
  }

  @Test(arguments: Store.allCases)
  func `refuses a whole batch whose last event is too large`(store: Store) async throws {
    try await store.lend { journal in
      let large = journal.life.draft(.seen, reason: String(repeating: "x", count: 70_000))
      let batch = AppendBatch(
        to: .app("a"), at: .any, [journal.life.draft(.seen), journal.life.draft(.seen), large])
      await #expect(throws: JournalFault.self) { try await journal.writer.append(batch) }
      #expect(try await journal.reader.head() == JournalHead(size: 0, root: .emptyRoot))
      let next = try await journal.append(1, to: .app("a"))
      #expect(next.map(\.index) == [0])
    }
  }

  @Test(arguments: Store.allCases)
  func `never records a time before the last one`(store: Store) async throws {
    try await store.lend { journal in
      let noon = journal.life.now
      try await journal.append(1, to: .app("a"))
      journal.life.advance(seconds: -3_600)
      try await journal.append(2, to: .app("b"))
      journal.life.advance(seconds: 3_605)
      try await journal.append(1, to: .app("a"))
      let times = try await journal.all().map(\.recordedAt)
      #expect(times == [noon, noon, noon, noon.adding(seconds: 5)])
    }
  }

  @Test(arguments: Store.allCases)
  func `keeps sealed secrets byte for byte`(store: Store) async throws {
    try await store.lend { journal in
      let batch = try journal.life.sealedUpdate(of: .app("a"), token: "first")
      _ = try await journal.writer.append(batch)
      let secret = try #require(batch.secrets.first)
      #expect(try await journal.reader.sealedSecret(secret.id) == secret)
      #expect(try await journal.reader.sealedSecret(journal.life.newID()) == nil)
    }
  }

  @Test(arguments: Store.allCases)
  func `keeps no secret of a batch that it refuses`(store: Store) async throws {
    try await store.lend { journal in
      var batch = try journal.life.sealedUpdate(of: .app("a"), token: "first")
      batch.expectedVersion = .exactly(7)
      let secret = try #require(batch.secrets.first)
      await #expect(throws: JournalFault.self) { try await journal.writer.append(batch) }
      #expect(try await journal.reader.sealedSecret(secret.id) == nil)
    }
  }

  /// Sizes around powers of two and around full tiles of 256 hashes.
  @Test(
    arguments: Store.allCases, [[1], [2], [3], [4, 1], [7], [255], [256], [255, 1, 1], [513]])
  func `has the root that RFC 6962 gives for the canonical bytes`(
    store: Store, batches: [Int]
  ) async throws {
    try await store.lend { journal in
      #expect(try await journal.reader.head() == JournalHead(size: 0, root: .emptyRoot))
      for count in batches {
        try await journal.append(count, to: .app("a"))
        let events = try await journal.all()
        #expect(
          try await journal.reader.head()
            == JournalHead(size: events.count, root: NaiveTree.root(of: events)))
      }
    }
  }
}
