import Connections
import EventStore
import Fixtures

/// One of each: a change that succeeded, one that Okta refused, one not sent, one in doubt, one
/// resolved by a look and one by a ruling, a refusal by policy, a step of a rollback, and one still
/// open, with words that hurt a careless writer.
struct Example {
  static let token = "the token in clear"
  let journal = InMemoryJournal()
  let life = StillLife()
  private(set) var secrets: [SecretReference] = []

  private static let disabled = ConnectionState(
    status: "DISABLED", authScheme: "TOKEN", baseURL: "https://a.example.com")
  private static let enabled = ConnectionState(
    status: "ENABLED", authScheme: "OAUTH2", clientID: "client, \"one\"")

  init() async throws {
    let baseline = Observation(cause: .baseline, isDrift: false, state: Self.disabled)
    try await append("a", nil, .observed(baseline))
    try await update()
    try await refusal()
    let reading = Reading(source: .journal, state: Self.enabled, readAt: life.now)
    func intent(_ command: ConnectionCommand) -> EventPayload {
      .intended(Intent(before: reading, command: command, expectedVersion: 3))
    }
    let lost = Outcome(
      call: CallRecord(durationMicroseconds: 30_000_000, detail: "No answer came."))
    let notSent = Outcome(call: CallRecord(detail: "The name could not be found."))
    try await append("b", life.newID(), intent(.activate), .notSent(notSent))
    try await append("b", life.newID(), intent(.deactivate), .inDoubt(lost))
    let doubt = life.newID()
    try await append("c", doubt, intent(.deactivate), .inDoubt(lost))
    let observed = Reading(source: .get, state: Self.disabled, readAt: life.now)
    try await append(
      "c", doubt, .resolved(Resolution(verdict: .applied, observed: observed)))
    try await append("d", life.newID(), .policyRefusal)
    try await rollbackStep()
    try await append("a", life.newID(), intent(.verify(appName: "slack")))
    try await append(
      "c", life.newID(), intent(.activate), .inDoubt(lost),
      .resolved(Resolution(verdict: .notApplied, isRuling: true)))
  }

  private func append(
    _ app: String, _ command: CommandID?, _ payloads: EventPayload...,
    change: (inout EventContext) -> Void = { _ in }
  ) async throws {
    for payload in payloads {
      life.advance(seconds: 2)
      var draft = life.draft(payload, command: command, reason: "as asked")
      change(&draft.context)
      _ = try await journal.append(AppendBatch(to: .app(app), at: .any, [draft]))
    }
  }

  private mutating func update() async throws {
    let command = life.newID()
    let sealed = try life.sealedUpdate(of: .app("a"), token: Self.token, command: command)
    var draft = sealed.events[0]
    guard case .intended(var intent) = draft.payload,
      let content = intent.command.updateContent
    else { return }
    secrets += content.secrets
    intent.before = Reading(source: .get, state: Self.disabled, readAt: life.now)
    draft.payload = .intended(intent)
    draft.context.reason = "=cmd|' /C calc'!A0"
    draft.context.ticket = "CHG-1, \"urgent\""
    _ = try await journal.append(
      AppendBatch(
        to: sealed.stream, at: sealed.expectedVersion, [draft], secrets: sealed.secrets,
        keys: sealed.keys))
    let after = Reading(source: .answer, state: Self.enabled, readAt: life.now)
    let call = CallRecord(status: 200, requestID: "req-1", durationMicroseconds: 2_100_000)
    try await append("a", command, .succeeded(Outcome(call: call, after: after)))
  }

  private func refusal() async throws {
    let call = CallRecord(
      status: 400, errorCode: "E0000001", errorSummary: "Api validation failed:\r\n\"token\", Zoë",
      requestID: "req-2", durationMicroseconds: 310_000)
    try await append(
      "a", life.newID(), .intends(.activate), .refused(Outcome(call: call))
    ) { context in
      context.actor.display = "@Zoë 東京"
      context.actor.userAgent = "-agent\t1"
      context.reason = "first line\nsecond line"
    }
  }

  private func rollbackStep() async throws {
    let cause = life.newID()
    let together = life.newID()
    try await append("a", life.newID(), .intends(.activate), .success) { context in
      context.causationID = cause
      context.correlationID = together
      context.actor = .hindsight
    }
  }
}
