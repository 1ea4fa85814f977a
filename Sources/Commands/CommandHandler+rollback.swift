package import Connections
import EventStore
import OktaAPI
import Upstream
import Vault

extension CommandHandler {
  /// What going back would do. Reads the journal alone; sends nothing, records nothing.
  package func preview(
    _ appID: AppID, _ target: RollbackTarget
  ) async throws(RollbackRefusal) -> RollbackPreview {
    try await planned(appID, target).preview
  }

  /// Goes back: a plan, then ordinary commands that name the rollback as their cause. The secrets
  /// go from the vault to Okta; nobody is shown them.
  ///
  /// - Parameter digest: of the plan that was agreed to; absent takes the plan as it is now.
  /// - Returns: what the journal tells of it, once nothing more can be done without a person.
  package func rollBack(
    _ appID: AppID, _ target: RollbackTarget, digest: String?, context: EventContext,
    rollbackID: CommandID
  ) async throws(RollbackRefusal) -> RollbackReport {
    var context = context
    context.commandID = rollbackID
    context.correlationID = context.correlationID ?? rollbackID
    let asked = context
    return try await holdingTurn(of: appID, for: rollbackID) { () async throws(RollbackRefusal) in
      do throws(RollbackRefusal) {
        return try await self.begin(appID, target, digest: digest, asked)
      } catch {
        try await self.record(error, appID, target, digest: digest, asked)
        throw error
      }
    }
  }

  /// Runs work of a rollback to its end, holding the connection's turn; a step in doubt takes the
  /// turn on to whoever settles it.
  func holdingTurn(
    of appID: AppID, for rollbackID: CommandID,
    _ body: @escaping @Sendable () async throws(RollbackRefusal) -> RollbackReport
  ) async throws(RollbackRefusal) -> RollbackReport {
    let result: Result<RollbackReport, RollbackRefusal> = await runToTheEnd {
      guard await self.turns.take(appID, waitingAtMost: self.limits.connectionWait) else {
        return .failure(.busy(waited: self.limits.connectionWait))
      }
      await self.note(rollbackID, isCarriedOn: true)
      do throws(RollbackRefusal) {
        let report = try await body()
        await self.note(rollbackID, isCarriedOn: false)
        await self.leave(report)
        return .success(report)
      } catch {
        await self.note(rollbackID, isCarriedOn: false)
        await self.turns.release(appID)
        return .failure(error)
      }
    }
    return try result.get()
  }

  private func note(_ rollbackID: CommandID, isCarriedOn: Bool) {
    if isCarriedOn { courses.insert(rollbackID) } else { courses.remove(rollbackID) }
  }

  private func leave(_ report: RollbackReport) async {
    // Whoever keeps an outcome that is not recorded yet holds the turn, and settles what it leaves.
    guard let ownCredential, report.outcome == .inDoubt, report.connection.openIntents.isEmpty
    else { return await turns.release(report.appID) }
    track {
      await self.settle(report.connection, with: ownCredential, headers: [])
      await self.turns.release(report.appID)
    }
  }

  // MARK: - The plan

  struct Planned {
    var preview: RollbackPreview
    var connection: Connection
    var events: [Event]
  }

  func planned(
    _ appID: AppID, _ target: RollbackTarget, resuming: Bool = false
  ) async throws(RollbackRefusal) -> Planned {
    let events: [Event]
    let connection: Connection
    let standing = try await secretStanding()
    do throws(JournalFault) {
      events = try await reader.events(in: .connection(appID), after: 0)
      connection = try await load(appID)
    } catch { throw .notRecorded(RecordingFault(error)) }
    do throws(RollbackBlocker) {
      guard connection.version > 0 else { throw .connectionNotKnown }
      let goal = try target.find(in: events)
      var plan = try connection.plan(backTo: goal, resuming: resuming)
      if target == .previous, !plan.steps.isEmpty, Self.endWithRollback(events, connection) {
        plan.cautions.append(.undoesRollback)
      }
      for reference in plan.steps.flatMap({ $0.command.updateContent?.secrets ?? [] }) {
        _ = try Self.copy(of: reference, in: events, standing)
      }
      let preview = RollbackPreview(
        plan: plan, digest: ContentDigest.hex(plan.canonicalBytes),
        secrets: Self.secrets(of: goal, now: connection, events))
      return Planned(preview: preview, connection: connection, events: events)
    } catch { throw .blocked(error) }
  }

  /// Whether the last request that took effect, or may have, was sent by a rollback.
  private static func endWithRollback(_ events: [Event], _ connection: Connection) -> Bool {
    let starts = Set(events.filter { $0.payload.kind == .rollbackStarted }.map(\.id))
    let doubts = Set(connection.doubts.map(\.commandID))
    let last = events.last { event in
      switch event.payload {
      case .succeeded: true
      case .resolved(let resolution): resolution.verdict == .applied
      case .inDoubt: event.context.commandID.map(doubts.contains) == true
      default: false
      }
    }
    let intent = events.last {
      $0.payload.kind == .intended && $0.context.commandID == last?.context.commandID
    }
    return intent?.context.causationID.map(starts.contains) ?? false
  }

  private static func secrets(
    of goal: Connection, now connection: Connection, _ events: [Event]
  ) -> [PlannedSecret] {
    let present = connection.credential.content?.secrets ?? []
    return (goal.credential.content?.secrets ?? []).compactMap { reference in
      let same = copies(of: reference, in: events)
      guard let first = same.first else { return nil }
      return PlannedSecret(
        field: reference.field, fingerprint: reference.fingerprint,
        firstSetAt: first.intent.recordedAt,
        isPresent: connection.isCredentialCertain
          && present.contains {
            $0.field == reference.field && $0.fingerprint == reference.fingerprint
          })
    }
  }

