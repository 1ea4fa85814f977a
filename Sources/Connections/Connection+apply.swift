extension Connection {
  /// Folds a stream from its first event on.
  package init(appID: AppID, folding events: some Sequence<Event>) throws(EventFault) {
    self.init(appID: appID)
    for event in events { try apply(event) }
  }

  /// Takes one event, which must be the next of this stream.
  package mutating func apply(_ event: Event) throws(EventFault) {
    guard event.streamVersion == version + 1 else {
      throw .outOfOrder(expectedVersion: version + 1, foundVersion: event.streamVersion)
    }
    switch event.payload {
    case .observed(let observation): observe(observation, event)
    case .intended(let intent):
      guard let commandID = event.context.commandID else {
        throw .malformed(offset: 0, expected: "the field \"commandId\" of an intent")
      }
      openIntents.append(
        OpenCommand(commandID: commandID, intent: intent, intendedIndex: event.index))
      lastIntended = IntendedCommand(
        commandID: commandID, command: intent.command, actorID: event.context.actor.id,
        at: event.recordedAt)
    case .succeeded(let outcome):
      succeed(try takeIntent(event), outcome, event)
    case .refused(let outcome) where outcome.refusedKind != nil: break
    case .notSent(let outcome) where outcome.refusedKind != nil: break
    case .refused(let outcome), .notSent(let outcome):
      _ = try takeIntent(event)
      know(outcome.after, event)
    case .inDoubt(let outcome):
      var open = try takeIntent(event)
      open.wasAnswered = outcome.call.status != nil
      open.inDoubtSince = event.recordedAt
      doubts.append(open)
    case .resolved(let resolution): try resolve(resolution, event)
    case .rollbackStarted, .rollbackCompleted, .rollbackFailed: break
    case .exported, .tokenCreated, .tokenRevoked, .secret:
      throw .unknownWord(field: "type", word: event.payload.kind.rawValue)
    }
    version = event.streamVersion
    lastIndex = event.index
  }

  private mutating func takeIntent(_ event: Event) throws(EventFault) -> OpenCommand {
    guard let position = openIntents.firstIndex(where: { $0.commandID == event.context.commandID })
    else {
      throw .outcomeWithoutIntent(commandID: event.context.commandID?.description ?? "(none)")
    }
    return openIntents.remove(at: position)
  }

  private mutating func observe(_ observation: Observation, _ event: Event) {
    if observation.isDrift, let known {
      if known.state.hasSameConfiguration(as: observation.state) {
        hasDriftedSinceUpdate = true
      } else {
        credential = .changedElsewhere(version: event.streamVersion)
        hasDriftedSinceUpdate = false
      }
    }
    know(observation.state, at: event.recordedAt, event)
  }

  private mutating func succeed(_ open: OpenCommand, _ outcome: Outcome, _ event: Event) {
    if case .verify(let name) = open.intent.command { appName = name }
    if let state = outcome.after?.state {
      know(state, at: outcome.after?.readAt ?? event.recordedAt, event)
    } else {
      unconfirmed = open.intent.command.kind
    }
    took(open, at: event)
  }

  /// Okta took the content of an update, unless the app has no provisioning and stored nothing.
  private mutating func took(_ open: OpenCommand, at event: Event) {
    guard let content = open.intent.command.updateContent, known?.state.isUnsupported != true
    else { return }
    credential = .recorded(content, by: open.commandID, version: event.streamVersion)
    hasDriftedSinceUpdate = false
  }

  private mutating func resolve(_ resolution: Resolution, _ event: Event) throws(EventFault) {
    guard let position = doubts.firstIndex(where: { $0.commandID == event.context.commandID })
    else {
      throw .outcomeWithoutIntent(commandID: event.context.commandID?.description ?? "(none)")
    }
    let open = doubts.remove(at: position)
    know(resolution.observed, event)
    guard resolution.verdict == .applied else { return }
    if resolution.isRuling, let before = known {
      know(open.intent.command.expected(after: before.state), at: before.readAt, event)
      ruledBy = open.commandID
    }
    took(open, at: event)
  }

  private mutating func know(_ reading: Reading?, _ event: Event) {
    guard let state = reading?.state else { return }
    know(state, at: reading?.readAt ?? event.recordedAt, event)
  }

  private mutating func know(_ state: ConnectionState, at instant: Instant, _ event: Event) {
    known = KnownState(
      state: state, readAt: instant, version: event.streamVersion, index: event.index)
    unconfirmed = nil
    ruledBy = nil
  }
}
