import EventStore
import Fixtures

extension InMemoryJournal {
  /// A journal with a history of its own for each seed. `body` is called now and then while it
  /// grows.
  static func grown(
    seed: UInt64, _ body: (InMemoryJournal) async throws -> Void = { _ in }
  ) async throws -> InMemoryJournal {
    let journal = InMemoryJournal()
    var history = try RandomHistory(seed: seed)
    var random = SeededGenerator(seed: seed &+ 1_000)
    for _ in 0..<15 {
      try await history.extend(journal, steps: 1 + random.below(7))
      if random.chance(60) { try await body(journal) }
    }
    return journal
  }
}
