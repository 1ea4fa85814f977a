/// How doubts come about and end.
extension Connection {
  /// The fields by which a read can tell whether this doubtful command happened: those that it was
  /// to change, and that no later command may have set since.
  package func tellingFields(of doubt: OpenCommand) -> [Intent.VisibleField] {
    let later = (doubts + openIntents).filter { $0.intendedVersion > doubt.intendedVersion }
    let overwritten = later.reduce(into: doubt.overwritten) {
      $0.formUnion($1.intent.settableFields)
    }
    return doubt.intent.tellingFields.filter { !overwritten.contains($0) }
  }

  /// A read can tell of one of the doubts whether it happened.
  package var hasTellableDoubt: Bool { doubts.contains { !tellingFields(of: $0).isEmpty } }

  /// The doubts that a state read now settles, in their order.
  ///
  /// The latest is asked about first: what a later command may have set tells nothing of an earlier
  /// one, unless the same read shows that the later one had no effect.
  func settlements(
    by state: ConnectionState, _ canStillApply: (OpenCommand) -> Bool
  ) -> [(doubt: OpenCommand, verdict: Resolution.Verdict)] {
    var settled: [(doubt: OpenCommand, verdict: Resolution.Verdict)] = []
    var later: Set<Intent.VisibleField> = []
    for open in openIntents { later.formUnion(open.intent.settableFields) }
    for doubt in doubts.reversed() {
      let verdict = doubt.intent.settled(by: state, overwritten: later.union(doubt.overwritten))
      if let verdict, verdict == .applied || !canStillApply(doubt) {
        settled.append((doubt, verdict))
        if verdict == .notApplied { continue }
      }
      later.formUnion(doubt.intent.settableFields)
    }
    return settled.reversed()
  }

  /// The older doubts that a success makes irrelevant, each by name: those about updates by an
  /// update, those about the status by whatever set it as Okta shows it, those about a consent by
  /// another one, or by an update, after which a new one is needed.
  func supersessions(by command: OpenCommand, _ state: ConnectionState?) -> [Decision] {
    let asked = command.intent.command
    let setsStatus =
      asked.kind != .verify && state.map { asked.expected(after: $0).status == $0.status } == true
    let superseded = doubts.filter { doubt in
      switch doubt.intent.command.kind {
      case .update: asked.kind == .update
      case .activate, .deactivate: setsStatus
      case .verify: asked.kind == .verify || asked.kind == .update
      }
    }
    return superseded.map {
      Decision(
        .resolved(Resolution(verdict: .superseded, supersededBy: command.commandID)),
        about: $0.commandID)
    }
  }

  /// A person's word on a doubt. A read that shows otherwise later is drift, and changes no ruling.
  package func rule(
    on commandID: CommandID, _ verdict: Resolution.Verdict
  ) throws(Refusal) -> [Decision] {
    guard let doubt = doubts.first(where: { $0.commandID == commandID }) else {
      throw .notInDoubt(commandID)
    }
    let ruling = Decision(
      .resolved(Resolution(verdict: verdict, isRuling: true)), about: commandID)
    guard verdict == .applied else { return [ruling] }
    return [ruling] + completion(by: [doubt], shown: state(where: doubt))
  }

  /// What the connection is if this was carried out; `nil` while nobody knows.
  private func state(where doubt: OpenCommand) -> ConnectionState? {
    if doubt.intent.command.kind != .verify, doubt.intendedVersion > stateOrder {
      return known.map { doubt.intent.command.expected(after: $0.state) }
    }
    return isUnconfirmed ? nil : known?.state
  }

  /// Intents without an outcome that no running command owns: a crash came between.
  package func recover() -> [Decision] {
    openIntents.map {
      Decision(
        .inDoubt(
          Outcome(
            call: CallRecord(
              detail: "Hindsight ended before the outcome of this command was recorded."))),
        about: $0.commandID)
    }
  }
}
