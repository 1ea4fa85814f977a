import Fixtures

@testable import Connections

/// One of each kind of payload, with everything and with as little as may be.
enum EventSamples {
  static let payloads: [EventPayload] =
    observed + intended + outcomes + resolved + rollbacks + organisation + access + secrets

  private static let call = CallRecord(
    status: 400, errorCode: "E0000001", errorSummary: "Api validation failed: credential",
    requestID: "req0123456789",
    rateLimit: RateLimit(limit: 600, remaining: 0, resetEpochSeconds: 1_795_420_380),
    durationMicroseconds: 2_812_345, detail: "line one\nline \"two\"")

  private static let readings: [Reading] = [
    .got(.plain), Reading(source: .answer, state: .service.on, readAt: Story.moment(3)),
    Reading(source: .journal, state: .consent, readAt: Story.moment(0)),
    Reading(without: "rateLimitLow"),
  ]

  private static let observed: [EventPayload] = [
    .observed(Observation(cause: .baseline, isDrift: false, state: .unsupported)),
    .observed(Observation(cause: .before, isDrift: true, state: .service)),
    .observed(Observation(cause: .client, isDrift: true, state: .consent)),
    .observed(Observation(cause: .doubt, isDrift: false, state: .plain.on)),
    .observed(Observation(cause: .after, isDrift: true, state: .elsewhere)),
  ]

  private static let content = UpdateContent(
    authScheme: "OAUTH2", baseURL: "https://scim.example/ü", clientID: "0oaSERVICE0000000001",
    rotationMode: "MANUAL", adminUsername: "svc@corp.example",
    token: SecretReference(id: .secret(1), field: .token, fingerprint: "f1", commitment: "c1"),
    adminPassword: SecretReference(
      id: .secret(2), field: .adminPassword, fingerprint: "f2", commitment: "c2"),
    activate: true, unknownFields: ["profile.new", "other"])

  private static let intended: [EventPayload] =
    [.update(content), .update(UpdateContent()), .activate, .deactivate, .verify(appName: "slack")]
    .flatMap { command in
      readings.map { .intended(Intent(before: $0, command: command, expectedVersion: 0)) }
    } + [
      .intended(
        Intent(
          before: readings[0], command: .activate, expectedVersion: 12,
          retry: Retry(requestID: "req1", attempt: 2),
          idempotency: IdempotencyMark(key: "k1", payload: "p1"), repeatOf: .command(3)))
    ]

  private static let outcomes: [EventPayload] =
    [
      Outcome(call: call, after: readings[0]), Outcome(call: CallRecord()),
      Outcome(
        call: call,
        answer: SecretReference(
          id: .secret(3), field: .answer, fingerprint: "f3", commitment: "c3")),
      Outcome(call: CallRecord(detail: "policy"), refusedKind: .verify),
    ]
    .flatMap { [.succeeded($0), .refused($0), .notSent($0), .inDoubt($0)] }

  private static let resolved: [EventPayload] = [
    .resolved(Resolution(verdict: .applied, observed: readings[0])),
    .resolved(Resolution(verdict: .notApplied, observed: readings[1])),
    .resolved(Resolution(verdict: .noDifference)),
    .resolved(Resolution(verdict: .superseded, supersededBy: .command(9))),
    .resolved(Resolution(verdict: .notApplied, isRuling: true)),
  ]

  private static let targets: [RollbackTarget] = [
    .version(3), .event(.event(4)), .asOf(Story.moment(5)), .beforeCommand(.command(4)), .previous,
  ]

  private static let ends: [RollbackEvent] = [
    .started(RollbackStart(planDigest: "d2", steps: [], target: .previous, targetVersion: 1)),
    .resumed(
      RollbackResumption(planDigest: "d3", startedBy: .event(1), steps: [.update, .activate])),
    .resumed(RollbackResumption(planDigest: "d3", startedBy: .event(1), steps: [])),
    .stopped(RollbackStop(startedBy: .event(1), stepsDone: 0, detail: "cut")),
    .stopped(
      RollbackStop(
        startedBy: .event(1), stepsDone: 1, detail: "d", commandID: .command(2), isInDoubt: true)),
    .awaitingConsent(
      ConsentWait(startedBy: .event(1), stepsDone: 1, expiresAt: Story.moment(9))),
    .awaitingConsent(
      ConsentWait(
        startedBy: .event(1), stepsDone: 1, expiresAt: Story.moment(9),
        link: SecretReference(
          id: .secret(4), field: .consentLink, fingerprint: "f4", commitment: "c4"))),
    .completed(RollbackEnd(startedBy: .event(1), stepsDone: 2)),
    .failed(RollbackEnd(startedBy: .event(1), stepsDone: 0, detail: "refused")),
    .failed(RollbackEnd(startedBy: .event(1), stepsDone: 0, cause: .abandoned)),
    .failed(RollbackEnd(startedBy: .event(1), stepsDone: 1, detail: "late", cause: .expired)),
    .refused(RefusedRollback(.previous, blocker: "needsHelp")),
    .refused(
      RefusedRollback(.version(3), blocker: "planIsVoid", subject: "d4", planDigest: "d3")),
  ]

