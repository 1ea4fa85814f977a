import Commands
import Connections
import Hummingbird
import OktaAPI
import Projections

extension Gateway {
  func doubts(_ request: GatewayRequest) async throws -> Response {
    let (found, trueAt) = try await views.doubts()
    let page = try StandingList.doubts.page(
      of: found.map(NativeJSON.doubt), request, size: trueAt.size)
    let app = try request.parameter("appId").flatMap { AppID($0) }
    let open = try await views.openCommands(of: app)
    return Response.json(
      .object(
        [.init("asOf", NativeJSON.trueAt(trueAt))] + page
          + [.init("open", .array(open.map { NativeJSON.item($0) }))]))
  }

  /// `{"verdict": "applied" | "notApplied", "reason": "…"}`
  func resolve(
    _ commandID: CommandID, _ request: GatewayRequest, _ actor: ActorIdentity
  ) async throws -> Response {
    let fields = try BodyFields(
      try await json(request), named: ["verdict", "reason", "ticket"])
    let ticket = try fields.text("ticket", upTo: 200)
    guard let verdict = try fields.text("verdict", upTo: 20).flatMap(Self.verdict),
      let reason = try fields.reason()
    else {
      throw InputFault(
        detail: """
          A ruling takes a verdict, applied or notApplied, and a reason. Nothing was recorded.
          """)
    }
    do throws(RulingRefusal) {
      try await commands.rule(
        on: commandID, verdict,
        context: EventContext(actor: actor, reason: reason, ticket: ticket))
    } catch { return problem(error, commandID) }
    return Response.json(
      200, NativeJSON.command(commandID, try await views.events(of: commandID)))
  }

  private static func verdict(_ word: String) -> Resolution.Verdict? {
    switch word {
    case "applied": .applied
    case "notApplied": .notApplied
    default: nil
    }
  }

  private func problem(_ refusal: RulingRefusal, _ commandID: CommandID) -> Response {
    switch refusal {
    case .commandNotKnown:
      Response.problem(
        404, "command-not-known", "No command \(commandID) is recorded. Nothing was changed.")
    case .notInDoubt:
      Response.problem(
        409, "command-not-in-doubt",
        "Command \(commandID) is not in doubt. Nothing was recorded; see its events.")
    case .busy(let waited):
      Response.problem(
        409, "connection-busy",
        """
        A change of this connection was still running after \(waited.components.seconds) s. \
        Nothing was recorded; try again when it has ended.
        """)
    case .notRecorded(let fault):
      Response.unreadable(fault)
        ?? Response.problem(
          503, "not-recorded", "The journal cannot be written. Nothing was recorded; try again.")
    }
  }
}
