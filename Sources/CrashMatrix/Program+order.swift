import Commands
import Connections
import OktaAPI

extension Program {
  /// Carries out an order as the gateway would for a caller.
  ///
  /// - Returns: what the caller is told.
  func carryOut(
    _ order: Plan.Order, on app: AppID, canary: String
  ) async -> Evidence.Told {
    let operation: CommandRequest.Operation
    switch order.operation {
    case .activate: operation = .activate
    case .deactivate: operation = .deactivate
    case .update(_, _, let activates):
      guard let body = order.body(canary: canary),
        let update = try? UpdateRequest(parsing: body, activate: activates)
      else { return .nothingDone }
      operation = .update(update, body: body)
    }
    var request = CommandRequest(
      commandID: environment.newID(), appID: app, operation: operation,
      query: order.query, credential: Self.credential,
      context: EventContext(
        actor: ActorIdentity(kind: .local, id: "selftest", display: "selftest"),
        reason: order.mark))
    request.idempotencyKey = order.idempotencyKey
    return Evidence.Told(await commands.carryOut(request))
  }
}

extension Evidence.Told {
  fileprivate init(_ answer: CommandAnswer) {
    switch answer {
    case .answered(let answer): self = .answered(status: answer.status)
    case .notSent: self = .notSent
    case .inDoubt: self = .inDoubt
    case .outcomeNotRecorded: self = .outcomeNotRecorded
    case .busy, .refused, .notRecorded: self = .nothingDone
    case .replayed, .keyInUse, .keyUsedOtherwise, .stillInDoubt, .settled, .answerNotKept:
      self = .earlier
    }
  }
}