  // MARK: - Secrets

  /// The sealed copies that this connection was ever given of a secret, each with the intent to
  /// which it is bound. Each update seals its secrets anew.
  private static func copies(
    of reference: SecretReference, in events: [Event]
  ) -> [(reference: SecretReference, intent: Event)] {
    events.flatMap { event -> [(SecretReference, Event)] in
      guard case .intended(let intent) = event.payload else { return [] }
      return (intent.command.updateContent?.secrets ?? []).filter {
        $0.field == reference.field && $0.fingerprint == reference.fingerprint
      }.map { ($0, event) }
    }
  }

  /// A copy of a secret that may be used: the one that is named, or else another of the same.
  private static func copy(
    of reference: SecretReference, in events: [Event], _ standing: SecretStanding
  ) throws(RollbackBlocker) -> (reference: SecretReference, intent: Event) {
    guard !standing.isCompromised(reference.fingerprint) else {
      throw .secretCompromised(fingerprint: reference.fingerprint)
    }
    let all = copies(of: reference, in: events)
    guard !all.isEmpty else { throw .secretNeverRecorded }
    let usable = all.filter { !standing.isShredded($0.reference.id) }
    guard let any = usable.last else {
      throw .secretShredded(fingerprint: reference.fingerprint)
    }
    return usable.first { $0.reference.id == reference.id } ?? any
  }

  private func open(
    _ reference: SecretReference, _ planned: Planned
  ) async throws(RollbackRefusal) -> Secret {
    let copy = try await usableCopy(of: reference, planned)
    let sealed: SealedSecret?
    do throws(JournalFault) { sealed = try await reader.sealedSecret(copy.reference.id) } catch {
      throw .notRecorded(RecordingFault(error))
    }
    guard let sealed else {
      throw .blocked(.secretShredded(fingerprint: reference.fingerprint))
    }
    do throws(VaultFault) {
      return try vault.open(
        sealed, copy.reference, for: planned.connection.appID, in: copy.intent.id)
    } catch { throw .secretDoesNotOpen(copy.reference.id) }
  }

  private func usableCopy(
    of reference: SecretReference, _ planned: Planned
  ) async throws(RollbackRefusal) -> (reference: SecretReference, intent: Event) {
    let standing = try await secretStanding()
    do throws(RollbackBlocker) {
      return try Self.copy(of: reference, in: planned.events, standing)
    } catch { throw .blocked(error) }
  }

  private func secretStanding() async throws(RollbackRefusal) -> SecretStanding {
    do throws(JournalFault) { return try await secrets.standing() } catch {
      throw .notRecorded(RecordingFault(error))
    }
  }

  /// A step as a request. Its secrets are opened here and live until the call is over.
  func request(
    for command: ConnectionCommand, _ planned: Planned, _ context: EventContext
  ) async throws(RollbackRefusal) -> CommandRequest {
    guard let credential = ownCredential else { throw .noCredential }
    let operation: CommandRequest.Operation
    var query: String?
    switch command {
    case .activate: operation = .activate
    case .deactivate: operation = .deactivate
    case .verify: preconditionFailure("only a person can consent")
    case .update(let content):
      var secrets: [SecretField: Secret] = [:]
      for reference in content.secrets {
        secrets[reference.field] = try await open(reference, planned)
      }
      let body = UpdateRequest.body(of: content, secrets: secrets)
      do throws(OktaError) {
        operation = .update(
          try UpdateRequest(parsing: body, activate: content.activate), body: body)
      } catch { throw .blocked(.secretNeverRecorded) }
      query = content.activate ? "activate=true" : nil
    }
    return CommandRequest(
      commandID: environment.newID(), appID: planned.connection.appID, operation: operation,
      query: query,
      headers: [
        .init("Content-Type", "application/json"), .init("Accept", "application/json"),
        .init("User-Agent", "hindsight-rollback"),
      ], credential: credential, context: context)
  }

  // MARK: - Refusals

  /// An attempt to change leaves a trace where there is a connection to change.
  func record(
    _ refusal: RollbackRefusal, _ appID: AppID, _ target: RollbackTarget, digest: String?,
    _ context: EventContext
  ) async throws(RollbackRefusal) {
    switch refusal {
    case .blocked, .planIsVoid, .noCredential, .secretDoesNotOpen, .notRead: break
    case .busy, .notRecorded, .cut, .nothingPicked, .notKnown, .notOpen, .awaitsConsent: return
    }
    do throws(JournalFault) {
      guard try await load(appID).version > 0 else { return }
    } catch { throw .notRecorded(RecordingFault(error)) }
    try await append(
      .refused(
        RefusedRollback(
          target, blocker: refusal.word, subject: refusal.subject, planDigest: digest)),
      to: appID, context)
  }

  /// Appends a fact of a rollback; nobody else moves the stream while the turn is held, but a
  /// refusal by policy may.
  func append(
    _ fact: RollbackEvent, to appID: AppID, _ context: EventContext, id: EventID? = nil,
    secrets: [SealedSecret] = []
  ) async throws(RollbackRefusal) {
    let draft = EventDraft(
      id: id ?? environment.newID(), recordedAt: environment.now(), context: context,
      payload: .rollback(fact))
    do throws(JournalFault) {
      _ = try await writer.append(
        AppendBatch(to: .connection(appID), at: .any, [draft], secrets: secrets))
    } catch { throw .notRecorded(RecordingFault(error)) }
  }
}
