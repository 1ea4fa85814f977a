/// What one decision adds to the journal, in order, and for which command.
package struct Decision: Hashable, Sendable {
  package var payload: EventPayload
  /// The command that it is about, when that is not the one being carried out.
  package var commandID: CommandID?

  package init(_ payload: EventPayload, about commandID: CommandID? = nil) {
    self.payload = payload
    self.commandID = commandID
  }
}

/// A decision said no; nothing is sent.
package enum Refusal: Error, Hashable, Sendable {
  /// Another command of this connection has no outcome yet.
  case commandInFlight(CommandID)
  /// The command has its end, or is not one of this connection's.
  case notInDoubt(CommandID)
  /// The update would set a secret that was marked compromised.
  case secretCompromised(fingerprint: String)
}

/// What a caller tells of a command beside its content.
package struct IntentMarks: Hashable, Sendable {
  /// The two headers by which Okta's clients mark a repeat.
  package var retry: Retry?
  package var idempotency: IdempotencyMark?
  package var actorID: String?
  package var askedAt: Instant?

  /// How long after a command the same one, unmarked, is suspected to be a repeat.
  package static let repeatSeconds: Int64 = 300

  package init(
    retry: Retry? = nil, idempotency: IdempotencyMark? = nil, actorID: String? = nil,
    askedAt: Instant? = nil
  ) {
    self.retry = retry
    self.idempotency = idempotency
    self.actorID = actorID
    self.askedAt = askedAt
  }
}

/// What the upstream call told, without its bytes.
package enum CallVerdict: Hashable, Sendable {
  case succeeded(CallRecord)
  case refused(CallRecord)
  case notSent(CallRecord)
  case unknown(CallRecord)
}

extension Connection {
  /// Decides to carry out a command on what is known before it.
  ///
  /// - Returns: what the read before it told, then the intent.
  package func intend(
    _ command: ConnectionCommand, before: Reading, marks: IntentMarks = IntentMarks(),
    canStillApply: (OpenCommand) -> Bool = { _ in false }
  ) throws(Refusal) -> [Decision] {
    if let open = openIntents.first { throw .commandInFlight(open.commandID) }
    let observed =
      before.source == .get
      ? observe(before, cause: .before, canStillApply: canStillApply) : []
    let intent = Intent(
      before: before, command: command, expectedVersion: version, retry: marks.retry,
      idempotency: marks.idempotency, repeatOf: suspectedOriginal(of: command, marks))
    return observed + [Decision(.intended(intent))]
  }

  /// The command that this one may be a repeat of, when the caller does not tell the two apart.
  private func suspectedOriginal(
    of command: ConnectionCommand, _ marks: IntentMarks
  ) -> CommandID? {
    guard marks.retry == nil, marks.idempotency == nil, let last = lastIntended,
      let moment = marks.askedAt, last.actorID == marks.actorID, last.command.asks(sameAs: command),
      moment <= last.at.adding(seconds: IntentMarks.repeatSeconds)
    else { return nil }
    return last.commandID
  }

  /// The outcome of a command that was intended, and what else it tells and ends: what was changed
  /// past Hindsight, a rollback that waited for it, and older doubts that it makes irrelevant.
  ///
  /// - Parameter answer: Okta's answer, sealed, where the caller may ask for it again.
  package func conclude(
    _ commandID: CommandID, verdict: CallVerdict, after: Reading?, answer: SecretReference? = nil
  ) -> [Decision] {
    switch verdict {
    case .refused(let call):
      return [Decision(.refused(Outcome(call: call, after: after, answer: answer)))]
    case .notSent(let call): return [Decision(.notSent(Outcome(call: call)))]
    case .unknown(let call): return [Decision(.inDoubt(Outcome(call: call)))]
    case .succeeded(let call):
      let outcome = Decision(.succeeded(Outcome(call: call, after: after, answer: answer)))
      guard let open = openIntents.first(where: { $0.commandID == commandID }) else {
        return [outcome]
      }
      return drift(shownAfter: open, after?.state) + [outcome]
        + completion(by: [open], shown: after?.state) + supersessions(by: open, after?.state)
    }
  }

  /// Only an update changes the configuration: where another one is shown after a command that is
  /// none, somebody changed it past Hindsight meanwhile.
  private func drift(shownAfter command: OpenCommand, _ state: ConnectionState?) -> [Decision] {
    guard command.intent.command.kind != .update, let known, let state,
      !known.state.hasSameConfiguration(as: state), !explains(state)
    else { return [] }
    return [Decision(.observed(Observation(cause: .after, isDrift: true, state: state)))]
  }

  /// What a read of Okta adds: the doubts that it settles, and an observation when it is the first
  /// or when it is not what the journal expected.
  ///
  /// - Parameter canStillApply: whether Okta may still be carrying out this doubtful call, so
  ///   that its absence from what was read proves nothing yet.
  package func observe(
    _ reading: Reading, cause: Observation.Cause,
    canStillApply: (OpenCommand) -> Bool = { _ in false }
  ) -> [Decision] {
    guard let state = reading.state else { return [] }
    let settled = settlements(by: state, canStillApply)
    let ends =
      settled.map {
        Decision(
          .resolved(Resolution(verdict: $0.verdict, observed: reading)), about: $0.doubt.commandID)
      }
      + completion(by: settled.filter { $0.verdict != .notApplied }.map { $0.doubt }, shown: state)
    guard let known else {
      // Where nothing was ever read, only a ruling can be contradicted.
      let contradicts = ruledUnseen.map { !$0.expected(after: state).isSame(as: state) } ?? false
      let isDrift = contradicts && doubts.isEmpty && !isUnconfirmed
      let first = Observation(cause: isDrift ? cause : .baseline, isDrift: isDrift, state: state)
      return ends + [Decision(.observed(first))]
    }
    guard !known.state.isSame(as: state) else { return ends }
    let explained = explains(state)
    if explained, !settled.isEmpty { return ends }
    // Before the doubts that it settles: those tell what is known from then on.
    let observation = Observation(cause: cause, isDrift: !explained, state: state)
    return [Decision(.observed(observation))] + ends
  }
}
