import Connections
import EventStore
import OktaAPI
import Vault

extension CommandHandler {
  /// A rollback that is being carried out.
  struct Course {
    var appID: AppID
    var startedBy: EventID
    /// The command id is the rollback's.
    var context: EventContext
  }

  /// Plans on what is so now, records the start and takes the steps. Call it holding the turn.
  func begin(
    _ appID: AppID, _ target: RollbackTarget, digest: String?, _ context: EventContext
  ) async throws(RollbackRefusal) -> RollbackReport {
    try await expireConsent(of: appID)
    // What is no way back even from what was read just now needs no read.
    if freshReading(of: try await loadedForRollback(appID)) != nil {
      _ = try await planned(appID, target)
    }
    let before = try await refresh(appID)
    let planned = try await planned(appID, target)
    let (plan, found) = (planned.preview.plan, planned.preview.digest)
    if let digest, digest != found { throw .planIsVoid(expected: digest, found: found) }
    let requests = try await requests(planned, context)
    let course = Course(appID: appID, startedBy: environment.newID(), context: context)
    try await append(
      .started(
        RollbackStart(
          planDigest: found, steps: plan.steps.map(\.command.kind), target: target,
          targetVersion: plan.targetVersion, reaches: plan.target,
          needsConsent: plan.needsConsent)),
      to: appID, context, id: course.startedBy)
    return try await take(requests, plan, course, before: before)
  }

  /// Every secret is opened before anything is recorded: what cannot be sent whole is not begun.
  func requests(
    _ planned: Planned, _ context: EventContext
  ) async throws(RollbackRefusal) -> [CommandRequest] {
    var requests: [CommandRequest] = []
    for step in planned.preview.plan.steps {
      requests.append(try await request(for: step.command, planned, context))
    }
    return requests
  }

  /// Takes the steps one after another, and records where it stands: at its end, waiting for a
  /// person, or stopped at a step.
  ///
  /// - Parameter before: what the plan stands on, and with it the first step.
  func take(
    _ requests: [CommandRequest], _ plan: RollbackPlan, _ course: Course, before: Reading?
  ) async throws(RollbackRefusal) -> RollbackReport {
    do throws(RollbackRefusal) {
      return try await takeSteps(requests, plan, course, before: before)
    } catch { throw course.context.commandID.map { error.inTheMiddle(of: $0) } ?? error }
  }

  private func takeSteps(
    _ requests: [CommandRequest], _ plan: RollbackPlan, _ course: Course, before: Reading?
  ) async throws(RollbackRefusal) -> RollbackReport {
    var link: Secret?
    var before = before
    for var request in requests {
      request.context.causationID = course.startedBy
      let (answer, _) = await performInTurn(request, before: before)
      before = nil
      guard answer.isSuccess else {
        let detail = "The \(request.operation.kind.rawValue) \(answer.ending)."
        try await stop(course, detail, at: request.commandID, isInDoubt: answer.isInDoubt)
        return try await report(course)
      }
      if case .answered(let answer) = answer { link = answer.consentLink ?? link }
    }
    var connection = try await loadedForRollback(course.appID)
    var unread: String?
    if connection.isUnconfirmed, let ownCredential {
      // The read after the last step did not succeed. What Okta accepted is not yet what it did.
      unread = try await reread(&connection, with: ownCredential, cause: .after).note
    }
    let stepsDone = connection.rollback?.stepsDone ?? 0
    if plan.needsConsent, connection.isConsentPending {
      try await awaitConsent(course, stepsDone: stepsDone, link)
    } else if !connection.isUnconfirmed, connection.known?.state.isSame(as: plan.target) == true {
      let end = RollbackEnd(startedBy: course.startedBy, stepsDone: stepsDone)
      try await append(.completed(end), to: course.appID, course.context)
    } else {
      // Okta answers 200 to what it does not do, too: what it shows afterwards counts.
      let shown =
        unread.map { "what they left could not be read (\($0)): resume it to look again" }
        ?? "does not show what they should have left"
      try await stop(
        course, "Okta accepted every step, and \(shown).", at: requests.last?.commandID,
        isInDoubt: false)
    }
    return try await report(course)
  }

  func stop(
    _ course: Course, _ detail: String, at commandID: CommandID?, isInDoubt: Bool
  ) async throws(RollbackRefusal) {
    let connection = try await loadedForRollback(course.appID)
    try await append(
      .stopped(
        RollbackStop(
          startedBy: course.startedBy, stepsDone: connection.rollback?.stepsDone ?? 0,
          detail: detail, commandID: commandID, isInDoubt: isInDoubt)),
      to: course.appID, course.context)
  }

  func loadedForRollback(_ appID: AppID) async throws(RollbackRefusal) -> Connection {
    do throws(JournalFault) { return try await load(appID) } catch {
      throw .notRecorded(RecordingFault(error))
    }
  }

  /// Reads the connection, so that the plan stands on what is: a drift voids a plan that was made
  /// before it.
  ///
  /// - Returns: what the first step is to be intended on; `nil` where there is no credential to
  ///   read with, or nothing was ever known: then no step is taken.
  func refresh(_ appID: AppID) async throws(RollbackRefusal) -> Reading? {
    guard let ownCredential else { return nil }
    var connection = try await loadedForRollback(appID)
    guard connection.known != nil else { return nil }
    guard await outlast(connection.doubts) else {
      throw .busy(waited: .seconds(CommandLimits.settleSeconds))
    }
    let reading = try await reread(&connection, with: ownCredential, cause: .before)
    guard reading.state != nil else { throw .notRead(reading.note ?? "no state") }
    return reading
  }

  /// Reads the connection and records what that tells.
  func reread(
    _ connection: inout Connection, with credential: OktaCredential, cause: Observation.Cause
  ) async throws(RollbackRefusal) -> Reading {
    let reading = await read(connection.appID, with: credential, headers: [])
    do throws(AppendFault) {
      try await append(to: &connection, context: recoveryContext) {
        $0.observe(reading, cause: cause, canStillApply: mayStillApply)
      }
    } catch {
      throw .notRecorded(error.journal.map { RecordingFault($0) } ?? .storage)
    }
    return reading
  }

  /// What the journal tells of a rollback now.
  func report(_ course: Course) async throws(RollbackRefusal) -> RollbackReport {
    guard let id = course.context.commandID,
      let report = try await report(id, course.appID)
    else { throw .notKnown }
    return report
  }

  func report(
    _ id: CommandID, _ appID: AppID
  ) async throws(RollbackRefusal) -> RollbackReport? {
    let events: [Event]
    do throws(JournalFault) {
      events = try await reader.events(in: .connection(appID), after: 0)
    } catch { throw .notRecorded(RecordingFault(error)) }
    do throws(EventFault) { return try RollbackReport(id, in: events) } catch {
      throw .blocked(.unreadable(error))
    }
  }
}
