import Connections
import Fixtures

@testable import EventStore

/// Seven events, a second apart: a baseline, two commands side by side on two connections, a
/// refusal by policy, an export, and a command that is still open.
struct Scene: Sendable {
  let first: CommandID
  let second: CommandID
  let refused: CommandID
  let open: CommandID
  private let start: Instant

  init(_ journal: LentJournal) async throws {
    let life = journal.life
    start = life.now
    (first, second, refused, open) = (life.newID(), life.newID(), life.newID(), life.newID())
    func append(
      _ stream: StreamID, _ payload: EventPayload, _ command: CommandID? = nil,
      by actor: ActorIdentity = .anna
    ) async throws {
      var draft = life.draft(payload, command: command)
      draft.context.actor = actor
      _ = try await journal.writer.append(AppendBatch(to: stream, at: .any, [draft]))
      life.advance(seconds: 1)
    }
    try await append(.app("a"), .seen, by: .hindsight)
    try await append(.app("a"), .intends(.activate), first)
    try await append(.app("b"), .intends(.deactivate), second, by: .hindsight)
    try await append(.app("a"), .success, first)
    try await append(.app("c"), .policyRefusal, refused)
    let export = Export(definition: "changes/1", from: nil, to: nil, trueAtSize: 5)
    try await append(.access, .exported(export))
    try await append(.app("b"), .intends(.activate), open)
  }

  /// The moment of the event with this index.
  func moment(_ index: Int64) -> Instant { start.adding(seconds: index) }
}

/// A selection from the scene, and what it finds.
struct Filter: Sendable, CustomStringConvertible {
  let description: String
  let indexes: [Int]
  let selection: @Sendable (Scene) -> EventSelection

  init(
    _ description: String, finds indexes: [Int],
    _ selection: @escaping @Sendable (Scene) -> EventSelection
  ) {
    self.description = description
    self.indexes = indexes
    self.selection = selection
  }

  static let table = [
    Filter("nothing asked", finds: [0, 1, 2, 3, 4, 5, 6]) { _ in .init(limit: 9) },
    Filter("a limit", finds: [0, 1, 2]) { _ in .init(limit: 3) },
    Filter("an app", finds: [0, 1, 3]) { _ in .init(appID: AppID("a"), limit: 9) },
    Filter("an app and a limit", finds: [0, 1]) { _ in .init(appID: AppID("a"), limit: 2) },
    Filter("an unknown app", finds: []) { _ in .init(appID: AppID("x"), limit: 9) },
    Filter("a command", finds: [1, 3]) { .init(commandID: $0.first, limit: 9) },
    Filter("an actor's name", finds: [1, 3, 4, 5, 6]) { _ in .init(actor: "Anna", limit: 9) },
    Filter("an actor's id", finds: [0, 2]) { _ in .init(actor: "hindsight", limit: 9) },
    Filter("an actor who looks like SQL", finds: []) { _ in
      .init(actor: "' OR 1 = 1 --", limit: 9)
    },
    Filter("a type", finds: [1, 2, 6]) { _ in .init(type: .intended, limit: 9) },
    Filter("from a moment on", finds: [4, 5, 6]) { .init(from: $0.moment(4), limit: 9) },
    Filter("before a moment", finds: [0, 1, 2, 3]) { .init(to: $0.moment(4), limit: 9) },
    Filter("a period", finds: [2, 3]) {
      .init(from: $0.moment(2), to: $0.moment(4), limit: 9)
    },
    Filter("an empty period", finds: []) {
      .init(from: $0.moment(4), to: $0.moment(2), limit: 9)
    },
    Filter("after an index", finds: [5, 6]) { _ in .init(after: 4, limit: 9) },
    Filter("after an index, limited", finds: [3, 4]) { _ in .init(after: 2, limit: 2) },
    Filter("after the end", finds: []) { _ in .init(after: 6, limit: 9) },
    Filter("before the beginning", finds: [0]) { _ in .init(after: -2, limit: 1) },
    Filter("all at once", finds: [3]) {
      .init(
        appID: AppID("a"), commandID: $0.first, actor: "Anna", type: .succeeded,
        from: $0.moment(1), to: $0.moment(4), after: 1, limit: 9)
    },
  ]
}
