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
    try await refresh(appID)
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
    return try await take(requests, plan, course)
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
  func take(
    _ requests: [CommandRequest], _ plan: RollbackPlan, _ course: Course
  ) async throws(RollbackRefusal) -> RollbackReport {
    var link: Secret?
    for var request in requests {
      request.context.causationID = course.startedBy
      let (answer, _) = await performInTurn(request)
      guard answer.isSuccess else {
        let detail = "The \(request.operation.kind.rawValue) \(answer.ending)."
        try await stop(course, detail, at: request.commandID, isInDoubt: answer.isInDoubt)
        return try await report(course)
      }
      if case .answered(let answer) = answer { link = answer.consentLink ?? link }
    }
    let connection = try await loadedForRollback(course.appID)
    let stepsDone = connection.rollback?.stepsDone ?? 0
    if plan.needsConsent, connection.isConsentPending {
      try await awaitConsent(course, stepsDone: stepsDone, link)
    } else if connection.isUnconfirmed || connection.known?.state.isSame(as: plan.target) == true {
      let end = RollbackEnd(startedBy: course.startedBy, stepsDone: stepsDone)
      try await append(.completed(end), to: course.appID, course.context)
    } else {
      // Okta answers 200 to what it does not do, too: what it shows afterwards counts.
      let detail = "Okta accepted every step, and does not show what they should have left."
      try await stop(course, detail, at: requests.last?.commandID, isInDoubt: false)
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

  /// Reads the connection where what is known of it is not fresh or not certain, so that the plan
  /// stands on what is: a drift voids a plan that was made before it.
  func refresh(_ appID: AppID) async throws(RollbackRefusal) {
    guard let ownCredential else { return }
    var connection = try await loadedForRollback(appID)
    guard let known = connection.known else { return }
    let isFresh = environment.now() <= known.readAt.adding(seconds: limits.freshnessSeconds)
    guard !isFresh || connection.isUnconfirmed || !connection.doubts.isEmpty else { return }
    let reading = await read(appID, with: ownCredential, headers: [])
    do throws(AppendFault) {
      try await append(to: &connection, context: recoveryContext) {
        $0.observe(reading, cause: .before, canStillApply: mayStillApply)
      }
    } catch {
      throw .notRecorded(error.journal.map { RecordingFault($0) } ?? .storage)
    }
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
