import Commands
import Connections
import OktaAPI

extension NativeJSON {
  static func secret(_ secret: KnownSecret, at now: Instant) -> JSONValue {
    .object([
      .init("fingerprint", .string(secret.fingerprint)),
      .init("appId", .string(secret.appID.description)),
      .init("field", .string(secret.field.rawValue)),
      .init("firstUsedAt", .string(secret.firstUsedAt.description)),
      .init("lastUsedAt", .string(secret.lastUsedAt.description)),
      .init("ageDays", JSONValue(secret.firstUsedAt.days(until: now))),
      .init("current", .boolean(secret.isCurrent)),
      .init("mayBeCurrent", .boolean(secret.mayBeCurrent)),
      .init("compromised", .boolean(secret.mark != nil)),
      .init(
        "mark",
        secret.mark.map { mark in
          [
            "at": .string(mark.at.description), "by": .string(mark.context.actor.display),
            "reason": JSONValue(mark.context.reason),
          ]
        } ?? .null),
      .init("shredded", .boolean(secret.isShredded)),
      .init("holds", .array(secret.holds.map { .string($0.description) })),
      .init("alsoIn", .array(secret.alsoIn.map { .string($0.description) })),
    ])
  }

  static func copy(_ copy: SealedCopy) -> JSONValue {
    [
      "id": .string(copy.id.description), "appId": .string(copy.appID.description),
      "field": .string(copy.field.rawValue), "fingerprint": .string(copy.fingerprint),
    ]
  }

  static func hold(_ standing: SecretStanding.StandingHold) -> JSONValue {
    let over: JSONValue =
      switch standing.hold.scope {
      case .all: "all"
      case .connection(let app): ["appId": .string(app.description)]
      case .secret(let fingerprint): ["fingerprint": .string(fingerprint)]
      }
    return [
      "holdId": .string(standing.hold.id.description), "over": over,
      "since": .string(standing.since.description),
      "by": .string(standing.context.actor.display),
      "reason": JSONValue(standing.context.reason), "ticket": JSONValue(standing.context.ticket),
    ]
  }
}
