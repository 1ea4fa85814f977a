import Connections
import EventStore
import Fixtures
import Testing

@testable import Projections

/// Whatever lies there, the views are the journal's.
@Suite struct `Views are made anew` {
  let directory: ViewsDirectory

  init() throws { directory = try ViewsDirectory() }

  private func journal(seed: UInt64, steps: Int) async throws -> InMemoryJournal {
    let journal = InMemoryJournal()
    var history = try RandomHistory(seed: seed)
    try await history.extend(journal, steps: steps)
    return journal
  }

  private func expectRebuilt(
    _ journal: InMemoryJournal, id: UUIDv7 = ViewsDirectory.journalID,
    _ location: SourceLocation = #_sourceLocation
  ) async throws {
    let rebuilt = try await ConnectionViews.rebuilt(journal)
    #expect(!rebuilt.isEmpty, sourceLocation: location)
    let views = try await directory.open(journal, id: id)
    #expect(try await views.versions(of: journal) == rebuilt, sourceLocation: location)
  }

  /// `user_version` is at byte 60 of the file (SQLite file format, section 1.3).
  @Test func `when their shape is another`() async throws {
    let journal = try await journal(seed: 1, steps: 60)
    try await directory.follow(journal)
    var bytes = try directory.directory.bytes(of: ConnectionViews.fileName)
    let shape = Array(bytes[60..<64])
    bytes[60] ^= 0x40
    try directory.directory.write(bytes, to: ConnectionViews.fileName)
    try await expectRebuilt(journal)
    try await directory.follow(journal)
    let after = try directory.directory.bytes(of: ConnectionViews.fileName)
    #expect(Array(after[60..<64]) == shape)
  }

  @Test(arguments: ["", "no database", "SQLite format 3\0 and no more"])
  func `when their file is none of ours`(text: String) async throws {
    try directory.directory.write(Array(text.utf8), to: ConnectionViews.fileName)
    try await expectRebuilt(try await journal(seed: 1, steps: 60))
  }

  @Test func `when their file is torn`() async throws {
    let journal = try await journal(seed: 1, steps: 60)
    try await directory.follow(journal)
    var bytes = try directory.directory.bytes(of: ConnectionViews.fileName)
    bytes.removeLast(bytes.count / 2)
    try directory.directory.write(bytes, to: ConnectionViews.fileName)
    try await expectRebuilt(journal)
  }

  @Test func `when the journal is another`() async throws {
    try await directory.follow(journal(seed: 1, steps: 60))
    let other = UUIDv7(instant: StillLife().now, random: Array(10..<20))
    try await expectRebuilt(try await journal(seed: 2, steps: 60), id: other)
  }

  @Test func `when the journal is shorter, as after an old copy was restored`() async throws {
    try await directory.follow(journal(seed: 1, steps: 60))
    try await expectRebuilt(try await journal(seed: 1, steps: 40))
  }

  @Test func `when the journal went another way since an old copy was restored`() async throws {
    let lost = try await journal(seed: 1, steps: 60)
    try await directory.follow(lost)
    let restored = try await journal(seed: 1, steps: 40)
    let life = StillLife(now: "2026-11-24T08:00:00Z")
    while await restored.head().size < lost.head().size + 3 {
      let batch = AppendBatch(to: .app("new"), at: .any, [life.draft(.seen)])
      _ = try await restored.append(batch)
    }
    try await expectRebuilt(restored)
  }

  @Test func `not when the journal only grew`() async throws {
    let journal = try await journal(seed: 1, steps: 60)
    try await directory.follow(journal)
    let life = StillLife(now: "2026-11-24T08:00:00Z")
    _ = try await journal.append(AppendBatch(to: .app("new"), at: .any, [life.draft(.seen)]))
    let counting = ListeningReader(journal)
    #expect(try await directory.open(counting).catchUp() == journal.head().size)
    // Only what is new is folded.
    #expect(counting.firstFolded == (await journal.head().size - 1))
  }
}
