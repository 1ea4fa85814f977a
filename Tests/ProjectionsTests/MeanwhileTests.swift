import Connections
import EventStore
import Fixtures
import Synchronization
import Testing

@testable import Projections

/// Views that are opened again learn the connections that come up; nobody waits for them.
@Suite struct `Views that catch up` {
  let life = StillLife()
  let journal = InMemoryJournal()
  let directory: ViewsDirectory

  /// Views that followed two connections, and are opened again after one of them changed.
  init() async throws {
    directory = try ViewsDirectory()
    for app in ["a", "b", "a", "b"] { try await change(app) }
    try await directory.follow(journal)
    try await change("a")
    try await change("b")
  }

  private func change(_ app: String) async throws {
    life.advance(seconds: 1)
    let state = ConnectionState(
      status: "ENABLED", authScheme: "TOKEN", baseURL: life.now.description)
    let observation = Observation(cause: .client, isDrift: false, state: state)
    _ = try await journal.append(
      AppendBatch(to: .app(app), at: .any, [life.draft(.observed(observation))]))
  }

  private func expectRebuilt(_ views: ConnectionViews) async throws {
    #expect(try await views.versions(of: journal) == ConnectionViews.rebuilt(journal))
    try await change("a")
    try await change("b")
    #expect(try await views.versions(of: journal) == ConnectionViews.rebuilt(journal))
  }

  @Test func `take in a connection that changes between two of their reads`() async throws {
    try await directory.follow(journal)
    try await change("a")
    let reader = ListeningReader(journal, after: .fold) { try await change("b") }
    let views = try await directory.open(reader)
    try await views.catchUp()
    try await expectRebuilt(views)
  }

  @Test func `are not disturbed by another question in between`() async throws {
    let asked = Asked()
    let reader = ListeningReader(journal, after: .selection) {
      try await change("a")
      asked.ask()
    }
    let views = try await directory.open(reader)
    asked.views.withLock { $0 = views }
    try await views.catchUp()
    // Begun within a read of the first question, and answered whenever its turn comes.
    let size = try await #require(asked.answer.withLock(\.self)).value
    #expect(size == 7)
    try await expectRebuilt(views)
  }
}

/// The views that are asked from within one of their own reads.
private final class Asked: Sendable {
  let views = Mutex<ConnectionViews?>(nil)
  let answer = Mutex<Task<Int, any Error>?>(nil)

  func ask() {
    guard let views = views.withLock(\.self) else { return }
    answer.withLock { $0 = Task { try await views.catchUp() } }
  }
}
