import Commands
import Connections
import Hummingbird
import OktaAPI

extension Gateway {
  func preview(_ app: AppID, _ request: GatewayRequest) async throws -> Response {
    let asked = try RollbackBody(try await json(request))
    do throws(RollbackRefusal) {
      let preview = try await commands.preview(app, asked.target)
      return Response.json(.object(NativeJSON.preview(preview)))
    } catch { return problem(error) }
  }

  func rollBack(
    _ app: AppID, _ request: GatewayRequest, _ actor: ActorIdentity
  ) async throws -> Response {
    let asked = try RollbackBody(try await json(request))
    let rollbackID = environment.newID()
    var response: Response
    do throws(RollbackRefusal) {
      let result = try await commands.rollBack(
        app, asked.target, digest: asked.digest,
        context: EventContext(actor: actor, reason: asked.reason, ticket: asked.ticket),
        rollbackID: rollbackID)
      let told = NativeJSON.rollback(result)
      response =
        result.isCompleted
        ? Response.json(.object(told))
        : Response.problem(
          502, "rollback-stopped",
          """
          The rollback stopped at a step that did not succeed. The steps before it are done; \
          nothing after it was sent. See `steps`, and the commands that they name.
          """, told)
    } catch { response = problem(error) }
    response.headers[.commandID] = rollbackID.description
    return response
  }

  /// `{"to": {"version": N} | {"event": "id"} | {"asOf": "time"} | "previous", "reason": "…"}`
  struct RollbackBody {
    var target: RollbackTarget
    var reason: String?
    var ticket: String?
    var digest: String?

    init(_ body: JSONValue) throws {
      let fields = try BodyFields(body, named: ["to", "reason", "ticket", "digest"])
      guard let target = fields["to"].flatMap(Self.target) else {
        throw InputFault(
          detail: """
            `to` must be {"version": N}, {"event": "id"}, {"asOf": "time"} or "previous". Nothing \
            was done.
            """)
      }
      self.target = target
      reason = try fields.text("reason", upTo: 2_000)
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
      default: return nil
      }
    }
  }

  private func problem(_ refusal: RollbackRefusal) -> Response {
    switch refusal {
    case .blocked(let blocker):
      let (status, detail) = sentence(blocker)
      return Response.problem(
        status, "rollback-blocked", detail + " Nothing was sent to Okta.",
        [.init("blocker", .string(name(blocker)))])
    case .planIsVoid(let expected, let found):
      return Response.problem(
        409, "plan-is-void",
        """
        The connection has moved since the plan \(expected.prefix(12))… was made; the way back is \
        now the plan \(found.prefix(12))…. Nothing was sent to Okta. Look at the new preview.
        """)
    case .noCredential:
      return Response.problem(
        409, "no-upstream-credential",
        """
        This gateway relays its callers' credentials and has none of its own, so it cannot roll \
        back. Nothing was sent to Okta. Start it with --upstream-credential ssws-file:PATH.
        """)
    case .busy(let waited):
      return Response.problem(
        409, "connection-busy",
        """
        Another change of this connection was still running after \(waited.components.seconds) s. \
        Nothing was sent to Okta; try again when that one has ended.
        """)
    case .notRecorded:
      return Response.problem(
        503, "not-recorded",
        "The journal cannot be written. See the command's history for its steps.")
    case .secretDoesNotOpen(let id):
      return Response.problem(
        500, "secret-does-not-open",
        "The sealed secret \(id) does not open. Nothing was sent to Okta. Run `hindsight verify`.")
    }
  }

  private func name(_ blocker: RollbackBlocker) -> String {
    String("\(blocker)".prefix { $0 != "(" })
  }

  private func sentence(_ blocker: RollbackBlocker) -> (Int, String) {
    switch blocker {
    case .targetNotFound: (404, "This connection has no such point in its history.")
    case .targetStateUnknown: (422, "Nothing was known of the connection at that point.")
    case .presentStateUnknown:
      (422, "The present state is not known. Read the connection through the gateway first.")
    case .secretNeverRecorded:
      (
        422,
        """
        The secret of that time was set before Hindsight watched, or past it, and Okta never \
        shows it. Set it with an update.
        """
      )
    case .needsConsent:
      (
        422,
        """
        This app's scheme needs a person's consent in a browser. Send the update, open the link \
        that Okta answers with, then verify and activate.
        """
      )
    case .unsupportedApp: (422, "This app has no provisioning connection.")
    case .commandInFlight(let command): (409, "Command \(command) has no outcome yet.")
    case .unreadable(let fault): (500, "The history cannot be read: \(fault).")
    }
  }
}
