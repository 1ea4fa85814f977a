package import Connections
import EventStore
import OktaAPI
import Upstream
import Vault

/// A plan that was shown: its digest names it, and carrying it out names the digest.
package struct RollbackPreview: Sendable {
  package var plan: RollbackPlan
  package var digest: String
}

/// Why a rollback was not begun. Nothing was sent.
package enum RollbackRefusal: Error, Sendable {
  case blocked(RollbackBlocker)
  /// The connection moved since the plan was made.
  case planIsVoid(expected: String, found: String)
  /// The way back needs Okta, and Hindsight holds no credential of its own.
  case noCredential
  case busy(waited: Duration)
  case notRecorded(RecordingFault)
  /// A sealed secret of the plan does not open.
  case secretDoesNotOpen(UUIDv7)
}

/// How a rollback that was begun ended.
package struct RollbackResult: Sendable {
  package var rollbackID: CommandID
  package var preview: RollbackPreview
  package var steps: [StepResult]
  package var after: Connection

  package struct StepResult: Sendable {
    package var commandID: CommandID
    package var kind: ConnectionCommand.Kind
    package var answer: CommandAnswer
  }

  package var isCompleted: Bool {
    steps.count == preview.plan.steps.count && steps.allSatisfy(\.answer.isSuccess)
  }
}

extension CommandAnswer {
  package var isSuccess: Bool {
    if case .answered(let answer) = self { (200..<300).contains(answer.status) } else { false }
  }
}

extension CommandHandler {
  /// What going back would do. Reads the journal alone; sends nothing, records nothing.
  package func preview(
    _ appID: AppID, _ target: RollbackTarget
  ) async throws(RollbackRefusal) -> RollbackPreview {
    try await plan(appID, target).preview
  }

  /// Goes back: a plan, then ordinary commands that name the rollback as their cause. The secrets
  /// go from the vault to Okta; nobody is shown them.
  ///
  /// - Parameter digest: of the plan that was agreed to; absent takes the plan as it is now.
  package func rollBack(
    _ appID: AppID, _ target: RollbackTarget, digest: String?, context: EventContext,
    rollbackID: CommandID
  ) async throws(RollbackRefusal) -> RollbackResult {
    let result: Result<RollbackResult, RollbackRefusal> = await runToTheEnd {
      guard await self.turns.take(appID, waitingAtMost: self.limits.connectionWait) else {
        return .failure(.busy(waited: self.limits.connectionWait))
      }
      do throws(RollbackRefusal) {
        let result = try await self.rollBackInTurn(
          appID, target, digest: digest, context: context, rollbackID: rollbackID)
        await self.leave(result)
        return .success(result)
      } catch {
        await self.turns.release(appID)
        return .failure(error)
      }
    }
    return try result.get()
  }

  /// Gives the turn on: to the next command, or first to whoever settles a step in doubt.
  private func leave(_ result: RollbackResult) async {
    let appID = result.after.appID
    guard let ownCredential, case .inDoubt? = result.steps.last?.answer else {
      return await turns.release(appID)
    }
    track {
      await self.settle(result.after, with: ownCredential, headers: [])
      await self.turns.release(appID)
    }
  }

  private func plan(
    _ appID: AppID, _ target: RollbackTarget
  ) async throws(RollbackRefusal) -> (
    preview: RollbackPreview, connection: Connection, events: [Event]
  ) {
    let events: [Event]
    let connection: Connection
    do throws(JournalFault) {
      events = try await reader.events(in: .connection(appID), after: 0)
      connection = try await load(appID)
    } catch { throw .notRecorded(RecordingFault(error)) }
    do throws(RollbackBlocker) {
      let plan = try connection.plan(backTo: try target.find(in: events))
      return (
        RollbackPreview(plan: plan, digest: ContentDigest.hex(plan.canonicalBytes)), connection,
        events
      )
    } catch { throw .blocked(error) }
  }

