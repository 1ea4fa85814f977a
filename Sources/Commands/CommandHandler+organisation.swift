package import Connections
import EventStore
import Vault

extension CommandHandler {
  /// What going back with all connections would do. Reads the journal alone.
  package func preview(
    all selection: RollbackSelection
  ) async throws(RollbackRefusal) -> OrganisationPreview {
    let size = try await journalSize()
    let targets = try await targets(selection, trueAtSize: size)
    if selection.picksNothing(targets) { throw .nothingPicked }
    return try await plan(selection, trueAtSize: size, targets)
  }

  /// Goes back with all connections, one after another within the rate budget, each on its own:
  /// what stops one does not stop the others.
  ///
  /// - Parameter waits: `false` answers as soon as it is begun.
  package func rollBackAll(
    _ selection: RollbackSelection, digest: String?, context: EventContext,
    rollbackID: CommandID, waits: Bool
  ) async throws(RollbackRefusal) -> OrganisationReport {
    let size = try await journalSize()
    let targets = try await self.targets(selection, trueAtSize: size)
    let preview = try await plan(selection, trueAtSize: size, targets)
    var context = context
    context.commandID = rollbackID
    context.correlationID = rollbackID
    let nothing = selection.picksNothing(targets) ? RollbackRefusal.nothingPicked : nil
    if let refusal = nothing ?? refusal(of: preview, digest) {
      let refused = RefusedOrganisationRollback(
        selection, blocker: refusal.word, planDigest: digest)
      _ = try await append(.rollbackRefused(refused), context)
      throw refusal
    }
    let start = OrganisationRollback(
      selection, connections: preview.connections.count, planDigest: preview.digest,
      trueAtSize: size)
    tours[rollbackID] = OngoingTour(plan: (targets, Set(preview.connections.map(\.appID))))
    let tour: Tour
    do throws(RollbackRefusal) {
      let startID = try await append(.rollbackStarted(start), context)
      tour = Tour(id: rollbackID, startID: startID, context: context)
    } catch {
      tours[rollbackID] = nil
      throw error
    }
    return try await run(preview.connections, tour, waits)
  }

  private func refusal(of preview: OrganisationPreview, _ digest: String?) -> RollbackRefusal? {
    if let digest, digest != preview.digest {
      return .planIsVoid(expected: digest, found: preview.digest)
    }
    return preview.connections.isEmpty || ownCredential != nil ? nil : .noCredential
  }

  /// Goes on with the connections that are not where they should be.
  package func resumeOrganisation(
    _ id: CommandID, context: EventContext, waits: Bool
  ) async throws(RollbackRefusal) -> OrganisationReport? {
    guard try await recorded(id) != nil else { return nil }
    guard tours[id] == nil else { return try await organisation(id) }
    // Nothing was waited for in between: of two who ask at once, one begins.
    tours[id] = OngoingTour()
    var context = context
    context.commandID = id
    context.correlationID = id
    let tour: Tour
    let plan: OrganisationPreview
    do throws(RollbackRefusal) {
      guard let found = try await recorded(id) else { throw .notKnown }
      if let end = found.end { throw .notOpen(end.outcome) }
      _ = try await append(.rollbackResumed(startedBy: found.event.id), context)
      let (selection, size) = (found.start.selection, found.start.trueAtSize)
      let targets = try await self.targets(selection, trueAtSize: size)
      plan = try await self.plan(selection, trueAtSize: size, targets)
      tours[id]?.plan = (targets, Set(plan.connections.map(\.appID)))
      tour = Tour(id: id, startID: found.event.id, context: context)
    } catch {
      tours[id] = nil
      throw error
    }
    return try await run(plan.connections, tour, waits)
  }

  /// Gives it up where it stands. Nothing more is sent; each connection stays as it is.
  package func abandonOrganisation(
    _ id: CommandID, context: EventContext
  ) async throws(RollbackRefusal) -> OrganisationReport? {
    guard let found = try await recorded(id) else { return nil }
    if let end = found.end { throw .notOpen(end.outcome) }
    var context = context
    context.commandID = id
    context.correlationID = id
    let tour = Tour(id: id, startID: found.event.id, context: context)
    let end = try await self.end(tour, as: .abandoned)
    guard end == .abandoned else { throw .notOpen(end.outcome) }
    // Recorded: only now does a running tour stop for it.
    tours[id]?.isAbandoned = true
    return try await organisation(id)
  }

  /// How far it has come; `nil` when there is none of this id.
  package func organisation(
    _ id: CommandID
  ) async throws(RollbackRefusal) -> OrganisationReport? {
    guard let found = try await recorded(id) else { return nil }
    let tour = tours[id]
    let outcome: OrganisationReport.Outcome =
      switch found.end {
      case .completed: .completed
      case .abandoned: .abandoned
      case nil: tour == nil ? .stopped : .running
      }
    let targets: [OrganisationTarget]
    if let plan = tour?.plan {
      targets = plan.targets
    } else {
      targets = try await self.targets(
        found.start.selection, trueAtSize: found.start.trueAtSize)
    }
    var connections: [OrganisationReport.Connection] = []
    for target in targets {
      if let state = try await state(of: target, startedBy: found.event, tour?.plan?.due) {
        connections.append(
          .init(appID: target.appID, targetVersion: target.version, state: state))
      }
    }
    return OrganisationReport(
      id: id, start: found.start, startedAt: found.event.recordedAt, context: found.event.context,
      outcome: outcome, connections: connections)
  }

