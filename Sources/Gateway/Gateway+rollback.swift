import Commands
import Connections
import Hummingbird
import OktaAPI
import Projections

extension Gateway {
  /// - Parameter id: of the rollback, where one is begun.
  func respond(
    to request: GatewayRequest, rollback route: RollbackRoute, _ actor: ActorIdentity,
    _ id: CommandID
  ) async throws -> Response {
    switch route {
    case .preview(let app): return try await preview(app, request)
    case .begin(let app): return try await rollBack(app, request, actor, id)
    case .previewAll: return try await previewAll(request)
    case .beginAll: return try await rollBackAll(request, actor, id)
    case .list: return try await openRollbacks(request)
    case .show(let id): return await rollback(id, actor)
    case .resume(let id): return try await resume(id, request, actor)
    case .abandon(let id): return try await abandon(id, request, actor)
    }
  }

  private func preview(_ app: AppID, _ request: GatewayRequest) async throws -> Response {
    let asked = try RollbackBody(try await json(request), now: environment.now())
    do throws(RollbackRefusal) {
      let preview = try await commands.preview(app, asked.target)
      return Response.json(
        NativeJSON.preview(
          preview, at: environment.now(),
          holders: await holders(of: preview.secrets.map(\.fingerprint)),
          risks: commands.ownCredential == nil ? [NativeJSON.noCredential] : []))
    } catch { return problem(error) }
  }

  /// Which connections hold these secrets now; none where the views do not answer.
  func holders(of fingerprints: [String]) async -> [String: [AppID]] {
    (try? await views.holders(of: fingerprints)) ?? [:]
  }

  private func rollBack(
    _ app: AppID, _ request: GatewayRequest, _ actor: ActorIdentity, _ id: CommandID
  ) async throws -> Response {
    let asked = try RollbackBody(try await json(request), now: environment.now())
    do throws(RollbackRefusal) {
      let report = try await commands.rollBack(
        app, asked.target, digest: asked.digest,
        context: EventContext(actor: actor, reason: asked.reason, ticket: asked.ticket),
        rollbackID: id)
      return try await response(report, to: actor)
    } catch { return problem(error) }
  }

  // MARK: - One that was begun

  private func openRollbacks(_ request: GatewayRequest) async throws -> Response {
    do {
      return try await standing(.rollbacks, request) {
        try await commands.openTours().map(NativeJSON.open)
          + commands.openRollbacks().map(NativeJSON.open)
      }
    } catch let refusal as RollbackRefusal { return problem(refusal) }
  }

  /// What the journal tells of it, with what this caller may see.
  private func rollback(_ id: CommandID, _ actor: ActorIdentity) async -> Response {
    do throws(RollbackRefusal) {
      if let report = try await commands.rollback(id) {
        return try await response(report, to: actor)
      }
      guard let report = try await commands.organisation(id) else { return problem(.notKnown) }
      return Response.json(NativeJSON.organisation(report))
    } catch { return problem(error) }
  }

  /// `{"reason": "…", "ticket": "…"}`: the recorded decision to go on.
  private func resume(
    _ id: CommandID, _ request: GatewayRequest, _ actor: ActorIdentity
  ) async throws -> Response {
    let context = try await reasoned(request, actor)
    do throws(RollbackRefusal) {
      let waits = !request.prefersNotToWait
      if let report = try await commands.resumeOrganisation(id, context: context, waits: waits) {
        return named(id, Response.json(NativeJSON.organisation(report)))
      }
      let report = try await commands.resumeRollback(id, context: context)
      return named(id, try await response(report, to: actor))
    } catch { return named(id, problem(error)) }
  }

  private func abandon(
    _ id: CommandID, _ request: GatewayRequest, _ actor: ActorIdentity
  ) async throws -> Response {
    let context = try await reasoned(request, actor)
    do throws(RollbackRefusal) {
      if let report = try await commands.abandonOrganisation(id, context: context) {
        return named(id, Response.json(NativeJSON.organisation(report)))
      }
      let report = try await commands.abandonRollback(id, context: context)
      return named(id, try await response(report, to: actor))
    } catch { return named(id, problem(error)) }
  }

