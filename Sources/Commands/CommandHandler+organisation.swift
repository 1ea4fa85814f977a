package import Connections
import EventStore
import Logging
import Vault

extension CommandHandler {
  /// What going back with all connections would do. Reads the journal alone.
  package func preview(
    all selection: RollbackSelection
  ) async throws(RollbackRefusal) -> OrganisationPreview {
    let size: Int
    do throws(JournalFault) { size = try await reader.head().size } catch {
      throw .notRecorded(RecordingFault(error))
    }
    return try await plan(selection, trueAtSize: size)
  }

  /// Goes back with all connections, one after another within the rate budget, each on its own:
  /// what stops one does not stop the others.
  ///
  /// - Parameter waits: `false` answers as soon as it is begun.
  package func rollBackAll(
    _ selection: RollbackSelection, digest: String?, context: EventContext,
    rollbackID: CommandID, waits: Bool
  ) async throws(RollbackRefusal) -> OrganisationReport {
    let preview = try await preview(all: selection)
    if let digest, digest != preview.digest {
      throw .planIsVoid(expected: digest, found: preview.digest)
    }
    guard preview.connections.isEmpty || ownCredential != nil else { throw .noCredential }
    var context = context
    context.commandID = rollbackID
    context.correlationID = rollbackID
    let start = OrganisationRollback(
      selection, connections: preview.connections.count, planDigest: preview.digest,
      trueAtSize: preview.trueAtSize)
    let startID = try await append(.rollbackStarted(start), context)
    return try await run(preview.connections, Tour(startID: startID, context: context), waits)
  }

  /// Goes on with the connections that are not where they should be.
  package func resumeOrganisation(
    _ id: CommandID, context: EventContext, waits: Bool
  ) async throws(RollbackRefusal) -> OrganisationReport? {
    guard let found = try await organisationStart(id) else { return nil }
    guard try await ended(id) == nil else { throw .notOpen(.completed) }
    guard !touring.contains(id) else { return try await organisation(id) }
    var context = context
    context.commandID = id
    context.correlationID = id
    _ = try await append(.rollbackResumed(startedBy: found.event.id), context)
    let plan = try await plan(found.start.selection, trueAtSize: found.start.trueAtSize)
    return try await run(
      plan.connections, Tour(startID: found.event.id, context: context), waits)
  }

  /// Gives it up where it stands. Nothing is sent; each connection stays as it is.
  package func abandonOrganisation(
    _ id: CommandID, context: EventContext
  ) async throws(RollbackRefusal) -> OrganisationReport? {
    guard let found = try await organisationStart(id) else { return nil }
    guard try await ended(id) == nil else { throw .notOpen(.abandoned) }
    abandoned.insert(id)
    var context = context
    context.commandID = id
    context.correlationID = id
    let end = OrganisationRollbackEnd(startedBy: found.event.id, cause: .abandoned)
    _ = try await append(.rollbackEnded(end), context)
    return try await organisation(id)
  }

  /// How far it has come; `nil` when there is none of this id.
  package func organisation(
    _ id: CommandID
  ) async throws(RollbackRefusal) -> OrganisationReport? {
    guard let found = try await organisationStart(id) else { return nil }
    let outcome: OrganisationReport.Outcome =
      switch try await ended(id) {
      case .completed: .completed
      case .abandoned: .abandoned
      case nil: touring.contains(id) ? .running : .stopped
      }
    var connections: [OrganisationReport.Connection] = []
    for target in try await targets(found.start.selection, trueAtSize: found.start.trueAtSize) {
      if let state = try await state(of: target, startedBy: found.event) {
        connections.append(
          .init(appID: target.appID, targetVersion: target.version, state: state))
      }
    }
    return OrganisationReport(
      id: id, start: found.start, startedAt: found.event.recordedAt, context: found.event.context,
      outcome: outcome, connections: connections)
  }

  // MARK: - Targets

