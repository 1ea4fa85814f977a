import Connections
import EventStore
import Fixtures
import Synchronization
import Testing

@testable import Projections

@Suite struct `Views before an event that cannot be read` {
  private func history() async throws -> InMemoryJournal {
    let journal = InMemoryJournal()
    var history = try RandomHistory(seed: 7)
    try await history.extend(journal, steps: 60)
    return journal
  }

  @Test(arguments: [0, 1, 17, 40])
  func `stand there, say so, and go on when it can be read`(index: Int) async throws {
    let journal = try await history()
    let reader = UnreadableReader(journal, at: index)
    let directory = try ViewsDirectory()
    let views = try await directory.open(reader)
    #expect(try await views.catchUp() == index)
    let (_, trueAt) = try await views.connections(at: .now)
    #expect(trueAt.size == index)
    #expect(trueAt.stopped?.index == index)
    #expect(trueAt.stopped?.cause == .unreadable(.unknownType("x", schema: 1)))
    // Each event before it was applied, and none after it.
    let before = try await ConnectionViews.rebuilt(journal).filter { $0.index < index }
    #expect(try await views.allVersions() == before)

    reader.heal()
    #expect(try await views.catchUp() == journal.head().size)
    #expect(try await views.connections(at: .now).trueAt.stopped == nil)
    #expect(try await views.allVersions() == ConnectionViews.rebuilt(journal))
  }

  /// The connections that come up next have a history before it, which is read, and after it.
  @Test func `stand there when they are opened on a file, too`() async throws {
    let journal = try await history()
    let directory = try ViewsDirectory()
    try await directory.follow(UnreadableReader(journal, at: 20))
    let views = try await directory.open(UnreadableReader(journal, at: 40))
    #expect(try await views.catchUp() == 40)
    #expect(await views.stopped?.index == 40)
    let before = try await ConnectionViews.rebuilt(journal).filter { $0.index < 40 }
    #expect(try await views.allVersions() == before)
  }

  /// It was applied when it could be read.
  @Test func `behind them stay as they are, and say so`() async throws {
    let journal = try await history()
    let directory = try ViewsDirectory()
    try await directory.follow(journal)
    let size = await journal.head().size
    let views = try await directory.open(UnreadableReader(journal, at: size - 1))
    #expect(try await views.catchUp() == size)
    #expect(await views.stopped?.index == size - 1)
    #expect(try await views.connections(at: .now).trueAt.size == size)
  }
}

/// A journal of which one event cannot be read until it is healed.
private final class UnreadableReader: JournalReader {
  private let journal: InMemoryJournal
  private let index: Mutex<Int?>

  init(_ journal: InMemoryJournal, at index: Int) {
    self.journal = journal
    self.index = Mutex(index)
  }

  func heal() { index.withLock { $0 = nil } }

  private func checked(_ events: [Event]) throws(JournalFault) -> [Event] {
    let index = index.withLock(\.self)
    if let index, events.contains(where: { $0.index == index }) {
      throw .unreadable(index: index, .unknownType("x", schema: 1))
    }
    return events
  }

  func fold<State: Sendable>(
    from index: Int, limit: Int, into state: State,
    _ body: @escaping @Sendable (inout State, Event) throws -> Void
  ) async throws -> State {
    _ = try checked(try await journal.events(EventSelection(after: index - 1, limit: limit)))
    return try await journal.fold(from: index, limit: limit, into: state, body)
  }

  func events(
    in stream: StreamID, after version: Int, limit: Int
  ) async throws(JournalFault) -> [Event] {
    try checked(try await journal.events(in: stream, after: version, limit: limit))
  }
  func version(of stream: StreamID) async throws(JournalFault) -> Int {
    try await journal.version(of: stream)
  }
  func events(at indexes: [Int]) async throws(JournalFault) -> [Event] {
    try checked(try await journal.events(at: indexes))
  }
  func events(ofCommands ids: [CommandID]) async throws(JournalFault) -> [Event] {
    try checked(try await journal.events(ofCommands: ids))
  }
  func events(_ selection: EventSelection) async throws(JournalFault) -> [Event] {
    try checked(try await journal.events(selection))
  }
  func head() async throws(JournalFault) -> JournalHead { await journal.head() }
  func streamsWithOpenIntents() async throws(JournalFault) -> [AppID] {
    try await journal.streamsWithOpenIntents()
  }
  func streamsWithOpenDoubts() async throws(JournalFault) -> [AppID] {
    try await journal.streamsWithOpenDoubts()
  }

  func streamsWithOpenRollbacks() async throws(JournalFault) -> [AppID] {
    try await journal.streamsWithOpenRollbacks()
  }

  func connections(changedIn indexes: Range<Int>) async throws(JournalFault) -> [AppID] {
    try await journal.connections(changedIn: indexes)
  }
  func sealedSecret(_ id: UUIDv7) async throws(JournalFault) -> SealedSecret? {
    try await journal.sealedSecret(id)
  }
  func size(asOf instant: Instant) async throws(JournalFault) -> Int {
    try await journal.size(asOf: instant)
  }
}
