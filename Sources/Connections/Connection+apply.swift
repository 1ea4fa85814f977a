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
        OpenCommand(
          commandID: commandID, intent: intent, intendedIndex: event.index,
          intendedVersion: event.streamVersion))
      lastIntended = IntendedCommand(
        commandID: commandID, command: intent.command, actorID: event.context.actor.id,
        at: event.recordedAt)
    case .succeeded(let outcome):
      succeed(try takeIntent(event), outcome, event)
    case _ where event.payload.isPolicyRefusal: break
    case .refused(let outcome), .notSent(let outcome):
      _ = try takeIntent(event)
      know(outcome.after, event)
    case .inDoubt(let outcome):
      var open = try takeIntent(event)
      open.wasAnswered = outcome.call.isOktasLastWord
      open.inDoubtSince = event.recordedAt
      doubts.append(open)
    case .resolved(let resolution): try resolve(resolution, event)
    case .rollback(let rollback): take(rollback, event)
    case .exported, .tokenCreated, .tokenRevoked, .secret, .organisation, .notice:
      throw .unknownWord(field: "type", word: event.payload.kind.rawValue)
    }
    version = event.streamVersion
    if !event.payload.isPolicyRefusal { movedVersion = version }
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
    let state = observation.state
    if observation.isDrift { driftedAt = event.streamVersion }
    if observation.isDrift, let expected = known?.state ?? ruledUnseen?.expected(after: state) {
      if expected.hasSameConfiguration(as: state) {
        hasDriftedSinceUpdate = true
      } else {
        changedElsewhere(event.streamVersion)
      }
    }
    know(state, at: event.recordedAt, event)
  }

  private mutating func changedElsewhere(_ version: Int) {
    credential = .changedElsewhere(version: version)
    credentialOrder = version
    hasDriftedSinceUpdate = false
  }

  private mutating func succeed(_ open: OpenCommand, _ outcome: Outcome, _ event: Event) {
    if case .verify(let name) = open.intent.command {
      appName = name
      isConsentPending = false
    }
    if let state = outcome.after?.state {
      know(state, at: outcome.after?.readAt ?? event.recordedAt, event)
    } else {
      unconfirmed = open
      stateOrder = open.intendedVersion
      ruledUnseen = nil
    }
    took(open, at: event)
    overwrite(by: open)
    noteStep(open, event)
  }

  /// What a command set, or may have set, tells nothing any more of an earlier one in doubt.
  private mutating func overwrite(by command: OpenCommand) {
    for place in doubts.indices where doubts[place].intendedVersion < command.intendedVersion {
      doubts[place].overwritten.formUnion(command.intent.settableFields)
    }
  }

  /// Okta took the content of an update, unless the app has no provisioning and stored nothing.
  private mutating func took(_ open: OpenCommand, at event: Event) {
    guard let content = open.intent.command.updateContent, known?.state.isUnsupported != true
    else { return }
    credential = .recorded(content, by: open.commandID, version: event.streamVersion)
    credentialOrder = open.intendedVersion
    hasDriftedSinceUpdate = false
    isConsentPending = needsConsent && known?.state.isEnabled != true
  }

  mutating func resolve(_ resolution: Resolution, _ event: Event) throws(EventFault) {
    guard let position = doubts.firstIndex(where: { $0.commandID == event.context.commandID })
    else {
      throw .outcomeWithoutIntent(commandID: event.context.commandID?.description ?? "(none)")
    }
    let open = doubts.remove(at: position)
    know(resolution.observed, event)
    if resolution.verdict != .notApplied { overwrite(by: open) }
    guard resolution.verdict == .applied else { return }
    if resolution.isRuling {
      rule(open, event)
    } else {
      took(open, at: event)
      if open.intent.command.kind == .update, driftedAt > open.intendedVersion {
        // Nobody knows whether what came from outside was before it.
        hasDriftedSinceUpdate = true
      }
    }
    noteAwaited(open)
  }

  /// A person says that a command was carried out. When it was intended tells what it came before:
  /// what was set or read later stands.
  private mutating func rule(_ open: OpenCommand, _ event: Event) {
    if case .verify(let name) = open.intent.command {
      appName = name
      // It was consent to what was set before it.
      if open.intendedVersion > credentialOrder { isConsentPending = false }
      return
    }
    let setsCredential = open.intendedVersion > credentialOrder
    guard let before = known, open.intendedVersion > stateOrder else {
      let hadDrifted = hasDriftedSinceUpdate
      if setsCredential { took(open, at: event) }
      return rule(open, before: known, hadDrifted)
    }
    know(open.intent.command.expected(after: before.state), at: before.readAt, event)
    stateOrder = open.intendedVersion
    ruledBy = open.commandID
    if setsCredential { took(open, at: event) }
  }

  /// The state was decided after the command, or was never read.
  private mutating func rule(_ open: OpenCommand, before known: KnownState?, _ hadDrifted: Bool) {
    guard let known else {
      ruledUnseen = open.intent.command
      ruledBy = open.commandID
      return
    }
    guard case .recorded(_, open.commandID, _) = credential else { return }
    hasDriftedSinceUpdate = hadDrifted
    let expected = open.intent.command.expected(after: known.state)
    if known.version > open.intendedVersion, ruledBy == nil,
      !expected.hasSameConfiguration(as: known.state)
    {
      // Another configuration was read after it: somebody has changed it since.
      changedElsewhere(known.version)
    }
  }

  private mutating func know(_ reading: Reading?, _ event: Event) {
    guard let state = reading?.state else { return }
    know(state, at: reading?.readAt ?? event.recordedAt, event)
  }

  private mutating func know(_ state: ConnectionState, at instant: Instant, _ event: Event) {
    known = KnownState(
      state: state, readAt: instant, version: event.streamVersion, index: event.index)
    stateOrder = event.streamVersion
    unconfirmed = nil
    ruledBy = nil
    ruledUnseen = nil
    if state.isEnabled { isConsentPending = false }
    if state.offersConsent { hasOfferedConsent = true }
  }
}