  private static let rollbacks: [EventPayload] =
    targets.map { target in
      .rollback(
        .started(
          RollbackStart(
            planDigest: "d1", steps: [.update, .activate], target: target, targetVersion: 3,
            reaches: .consent.on, needsConsent: true)))
    } + ends.map { .rollback($0) }

  private static let organisation: [EventPayload] =
    [
      RollbackSelection.asOf(Story.moment(5)),
      .actor("Ünal", from: Story.moment(1), to: Story.moment(2)), .correlation(.command(1)),
    ].map { selection in
      .organisation(
        .rollbackStarted(
          OrganisationRollback(selection, connections: 3, planDigest: "d1", trueAtSize: 7)))
    } + [
      .organisation(.named(host: "example.okta.com")),
      .organisation(.rollbackResumed(startedBy: .event(1))),
      .organisation(
        .rollbackRefused(
          RefusedOrganisationRollback(
            .correlation(.command(1)), blocker: "planIsVoid", planDigest: "d1"))),
      .organisation(
        .rollbackRefused(
          RefusedOrganisationRollback(.asOf(Story.moment(5)), blocker: "noCredential"))),
      .organisation(
        .rollbackEnded(OrganisationRollbackEnd(startedBy: .event(1), cause: .completed))),
      .organisation(
        .rollbackEnded(OrganisationRollbackEnd(startedBy: .event(1), cause: .abandoned))),
    ]

  private static let access: [EventPayload] =
    [
      .exported(Export(definition: "changes/1", from: nil, to: nil, trueAtSize: 0)),
      .exported(
        Export(definition: "changes/1", from: "2026-01-01", to: "2027-01-01", trueAtSize: 7)),
      .exported(.sample),
      .tokenRevoked(tokenID: .secret(8)), .notice(.signedIn(tokenID: .secret(8))),
      .notice(.denied(deed: "reveal a secret", needed: .admin)),
      .notice(.watchResumed(lastSeenAt: Story.moment(3))),
      .notice(.appLabelled(Story.app, label: "Ünal's \"app\"", name: "okta_org2org")),
      .notice(.appLabelled(Story.app, label: "", name: nil)),
    ]
    + Role.allCases.map {
      .tokenCreated(TokenRecord(id: .secret(7), name: "Ünal's \"laptop\"", role: $0, hash: "a1"))
    }

  private static let copy = SealedCopy(
    id: .secret(1), appID: Story.app, field: .token, fingerprint: "f1")

  private static let facts: [SecretEvent] = [
    .markedCompromised(fingerprint: "f1"), .shredded(Shredding([copy, copy])),
    .shredded(Shredding([copy], olderThanDays: 90)),
    .refused(SecretRefusal(.shred, of: "f1", because: "it is held")),
    .refused(SecretRefusal(.reveal, of: "f1", because: "it is off")), .revealed(copy),
    .holdAdded(Hold(id: .secret(2), scope: .all)),
    .holdAdded(Hold(id: .secret(2), scope: .connection(Story.app))),
    .holdAdded(Hold(id: .secret(2), scope: .secret(fingerprint: "f1"))),
    .holdReleased(holdID: .secret(2)), .keyRotated(KeyRotation(from: "a", to: "b", count: 7)),
  ]

  private static let secrets: [EventPayload] = facts.map { .secret($0) }

  static let context = EventContext(
    actor: .anna, commandID: .command(1), causationID: .event(7), correlationID: .secret(6),
    reason: #"say "why", \ twice"#, ticket: #"CHG-7","schema":9,"x":""#)

  static func event(
    _ payload: EventPayload, context: EventContext = context, stream: StreamID? = nil
  ) -> Event {
    let draft = EventDraft(
      id: .event(41), recordedAt: Story.moment(60), context: context, payload: payload)
    return Event(
      draft: draft, index: 41, stream: stream ?? .connection(Story.app), streamVersion: 4,
      previous: 17, recordedAt: draft.recordedAt)
  }
}

extension Export {
  static var sample: Export {
    var sample = Export(definition: "sample/1", from: nil, to: "2027-01-01", trueAtSize: 7)
    (sample.asOf, sample.count, sample.seed) = ("6", 25, .max)
    return sample
  }
}
