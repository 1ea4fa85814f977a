import Connections
package import OktaAPI
package import Projections

/// How the native API and the command line write what a reviewer asked.
extension NativeJSON {
  /// The kinds of nothing are told apart by `kind`.
  package static func value(_ value: FieldValue) -> JSONValue {
    switch value {
    case .text(let text): ["kind": "value", "value": .string(text)]
    case .sealed(let fingerprint, let isCertain):
      ["kind": "sealed", "fingerprint": .string(fingerprint), "certain": .boolean(isCertain)]
    case .empty: ["kind": "empty"]
    case .unknown: ["kind": "unknown"]
    case .notObserved: ["kind": "notObserved"]
    }
  }

  package static func difference(_ difference: ConnectionDifference) -> JSONValue {
    .object([
      .init("appId", .string(difference.appID.description)),
      .init("label", JSONValue(difference.label?.label)),
      .init("fromVersion", JSONValue(difference.from?.version)),
      .init("toVersion", JSONValue(difference.to?.version)),
      .init(
        "fields",
        .array(
          difference.moved.map { field in
            [
              "field": .string(field.field.rawValue), "was": value(field.was),
              "is": value(field.isNow),
            ]
          })),
    ])
  }

  package static func blame(_ line: Blame) -> JSONValue {
    let event = line.event
    let (context, ruling): (EventContext?, EventContext?) =
      if case .command(let context, let ruling) = line.cause { (context, ruling) } else {
        (nil, nil)
      }
    return .object([
      .init("field", .string(line.field.rawValue)), .init("value", value(line.value)),
      .init("index", JSONValue(event.index)), .init("version", JSONValue(event.streamVersion)),
      .init("eventId", .string(event.id.description)),
      .init("type", .string(event.payload.kind.rawValue)),
      .init("recordedAt", .string(event.recordedAt.description)),
      .init("cause", .string(line.cause.word)),
      .init("actor", context.map { actor($0.actor) } ?? .null),
      .init("reason", JSONValue(context?.reason)), .init("ticket", JSONValue(context?.ticket)),
      .init("commandId", JSONValue(context?.commandID?.description)),
      .init("askedFor", line.wasAskedFor.map { .boolean($0) } ?? .null),
      .init("seenBy", context == nil ? actor(event.context.actor) : .null),
      .init("ruledBy", ruling.map { actor($0.actor) } ?? .null),
    ])
  }

  /// A connection with what a list tells beside its state.
  package static func listed(_ row: ListedConnection) -> JSONValue {
    let summary = row.summary
    let marks = Mark.allCases.filter { row.marks.contains($0) }
    return .object(
      connection(row.version) + [
        .init("label", JSONValue(summary.label?.label)),
        .init("appName", JSONValue(summary.label?.name)),
        .init("marks", .array(marks.map { .string($0.rawValue) })),
        .init("changes", JSONValue(summary.changes)),
        .init("rollbacks", JSONValue(summary.rollbacks)),
        .init("openRollback", JSONValue(summary.openRollback?.id.description)),
        .init("lastChange", summary.last.map(change) ?? .null),
        .init("recordedSince", JSONValue(summary.firstAt?.description)),
        .init("tokenSince", JSONValue(row.secretSince()?.since.description)),
        .init("tokenMayBeOlder", row.secretSince().map { .boolean($0.orBefore) } ?? .null),
      ])
  }

  private static func change(_ change: ConnectionSummary.Change) -> JSONValue {
    [
      "index": JSONValue(change.index), "at": .string(change.at.description),
      "by": .string(change.by), "ticket": JSONValue(change.ticket), "type": .string(change.what),
    ]
  }
}
