/// One rollback of one connection, whole, as the events of its stream tell it. Pure.
package struct RollbackReport: Hashable, Sendable {
  package enum Outcome: String, Sendable {
    case running, completed, awaitingConsent, stopped, inDoubt, abandoned, expired
    /// Recorded before rollbacks could be resumed: a step did not succeed.
    case failed
  }

  /// One request that was sent on its behalf, or by a person while it waited for consent.
  package struct Command: Hashable, Sendable {
    package var id: CommandID
    package var kind: ConnectionCommand.Kind
    /// How it ended, as the journal has it; `nil` while it runs.
    package var end: EventPayload.Kind?
    package var verdict: Resolution.Verdict?
    package var call: CallRecord?
  }

  package var id: CommandID
  package var appID: AppID
  package var start: RollbackStart
  package var startedBy: EventID
  package var startedAt: Instant
  package var endedAt: Instant?
  package var context: EventContext
  package var outcome = Outcome.running
  /// Why it stands where it stands.
  package var detail: String?
  package var consent: ConsentWait?
  package var commands: [Command] = []
  /// From when on provisioning was off, at most: since the request that turned it off was intended.
  package var offSince: Instant?
  /// When it was seen to be on again.
  package var onAgainAt: Instant?
  /// The connection after the last event taken into account.
  package var connection: Connection

  /// - Parameter events: the whole stream of the connection, in order.
  /// - Returns: `nil` when no such rollback was begun.
  package init?(_ id: CommandID, in events: some Sequence<Event>) throws(EventFault) {
    var fold = RollbackFold()
    for event in events { try fold.take(event) }
    guard let report = fold.reports[id] else { return nil }
    self = report
  }

  fileprivate init(
    id: CommandID, _ app: AppID, _ start: RollbackStart, _ event: Event, _ connection: Connection
  ) {
    self.id = id
    appID = app
    self.start = start
    startedBy = event.id
    startedAt = event.recordedAt
    context = event.context
    self.connection = connection
  }

  /// - Returns: `false` once the rollback has ended: what comes later is not its own.
  fileprivate mutating func take(
    _ event: Event, _ connection: Connection, wasEnabled: Bool
  ) -> Bool {
    guard endedAt == nil else { return false }
    if event.context.commandID == id, case .rollback(let fact) = event.payload {
      take(fact, event)
    } else {
      take(step: event)
    }
    let isEnabled = connection.known?.state.isEnabled == true
    if wasEnabled, !isEnabled, offSince == nil {
      offSince = commands.last.flatMap { intendedAt[$0.id] } ?? event.recordedAt
    }
    if offSince != nil, isEnabled { onAgainAt = event.recordedAt }
    return true
  }

  private var intendedAt: [CommandID: Instant] = [:]

  private mutating func take(_ fact: RollbackEvent, _ event: Event) {
    switch fact {
    case .started, .refused: break
    case .resumed: (outcome, detail) = (.running, nil)
    case .stopped(let stop):
      (outcome, detail) = (stop.isInDoubt ? .inDoubt : .stopped, stop.detail)
    case .awaitingConsent(let wait): (outcome, detail, consent) = (.awaitingConsent, nil, wait)
    case .completed:
      (outcome, detail, endedAt) = (.completed, nil, event.recordedAt)
    case .failed(let end):
      switch end.cause {
      case .abandoned: outcome = .abandoned
      case .expired: outcome = .expired
      case nil: outcome = .failed
      }
      detail = end.detail ?? detail
      endedAt = event.recordedAt
    }
  }

  private mutating func take(step event: Event) {
    guard let commandID = event.context.commandID else { return }
    if case .intended(let intent) = event.payload {
      let isAwaited = consent != nil && [.verify, .activate].contains(intent.command.kind)
      guard event.context.causationID == startedBy || isAwaited else { return }
      commands.append(Command(id: commandID, kind: intent.command.kind))
      intendedAt[commandID] = event.recordedAt
    } else if let place = commands.firstIndex(where: { $0.id == commandID }) {
      switch event.payload {
      case .succeeded(let outcome), .refused(let outcome), .notSent(let outcome),
        .inDoubt(let outcome):
        commands[place].end = event.payload.kind
        commands[place].call = outcome.call
      case .resolved(let resolution):
        commands[place].verdict = resolution.verdict
        // It stopped for a doubt that is none any more.
        if outcome == .inDoubt {
          outcome = .stopped
          detail = "The \(commands[place].kind.rawValue) that was in doubt is settled."
        }
      default: break
      }
    }
  }
}

/// All rollbacks of one connection, in one pass over its stream. Pure.
package struct RollbackFold: Sendable {
  package private(set) var reports: [CommandID: RollbackReport] = [:]
  private var connection: Connection?
  private var open: Set<CommandID> = []

  package init() {}

  /// Takes the next event of the stream, which begins with its first.
  package mutating func take(_ event: Event) throws(EventFault) {
    guard let app = event.stream.appID else { return }
    var folded = connection ?? Connection(appID: app)
    let wasEnabled = folded.known?.state.isEnabled == true
    try folded.apply(event)
    connection = folded
    for id in open {
      if reports[id]?.take(event, folded, wasEnabled: wasEnabled) == true {
        reports[id]?.connection = folded
      }
      if reports[id]?.endedAt != nil { open.remove(id) }
    }
    if let id = event.context.commandID, case .rollback(.started(let start)) = event.payload {
      reports[id] = RollbackReport(id: id, app, start, event, folded)
      open.insert(id)
    }
  }
}
