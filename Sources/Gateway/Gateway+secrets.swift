import Commands
import Connections
import Hummingbird
import OktaAPI

extension Gateway {
  func respond(
    to request: GatewayRequest, secret route: SecretRoute, _ actor: ActorIdentity
  ) async throws -> Response {
    do {
      switch route {
      case .list:
        return try await standing(.secrets, request) {
          let now = environment.now()
          return try await commands.knownSecrets().map { NativeJSON.secret($0, at: now) }
        }
      case .holds:
        return try await standing(.holds, request) {
          try await commands.holds().map(NativeJSON.hold)
        }
      case .markCompromised(let name):
        let context = try await reasoned(request, actor)
        return try await markCompromised(try await fingerprint(name), context)
      case .shred(let name):
        let context = try await reasoned(request, actor)
        return shredded(try await commands.shred(try await fingerprint(name), context: context))
      case .shredOld: return try await shredOld(request, actor)
      case .reveal(let name):
        let context = try await reasoned(request, actor)
        return try await reveal(try await fingerprint(name), context)
      case .addHold: return try await addHold(request, actor)
      case .releaseHold(let id):
        try await commands.releaseHold(id, context: try await reasoned(request, actor))
        return Response(status: .noContent)
      }
    } catch let fault as SecretFault { return problem(fault) }
  }

  private func fingerprint(_ name: String) async throws -> String {
    try Self.fingerprint(name, among: try await commands.knownSecrets().map(\.fingerprint))
  }

  /// The one fingerprint that begins so; the name itself where there is none.
  static func fingerprint(
    _ name: String, among known: [String]
  ) throws(InputFault) -> String {
    let name = name.lowercased()
    guard name.utf8.count >= shortestName else { return name }
    let found = Set(known).filter { $0.hasPrefix(name) }.sorted()
    guard found.count < 2 else {
      throw InputFault(
        detail: """
          Several secrets have a fingerprint that begins so: \(found.joined(separator: ", ")). \
          Nothing was done.
          """)
    }
    return found.first ?? name
  }

  /// How many digits of a fingerprint name it at the least.
  private static let shortestName = 8

  private func markCompromised(
    _ fingerprint: String, _ context: EventContext
  ) async throws -> Response {
    let (holders, isNew) = try await commands.markCompromised(fingerprint, context: context)
    return Response.json([
      "fingerprint": .string(fingerprint), "compromised": .boolean(true),
      "recordedBefore": .boolean(!isNew),
      "heldBy": .array(holders.certain.map { .string($0.description) }),
      "mayBeHeldBy": .array(holders.possible.map { .string($0.description) }),
    ])
  }

  /// `{"olderThanDays": N, "reason": "…"}`
  private func shredOld(
    _ request: GatewayRequest, _ actor: ActorIdentity
  ) async throws -> Response {
    let (fields, context) = try await reasoned(request, actor, also: ["olderThanDays"])
    guard let days = fields["olderThanDays"]?.integer, (0...36_500).contains(days) else {
      throw InputFault(
        detail: "olderThanDays must be a whole number from 0 to 36500. Nothing was shredded.")
    }
    return shredded(try await commands.shredOlder(thanDays: days, context: context))
  }

  private func shredded(_ result: ShredResult) -> Response {
    Response.json([
      "shredded": .array(result.copies.map(NativeJSON.copy)),
      "held": .array(result.held.map(NativeJSON.copy)),
      "inForceIn": .array(result.holders.certain.map { .string($0.description) }),
      "scrubbed": .boolean(result.isScrubbed),
    ])
  }

  private func reveal(
    _ fingerprint: String, _ context: EventContext
  ) async throws -> Response {
    let secret = try await commands.reveal(fingerprint, context: context)
    return Response.json([
      "fingerprint": .string(fingerprint),
      "secret": secret.withBytes { .string(String(decoding: $0, as: UTF8.self)) },
    ])
  }