  private func named(_ id: CommandID, _ response: Response) -> Response {
    var response = response
    response.headers[.commandID] = id.description
    return response
  }

  /// The link for consent is for whoever may carry the rollback on.
  private func response(
    _ report: RollbackReport, to actor: ActorIdentity
  ) async throws(RollbackRefusal) -> Response {
    let mayCarryOn = actor.roles.contains { $0 >= .operator }
    let link = mayCarryOn ? try await commands.consentLink(of: report) : nil
    return Response.json(NativeJSON.rollback(report, link: link))
  }

  // MARK: - All connections

  private func previewAll(_ request: GatewayRequest) async throws -> Response {
    let asked = try OrganisationBody(try await json(request), now: environment.now())
    do throws(RollbackRefusal) {
      let preview = try await commands.preview(all: asked.selection)
      let prints = preview.connections.flatMap { planned -> [String] in
        if case .open(let preview) = planned.way {
          preview.secrets.map(\.fingerprint)
        } else {
          []
        }
      }
      return Response.json(
        NativeJSON.preview(
          preview, at: environment.now(), holders: await holders(of: prints)))
    } catch { return problem(error) }
  }

  /// Answers when it has been everywhere, or at once where the caller prefers that
  /// (`Prefer: respond-async`, RFC 7240).
  private func rollBackAll(
    _ request: GatewayRequest, _ actor: ActorIdentity, _ id: CommandID
  ) async throws -> Response {
    let asked = try OrganisationBody(try await json(request), now: environment.now())
    do throws(RollbackRefusal) {
      let report = try await commands.rollBackAll(
        asked.selection, digest: asked.digest,
        context: EventContext(actor: actor, reason: asked.reason, ticket: asked.ticket),
        rollbackID: id, waits: !request.prefersNotToWait)
      return Response.json(
        NativeJSON.organisation(report), status: report.outcome == .running ? 202 : 200)
    } catch { return problem(error) }
  }

  /// `{"to": {"version": N} | {"event": "id"} | {"asOf": "time"} | {"beforeCommand": "id"} |
  /// "previous", "digest": "…", "reason": "…", "ticket": "…"}`
  struct RollbackBody {
    var target: RollbackTarget
    var reason: String?
    var ticket: String?
    var digest: String?

    init(_ body: JSONValue, now: Instant) throws {
      let fields = try BodyFields(body, named: ["to", "reason", "ticket", "digest"])
      guard let target = fields["to"].flatMap(Self.target) else {
        throw InputFault(
          detail: """
            `to` must be {"version": N}, {"event": "id"}, {"asOf": "time"}, \
            {"beforeCommand": "id"} or "previous". Nothing was done.
            """)
      }
      try target.mustHaveCome(by: now)
      self.target = target
      reason = try fields.reason()
      ticket = try fields.text("ticket", upTo: 200)
      digest = try fields.text("digest", upTo: 64)
    }

    private static func target(_ value: JSONValue) -> RollbackTarget? {
      if value.text == "previous" { return .previous }
      guard let members = value.members, members.count == 1, let member = members.first else {
        return nil
      }
      switch member.key {
      case "version": return member.value.integer.flatMap { $0 > 0 ? .version($0) : nil }
      case "event": return member.value.text.flatMap { EventID($0) }.map(RollbackTarget.event)
      case "asOf": return member.value.text.flatMap { Instant($0) }.map(RollbackTarget.asOf)
      case "beforeCommand":
        return member.value.text.flatMap { CommandID($0) }.map(RollbackTarget.beforeCommand)
      default: return nil
      }
    }
  }
}

extension RollbackTarget {
  /// A time that has not come is not the present, and nothing is known of it.
  func mustHaveCome(by now: Instant) throws(Gateway.InputFault) {
    guard case .asOf(let instant) = self, instant > now else { return }
    throw Gateway.InputFault(
      detail: "asOf is in the future, of which nothing is known: \(instant). Nothing was sent.")
  }
}
