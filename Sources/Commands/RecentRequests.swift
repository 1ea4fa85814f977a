import Connections

/// A request whose caller knows it by an `X-Okta-Request-Id`.
struct RecentRequest: Hashable, Sendable {
  /// The first of the requests that are told as one.
  var commandID: CommandID
  var asked: Asked

  /// Who asked what of which connection: a mark of a retry counts for the same alone.
  struct Asked: Hashable, Sendable {
    var actorKind: ActorIdentity.Kind
    var actorID: String
    var appID: AppID
    var command: ConnectionCommand.Kind

    init(_ actor: ActorIdentity, _ appID: AppID, _ command: ConnectionCommand.Kind) {
      actorKind = actor.kind
      actorID = actor.id
      self.appID = appID
      self.command = command
    }
  }
}

extension CommandHandler {
  /// Notes by which `X-Okta-Request-Id` the caller may come back.
  func remember(_ requestID: String?, of request: CommandRequest) {
    guard let requestID else { return }
    if recentRequests.count >= Self.maximumFolded { recentRequests.removeAll() }
    recentRequests[requestID] = RecentRequest(
      commandID: request.context.correlationID ?? request.commandID, asked: request.asked)
  }

  /// The command that a request says it repeats, if it is its own.
  func original(of request: CommandRequest) -> CommandID? {
    guard let retry = request.retry, let recent = recentRequests[retry.requestID],
      recent.asked == request.asked
    else { return nil }
    return recent.commandID
  }
}

extension CommandRequest {
  fileprivate var asked: RecentRequest.Asked {
    RecentRequest.Asked(context.actor, appID, operation.kind)
  }
}

/// What the journal tells of the last day, for callers who ask again.
struct RecentCommands: Sendable {
  var keys = IdempotencyLedger()
  /// By the `X-Okta-Request-Id` that their callers got.
  var requests: [String: RecentRequest] = [:]
  private var intents: [CommandID: (asked: RecentRequest.Asked, mark: IdempotencyMark?)] = [:]

  mutating func take(_ event: Event) {
    guard let commandID = event.context.commandID else { return }
    switch event.payload {
    case .intended(let intent):
      guard let app = event.stream.appID else { return }
      let asked = RecentRequest.Asked(event.context.actor, app, intent.command.kind)
      intents[commandID] = (asked, intent.idempotency)
      if let mark = intent.idempotency { keys.learn(mark, commandID, at: event.recordedAt) }
    case .inDoubt(let outcome): note(outcome.call.requestID, event)
    case .succeeded(let outcome):
      note(outcome.call.requestID, event)
      intents[commandID] = nil
    case .refused(let outcome):
      note(outcome.call.requestID, event)
      end(commandID, changedNothing: outcome.call.status == 429)
    case .notSent(let outcome):
      // Our own answer bore the command's id in the place of Okta's request id.
      note(commandID.requestID, event)
      end(commandID, changedNothing: outcome.refusedKind == nil)
    case .resolved(let resolution):
      end(commandID, changedNothing: resolution.verdict == .notApplied)
    default: break
    }
  }

  private mutating func note(_ requestID: String?, _ event: Event) {
    guard let requestID, let commandID = event.context.commandID, let intent = intents[commandID]
    else { return }
    if requests.count >= CommandHandler.maximumFolded { requests.removeAll() }
    requests[requestID] = RecentRequest(
      commandID: event.context.correlationID ?? commandID, asked: intent.asked)
  }

  private mutating func end(_ commandID: CommandID, changedNothing: Bool) {
    if changedNothing, let mark = intents[commandID]?.mark {
      keys.end(mark, of: commandID, as: .changedNothing)
    }
    intents[commandID] = nil
  }
}
