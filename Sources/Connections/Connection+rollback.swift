extension Connection {
  /// Follows a rollback from its start to its end.
  mutating func take(_ fact: RollbackEvent, _ event: Event) {
    switch fact {
    case .started(let start):
      guard let id = event.context.commandID else { return }
      rollback = OpenRollback(id: id, start: start, startedBy: event.id, context: event.context)
    case .resumed: rollback?.phase = .running
    case .stopped(let stop): rollback?.phase = .stopped(stop)
    case .awaitingConsent(let wait):
      rollback?.phase = .awaitingConsent(wait, isVerified: false)
    case .completed, .failed: rollback = nil
    case .refused: break
    }
  }

  /// Counts a command that succeeded on behalf of the open rollback: a step of its own, or what a
  /// person sends while it waits for consent.
  mutating func noteStep(_ open: OpenCommand, _ event: Event) {
    guard let rollback else { return }
    if case .awaitingConsent(let wait, let isVerified) = rollback.phase {
      let verifies = open.intent.command.kind == .verify
      self.rollback?.phase = .awaitingConsent(wait, isVerified: isVerified || verifies)
      if verifies || open.intent.command == .activate { self.rollback?.stepsDone += 1 }
    } else if event.context.causationID == rollback.startedBy {
      self.rollback?.stepsDone += 1
    }
  }

  /// The end of a rollback that waited for a person, once consent was verified and the connection
  /// is what it was to become.
  func completion(by command: OpenCommand, after state: ConnectionState?) -> [Decision] {
    guard let rollback, case .awaitingConsent(_, let wasVerified) = rollback.phase,
      let reaches = rollback.start.reaches, let state, state.isSame(as: reaches),
      wasVerified || command.intent.command.kind == .verify
    else { return [] }
    let isCounted = [.verify, .activate].contains(command.intent.command.kind)
    let end = RollbackEnd(
      startedBy: rollback.startedBy, stepsDone: rollback.stepsDone + (isCounted ? 1 : 0))
    return [Decision(.rollback(.completed(end)), about: rollback.id)]
  }
}
