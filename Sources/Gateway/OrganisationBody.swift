import Connections
import OktaAPI

/// Which changes of all connections to undo: `{"asOf": "time"}`, `{"actor": "…", "from": "time",
/// "to": "time"}` or `{"correlationId": "id"}`, with `digest`, `reason` and `ticket` beside it.
struct OrganisationBody {
  var selection: RollbackSelection
  var reason: String?
  var ticket: String?
  var digest: String?

  /// - Parameter now: where a span without an end ends.
  init(_ body: JSONValue, now: Instant) throws(Gateway.InputFault) {
    let fields = try BodyFields(
      body,
      named: ["asOf", "actor", "from", "to", "correlationId", "reason", "ticket", "digest"])
    let actor = try fields.text("actor", upTo: 200)
    let asOf = try Self.instant("asOf", fields)
    let from = try Self.instant("from", fields)
    let to = try Self.instant("to", fields)
    let correlation = try fields.text("correlationId", upTo: 36)
    switch (asOf, actor, from, correlation) {
    case (let asOf?, nil, nil, nil) where to == nil: selection = .asOf(asOf)
    case (nil, let actor?, let from?, nil) where !actor.isEmpty:
      guard from < to ?? now else {
        throw .init(detail: "`from` must be before `to`. Nothing was done.")
      }
      selection = .actor(actor, from: from, to: to ?? now)
    case (nil, nil, nil, let text?) where to == nil:
      guard let id = UUIDv7(text) else {
        throw .init(detail: "correlationId is not an id of Hindsight\'s. Nothing was done.")
      }
      selection = .correlation(id)
    default:
      throw .init(
        detail: """
          Say which changes: {"asOf": "time"}, {"actor": "…", "from": "time", "to": "time"} or \
          {"correlationId": "id"}. Nothing was done.
          """)
    }
    if let asOf, asOf > now {
      throw .init(detail: "asOf lies in the future. Nothing was done.")
    }
    reason = try fields.reason()
    ticket = try fields.text("ticket", upTo: 200)
    digest = try fields.text("digest", upTo: 64)
  }

  private static func instant(
    _ name: String, _ fields: BodyFields
  ) throws(Gateway.InputFault) -> Instant? {
    guard let text = try fields.text(name, upTo: 40) else { return nil }
    guard let instant = Instant(text) else {
      throw .init(detail: "\(name) must be a time (2026-11-23T07:52:00Z). Nothing was done.")
    }
    return instant
  }
}

extension GatewayRequest {
  /// RFC 7240 section 4.1.
  var prefersNotToWait: Bool {
    headers.contains {
      $0.name.lowercased() == "prefer" && $0.value.lowercased().contains("respond-async")
    }
  }
}
