import Connections
import EventStore
import Fixtures
import Testing

@testable import Projections

@Suite struct `The history of a connection` {
  let life = StillLife()
  let journal = InMemoryJournal()

  private func append(
    _ app: String, _ command: CommandID?, _ payloads: EventPayload...
  ) async throws {
    life.advance(seconds: 1)
    let drafts = payloads.map { life.draft($0, command: command) }
    _ = try await journal.append(AppendBatch(to: .app(app), at: .any, drafts))
  }

  private func history(of app: String) async throws -> [HistoryItem] {
    let views = try await ConnectionViews.inMemory(of: journal)
    return try await views.history(of: try #require(AppID(app))).items
  }

  private let state = ConnectionState(status: "ENABLED", authScheme: "TOKEN")
  private let call = Outcome(call: CallRecord())

  @Test func `puts the intent and the end of each command together`() async throws {
    let (first, second, third) = (life.newID(), life.newID(), life.newID())
    try await append("a", nil, .seen)
    try await append("a", first, .intends(.activate))
    try await append("b", third, .intends(.activate))
    try await append("a", first, .inDoubt(call))
    try await append("a", second, .intends(.verify(appName: "slack")), .success)
    let reading = Reading(source: .get, state: state, readAt: life.now)
    try await append("a", first, .resolved(Resolution(verdict: .applied, observed: reading)))
    let items = try await history(of: "a")
    #expect(items.map(\.kind.word) == ["observed", "activate", "verify"])
    #expect(items.map(\.ending?.word) == [nil, "resolved: applied", "succeeded"])
    #expect(items.map(\.indexes) == [[0], [1, 3, 6], [4, 5]])
    #expect(items.map(\.version) == [1, 6, 5])
    #expect(items.map(\.commandID) == [nil, first, second])
    #expect(items[1].after == state)
    #expect(items[1].recordedAt == StillLife().now.adding(seconds: 2))
  }

  @Test(arguments: [ListeningReader.Kind.head, .stream])
  func `is true at the point that it names, whatever is recorded meanwhile`(
    kind: ListeningReader.Kind
  ) async throws {
    try await append("a", nil, .seen)
    let reader = ListeningReader(journal, after: kind) {
      _ = try await journal.append(
        AppendBatch(to: .app("a"), at: .any, [life.draft(.seen), life.draft(.seen)]))
    }
    let views = try await ConnectionViews.inMemory(of: reader)
    let (items, trueAt) = try await views.history(of: try #require(AppID("a")))
    #expect(items.count == trueAt.size)
    let (all, later) = try await views.history(of: try #require(AppID("a")))
    #expect(all.count == 3 && later.size == 3)
  }

  @Test(
    arguments: [
      (.success, "succeeded"), (.refused(Outcome(call: CallRecord())), "refused"),
      (.notSent(Outcome(call: CallRecord())), "notSent"),
      (.inDoubt(Outcome(call: CallRecord())), "inDoubt"), (nil, "open"),
    ] as [(EventPayload?, String)])
  func `says how a command ended`(outcome: EventPayload?, word: String) async throws {
    let command = life.newID()
    try await append("a", command, .intends(.deactivate))
    if let outcome { try await append("a", command, outcome) }
    #expect(try await history(of: "a").map(\.ending?.word) == [word])
  }

  @Test(arguments: [Resolution.Verdict.applied, .notApplied, .noDifference, .superseded])
  func `says how a doubt ended`(verdict: Resolution.Verdict) async throws {
    let command = life.newID()
    try await append("a", command, .intends(.deactivate), .inDoubt(call))
    try await append("a", command, .resolved(Resolution(verdict: verdict)))
    let items = try await history(of: "a")
    #expect(items.map(\.ending) == [.resolved(verdict)])
    #expect(items.map(\.ending?.word) == ["resolved: \(verdict.rawValue)"])
  }

  @Test func `shows what stands alone`() async throws {
    let drift = Observation(cause: .client, isDrift: true, state: state)
    let start = RollbackStart(
      planDigest: "00", steps: [.update], target: .previous, targetVersion: 1)
    let end = RollbackEnd(startedBy: life.newID(), stepsDone: 1)
    try await append("a", nil, .observed(drift))
    try await append("a", life.newID(), .policyRefusal)
    let rollback = life.newID()
    try await append("a", rollback, .rollback(.started(start)), .rollback(.completed(end)))
    try await append("a", rollback, .rollback(.started(start)), .rollback(.failed(end)))
    let items = try await history(of: "a")
    #expect(
      items.map(\.kind.word) == [
        "drift", "update", "rollback.started", "rollback.completed", "rollback.started",
        "rollback.failed",
      ])
    #expect(items.map(\.ending) == [nil, .refused, nil, nil, nil, nil])
    #expect(items.map(\.version) == [1, 2, 3, 4, 5, 6])
  }

  @Test func `is empty for an unknown app`() async throws {
    try await append("a", nil, .seen)
    let views = try await ConnectionViews.inMemory(of: journal)
    let (items, trueAt) = try await views.history(of: try #require(AppID("b")))
    #expect(items == [])
    #expect(trueAt == TrueAt(size: 1, time: nil))
  }

  @Test func `has every event of the connection in exactly one item`() async throws {
    var random = try RandomHistory(seed: 5)
    try await random.extend(journal, steps: 80)
    let views = try await ConnectionViews.inMemory(of: journal)
    for app in random.apps {
      let events = try await journal.events(in: .connection(app), after: 0)
      let items = try await views.history(of: app).items
      #expect(!items.isEmpty)
      #expect(items.flatMap(\.indexes).sorted() == events.map(\.index))
      #expect(Set(items.flatMap(\.ids)) == Set(events.map(\.id)))
    }
  }
}
