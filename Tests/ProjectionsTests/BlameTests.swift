import Connections
import EventStore
import Fixtures
import Testing

@testable import Projections

@Suite struct `Blame names` {
  private static let off = ConnectionState(status: "DISABLED", authScheme: "TOKEN")
  private static let on = ConnectionState(status: "ENABLED", authScheme: "TOKEN")
  private let life = StillLife()
  private let journal = InMemoryJournal()
  private let app = SampleApp.org2Org

  private func append(
    _ payload: EventPayload, _ command: CommandID? = nil, by name: String, why: String? = nil
  ) async throws {
    var actor = ActorIdentity.anna
    actor.display = name
    let draft = EventDraft(
      id: life.newID(), recordedAt: life.now,
      context: EventContext(actor: actor, commandID: command, reason: why), payload: payload)
    _ = try await journal.append(AppendBatch(to: .connection(app), at: .any, [draft]))
    life.advance(seconds: 60)
  }

  private func observe(
    _ state: ConnectionState, _ cause: Observation.Cause = .client, isDrift: Bool = false
  ) async throws {
    try await append(
      .observed(Observation(cause: cause, isDrift: isDrift, state: state)), by: "reader")
  }

  /// Someone wants an update with a token; what follows ends it.
  private func update(_ digit: Character, by name: String) async throws -> CommandID {
    let id = life.newID()
    let content = UpdateContent(
      authScheme: "TOKEN",
      token: SecretReference(
        id: life.newID(), field: .token, fingerprint: String(repeating: digit, count: 32),
        commitment: String(repeating: "0", count: 64)), activate: true)
    try await append(
      .intended(
        Intent(
          before: Reading(source: .journal, state: Self.off, readAt: life.now),
          command: .update(content), expectedVersion: 1)), id, by: name, why: "why \(name)")
    return id
  }

  private func succeed(_ id: CommandID, by name: String, after: ConnectionState?) async throws {
    let reading = after.map { Reading(source: .answer, state: $0, readAt: life.now) }
    try await append(
      .succeeded(Outcome(call: CallRecord(status: 200), after: reading)), id, by: name)
  }

  private func doubt(_ id: CommandID, by name: String) async throws {
    try await append(.inDoubt(Outcome(call: CallRecord(detail: "No answer came."))), id, by: name)
  }

  private func blamed(_ field: ConnectionField) async throws -> Blame {
    let views = try await ConnectionViews.inMemory(of: journal)
    let lines = try await views.blame(of: app, at: .now).lines
    return try #require(lines.first { $0.field == field })
  }

  private func summary() async throws -> ConnectionSummary {
    let views = try await ConnectionViews.inMemory(of: journal)
    return try #require(try await views.summaries()[app])
  }

  private func who(_ blame: Blame) -> String? {
    if case .command(let context, _) = blame.cause { context.actor.display } else { nil }
  }

  @Test func `whoever set the token, and not a doubt that was ruled not applied`() async throws {
    try await observe(Self.off, .baseline)
    try await succeed(try await update("a", by: "alice"), by: "alice", after: Self.on)
    let lost = try await update("b", by: "mallory")
    try await doubt(lost, by: "mallory")
    #expect(who(try await blamed(.token)) == "alice", "it may be another one by now")
    try await append(
      .resolved(Resolution(verdict: .notApplied, isRuling: true)), lost, by: "oscar", why: "no")
    let token = try await blamed(.token)
    #expect(who(token) == "alice")
    #expect(token.value == .sealed(fingerprint: String(repeating: "a", count: 32), isCertain: true))
  }

  @Test func `whoever wanted a command that a read settled`() async throws {
    try await observe(Self.off, .baseline)
    let lost = try await update("b", by: "mallory")
    try await doubt(lost, by: "mallory")
    try await observe(Self.on, .doubt)
    try await append(.resolved(Resolution(verdict: .applied)), lost, by: "Hindsight")
    for field in [ConnectionField.token, .status] {
      let blame = try await blamed(field)
      guard case .command(let context, ruling: nil) = blame.cause else {
        Issue.record("\(field): \(blame.cause)")
        continue
      }
      #expect(context.actor.display == "mallory" && context.reason == "why mallory")
      #expect(blame.wasAskedFor == true)
    }
    #expect(try await summary().last?.by == "mallory", "and so do lists")
  }

