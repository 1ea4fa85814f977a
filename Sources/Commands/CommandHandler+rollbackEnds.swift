package import Connections
import EventStore
import Logging
import OktaAPI
import Vault

extension CommandHandler {
  // MARK: - Waiting for a person

  /// Records that a person must consent. The link bears a `state` of one use: it is sealed.
  func awaitConsent(
    _ course: Course, stepsDone: Int, _ link: Secret?
  ) async throws(RollbackRefusal) {
    let eventID = environment.newID()
    let expiresAt = environment.now().adding(seconds: limits.consentSeconds)
    var kept: (reference: SecretReference, sealed: SealedSecret)?
    if let link {
      do {
        kept = try vault.seal(
          link, .consentLink, id: environment.newID(), for: course.appID, in: eventID)
      } catch { throw .notRecorded(.storage) }
    }
    try await append(
      .awaitingConsent(
        ConsentWait(
          startedBy: course.startedBy, stepsDone: stepsDone, expiresAt: expiresAt,
          link: kept?.reference)),
      to: course.appID, course.context, id: eventID, secrets: kept.map { [$0.sealed] } ?? [])
    watchConsent(of: course.appID, until: expiresAt)
  }

  /// Ends the wait when its time is over, whether or not anybody asks.
  func watchConsent(of appID: AppID, until expiresAt: Instant) {
    waitingForConsent[appID]?.cancel()
    waitingForConsent[appID] = Task {
      let microseconds = max(0, expiresAt.microseconds - self.environment.now().microseconds)
      guard (try? await self.environment.sleep(.microseconds(microseconds + 1_000))) != nil
      else { return }
      while await !self.turns.take(appID, waitingAtMost: self.limits.connectionWait) {
        guard !Task.isCancelled else { return }
      }
      do throws(RollbackRefusal) { try await self.expireConsent(of: appID) } catch {
        self.logger.error(
          "the end of a rollback that nobody consented to could not be recorded",
          metadata: ["app": "\(appID)", "fault": "\(error)"])
      }
      await self.turns.release(appID)
    }
  }

  /// Call it holding the turn.
  func expireConsent(of appID: AppID) async throws(RollbackRefusal) {
    guard let rollback = try await loadedForRollback(appID).rollback,
      let wait = rollback.consentWait, wait.expiresAt <= environment.now()
    else { return }
    var context = recoveryContext
    context.commandID = rollback.id
    context.correlationID = rollback.context.correlationID
    try await append(
      .failed(
        RollbackEnd(
          startedBy: rollback.startedBy, stepsDone: rollback.stepsDone,
          detail: "Nobody consented in time.", cause: .expired)),
      to: appID, context)
  }

  /// The link for the browser; `nil` when there is none to open.
  package func consentLink(
    of report: RollbackReport
  ) async throws(RollbackRefusal) -> Secret? {
    guard report.outcome == .awaitingConsent, let reference = report.consent?.link else {
      return nil
    }
    do throws(JournalFault) {
      let events = try await reader.events(in: .connection(report.appID), after: 0)
      let bearer = events.last { $0.payload.sealedReferences.contains(reference) }
      guard let bearer, let sealed = try await reader.sealedSecret(reference.id) else { return nil }
      return try? vault.open(sealed, reference, for: report.appID, in: bearer.id)
    } catch { throw .notRecorded(RecordingFault(error)) }
  }

  // MARK: - Going on, and giving up

  /// What the journal tells of a rollback of one connection; `nil` when there is none of this id.
  package func rollback(_ id: CommandID) async throws(RollbackRefusal) -> RollbackReport? {
    guard let appID = try await app(ofRollback: id) else { return nil }
    return try await report(id, appID)
  }

