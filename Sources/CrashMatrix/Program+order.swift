import Commands
import Connections
import EventStore
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
    case .verify: operation = .verify(appName: "slack")
    case .update(_, _, let activates), .password(let activates):
      guard let body = order.body(canary: canary),
        let update = try? UpdateRequest(parsing: body, activate: activates)
      else { return .nothingDone }
      operation = .update(update, body: body)
    }
    var request = CommandRequest(
      commandID: environment.newID(), appID: app, operation: operation,
      query: order.query(canary: canary), credential: Self.credential,
      context: EventContext(actor: Self.caller, reason: order.name))
    request.idempotencyKey = order.idempotencyKey
    return Evidence.Told(await commands.carryOut(request))
  }

  static let caller = ActorIdentity(kind: .local, id: "selftest", display: "selftest")

  /// Rules on the oldest doubt of a connection as a person would.
  ///
  /// - Returns: the command whose doubt was ended.
  func rule(_ verdict: Resolution.Verdict, on app: AppID) async -> CommandID? {
    guard
      let events = try? await journal.reader.events(in: .connection(app), after: 0),
      let doubt = try? Connection(appID: app, folding: events).doubts.first
    else { return nil }
    do {
      try await commands.rule(
        on: doubt.commandID, verdict,
        context: EventContext(actor: Self.caller, reason: "selftest"))
      return doubt.commandID
    } catch { return nil }
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