  @Test func `and lists tell a secret that comes again to be as old as it was`() async throws {
    try await observe(Self.off, .baseline)
    var first: Instant?
    for digit in ["a", "a", "b", "a"] as [Character] {
      let now = life.now
      try await succeed(try await update(digit, by: "alice"), by: "alice", after: Self.on)
      let setAt = try #require(try await summary().setAt)
      if first == nil { first = setAt }
      #expect((setAt == first) == (digit == "a"))
      #expect(setAt <= life.now && (digit == "a" || setAt >= now))
    }
  }

  @Test func `whoever wanted a command and whoever ruled that it took effect`() async throws {
    try await observe(Self.off, .baseline)
    let lost = try await update("b", by: "mallory")
    try await doubt(lost, by: "mallory")
    try await append(
      .resolved(Resolution(verdict: .applied, isRuling: true)), lost, by: "oscar", why: "yes")
    guard case .command(let context, let ruling?) = try await blamed(.token).cause else {
      Issue.record("no ruling")
      return
    }
    #expect(context.actor.display == "mallory" && ruling.actor.display == "oscar")
  }

  @Test func `the command whose effect only a later read has shown`() async throws {
    try await observe(Self.off, .baseline)
    let id = life.newID()
    try await append(
      .intended(
        Intent(
          before: Reading(source: .journal, state: Self.off, readAt: life.now),
          command: .activate, expectedVersion: 1)), id, by: "alice")
    try await succeed(id, by: "alice", after: nil)
    try await observe(Self.on)
    let status = try await blamed(.status)
    #expect(who(status) == "alice" && status.event.context.commandID == id)
  }

  @Test func `nobody who did not ask for it, while a doubt is open`() async throws {
    try await observe(Self.off, .baseline)
    try await succeed(try await update("a", by: "alice"), by: "alice", after: Self.on)
    try await doubt(try await update("b", by: "mallory"), by: "mallory")
    let elsewhere = ConnectionState(
      status: "DISABLED", authScheme: "TOKEN", baseURL: "https://scim.example/2")
    try await observe(elsewhere, isDrift: true)
    #expect(try await blamed(.baseURL).cause == .outside)
    #expect(who(try await blamed(.status)) == "mallory", "it may have come no further")
    #expect(try await blamed(.token).cause == .outside)
    #expect(try await summary().last?.by == "from outside")
  }

  @Test(arguments: [Resolution.Verdict.notApplied, .applied, .superseded])
  func `whoever may have done it, until that is known to be untrue`(
    verdict: Resolution.Verdict
  ) async throws {
    try await observe(Self.on, .baseline)
    let lost = try await update("b", by: "mallory")
    try await doubt(lost, by: "mallory")
    try await observe(Self.off)
    #expect(who(try await blamed(.status)) == "mallory")
    try await append(
      .resolved(Resolution(verdict: verdict, isRuling: true)), lost, by: "oscar", why: "so")
    let status = try await blamed(.status)
    #expect(verdict == .notApplied ? status.cause == .outside : who(status) == "mallory")
    #expect(status.event.payload.kind == (verdict == .notApplied ? .observed : .intended))
  }

  @Test func `the one before, where the last that may have done it did nothing`() async throws {
    try await observe(Self.on, .baseline)
    let first = try await update("b", by: "mallory")
    try await doubt(first, by: "mallory")
    let second = try await update("c", by: "trudy")
    try await doubt(second, by: "trudy")
    try await observe(Self.off)
    #expect(who(try await blamed(.status)) == "trudy")
    try await append(
      .resolved(Resolution(verdict: .notApplied, isRuling: true)), second, by: "oscar")
    #expect(who(try await blamed(.status)) == "mallory")
    try await append(
      .resolved(Resolution(verdict: .notApplied, isRuling: true)), first, by: "oscar")
    #expect(try await blamed(.status).cause == .outside)
  }

  @Test func `nobody for what a read has found`() async throws {
    try await observe(Self.off, .baseline)
    #expect(try await blamed(.status).cause == .found)
    try await succeed(try await update("a", by: "alice"), by: "alice", after: Self.on)
    try await observe(Self.off, isDrift: true)
    #expect(try await blamed(.status).cause == .outside)
    // The token may be another one; who set the recorded one has not changed.
    #expect(who(try await blamed(.token)) == "alice")
  }
}
