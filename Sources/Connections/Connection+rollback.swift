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
      rollback?.awaitedSince = event.streamVersion
    case .completed, .failed: rollback = nil
    case .refused: break
    }
  }

  /// Counts a command that succeeded on behalf of the open rollback: a step of its own, or what a
  /// person sends while it waits for consent.
  mutating func noteStep(_ open: OpenCommand, _ event: Event) {
    guard let rollback else { return }
    if rollback.consentWait != nil {
      noteAwaited(open)
    } else if event.context.causationID == rollback.startedBy {
      self.rollback?.stepsDone += 1
    } else if open.intent.command.kind == .update {
      self.rollback?.overtakenBy = open.commandID
    }
  }

  /// Counts a command that took effect if the open rollback waits for it.
  mutating func noteAwaited(_ command: OpenCommand) {
    guard let rollback, rollback.awaits(command), let wait = rollback.consentWait else { return }
    let isVerified = rollback.isVerified || command.intent.command.kind == .verify
    self.rollback?.phase = .awaitingConsent(wait, isVerified: isVerified)
    self.rollback?.stepsDone += 1
  }

  /// The end of a rollback that waited for a person, once consent was verified and the connection
  /// is what it was to become.
  ///
  /// - Parameter commands: those that are known now to have taken effect.
  func completion(by commands: [OpenCommand], shown state: ConnectionState?) -> [Decision] {
    guard let rollback, rollback.consentWait != nil, let reaches = rollback.start.reaches,
      state?.isSame(as: reaches) == true
    else { return [] }
    let awaited = commands.filter(rollback.awaits)
    guard rollback.isVerified || awaited.contains(where: { $0.intent.command.kind == .verify })
    else { return [] }
    let end = RollbackEnd(
      startedBy: rollback.startedBy, stepsDone: rollback.stepsDone + awaited.count)
    return [Decision(.rollback(.completed(end)), about: rollback.id)]
  }
}

extension Connection.OpenRollback {
  /// Whether a command is one of those that a person sends to finish it: sent since it waits for
  /// consent, for what was sent before belongs to an earlier one.
  fileprivate func awaits(_ command: Connection.OpenCommand) -> Bool {
    consentWait != nil && command.intendedVersion > awaitedSince
      && [.verify, .activate].contains(command.intent.command.kind)
  }
}
