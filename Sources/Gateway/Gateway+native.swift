import Commands
import Connections
import Hummingbird
import Logging
import OktaAPI
import Projections

extension Gateway {
  func respond(to request: GatewayRequest, native route: NativeRoute) async -> Response {
    let id = environment.newID()
    var response = await respond(to: request, native: route, id)
    if case .rollback(let rollback) = route, rollback.isChange, response.headers[.commandID] == nil
    {
      response.headers[.commandID] = id.description
    }
    return response
  }

  /// - Parameter id: of what is begun, where that is a change.
  private func respond(
    to request: GatewayRequest, native route: NativeRoute, _ id: CommandID
  ) async -> Response {
    let actor: ActorIdentity
    do throws(Doorkeeper.Denial) {
      actor = try await doorkeeper.admitToken(request, needing: route.role)
    } catch { return problem(error) }
    do {
      switch route {
      case .connections: return try await connections(request)
      case .connection(let app): return try await connection(app, request)
      case .history(let app): return try await history(app)
      case .events: return try await events(request)
      case .command(let id): return try await command(id)
      case .doubts: return try await doubts()
      case .resolve(let id): return try await resolve(id, request, actor)
      case .limits: return Response.json(limits.shown)
      case .question(let route): return try await respond(to: request, question: route)
      case .rollback(let route): return try await respond(to: request, rollback: route, actor, id)
      case .secret(let route): return try await respond(to: request, secret: route, actor)
      case .report(let route): return try await respond(to: request, report: route, actor)
      case .tokens: return Response.json(["tokens": .array(await access.all.map(NativeJSON.token))])
      case .createToken: return try await createToken(request, actor)
      case .revokeToken(let id): return try await revokeToken(id, actor)
      }
    } catch let input as InputFault {
      return Response.problem(input.status, "bad-input", input.detail)
    } catch {
      if let problem = Response.unreadable(error) { return problem }
      request.logger.error(
        "the journal or its views did not answer",
        metadata: ["path": "\(request.path)", "fault": "\(error)"])
      return Response.problem(
        503, "journal-unavailable",
        "The journal or its views do not answer. Nothing was changed; see the log of the server.")
    }
  }

  func problem(_ denial: Doorkeeper.Denial) -> Response {
    switch denial {
    case .unknown:
      var response = Response.problem(
        401, "no-valid-token",
        "This needs a Hindsight token: `Authorization: Bearer TOKEN`. Nothing was done.")
      response.headers[.wwwAuthenticate] = "Bearer realm=\"hindsight\""
      return response
    case .roleTooSmall(_, let needed):
      return Response.problem(
        403, "role-too-small", "This needs the role \(needed.rawValue). Nothing was done.")
    case .overBudget(let rate):
      var response = Response.problem(
        429, "over-budget",
        """
        One caller may send \(rate.limit) requests a minute. Nothing was done; wait until the time \
        of X-Rate-Limit-Reset.
        """)
      response.tell(rate)
      return response
    }
  }

  /// What a caller wrote that cannot be read.
  struct InputFault: Error {
    var detail: String
    var status = 400

    init(detail: String) { self.detail = detail }

    init(_ fault: GatewayRequest.BodyFault) {
      let sentence: String
      (status, sentence) =
        switch fault {
        case .tooLarge: (413, "is longer than \(GatewayRequest.maximumBodyBytes) bytes")
        case .cut: (400, "ended before its length")
        case .late:
          (
            408,
            "did not arrive within \(BodyPatience.seconds) seconds, or Hindsight is ending"
          )
        }
      detail = "The body \(sentence). Nothing was done."
    }
  }

  // MARK: - Connections

  private func connections(_ request: GatewayRequest) async throws -> Response {
    let now = environment.now()
    let asked = try ConnectionListRequest(request)
    let cursor = try request.parameter("cursor").map { try Cursor($0, of: asked.question) }
    var point = try point(request)
    var size = 0
    if let cursor { (point, size) = (.index(cursor.size - 1), try await views.size()) }
    // A page that follows is of the same point; nothing came in between, so the present is it.
    if let cursor, size == cursor.size { point = .now }
    let (rows, total, trueAt) = try await views.list(asked.query, at: point, now: now)
    let page = rows.dropFirst(cursor?.position ?? 0).prefix(asked.limit)
    let end = (cursor?.position ?? 0) + page.count
    let next =
      end < rows.count
      ? Cursor(size: trueAt.size, position: end, of: asked.question).text : nil
    return Response.json([
      "asOf": NativeJSON.trueAt(trueAt), "connections": .array(page.map(NativeJSON.listed)),
      "matching": JSONValue(rows.count), "total": JSONValue(total), "nextCursor": JSONValue(next),
    ])
  }