  // MARK: - Targets

  /// Where each connection that was changed shall be. What comes after the journal had this size
  /// moves none of them.
  private func targets(
    _ selection: RollbackSelection, trueAtSize size: Int
  ) async throws(RollbackRefusal) -> [OrganisationTarget] {
    do throws(JournalFault) {
      switch selection {
      case .asOf(let instant):
        let then = min(size, try await reader.size(asOf: instant))
        var targets: [OrganisationTarget] = []
        for app in try await reader.connections(changedIn: then..<max(then, size)) {
          let events = try await reader.events(in: .connection(app), after: 0)
          targets.append(
            OrganisationTarget(appID: app, version: events.prefix { $0.index < then }.count))
        }
        return targets
      case .actor(let actor, let from, let to):
        return try await firstChanges(
          EventSelection(actor: actor, type: .intended, from: from, to: to, limit: 5_000), size
        ) { _ in true }
      case .correlation(let id):
        // The id tells when it was made, and nothing bears it before.
        let from = id.instant.adding(seconds: -60)
        return try await firstChanges(
          EventSelection(type: .intended, from: from, limit: 5_000), size,
          try await picker(selection))
      }
    } catch { throw .notRecorded(RecordingFault(error)) }
  }

  /// Before the first of the matching changes of each connection. What certainly changed nothing is
  /// none: it would take back what others did after it.
  private func firstChanges(
    _ selection: EventSelection, _ size: Int, _ isWanted: (Event) -> Bool
  ) async throws(JournalFault) -> [OrganisationTarget] {
    var selection = selection
    var found: [AppID: Int] = [:]
    while true {
      let page = try await reader.events(selection)
      let wanted = page.filter { $0.index < size && isWanted($0) }
      let idle = try await withoutEffect(wanted.compactMap(\.context.commandID))
      for event in wanted where event.context.commandID.map(idle.contains) != true {
        guard let app = event.stream.appID, found[app] == nil else { continue }
        found[app] = event.streamVersion - 1
      }
      guard page.count == selection.limit, let last = page.last, last.index < size else { break }
      selection.after = last.index
    }
    return found.map { OrganisationTarget(appID: $0.key, version: $0.value) }
      .sorted { $0.appID < $1.appID }
  }

  /// Whether a change is one of those that are selected, whenever it was.
  private func picker(
    _ selection: RollbackSelection
  ) async throws(JournalFault) -> (Event) -> Bool {
    switch selection {
    case .asOf: return { _ in true }
    case .actor(let actor, _, _):
      return { [$0.context.actor.id, $0.context.actor.display].contains(actor) }
    case .correlation(let id):
      // A rollback of one connection that belonged to a greater one bears that one's id.
      let start = try await reader.events(ofCommands: [id]).first {
        $0.payload.kind == .rollbackStarted
      }?.id
      return { event in
        event.context.correlationID == id || (start != nil && event.context.causationID == start)
      }
    }
  }

  private func plan(
    _ selection: RollbackSelection, trueAtSize size: Int, _ targets: [OrganisationTarget]
  ) async throws(RollbackRefusal) -> OrganisationPreview {
    var connections: [OrganisationPreview.Planned] = []
    for target in targets {
      let way: OrganisationPreview.Way
      do throws(RollbackRefusal) {
        let preview = try await preview(target.appID, .version(target.version))
        if preview.plan.steps.isEmpty { continue }
        way = .open(preview)
      } catch {
        if case .notRecorded = error { throw error }
        way = .blocked(error)
      }
      connections.append(
        .init(
          appID: target.appID, targetVersion: target.version, way: way,
          othersChanges: try await othersChanges(selection, since: target)))
    }
    let text = CanonicalWriter.object { writer in
      // What is done, and not how it was asked for: a span without an end ends now.
      writer.objects("connections", connections) { writer, planned in
        writer.string("appId", planned.appID.description)
        switch planned.way {
        case .open(let preview): writer.string("plan", preview.digest)
        case .blocked(let refusal): writer.string("refusal", refusal.word)
        }
        writer.integer("targetVersion", planned.targetVersion)
      }
    }
    return OrganisationPreview(
      selection: selection, trueAtSize: size, digest: ContentDigest.hex(text),
      connections: connections)
  }

  private func withoutEffect(
    _ commands: [CommandID]
  ) async throws(JournalFault) -> Set<CommandID> {
    var idle: Set<CommandID> = []
    for event in try await reader.events(ofCommands: commands) {
      guard let command = event.context.commandID else { continue }
      switch event.payload {
      case .refused, .notSent: idle.insert(command)
      case .resolved(let resolution) where resolution.verdict == .notApplied: idle.insert(command)
      default: break
      }
    }
    return idle
  }

