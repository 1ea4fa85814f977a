import Commands
import Connections
import Hummingbird
import OktaAPI

extension Gateway {
  /// `{"reason": "…", "ticket": "…"}`
  func markCompromised(
    _ fingerprint: String, _ request: GatewayRequest, _ actor: ActorIdentity
  ) async throws -> Response {
    let context = try await reasoned(request, actor)
    do throws(SecretFault) {
      let holders = try await commands.markCompromised(fingerprint, context: context)
      return Response.json([
        "fingerprint": .string(fingerprint), "compromised": .boolean(true),
        "heldBy": .array(holders.map { .string($0.description) }),
      ])
    } catch { return problem(error, fingerprint) }
  }

  /// Who asks, and the reason without which nothing is done to a secret.
  private func reasoned(
    _ request: GatewayRequest, _ actor: ActorIdentity
  ) async throws -> EventContext {
    let fields = try BodyFields(try await json(request), named: ["reason", "ticket"])
    let ticket = try fields.text("ticket", upTo: 200)
    guard let reason = try fields.text("reason", upTo: 2_000), !reason.isEmpty else {
      throw InputFault(
        detail: "This takes a `reason`, of at most 2000 bytes. Nothing was done to the secret.")
    }
    return EventContext(actor: actor, reason: reason, ticket: ticket)
  }

  private func problem(_ fault: SecretFault, _ fingerprint: String) -> Response {
    switch fault {
    case .notKnown:
      Response.problem(
        404, "secret-not-known",
        """
        No recorded update had a secret with the fingerprint \(fingerprint.prefix(64)). Nothing \
        was changed. `hindsight secrets` lists the fingerprints.
        """)
    case .notRecorded:
      Response.problem(
        503, "not-recorded", "The journal cannot be written. Nothing was changed; try again.")
    }
  }
}