  private func connection(_ app: AppID, _ request: GatewayRequest) async throws -> Response {
    let (found, trueAt) = try await views.connection(app, at: point(request))
    guard let found else {
      return Response.problem(
        404, "connection-not-known",
        "Nothing is recorded of a connection of \(app) at that point.")
    }
    return Response.json(
      .object(NativeJSON.connection(found) + [.init("asOf", NativeJSON.trueAt(trueAt))]))
  }

  private func history(_ app: AppID) async throws -> Response {
    let (items, trueAt) = try await views.history(of: app)
    guard !items.isEmpty else {
      return Response.problem(
        404, "connection-not-known", "Nothing is recorded of a connection of \(app).")
    }
    return Response.json([
      "appId": .string(app.description), "asOf": NativeJSON.trueAt(trueAt),
      "items": .array(items.map(NativeJSON.item)),
    ])
  }

  private func point(_ request: GatewayRequest) throws -> PointInHistory {
    try Self.point(try request.parameter("asOf"), "asOf", now: environment.now())
  }

  /// A `+` of a zone that was not encoded arrives as a space.
  private func instant(_ text: String) -> Instant? {
    Instant(String(text.map { $0 == " " ? "+" : $0 }))
  }

  // MARK: - Events

  private func events(_ request: GatewayRequest) async throws -> Response {
    func instant(_ name: String) throws -> Instant? {
      guard let text = try request.parameter(name) else { return nil }
      guard let instant = self.instant(text) else {
        throw InputFault(detail: "\(name) must be a time (2026-11-23T07:52:00Z): \(text)")
      }
      return instant
    }
    func parsed<Value>(_ name: String, _ parse: (String) -> Value?) throws -> Value? {
      guard let text = try request.parameter(name) else { return nil }
      guard let value = parse(text) else {
        throw InputFault(detail: "\(name) is not one that Hindsight knows: \(text)")
      }
      return value
    }
    let limit = try parsed("limit") { Int($0).flatMap { (1...1_000).contains($0) ? $0 : nil } }
    let selection = EventSelection(
      appID: try parsed("appId") { AppID($0) },
      commandID: try parsed("commandId") { CommandID($0) },
      actor: try request.parameter("actor"),
      type: try parsed("type") { EventPayload.Kind(rawValue: $0) }, from: try instant("from"),
      to: try instant("to"), after: try parsed("cursor", Self.index), limit: (limit ?? 100) + 1)
    let found = try await views.events(selection)
    let page = found.prefix(selection.limit - 1)
    let next = found.count == selection.limit ? page.last?.index.description : nil
    return Response.json(200, NativeJSON.events(Array(page), nextCursor: next))
  }

  /// The index of an event: digits alone, as they were handed out.
  private static func index(_ text: String) -> Int? {
    text.utf8.allSatisfy { (48...57).contains($0) } ? Int(text) : nil
  }

  private func command(_ id: CommandID) async throws -> Response {
    let events = try await views.events(of: id)
    guard !events.isEmpty else {
      return Response.problem(404, "command-not-known", "No command \(id) is recorded.")
    }
    return Response.json(200, NativeJSON.command(id, events))
  }

  // MARK: - Tokens

  private func createToken(
    _ request: GatewayRequest, _ actor: ActorIdentity
  ) async throws -> Response {
    let fields = try BodyFields(try await json(request), named: ["name", "role"])
    guard let name = try fields.text("name", upTo: 100), !name.isEmpty,
      let role = try fields.text("role", upTo: 20).flatMap(Role.init(rawValue:))
    else {
      throw InputFault(
        detail: "A token takes a name (1 to 100 bytes) and a role: reviewer, operator or admin.")
    }
    let (record, token) = try await access.create(
      name: name, role: role, context: EventContext(actor: actor))
    return Response.json(
      .object([
        .init("id", .string(record.id.description)), .init("name", .string(record.name)),
        .init("role", .string(record.role.rawValue)),
        // The one moment in which the token can be seen.
        .init("token", token.withBytes { .string(String(decoding: $0, as: UTF8.self)) }),
      ]), status: 201)
  }

  private func revokeToken(_ id: UUIDv7, _ actor: ActorIdentity) async throws -> Response {
    guard try await access.revoke(id, context: EventContext(actor: actor)) else {
      return Response.problem(
        404, "token-not-known", "There is no token \(id), or it was revoked before.")
    }
    return Response(status: .noContent)
  }

  func json(_ request: GatewayRequest) async throws -> JSONValue {
    let bytes: [UInt8]
    do throws(GatewayRequest.BodyFault) { bytes = try await request.wholeBody() } catch {
      throw InputFault(error)
    }
    do throws(JSONFault) { return try JSONValue(parsing: bytes) } catch {
      throw InputFault(detail: "The body is \(error). Nothing was done.")
    }
  }
}
