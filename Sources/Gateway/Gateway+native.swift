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
    } catch {
      if case .roleTooSmall(let actor, let needed) = error {
        await recordDenial(actor, route.deed, needed: needed)
      }
      return problem(error)
    }
    do {
      if let parameters = route.parameters { try request.allowOnly(parameters) }
      switch route {
      case .connections: return try await connections(request)
      case .connection(let app): return try await connection(app, request)
      case .history(let app): return try await history(app, request)
      case .events: return try await events(request)
      case .command(let id): return try await command(id)
      case .doubts: return try await doubts(request)
      case .resolve(let id): return try await resolve(id, request, actor)
      case .limits: return Response.json(limits.shown)
      case .question(let route): return try await respond(to: request, question: route)
      case .rollback(let route): return try await respond(to: request, rollback: route, actor, id)
      case .secret(let route): return try await respond(to: request, secret: route, actor)
      case .report(let route): return try await respond(to: request, report: route, actor)
      case .tokens:
        return try await standing(.tokens, request) { await access.all.map(NativeJSON.token) }
      case .createToken: return try await createToken(request, actor)
      case .revokeToken(let id): return try await revokeToken(id, actor)
      }
    } catch let input as InputFault {
      return Response.problem(input.status, "bad-input", input.detail)
    } catch {
      if let problem = Response.unreadable(error) { return problem }
      request.logger.error(
        "the journal or its views did not answer",
        metadata: ["path": "\(request.loggedPath)", "fault": "\(error)"])
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
  package struct InputFault: Error {
    package var detail: String
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
    let asked = try ConnectionListRequest(request)
    let cursor: Cursor<Int>? = try request.cursor(of: asked.question)
    let point = try await point(request.parameter("asOf"), "asOf")
    // A page that follows shows what the first one showed, whatever has come in between.
    let trueAt = try await views.resolve(cursor.map { PointInHistory.index($0.size - 1) } ?? point)
    let size = cursor?.size ?? trueAt.size
    let now = point == .now ? environment.now() : trueAt.time ?? environment.now()
    let moment = cursor?.moment ?? now
    let (rows, total) = try await views.list(asked.query, below: size, at: moment)
    let page = rows.dropFirst(cursor?.position ?? 0).prefix(asked.limit)
    let end = (cursor?.position ?? 0) + page.count
    let next =
      end < rows.count
      ? Cursor(size: size, position: end, moment: moment, of: asked.question).text : nil
    return Response.json([
      "asOf": NativeJSON.trueAt(trueAt), "connections": .array(page.map(NativeJSON.listed)),
      "matching": JSONValue(rows.count), "total": JSONValue(total), "nextCursor": JSONValue(next),
    ])
  }

  private func connection(_ app: AppID, _ request: GatewayRequest) async throws -> Response {
    let point = try await point(request.parameter("asOf"), "asOf")
    let (found, trueAt) = try await views.connection(app, at: point)
    guard let found else {
      return Response.problem(
        404, "connection-not-known",
        "Nothing is recorded of a connection of \(app) at that point.")
    }
    let open = try await views.openCommands(of: app, below: trueAt.size)
    return Response.json(
      .object(
        NativeJSON.connection(found, open: open) + [.init("asOf", NativeJSON.trueAt(trueAt))]))
  }

  private func history(_ app: AppID, _ request: GatewayRequest) async throws -> Response {
    let order = try request.order(of: ["recordedAt"])
    let question = ["history", app.description, order]
    let cursor: Cursor<Int>? = try request.cursor(of: question)
    let limit = try request.number("limit", in: 1...10_000) ?? 1_000
    let (items, trueAt) = try await views.history(of: app, size: cursor?.size)
    guard !items.isEmpty else {
      return Response.problem(
        404, "connection-not-known", "Nothing is recorded of a connection of \(app).")
    }
    let start = cursor?.position ?? 0
    let page = (order.hasPrefix("-") ? items.reversed() : items).dropFirst(start).prefix(limit)
    let end = start + page.count
    let next =
      end < items.count
      ? Cursor(size: trueAt.size, position: end, of: question).text : nil
    return Response.json([
      "appId": .string(app.description), "asOf": NativeJSON.trueAt(trueAt),
      "items": .array(page.map { NativeJSON.item($0) }), "nextCursor": JSONValue(next),
    ])
  }

  // MARK: - Commands

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