  private func rollBackInTurn(
    _ appID: AppID, _ target: RollbackTarget, digest: String?, context: EventContext,
    rollbackID: CommandID
  ) async throws(RollbackRefusal) -> RollbackResult {
    let (preview, loaded, events) = try await plan(appID, target)
    if let digest, digest != preview.digest {
      throw .planIsVoid(expected: digest, found: preview.digest)
    }
    guard preview.plan.steps.isEmpty || ownCredential != nil else { throw .noCredential }
    var connection = loaded
    var requests: [CommandRequest] = []
    for step in preview.plan.steps {
      requests.append(try await request(for: step.command, appID, events: events, context))
    }

    let startID = environment.newID()
    var rollback = context
    rollback.commandID = rollbackID
    rollback.correlationID = context.correlationID ?? rollbackID
    try await record(
      .rollbackStarted(
        RollbackStart(
          planDigest: preview.digest, steps: preview.plan.steps.map(\.command.kind),
          target: target, targetVersion: preview.plan.targetVersion)),
      id: startID, appID, rollback)

    var result = RollbackResult(
      rollbackID: rollbackID, preview: preview, steps: [], after: connection)
    for var request in requests {
      request.context.causationID = startID
      request.context.correlationID = rollback.correlationID
      let (answer, _) = await performInTurn(request)
      result.steps.append(
        RollbackResult.StepResult(
          commandID: request.commandID, kind: request.operation.kind, answer: answer))
      guard answer.isSuccess else { break }
    }
    try await record(
      result.isCompleted
        ? .rollbackCompleted(RollbackEnd(startedBy: startID, stepsDone: result.steps.count))
        : .rollbackFailed(
          RollbackEnd(
            startedBy: startID, stepsDone: max(0, result.steps.count - 1),
            detail: result.steps.last.map { "the \($0.kind.rawValue) did not succeed" })),
      id: environment.newID(), appID, rollback)
    do throws(JournalFault) { connection = try await load(appID) } catch {
      throw .notRecorded(RecordingFault(error))
    }
    result.after = connection
    return result
  }

  private func record(
    _ payload: EventPayload, id: EventID, _ appID: AppID, _ context: EventContext
  ) async throws(RollbackRefusal) {
    do throws(JournalFault) {
      _ = try await writer.append(
        AppendBatch(
          to: .connection(appID), at: .any,
          [EventDraft(id: id, recordedAt: environment.now(), context: context, payload: payload)]))
    } catch { throw .notRecorded(RecordingFault(error)) }
  }

  /// A step as a request. Its secrets are opened here and live until the call is over.
  private func request(
    for command: ConnectionCommand, _ appID: AppID, events: [Event], _ context: EventContext
  ) async throws(RollbackRefusal) -> CommandRequest {
    guard let credential = ownCredential else { throw .noCredential }
    let operation: CommandRequest.Operation
    var query: String?
    switch command {
    case .activate: operation = .activate
    case .deactivate: operation = .deactivate
    case .verify: throw .blocked(.needsConsent)
    case .update(let content):
      var secrets: [SecretField: Secret] = [:]
      for reference in content.secrets {
        secrets[reference.field] = try await open(reference, appID, events: events)
      }
      let body = UpdateRequest.body(of: content, secrets: secrets)
      do throws(OktaError) {
        operation = .update(
          try UpdateRequest(parsing: body, activate: content.activate), body: body)
      } catch { throw .blocked(.secretNeverRecorded) }
      query = content.activate ? "activate=true" : nil
    }
    return CommandRequest(
      commandID: environment.newID(), appID: appID, operation: operation, query: query,
      headers: [
        .init("Content-Type", "application/json"), .init("Accept", "application/json"),
        .init("User-Agent", "hindsight-rollback"),
      ], credential: credential, context: context)
  }

  /// Opens a sealed secret, which is bound to the intent that brought it.
  private func open(
    _ reference: SecretReference, _ appID: AppID, events: [Event]
  ) async throws(RollbackRefusal) -> Secret {
    let intent = events.first { event in
      guard case .intended(let intent) = event.payload else { return false }
      return intent.command.updateContent?.secrets.contains(reference) == true
    }
    let sealed: SealedSecret?
    do throws(JournalFault) {
      sealed = try await reader.sealedSecret(reference.id)
    } catch { throw .notRecorded(RecordingFault(error)) }
    guard let intent, let sealed else { throw .blocked(.secretNeverRecorded) }
    do throws(VaultFault) {
      return try vault.open(sealed, reference, for: appID, in: intent.id)
    } catch { throw .secretDoesNotOpen(reference.id) }
  }
}
