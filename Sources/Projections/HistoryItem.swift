package import Connections

/// One line of a connection's history: a command with its intent and outcome together, or a fact
/// that stands alone.
package struct HistoryItem: Hashable, Sendable {
  package enum Kind: Hashable, Sendable {
    case command(ConnectionCommand.Kind)
    case observed(Observation)
    case rollback(RollbackEvent)

    /// The word for it in answers and tables.
    package var word: String {
      switch self {
      case .command(let kind): kind.rawValue
      case .observed(let observation): observation.isDrift ? "drift" : "observed"
      case .rollback(let event): event.kind.rawValue
      }
    }
  }

  /// How a command ended, as far as it is recorded.
  package enum Ending: Hashable, Sendable {
    /// Running, or left by a crash.
    case open
    case succeeded
    case refused
    case notSent
    case inDoubt
    case resolved(Resolution.Verdict)

    package var word: String {
      switch self {
      case .open: "open"
      case .succeeded: "succeeded"
      case .refused: "refused"
      case .notSent: "notSent"
      case .inDoubt: "inDoubt"
      case .resolved(let verdict): "resolved: \(verdict.rawValue)"
      }
    }
  }

  package var appID: AppID
  package var kind: Kind
  /// Absent for what is no command.
  package var ending: Ending?
  /// It ended by a person's word: no read has shown what it says.
  package var isRuled = false
  /// By what a doubt about it was settled: by a read, by a later command that superseded it, or by
  /// a ruling, on which the state rests then; absent where there was none, or is one still.
  package var settledBy: String? {
    switch ending {
    case .resolved where isRuled: "ruling"
    case .resolved(.superseded): "superseded"
    case .resolved: "read"
    default: nil
    }
  }
  /// The version of the stream after it; what a rollback to it takes.
  package var version: Int
  package var recordedAt: Instant
  package var context: EventContext
  package var intent: Intent?
  package var outcome: Outcome?
  /// The indexes of its events.
  package var indexes: [Int]
  /// The ids of its events.
  package var ids: [EventID]

  package var commandID: CommandID? { context.commandID }

  /// Why it ended as it did, where that was recorded.
  package var detail: String? {
    if case .rollback(let event) = kind { event.detail } else { outcome?.call.detail }
  }

  /// The state before it, where one was known.
  package var before: ConnectionState? { intent?.before.state }

  /// It succeeded, and no read after it has shown what it left. A verify leaves nothing to see.
  package var isNotReadBack: Bool {
    guard case .command(let kind) = self.kind, kind != .verify else { return false }
    return ending == .succeeded && after == nil
  }

  /// The state after it, where one was read.
  package var after: ConnectionState? {
    if case .observed(let observation) = kind { return observation.state }
    return outcome?.after?.state
  }
}

extension HistoryItem {
  /// Puts the events of one or more streams together, in the order in which each item began.
  package static func collect(_ events: some Sequence<Event>) -> [HistoryItem] {
    var items: [HistoryItem] = []
    var commands: [CommandID: Int] = [:]
    for event in events {
      guard let appID = event.stream.appID else { continue }
      if let commandID = event.context.commandID, let place = commands[commandID],
        items[place].take(event)
      {
        continue
      }
      guard let item = HistoryItem(beginning: event, appID) else { continue }
      if case .command = item.kind, let commandID = item.commandID {
        commands[commandID] = items.count
      }
      items.append(item)
    }
    return items
  }

  private init?(beginning event: Event, _ appID: AppID) {
    let kind: Kind
    var ending: Ending?
    var intent: Intent?
    var outcome: Outcome?
    switch event.payload {
    case .intended(let body):
      (kind, ending, intent) = (.command(body.command.kind), .open, body)
    case .refused(let body):
      guard let refused = body.refusedKind else { return nil }
      (kind, ending, outcome) = (.command(refused), .refused, body)
    case .notSent(let body):
      guard let refused = body.refusedKind else { return nil }
      (kind, ending, outcome) = (.command(refused), .notSent, body)
    case .observed(let observation): kind = .observed(observation)
    case .rollback(let event): kind = .rollback(event)
    default: return nil
    }
    self.init(
      appID: appID, kind: kind, ending: ending, version: event.streamVersion,
      recordedAt: event.recordedAt, context: event.context, intent: intent, outcome: outcome,
      indexes: [event.index], ids: [event.id])
  }

  /// Takes an outcome or a resolution of the same command.
  private mutating func take(_ event: Event) -> Bool {
    switch event.payload {
    case .succeeded(let body): (ending, outcome) = (.succeeded, body)
    case .refused(let body): (ending, outcome) = (.refused, body)
    case .notSent(let body): (ending, outcome) = (.notSent, body)
    case .inDoubt(let body): (ending, outcome) = (.inDoubt, body)
    case .resolved(let resolution):
      ending = .resolved(resolution.verdict)
      isRuled = resolution.isRuling
      // What had no effect left what was before it; a read may show what came later.
      if resolution.verdict == .notApplied {
        outcome?.after = intent?.before
      } else if let observed = resolution.observed {
        outcome?.after = observed
      }
    default: return false
    }
    version = event.streamVersion
    indexes.append(event.index)
    ids.append(event.id)
    return true
  }
}
