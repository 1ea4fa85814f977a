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

  /// Ends the wait when its time is over, whether or not anybody asks. What cannot be recorded then
  /// is tried again and again.
  func watchConsent(of appID: AppID, until expiresAt: Instant) {
    waitingForConsent[appID]?.cancel()
    waitingForConsent[appID] = Task {
      for attempt in 0... {
        let left = max(0, expiresAt.microseconds - self.environment.now().microseconds)
        var pause = Duration.microseconds(left + 1_000)
        if attempt > 0 {
          pause = max(pause, self.limits.pauseBeforeRecording(attempt: attempt - 1))
        }
        guard (try? await self.environment.sleep(pause)) != nil else { return }
        while await !self.turns.take(appID, waitingAtMost: self.limits.connectionWait) {
          guard !Task.isCancelled else { return }
        }
        guard !Task.isCancelled else { return await self.turns.release(appID) }
        if await self.runToTheEnd({ await self.endWait(of: appID) }) { return }
      }
    }
  }

  /// Ends a wait whose time is over, and releases the turn.
  ///
  /// - Returns: `false` while it goes on.
  private func endWait(of appID: AppID) async -> Bool {
    var isOver = false
    do throws(RollbackRefusal) {
      try await expireConsent(of: appID)
      isOver = try await loadedForRollback(appID).rollback?.consentWait == nil
    } catch {
      logger.error(
        "the end of a rollback that waits for consent could not be recorded yet",
        metadata: ["app": "\(appID)", "fault": "\(error)"])
    }
    await turns.release(appID)
    return isOver
  }

  /// Ends a wait whose time is over: where a person consented, Okta is asked once whether the
  /// connection has become what it was to be. Call it holding the turn.
  func expireConsent(of appID: AppID) async throws(RollbackRefusal) {
    var connection = try await loadedForRollback(appID)
    guard let rollback = connection.rollback, let wait = rollback.consentWait,
      wait.expiresAt <= environment.now()
    else { return }
    if rollback.isVerified, let ownCredential {
      _ = try await reread(&connection, with: ownCredential, cause: .after)
      guard connection.rollback?.id == rollback.id else { return }
    }
    var context = recoveryContext
    context.commandID = rollback.id
    context.correlationID = rollback.context.correlationID
    try await append(
      .failed(
        RollbackEnd(
          startedBy: rollback.startedBy, stepsDone: rollback.stepsDone,
          detail: Self.shortfall(of: rollback, in: connection), cause: .expired)),
      to: appID, context)
  }

  /// What was missing when the time to consent was over.
  private static func shortfall(
    of rollback: Connection.OpenRollback, in connection: Connection
  ) -> String {
    if rollback.isVerified {
      return "Consent was verified, and Okta did not show in time what the rollback was to reach."
    }
    if connection.doubts.contains(where: { $0.intent.command.kind == .verify }) {
      return "Whether somebody consented in time is in doubt."
    }
    return "Nobody consented in time."
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
    return try await report(id, appID).map(standing)
  }

  /// Goes on with a rollback that stopped: what is left is planned anew from what is so now. A step
  /// that may have happened is sent again only because of this recorded decision.
  package func resumeRollback(
    _ id: CommandID, context: EventContext
  ) async throws(RollbackRefusal) -> RollbackReport {
    guard let appID = try await app(ofRollback: id) else { throw .notKnown }
    return try await holdingTurn(of: appID, for: id) { () async throws(RollbackRefusal) in
      try await self.expireConsent(of: appID)
      let open = try await self.openRollback(id, of: appID)
      if let wait = open.consentWait, !open.isVerified {
        throw .awaitsConsent(until: wait.expiresAt)
      }
      do throws(RollbackRefusal) {
        return try await self.goOn(with: open, of: appID, context)
      } catch {
        var attempt = context
        attempt.commandID = self.environment.newID()
        attempt.correlationID = open.context.correlationID
        try await self.record(
          error, appID, .version(open.start.targetVersion), digest: nil, attempt)
        throw error
      }
    }
  }

  private func goOn(
    with open: Connection.OpenRollback, of appID: AppID, _ asked: EventContext
  ) async throws(RollbackRefusal) -> RollbackReport {
    let before = try await refresh(appID)
    guard try await loadedForRollback(appID).rollback?.id == open.id else {
      // It had come to its end already, and was read now.
      return try await report(
        Course(appID: appID, startedBy: open.startedBy, context: open.context))
    }
    var context = asked
    context.commandID = open.id
    context.correlationID = open.context.correlationID
    let planned = try await planned(appID, .version(open.start.targetVersion), resuming: true)
    let requests = try await requests(planned, context)
    let course = Course(appID: appID, startedBy: open.startedBy, context: context)
    try await append(
      .resumed(
        RollbackResumption(
          planDigest: planned.preview.digest, startedBy: open.startedBy,
          steps: planned.preview.plan.steps.map(\.command.kind))), to: appID, context)
    return try await take(requests, planned.preview.plan, course, before: before)
  }

  /// Ends a rollback where it stands. Nothing is sent; the connection stays as it is.
  package func abandonRollback(
    _ id: CommandID, context: EventContext
  ) async throws(RollbackRefusal) -> RollbackReport {
    guard let appID = try await app(ofRollback: id) else { throw .notKnown }
    return try await holdingTurn(of: appID, for: id) { () async throws(RollbackRefusal) in
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
      if wait.expiresAt > environment.now() {
        return watchConsent(of: appID, until: wait.expiresAt)
      }
      do throws(RollbackRefusal) { try await expireConsent(of: appID) } catch {
        watchConsent(of: appID, until: wait.expiresAt)
        throw error
      }
    }
  }
}
