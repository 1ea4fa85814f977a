import Commands
package import Connections
package import OktaAPI

extension NativeJSON {
  /// - Parameters:
  ///   - holders: the connections that hold a secret now, by its fingerprint.
  ///   - risks: what could go wrong beside what the plan itself tells.
  static func preview(
    _ preview: RollbackPreview, at now: Instant, holders: [String: [AppID]],
    risks: [JSONValue] = []
  ) -> JSONValue {
    let plan = preview.plan
    return .object([
      .init("appId", .string(plan.appID.description)), .init("digest", .string(preview.digest)),
      .init("presentVersion", JSONValue(plan.presentVersion)),
      .init("targetVersion", JSONValue(plan.targetVersion)),
      .init("present", stateOrNull(plan.present)), .init("target", stateOrNull(plan.target)),
      .init("steps", .array(steps(plan))),
      .init("awaited", .array(plan.awaited.map { .string($0.rawValue) })),
      .init(
        "secrets",
        .array(
          preview.secrets.map { secret in
            let others = (holders[secret.fingerprint] ?? []).filter { $0 != plan.appID }
            return Self.secret(secret, at: now, alsoIn: others)
          })),
      .init(
        "unknowable",
        .array(plan.cautions.filter(\.isUnknowable).map(caution))),
      .init("risks", .array(risks + plan.cautions.filter { !$0.isUnknowable }.map(caution))),
      .init("needsConsent", .boolean(plan.needsConsent)), .init("calls", JSONValue(plan.calls)),
    ])
  }

  private static func steps(_ plan: RollbackPlan) -> [JSONValue] {
    var before = plan.present
    return plan.steps.map { step in
      defer { before = step.leaves }
      let content = step.command.updateContent
      return .object([
        .init("command", .string(step.command.kind.rawValue)),
        .init("activates", .boolean(content?.activate == true || step.command == .activate)),
        .init("before", stateOrNull(before)), .init("after", stateOrNull(step.leaves)),
        .init("usesRecordedSecret", .boolean(content?.secrets.isEmpty == false)),
      ])
    }
  }

  private static func secret(
    _ secret: PlannedSecret, at now: Instant, alsoIn others: [AppID]
  ) -> JSONValue {
    [
      "field": .string(secret.field.rawValue), "fingerprint": .string(secret.fingerprint),
      "firstSetAt": .string(secret.firstSetAt.description),
      "ageDays": JSONValue(secret.firstSetAt.days(until: now)),
      "sameAsPresent": .boolean(secret.isPresent),
      "alsoIn": .array(others.map { .string($0.description) }),
    ]
  }

  /// The plan can be looked at, and not carried out.
  static let noCredential: JSONValue = [
    "code": .string(noCredentialCode),
    "detail": .string(RollbackProblem(.noCredential).detail),
  ]

  package static let noCredentialCode = "noUpstreamCredential"

  /// A word for programs and a sentence for people.
  private static func caution(_ caution: RollbackPlan.Caution) -> JSONValue {
    ["code": .string(caution.rawValue), "detail": .string(sentence(caution))]
  }

  package static func sentence(_ caution: RollbackPlan.Caution) -> String {
    switch caution {
    case .secretMayBeRevoked:
      "The old secret may have been revoked at the far side; Okta tries it and may refuse."
    case .presentSecretUnknown:
      "Whether the present secret is the recorded one cannot be known."
    case .presentUncertain:
      "The present is not certain: a command is in doubt, or was not read back."
    case .unknownFieldsLost:
      "The old update had fields that were recorded by name only; they are not sent again."
    case .targetInDoubt: "The state at the target rests on a command that was in doubt."
    case .targetSecretUncertain:
      "Somebody had changed the connection past Hindsight before the target; its secret may have "
        + "been another one even then."
    case .provisioningOffMeanwhile:
      "Provisioning is off from the update until a person has consented and it is activated."
    case .undoesRollback: "The last change was itself a rollback, and this takes that back."
    }
  }

  // MARK: - What became of it

  /// - Parameter link: for the browser, for whoever may carry the rollback on.
  package static func rollback(_ report: RollbackReport, link: Secret? = nil) -> JSONValue {
    .object([
      .init("rollbackId", .string(report.id.description)),
      .init("appId", .string(report.appID.description)),
      .init("outcome", .string(report.outcome.rawValue)),
      .init("detail", JSONValue(report.detail)),
      .init("planDigest", .string(report.start.planDigest)),
      .init("targetVersion", JSONValue(report.start.targetVersion)),
      .init("startedAt", .string(report.startedAt.description)),
      .init("endedAt", JSONValue(report.endedAt?.description)),
      .init("actor", actor(report.context.actor)),
      .init("reason", JSONValue(report.context.reason)),
      .init("ticket", JSONValue(report.context.ticket)),
      .init("commands", .array(report.commands.map(command))),
      .init("consent", report.consent.map { consent($0, report.start, link) } ?? .null),
      .init("provisioningOff", off(report)),
      .init(
        "connection",
        .object(
          [.init("version", JSONValue(report.connection.version))]
            + state(report.connection.known?.state))),
    ])
  }

  private static func command(_ command: RollbackReport.Command) -> JSONValue {
    let outcome =
      command.verdict.map { "resolved: \($0.rawValue)" }
      ?? command.end.map { String($0.rawValue.dropFirst("command.".count)) } ?? "open"
    return [
      "commandId": .string(command.id.description), "command": .string(command.kind.rawValue),
      "outcome": .string(outcome), "upstreamStatus": JSONValue(command.call?.status),
      "oktaErrorCode": JSONValue(command.call?.errorCode),
      "oktaRequestId": JSONValue(command.call?.requestID),
    ]
  }

  private static func consent(
    _ wait: ConsentWait, _ start: RollbackStart, _ link: Secret?
  ) -> JSONValue {
    [
      "awaited": .array(start.awaited.map { .string($0.rawValue) }),
      "expiresAt": .string(wait.expiresAt.description),
      "link": link?.withBytes { .string(String(decoding: $0, as: UTF8.self)) } ?? .null,
    ]
  }

  private static func off(_ report: RollbackReport) -> JSONValue {
    guard let since = report.offSince else { return .null }
    let until = report.onAgainAt
    return [
      "since": .string(since.description), "until": JSONValue(until?.description),
      "milliseconds": JSONValue(until.map { Int(($0.microseconds - since.microseconds) / 1_000) }),
    ]
  }
}

extension Instant {
  /// Whole days from here to a later moment.
  package func days(until later: Instant) -> Int {
    Int(max(0, later.epochSeconds - epochSeconds) / 86_400)
  }
}