  /// `{"over": "all" | {"appId": "…"} | {"fingerprint": "…"}, "reason": "…"}`
  private func addHold(
    _ request: GatewayRequest, _ actor: ActorIdentity
  ) async throws -> Response {
    let (fields, context) = try await reasoned(request, actor, also: ["over"])
    guard let scope = fields["over"].flatMap(Self.scope) else {
      throw InputFault(
        detail: """
          `over` must be "all", {"appId": "…"} or {"fingerprint": "…"}, which is 32 hexadecimal \
          digits. No hold was added.
          """)
    }
    let hold = try await commands.addHold(over: scope, context: context)
    return Response.json(["holdId": .string(hold.id.description)], status: 201)
  }

  private static func scope(_ value: JSONValue) -> Hold.Scope? {
    if value.text == "all" { return .all }
    guard let members = value.members, members.count == 1, let member = members.first,
      let text = member.value.text
    else { return nil }
    return switch member.key {
    case "appId": AppID(text).map(Hold.Scope.connection)
    case "fingerprint": Self.fingerprint(text).map(Hold.Scope.secret)
    default: nil
    }
  }

  /// As it is recorded, in small letters; `nil` for what cannot be one.
  private static func fingerprint(_ text: String) -> String? {
    guard text.utf8.count == 32, text.allSatisfy({ $0.isASCII && $0.isHexDigit }) else {
      return nil
    }
    return text.lowercased()
  }

  /// Who asks, and the reason without which nothing is done: `{"reason": "…", "ticket": "…"}`.
  func reasoned(
    _ request: GatewayRequest, _ actor: ActorIdentity
  ) async throws -> EventContext {
    try await reasoned(request, actor, also: []).context
  }

  private func reasoned(
    _ request: GatewayRequest, _ actor: ActorIdentity, also names: Set<String>
  ) async throws -> (fields: BodyFields, context: EventContext) {
    let fields = try BodyFields(
      try await json(request), named: names.union(["reason", "ticket"]))
    let ticket = try fields.text("ticket", upTo: 200)
    guard let reason = try fields.reason() else {
      throw InputFault(
        detail: "This takes a `reason`, of at most 2000 bytes. Nothing was done.")
    }
    return (fields, EventContext(actor: actor, reason: reason, ticket: ticket))
  }

  private static let oldPages = """
    The write-ahead log still keeps old pages: somebody reads an older state, or it could not be \
    cut. Shred it once more, or restart the server, to cut it.
    """

  private func problem(_ fault: SecretFault) -> Response {
    switch fault {
    case .notKnown:
      Response.problem(
        404, "secret-not-known",
        """
        No recorded update had a secret with this fingerprint. Nothing was changed. `hindsight \
        secrets` lists the fingerprints.
        """)
    case .held(let holds):
      Response.problem(
        409, "secret-held",
        """
        A legal hold covers this secret. Nothing was shredded. Release the holds first: \
        \(holds.map(\.description).joined(separator: ", ")).
        """, [.init("holds", .array(holds.map { .string($0.description) }))])
    case .shredded:
      Response.problem(
        409, "secret-shredded", "Every copy of this secret was shredded before. Nothing was done.")
    case .shreddedBefore(let isScrubbed):
      Response.problem(
        409, "secret-shredded",
        """
        Every copy of this secret was shredded before, and nothing more was destroyed. \(isScrubbed
          ? "Nothing of their keys is left in the journal's files." : Self.oldPages)
        """, [.init("scrubbed", .boolean(isScrubbed))])
    case .revealingIsOff:
      Response.problem(
        403, "revealing-is-off",
        """
        Revealing secrets is switched off, and nothing was shown. Going back to a secret needs no \
        revealing. To switch it on, start the server with --allow-reveal.
        """)
    case .doesNotOpen(let id):
      Response.problem(
        500, "secret-does-not-open",
        "The sealed secret \(id) does not open, and nothing was shown. Run `hindsight verify`.")
    case .holdNotKnown:
      Response.problem(
        404, "hold-not-known", "No hold with this id stands. Nothing was changed.")
    case .connectionNotKnown:
      Response.problem(
        404, "connection-not-known",
        """
        Nothing is recorded of a connection of this app, so a hold over it would cover nothing. No \
        hold was added. `hindsight connections` lists the apps.
        """)
    case .notRecorded:
      Response.problem(
        503, "not-recorded", "The journal cannot be written. Nothing was changed; try again.")
    }
  }
}
