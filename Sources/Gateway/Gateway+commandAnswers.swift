import Commands
import Connections
import HTTPTypes
import Hummingbird
import NIOCore
import OktaAPI

/// What a caller of Okta's routes is told of a change.
extension Gateway {
  func response(
    _ answer: CommandAnswer, to request: GatewayRequest, _ commandID: CommandID
  ) -> Response {
    switch answer {
    case .answered(let answer): return carriedOut(answer, request, commandID)
    case .replayed(let answer, let original):
      return named(original, carriedOut(answer, request, original))
    case .keyInUse(let original):
      return named(
        original,
        errors.response(
          .conflict(
            "Command \(original) of this Idempotency-Key still runs. Nothing was sent again.")))
    case .keyUsedOtherwise(let original):
      return named(
        original,
        errors.response(
          .unprocessable(
            """
            This Idempotency-Key was used with another payload by command \(original). Nothing was \
            sent; use a new key for a new command.
            """)))
    case .stillInDoubt(let original):
      return named(original, inDoubt(original, "its call brought no telling answer"))
    case .settled(let original, let resolution, let state):
      return named(original, settled(original, resolution, state, request))
    case .answerNotKept(let original):
      return named(
        original,
        errors.response(
          .conflict(
            """
            Command \(original) of this Idempotency-Key has its outcome, and its answer can no \
            longer be read. Nothing was sent again; see the command in Hindsight.
            """)))
    case .busy(let waited, let other):
      let who = other.map { "Command \($0)" } ?? "Another change"
      return errors.response(
        .conflict(
          """
          \(who) of this connection was still running, or what became of it still being looked at, \
          after \(waited.components.seconds) s. Nothing was sent to Okta; send it again when that \
          one has ended.
          """))
    case .refused(let refusal): return refused(refusal, commandID)
    case .notRecorded(let fault): return notRecorded(fault, commandID)
    case .notSent(let reason):
      return errors.response(
        .unavailable.because("Nothing was sent to Okta: \(reason). It may be tried again."),
        requestID: commandID)
    case .inDoubt(let reason): return inDoubt(commandID, reason)
    case .outcomeNotRecorded:
      return errors.response(
        .internalError.because(
          """
          It was sent to Okta, and its outcome could not be recorded yet. Read the connection \
          before repeating it; Hindsight goes on trying to record the end of command \(commandID).
          """))
    }
  }

  private func refused(_ refusal: Refusal, _ commandID: CommandID) -> Response {
    switch refusal {
    case .commandInFlight(let other):
      errors.response(
        .conflict("Command \(other) of this connection has no outcome yet. Nothing was sent."))
    case .secretCompromised(let fingerprint):
      errors.response(
        .forbidden.because(
          """
          The secret \(fingerprint.prefix(12))… was marked compromised and is never used again. \
          Nothing was sent to Okta; use a new secret.
          """), requestID: commandID)
    case .notInDoubt:
      errors.response(.conflict("The command is not in doubt. Nothing was sent."))
    }
  }

  private func notRecorded(_ fault: RecordingFault, _ commandID: CommandID) -> Response {
    let cause: String
    switch fault {
    case .tooLarge:
      return errors.response(
        .validation("body", cause: "The change is too large to be recorded. Nothing was sent."))
    case .diskFull: cause = "the disk is full"
    case .unreadable(let index): cause = "event \(index) of the journal cannot be read"
    case .storage: cause = "the journal cannot be written"
    case .heldBack:
      cause = "too few witnesses have cosigned what was recorded before, and they are required"
    }
    return errors.response(
      .unavailable.because(
        "The intent could not be recorded (\(cause)). Nothing was sent to Okta."),
      requestID: commandID)
  }

  /// Okta's answer to a change, a success with the one status that every SDK takes: of a 201 one
  /// loses the connection, and over a 202 without a body one stumbles. So an update is 200, and
  /// all others are 204 with nothing after the head.
  private func carriedOut(
    _ answer: OktaAnswer, _ request: GatewayRequest, _ commandID: CommandID
  ) -> Response {
    guard (200..<300).contains(answer.status) else {
      return response(answer, to: request, requestID: commandID)
    }
    var answer = answer
    if case .updateConnection = OktaRoute(method: request.method, target: request.target) {
      answer.status = 200
    } else {
      answer.status = 204
      answer.body = []
      answer.headers.removeAll {
        ["content-type", "content-encoding"].contains($0.name.lowercased())
      }
    }
    return response(answer, to: request, requestID: commandID)
  }

  private func named(_ commandID: CommandID, _ response: Response) -> Response {
    var response = response
    response.headers[.commandID] = commandID.description
    return response
  }

  private func inDoubt(_ commandID: CommandID, _ reason: String) -> Response {
    errors.response(
      .internalError.because(
        """
        Whether Okta carried this out is not known: \(reason). Do not repeat it blindly: read the \
        connection, or see command \(commandID) in Hindsight.
        """))
  }

  /// The present truth about a command that was in doubt when it was first answered.
  private func settled(
    _ commandID: CommandID, _ resolution: Resolution, _ state: ConnectionState?,
    _ request: GatewayRequest
  ) -> Response {
    guard resolution.verdict != .superseded else {
      let later = resolution.supersededBy.map { " by command \($0)" } ?? ""
      return errors.response(
        .conflict(
          """
          Whether command \(commandID) of this Idempotency-Key was carried out was never known, \
          and it was superseded\(later) since. Nothing was sent again.
          """))
    }
    // It was carried out, or changed nothing because all was so already.
    guard
      case .updateConnection(let app, _) = OktaRoute(
        method: request.method, target: request.target), let state
    else { return Response(status: .noContent) }
    let path = origin(for: request) + "/api/v1/apps/\(app)/connections/default"
    return Response.json(200, ConnectionResponse.body(of: state, at: path))
  }
}