  private func othersChanges(
    _ selection: RollbackSelection, since target: OrganisationTarget
  ) async throws(RollbackRefusal) -> Int {
    if case .asOf = selection { return 0 }
    do throws(JournalFault) {
      let isPicked = try await picker(selection)
      let others = try await reader.events(in: .connection(target.appID), after: target.version)
        .filter { $0.payload.kind == .intended && !isPicked($0) }
      let commands = Set(others.compactMap(\.context.commandID))
      return commands.subtracting(try await withoutEffect(Array(commands))).count
    } catch { throw .notRecorded(RecordingFault(error)) }
  }

  // MARK: - The journal

  private func journalSize() async throws(RollbackRefusal) -> Int {
    do throws(JournalFault) { return try await reader.head().size } catch {
      throw .notRecorded(RecordingFault(error))
    }
  }

  private func append(
    _ fact: OrganisationEvent, _ context: EventContext
  ) async throws(RollbackRefusal) -> EventID {
    let draft = EventDraft(
      id: environment.newID(), recordedAt: environment.now(), context: context,
      payload: .organisation(fact))
    do throws(JournalFault) {
      _ = try await writer.append(AppendBatch(to: .organisation, at: .any, [draft]))
    } catch { throw .notRecorded(RecordingFault(error)) }
    return draft.id
  }

  /// A rollback as the stream of the organisation tells it.
  private struct RecordedRollback {
    var event: Event
    var start: OrganisationRollback
    var end: OrganisationRollbackEnd.Cause?
  }

  private func recorded(
    _ id: CommandID
  ) async throws(RollbackRefusal) -> RecordedRollback? {
    let events: [Event]
    do throws(JournalFault) { events = try await reader.events(ofCommands: [id]) } catch {
      throw .notRecorded(RecordingFault(error))
    }
    var found: RecordedRollback?
    for event in events {
      switch event.payload {
      case .organisation(.rollbackStarted(let start)):
        found = RecordedRollback(event: event, start: start)
      case .organisation(.rollbackEnded(let end)): found?.end = end.cause
      default: break
      }
    }
    return found
  }

  /// Records how it ended, unless an end is recorded: of two who would end it, one does.
  ///
  /// - Returns: the end that stands.
  func end(
    _ tour: Tour, as cause: OrganisationRollbackEnd.Cause
  ) async throws(RollbackRefusal) -> OrganisationRollbackEnd.Cause {
    let fact = OrganisationRollbackEnd(startedBy: tour.startID, cause: cause)
    while true {
      do throws(JournalFault) {
        let events = try await reader.events(in: .organisation, after: 0)
        for event in events {
          if case .organisation(.rollbackEnded(let end)) = event.payload,
            end.startedBy == tour.startID
          {
            return end.cause
          }
        }
        let draft = EventDraft(
          id: environment.newID(), recordedAt: environment.now(), context: tour.context,
          payload: .organisation(.rollbackEnded(fact)))
        _ = try await writer.append(
          AppendBatch(to: .organisation, at: .exactly(events.last?.streamVersion ?? 0), [draft]))
        return cause
      } catch {
        guard case .conflict = error else { throw .notRecorded(RecordingFault(error)) }
      }
    }
  }

  /// What became of one connection; `nil` where there was nothing to do.
  ///
  /// - Parameter due: what a tour that is under way has to do; `nil` when none is.
  private func state(
    of target: OrganisationTarget, startedBy start: Event, _ due: Set<AppID>?
  ) async throws(RollbackRefusal) -> OrganisationReport.State? {
    let events: [Event]
    do throws(JournalFault) {
      events = try await reader.events(in: .connection(target.appID), after: 0)
    } catch { throw .notRecorded(RecordingFault(error)) }
    var begun: CommandID?
    var refused: RefusedRollback?
    for event in events where event.context.causationID == start.id {
      switch event.payload {
      case .rollback(.started): begun = event.context.commandID
      case .rollback(.refused(let refusal)): refused = refusal
      default: break
      }
    }
    // What was begun tells more than that it could not be begun once more.
    if let begun {
      do throws(EventFault) {
        if let report = try RollbackReport(begun, in: events) { return .begun(standing(report)) }
      } catch { throw .blocked(.unreadable(error)) }
    }
    if let refused { return .refused(refused) }
    if let due { return due.contains(target.appID) ? .waiting : nil }
    guard let planned = try? await preview(target.appID, .version(target.version)) else {
      return .waiting
    }
    return planned.plan.steps.isEmpty ? nil : .waiting
  }
}

extension RollbackSelection {
  /// No change that took effect is one of those by whom or what it selects. Of a time there need be
  /// none.
  fileprivate func picksNothing(_ targets: [OrganisationTarget]) -> Bool {
    if case .asOf = self { false } else { targets.isEmpty }
  }
}

extension OrganisationRollbackEnd.Cause {
  fileprivate var outcome: RollbackReport.Outcome {
    switch self {
    case .completed: .completed
    case .abandoned: .abandoned
    }
  }
}
