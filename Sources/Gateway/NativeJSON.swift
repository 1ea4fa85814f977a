package import Connections
package import OktaAPI
package import Projections

/// How the native API writes what Hindsight knows.
package enum NativeJSON {
  package typealias Members = [JSONValue.Member]

  package static func trueAt(_ trueAt: TrueAt) -> JSONValue {
    var members: Members = [
      .init("index", JSONValue(trueAt.size == 0 ? nil : trueAt.size - 1)),
      .init("time", JSONValue(trueAt.time?.description)),
    ]
    if let stopped = trueAt.stopped { members.append(.init("stale", stale(stopped))) }
    return .object(members)
  }

  static func stale(_ stopped: ViewsStop) -> JSONValue {
    ["stoppedBefore": JSONValue(stopped.index), "reason": .string(stopped.sentence)]
  }

  /// - Parameter open: its commands that have no outcome yet, which may happen right now; `nil`
  ///   where nobody has looked for them.
  package static func connection(
    _ version: ConnectionVersion, open: [HistoryItem]? = nil
  ) -> Members {
    let snapshot = version.snapshot
    let mayMove = open?.contains { $0.kind == .command(.update) } == true
    var members: Members = [.init("appId", .string(version.appID.description))]
    members +=
      state(snapshot.state) + [
        .init("version", JSONValue(version.version)), .init("index", JSONValue(version.index)),
        .init("knownSince", .string(version.recordedAt.description)),
        .init(
          "credential",
          [
            "kind": .string(snapshot.credentialKind.rawValue),
            "fingerprint": JSONValue(snapshot.fingerprint),
            "setAtVersion": JSONValue(snapshot.credentialVersion),
            "certain": .boolean(snapshot.isCredentialCertain && !mayMove),
          ]),
        .init("unconfirmed", .boolean(snapshot.isUnconfirmed)),
        .init("doubts", .array(snapshot.doubts.map { .string($0.description) })),
      ]
    if let open {
      let ids = open.compactMap(\.commandID).map { JSONValue.string($0.description) }
      members.append(.init("openCommands", .array(ids)))
    }
    members.append(.init("ruledBy", JSONValue(snapshot.ruledBy?.description)))
    return members
  }

  static func state(_ state: ConnectionState?) -> Members {
    [
      .init("status", JSONValue(state?.status)), .init("authScheme", JSONValue(state?.authScheme)),
      .init("baseUrl", JSONValue(state?.baseURL)), .init("clientId", JSONValue(state?.clientID)),
      .init("rotationMode", JSONValue(state?.rotationMode)),
    ]
  }

  static func stateOrNull(_ state: ConnectionState?) -> JSONValue {
    state.map { .object(self.state($0)) } ?? .null
  }

  /// - Parameter labels: how apps are called, where an answer is about several.
  package static func item(_ item: HistoryItem, _ labels: [AppID: AppLabel]? = nil) -> JSONValue {
    let call = item.outcome?.call
    let content = item.intent?.command.updateContent
    let label = labels.map { [JSONValue.Member("label", JSONValue($0[item.appID]?.label))] }
    let app: Members = [.init("appId", .string(item.appID.description))] + (label ?? [])
    return .object(
      app + [
        .init("version", JSONValue(item.version)), .init("type", .string(item.kind.word)),
        .init("commandId", JSONValue(item.commandID?.description)),
        .init("outcome", JSONValue(item.ending?.word)), .init("ruled", .boolean(item.isRuled)),
        .init("recordedAt", .string(item.recordedAt.description)),
        .init("actor", actor(item.context.actor)), .init("reason", JSONValue(item.context.reason)),
        .init("ticket", JSONValue(item.context.ticket)), .init("before", stateOrNull(item.before)),
        .init("after", stateOrNull(item.after)),
        .init("fingerprint", JSONValue((content?.token ?? content?.adminPassword)?.fingerprint)),
        .init("upstreamStatus", JSONValue(call?.status)),
        .init("oktaErrorCode", JSONValue(call?.errorCode)),
        .init("oktaRequestId", JSONValue(call?.requestID)), .init("detail", JSONValue(item.detail)),
        .init("causationId", JSONValue(item.context.causationID?.description)),
        .init("correlationId", JSONValue(item.context.correlationID?.description)),
        .init("events", .array(item.ids.map { .string($0.description) })),
        .init("indexes", .array(item.indexes.map { JSONValue($0) })),
      ])
  }

  static func actor(_ actor: ActorIdentity) -> JSONValue {
    [
      "kind": .string(actor.kind.rawValue), "id": .string(actor.id),
      "display": .string(actor.display),
      "roles": .array(actor.roles.map { .string($0.rawValue) }),
      "sourceAddress": JSONValue(actor.sourceAddress), "userAgent": JSONValue(actor.userAgent),
    ]
  }

  /// The events as they were recorded: each is its canonical body.
  static func events(_ events: [Event], nextCursor: String?) -> [UInt8] {
    var bytes = Array(#"{"events":"#.utf8)
    bytes += list(events)
    bytes += Array(#","nextCursor":"#.utf8)
    bytes += JSONValue(nextCursor).bytes
    bytes.append(UInt8(ascii: "}"))
    return bytes
  }

  static func command(_ id: CommandID, _ events: [Event]) -> [UInt8] {
    let item = HistoryItem.collect(events).first
    var bytes = JSONValue.object([
      .init("commandId", .string(id.description)), .init("type", JSONValue(item?.kind.word)),
      .init("appId", JSONValue(item?.appID.description)),
      .init("outcome", JSONValue(item?.ending?.word)),
    ]).bytes
    bytes.removeLast()
    bytes += Array(#","events":"#.utf8)
    bytes += list(events)
    bytes.append(UInt8(ascii: "}"))
    return bytes
  }

  private static func list(_ events: [Event]) -> [UInt8] {
    var bytes: [UInt8] = [UInt8(ascii: "[")]
    for (position, event) in events.enumerated() {
      if position > 0 { bytes.append(UInt8(ascii: ",")) }
      bytes += event.canonicalBytes
    }
    return bytes + [UInt8(ascii: "]")]
  }

  package static func token(_ entry: AccessTokens.Entry) -> JSONValue {
    [
      "id": .string(entry.record.id.description), "name": .string(entry.record.name),
      "role": .string(entry.record.role.rawValue),
      "createdAt": .string(entry.createdAt.description),
      "revokedAt": JSONValue(entry.revokedAt?.description),
    ]
  }
}
