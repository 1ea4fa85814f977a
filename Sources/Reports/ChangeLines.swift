import Connections
import Projections

/// *Changes* as lines that a SIEM takes.
enum ChangeLines {
  /// CloudEvents 1.0: `source` and `id` name the change; the data is the row of the report.
  static func cloudEvent(_ item: HistoryItem, label: String?) -> [UInt8] {
    let values = ChangesReport.values(item, label: label)
    let data = zip(ChangesReport.columns, values).map { ($0, Written.value($1) as Written?) }
    return Written.object([
      ("specversion", .text("1.0")),
      ("id", .text(item.ids.first?.description ?? item.appID.description)),
      ("source", .text("urn:hindsight:connection:\(item.appID)")),
      ("type", .text("hindsight.\(item.kind.word).\(item.ending?.plainWord ?? "open")")),
      ("subject", .text(item.appID.description)), ("time", .text(item.recordedAt.description)),
      ("datacontenttype", .text("application/json")),
      ("dataschema", .text("urn:hindsight:report:\(ChangesReport.definition)")),
      ("hindsightindex", item.indexes.first.map { .number($0) }), ("data", .object(data)),
    ]).line
  }

  /// OCSF 1.9, Entity Management (class 3004): who changed which entity, why, and how it ended.
  static func ocsf(_ item: HistoryItem, label: String?) -> [UInt8] {
    let activity = item.activity
    let (status, severity) = item.ocsfEnd
    let call = item.outcome?.call
    let actor = item.context.actor
    return Written.object([
      ("class_uid", .number(3004)), ("class_name", .text("Entity Management")),
      ("category_uid", .number(3)),
      ("category_name", .text("Identity & Access Management")),
      ("activity_id", .number(activity.id)), ("activity_name", .text(activity.name)),
      ("type_uid", .number(300_400 + activity.id)),
      ("time", .number(Int(item.recordedAt.microseconds / 1_000))),
      ("duration", call?.durationMicroseconds.map { .number($0 / 1_000) }),
      ("severity_id", .number(severity)), ("status_id", .number(status.id)),
      ("status", .text(status.name)), ("status_code", call?.errorCode.map { .text($0) }),
      ("status_detail", (call?.errorSummary ?? call?.detail).map { .text($0) }),
      ("comment", item.context.reason.map { .text($0) }),
      (
        "actor",
        .object([
          (
            "user",
            .object([
              ("name", .text(actor.display)), ("uid", .text(actor.id)),
              ("type", .text(actor.kind.rawValue)),
            ])
          )
        ])
      ),
      ("src_endpoint", actor.sourceAddress.map { .object([("ip", .text($0))]) }),
      ("http_request", actor.userAgent.map { .object([("user_agent", .text($0))]) }),
      ("entity", entity(item, label, item.before)),
      ("entity_result", item.after.map { entity(item, label, $0) }),
      (
        "metadata",
        .object([
          ("version", .text("1.9.0")), ("uid", item.ids.first.map { .text($0.description) }),
          ("correlation_uid", item.context.correlationID.map { .text($0.description) }),
          ("sequence", item.indexes.first.map { .number($0) }),
          (
            "product",
            .object([("name", .text("Hindsight")), ("vendor_name", .text("Hindsight"))])
          ),
        ])
      ),
      (
        "unmapped",
        .object([
          ("ticket", item.context.ticket.map { .text($0) }),
          ("outcome", item.ending.map { .text($0.word) }),
          ("command_id", item.commandID.map { .text($0.description) }),
          ("okta_request_id", call?.requestID.map { .text($0) }),
        ])
      ),
    ]).line
  }

  private static func entity(
    _ item: HistoryItem, _ label: String?, _ state: ConnectionState?
  ) -> Written {
    .object([
      ("uid", .text(item.appID.description)), ("name", .text(label ?? item.appID.description)),
      ("type", .text("Okta provisioning connection")),
      (
        "data",
        state.map { state in
          .object([
            ("status", .text(state.status)), ("authScheme", .text(state.authScheme)),
            ("baseUrl", state.baseURL.map { .text($0) }),
            ("clientId", state.clientID.map { .text($0) }),
          ])
        }
      ),
    ])
  }
}

extension HistoryItem {
  /// OCSF's activities of class 3004: 3 Update, 10 Activate, 11 Deactivate, 99 Other.
  fileprivate var activity: (id: Int, name: String) {
    switch kind {
    case .command(.update): (3, "Update")
    case .command(.activate): (10, "Activate")
    case .command(.deactivate): (11, "Deactivate")
    default: (99, "Verify")
    }
  }

  /// OCSF knows success and failure; what is neither is 99 with our own word, never failure.
  fileprivate var ocsfEnd: (status: (id: Int, name: String), severity: Int) {
    switch ending {
    case .succeeded?, .resolved(.applied)?: ((1, "Success"), 1)
    case .resolved(.noDifference)?: ((99, "No difference"), 1)
    case .refused?, .notSent?, .resolved(.notApplied)?: ((2, "Failure"), 2)
    default: ((99, "In doubt"), 3)
    }
  }
}

extension HistoryItem.Ending {
  /// Without the verdict, so that it can be part of a type.
  fileprivate var plainWord: String {
    if case .resolved(let verdict) = self { "resolved.\(verdict.rawValue)" } else { word }
  }
}
