import Commands
import Connections
import OktaAPI

extension NativeJSON {
  static func preview(
    _ preview: OrganisationPreview, at now: Instant, holders: [String: [AppID]]
  ) -> JSONValue {
    let blocked = preview.connections.count { planned in
      if case .blocked = planned.way { true } else { false }
    }
    let needingConsent = preview.connections.count { planned in
      if case .open(let preview) = planned.way { preview.plan.needsConsent } else { false }
    }
    return .object(
      [
        .init("selection", selection(preview.selection)),
        .init("digest", .string(preview.digest)),
        .init("trueAtIndex", JSONValue(preview.trueAtSize == 0 ? nil : preview.trueAtSize - 1)),
        .init(
          "totals",
          [
            "connections": JSONValue(preview.connections.count), "blocked": JSONValue(blocked),
            "needingConsent": JSONValue(needingConsent), "calls": JSONValue(preview.calls),
          ]),
        .init("calls", JSONValue(preview.calls)),
        .init("needsConsent", .boolean(needingConsent > 0)),
        .init(
          "connections",
          .array(preview.connections.map { Self.planned($0, at: now, holders: holders) })),
      ])
  }

  private static func planned(
    _ planned: OrganisationPreview.Planned, at now: Instant, holders: [String: [AppID]]
  ) -> JSONValue {
    switch planned.way {
    case .open(let preview):
      let others = planned.othersChanges
      return Self.preview(
        preview, at: now, holders: holders,
        risks: others == 0
          ? []
          : [
            [
              "code": "othersChangesUndone",
              "detail": .string(
                others == 1
                  ? "It undoes a later change by somebody else, too."
                  : "It undoes \(others) later changes by others, too."),
            ]
          ])
    case .blocked(let refusal):
      return [
        "appId": .string(planned.appID.description),
        "targetVersion": JSONValue(planned.targetVersion), "steps": .array([]),
        "blocker": .string(refusal.word),
        "detail": .string(RollbackProblem(refusal).detail),
      ]
    }
  }

  static func organisation(_ report: OrganisationReport) -> JSONValue {
    let outcomes = report.connections.map { word($0.state) }
    let done = outcomes.count { ["completed", "awaitingConsent"].contains($0) }
    return .object(
      [
        .init("rollbackId", .string(report.id.description)),
        .init("outcome", .string(report.outcome.rawValue)),
        .init("selection", selection(report.start.selection)),
        .init("planDigest", .string(report.start.planDigest)),
        .init("startedAt", .string(report.startedAt.description)),
        .init("actor", actor(report.context.actor)),
        .init("reason", JSONValue(report.context.reason)),
        .init("ticket", JSONValue(report.context.ticket)),
        .init(
          "progress",
          ["done": JSONValue(done), "of": JSONValue(report.connections.count)]),
        .init("connections", .array(report.connections.map(connection))),
        .init(
          "commands",
          .array(report.connections.flatMap { commands($0.state) })),
      ])
  }

  private static func connection(_ connection: OrganisationReport.Connection) -> JSONValue {
    var rollbackID: String?
    var detail: String?
    switch connection.state {
    case .waiting: break
    case .begun(let report): (rollbackID, detail) = (report.id.description, report.detail)
    case .refused(let refused): detail = refused.blocker
    }
    return [
      "appId": .string(connection.appID.description),
      "targetVersion": JSONValue(connection.targetVersion),
      "outcome": .string(word(connection.state)), "rollbackId": JSONValue(rollbackID),
      "detail": JSONValue(detail),
    ]
  }

  private static func word(_ state: OrganisationReport.State) -> String {
    switch state {
    case .waiting: "waiting"
    case .begun(let report): report.outcome.rawValue
    case .refused: "refused"
    }
  }

  private static func commands(_ state: OrganisationReport.State) -> [JSONValue] {
    guard case .begun(let report) = state,
      case .array(let commands)? = rollback(report)["commands"]
    else { return [] }
    return commands
  }

  private static func selection(_ selection: RollbackSelection) -> JSONValue {
    switch selection {
    case .asOf(let instant): ["asOf": .string(instant.description)]
    case .actor(let actor, let from, let to):
      [
        "actor": .string(actor), "from": .string(from.description),
        "to": .string(to.description),
      ]
    case .correlation(let id): ["correlationId": .string(id.description)]
    }
  }
}