  struct OrganisationTarget: Sendable {
    var appID: AppID
    var version: Int
  }

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
          EventSelection(type: .intended, from: from, limit: 5_000), size
        ) { $0.context.correlationID == id }
      }
    } catch { throw .notRecorded(RecordingFault(error)) }
  }

  /// Before the first of the matching changes of each connection.
  private func firstChanges(
    _ selection: EventSelection, _ size: Int, _ isWanted: (Event) -> Bool
  ) async throws(JournalFault) -> [OrganisationTarget] {
    var selection = selection
    var found: [AppID: Int] = [:]
    while true {
      let page = try await reader.events(selection)
      for event in page where event.index < size && isWanted(event) {
        guard let app = event.stream.appID, found[app] == nil else { continue }
        found[app] = event.streamVersion - 1
      }
      guard page.count == selection.limit, let last = page.last, last.index < size else { break }
      selection.after = last.index
    }
    return found.map { OrganisationTarget(appID: $0.key, version: $0.value) }
      .sorted { $0.appID < $1.appID }
  }

  private func plan(
    _ selection: RollbackSelection, trueAtSize size: Int
  ) async throws(RollbackRefusal) -> OrganisationPreview {
    var connections: [OrganisationPreview.Planned] = []
    for target in try await targets(selection, trueAtSize: size) {
      let way: OrganisationPreview.Way
      do throws(RollbackRefusal) {
        let preview = try await preview(target.appID, .version(target.version))
        if preview.plan.steps.isEmpty { continue }
        way = .open(preview)
      } catch {
        if case .notRecorded = error { throw error }
        way = .blocked(error)
      }
      connections.append(.init(appID: target.appID, targetVersion: target.version, way: way))
    }
    let text = CanonicalWriter.object { writer in
      writer.objects("connections", connections) { writer, planned in
        writer.string("appId", planned.appID.description)
        switch planned.way {
        case .open(let preview): writer.string("plan", preview.digest)
        case .blocked(let refusal): writer.string("refusal", refusal.word)
        }
      }
      writer.object("selection") { selection.write(to: &$0) }
    }
    return OrganisationPreview(
      selection: selection, trueAtSize: size, digest: ContentDigest.hex(text),
      connections: connections)
  }

  // MARK: - The tour

  /// One pass over the connections.
  private struct Tour {
    var startID: EventID
    /// The command id is the rollback's.
    var context: EventContext
  }

  private func run(
    _ connections: [OrganisationPreview.Planned], _ tour: Tour, _ waits: Bool
  ) async throws(RollbackRefusal) -> OrganisationReport {
    guard let id = tour.context.commandID else { throw .notKnown }
    touring.insert(id)
    if waits {
      await runToTheEnd { await self.visit(connections, tour, id) }
    } else {
      track { await self.visit(connections, tour, id) }
    }
    guard let report = try await organisation(id) else { throw .notKnown }
    return report
  }

  private func visit(
    _ connections: [OrganisationPreview.Planned], _ tour: Tour, _ id: CommandID
  ) async {
    var isWhole = true
    for planned in connections {
      guard !isEnding, !abandoned.contains(id) else {
        isWhole = false
        break
      }
      if await !visit(planned, tour) { isWhole = false }
    }
    touring.remove(id)
    guard isWhole, !abandoned.contains(id) else { return }
    do throws(RollbackRefusal) {
      let end = OrganisationRollbackEnd(startedBy: tour.startID, cause: .completed)
      _ = try await append(.rollbackEnded(end), tour.context)
    } catch {
      logger.error(
        "the end of a rollback of all connections could not be recorded",
        metadata: ["rollback": "\(id)", "fault": "\(error)"])
    }
  }

  /// - Returns: whether the connection is where it should be, or waits for a person.
  private func visit(_ planned: OrganisationPreview.Planned, _ tour: Tour) async -> Bool {
    var context = tour.context
    context.causationID = tour.startID
    var digest: String?
    if case .open(let preview) = planned.way {
      digest = preview.digest
      await waitForRoom(for: preview.plan.calls)
    }
    do throws(RollbackRefusal) {
      let open = try await loadedForRollback(planned.appID).rollback
      if let open, open.context.causationID == tour.startID {
        if open.consentWait != nil { return true }
        let report = try await resumeRollback(open.id, context: context)
        return OrganisationReport.State.begun(report).isDone
      }
      let report = try await rollBack(
        planned.appID, .version(planned.targetVersion), digest: digest, context: context,
        rollbackID: environment.newID())
      return OrganisationReport.State.begun(report).isDone
    } catch {
      logger.notice(
        "a connection was not rolled back with the others",
        metadata: ["app": "\(planned.appID)", "why": "\(error.word)"])
      return false
    }
  }

  /// Waits for the next window where this one has not enough calls left.
  private func waitForRoom(for calls: Int) async {
    guard let ownCredential, let reset = nextWindow(of: ownCredential, ifShortOf: calls) else {
      return
    }
    let pause = reset.microseconds - environment.now().microseconds + 1_000_000
    try? await environment.sleep(.microseconds(max(0, pause)))
  }

  // MARK: - The journal

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

  private func organisationEvents(_ id: CommandID) async throws(RollbackRefusal) -> [Event] {
    do throws(JournalFault) {
      return try await reader.events(ofCommands: [id]).filter { $0.stream == .organisation }
    } catch { throw .notRecorded(RecordingFault(error)) }
  }

  private func organisationStart(
    _ id: CommandID
  ) async throws(RollbackRefusal) -> (event: Event, start: OrganisationRollback)? {
    for event in try await organisationEvents(id) {
      if case .organisation(.rollbackStarted(let start)) = event.payload { return (event, start) }
    }
    return nil
  }

  private func ended(
    _ id: CommandID
  ) async throws(RollbackRefusal) -> OrganisationRollbackEnd.Cause? {
    for event in try await organisationEvents(id) {
      if case .organisation(.rollbackEnded(let end)) = event.payload { return end.cause }
    }
    return nil
  }

  /// What became of one connection; `nil` where there was nothing to do.
  private func state(
    of target: OrganisationTarget, startedBy start: Event
  ) async throws(RollbackRefusal) -> OrganisationReport.State? {
    let events: [Event]
    do throws(JournalFault) {
      events = try await reader.events(in: .connection(target.appID), after: 0)
    } catch { throw .notRecorded(RecordingFault(error)) }
    let mine = events.last { $0.context.causationID == start.id }
    if let mine, case .rollback(.refused(let refused)) = mine.payload { return .refused(refused) }
    if let mine, let id = mine.context.commandID,
      let report = try await report(id, target.appID)
    {
      return .begun(report)
    }
    guard let planned = try? await preview(target.appID, .version(target.version)) else {
      return .waiting
    }
    return planned.plan.steps.isEmpty ? nil : .waiting
  }
}