  /// Goes on with a rollback that stopped: what is left is planned anew from what is so now. A step
  /// that may have happened is sent again only because of this recorded decision.
  package func resumeRollback(
    _ id: CommandID, context: EventContext
  ) async throws(RollbackRefusal) -> RollbackReport {
    guard let appID = try await app(ofRollback: id) else { throw .notKnown }
    return try await holdingTurn(of: appID) { () async throws(RollbackRefusal) in
      try await self.expireConsent(of: appID)
      let open = try await self.openRollback(id, of: appID)
      if case .awaitingConsent(let wait, isVerified: false) = open.phase {
        throw .awaitsConsent(until: wait.expiresAt)
      }
      let before = try await self.refresh(appID)
      var context = context
      context.commandID = id
      context.correlationID = open.context.correlationID
      let planned = try await self.planned(
        appID, .version(open.start.targetVersion), resuming: true)
      let requests = try await self.requests(planned, context)
      let course = Course(appID: appID, startedBy: open.startedBy, context: context)
      try await self.append(
        .resumed(
          RollbackResumption(
            planDigest: planned.preview.digest, startedBy: open.startedBy,
            steps: planned.preview.plan.steps.map(\.command.kind))), to: appID, context)
      return try await self.take(requests, planned.preview.plan, course, before: before)
    }
  }

  /// Ends a rollback where it stands. Nothing is sent; the connection stays as it is.
  package func abandonRollback(
    _ id: CommandID, context: EventContext
  ) async throws(RollbackRefusal) -> RollbackReport {
    guard let appID = try await app(ofRollback: id) else { throw .notKnown }
    return try await holdingTurn(of: appID) { () async throws(RollbackRefusal) in
      try await self.expireConsent(of: appID)
      let open = try await self.openRollback(id, of: appID)
      var context = context
      context.commandID = id
      context.correlationID = open.context.correlationID
      try await self.append(
        .failed(
          RollbackEnd(
            startedBy: open.startedBy, stepsDone: open.stepsDone, detail: context.reason,
            cause: .abandoned)), to: appID, context)
      return try await self.report(
        Course(appID: appID, startedBy: open.startedBy, context: context))
    }
  }

  private func openRollback(
    _ id: CommandID, of appID: AppID
  ) async throws(RollbackRefusal) -> Connection.OpenRollback {
    if let open = try await loadedForRollback(appID).rollback, open.id == id { return open }
    throw .notOpen(try await report(id, appID)?.outcome ?? .failed)
  }

  private func app(ofRollback id: CommandID) async throws(RollbackRefusal) -> AppID? {
    do throws(JournalFault) {
      return try await reader.events(ofCommands: [id]).first {
        $0.payload.kind == .rollbackStarted
      }?.stream.appID
    } catch { throw .notRecorded(RecordingFault(error)) }
  }

  // MARK: - At a start

  /// A rollback that a crash cut is told as stopped, and those that wait for a person are waited
  /// for again. Call it after the open intents have become doubts.
  func recoverRollbacks() async throws(JournalFault) {
    for appID in try await reader.streamsWithOpenRollbacks() {
      guard await turns.take(appID, waitingAtMost: limits.connectionWait) else { continue }
      do throws(RollbackRefusal) { try await recoverRollback(of: appID) } catch {
        logger.error(
          "a rollback that was cut could not be told as stopped",
          metadata: ["app": "\(appID)", "fault": "\(error)"])
      }
      await turns.release(appID)
    }
  }

  private func recoverRollback(of appID: AppID) async throws(RollbackRefusal) {
    guard let open = try await loadedForRollback(appID).rollback else { return }
    var context = recoveryContext
    context.commandID = open.id
    context.correlationID = open.context.correlationID
    switch open.phase {
    case .running:
      try await stop(
        Course(appID: appID, startedBy: open.startedBy, context: context),
        "Hindsight itself stopped in the middle.", at: nil, isInDoubt: false)
    case .stopped: break
    case .awaitingConsent(let wait, _):
      try await expireConsent(of: appID)
      if wait.expiresAt > environment.now() { watchConsent(of: appID, until: wait.expiresAt) }
    }
  }
}
