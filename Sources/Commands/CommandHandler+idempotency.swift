import Connections
import EventStore
import Logging
import OktaAPI
import Upstream
import Vault

extension CommandHandler {
  /// The caller's key and payload by keyed fingerprint; `nil` without a key. The key is its actor's
  /// own: another actor's same key is another key.
  func mark(of request: CommandRequest) -> IdempotencyMark? {
    guard let key = request.idempotencyKey else { return nil }
    let actor = request.context.actor
    let owner = ["idempotency key", actor.kind.rawValue, actor.id, key]
    var payload = Array(
      [
        "idempotency payload", request.operation.kind.rawValue, request.appID.description,
        request.query ?? "",
      ].joined(separator: "\0").utf8)
    switch request.operation {
    case .update(_, let body): payload += [0] + body
    case .verify(let appName): payload += [0] + Array(appName.utf8)
    case .activate, .deactivate: break
    }
    return IdempotencyMark(
      key: vault.fingerprint(Secret(owner.joined(separator: "\0"))),
      payload: vault.fingerprint(Secret(bytes: payload)))
  }

  /// Performs a command unless its key was used before; then tells what became of that one.
  func performOnce(_ request: CommandRequest, _ mark: IdempotencyMark) async -> CommandAnswer {
    switch begin(request, mark) {
    case .begun: return await performMarked(request, mark)
    case .running(let commandID): return .keyInUse(commandID)
    case .otherPayload(let commandID): return .keyUsedOtherwise(commandID)
    case .ended(let commandID):
      guard let told = await present(commandID) else {
        // It certainly changed nothing, which a read has told since.
        keys.end(mark, of: commandID, as: .changedNothing)
        return await performOnce(request, mark)
      }
      return told
    }
  }

  private func begin(
    _ request: CommandRequest, _ mark: IdempotencyMark
  ) -> IdempotencyLedger.Answer {
    keys.begin(
      mark, request.commandID, at: environment.now(), keptSeconds: limits.idempotencySeconds)
  }

  private func performMarked(
    _ request: CommandRequest, _ mark: IdempotencyMark
  ) async -> CommandAnswer {
    let answer = await perform(request)
    switch answer {
    case .busy, .refused, .notRecorded: keys.release(mark, of: request.commandID)
    case .notSent: keys.end(mark, of: request.commandID, as: .changedNothing)
    case .answered(let answer) where answer.status == 429:
      keys.end(mark, of: request.commandID, as: .changedNothing)
    default: keys.end(mark, of: request.commandID, as: .ended)
    }
    return answer
  }

  /// The present truth about a command that ended, from the journal alone. `nil`: it certainly
  /// changed nothing, and may be tried again.
  private func present(_ commandID: CommandID) async -> CommandAnswer? {
    do throws(JournalFault) {
      let events = try await reader.events(ofCommands: [commandID])
      var intent: Event?
      var told: CommandAnswer = .stillInDoubt(commandID)
      for event in events {
        switch event.payload {
        case .intended: intent = event
        case .notSent: return nil
        case .succeeded(let outcome), .refused(let outcome):
          if outcome.call.status == 429 { return nil }
          guard let app = event.stream.appID, let reference = outcome.answer,
            let answer = try await open(reference, app, in: event.id)
          else { return .answerNotKept(commandID) }
          told = .replayed(answer, of: commandID)
        case .inDoubt: told = .stillInDoubt(commandID)
        case .resolved(let resolution):
          guard let app = intent?.stream.appID else { break }
          if resolution.verdict == .notApplied { return nil }
          let state = try await load(app).known?.state
          told = .settled(commandID, resolution, state)
        default: break
        }
      }
      return told
    } catch {
      logger.error("a recorded answer could not be read", metadata: ["fault": "\(error)"])
      return .notRecorded(RecordingFault(error))
    }
  }

  private func open(
    _ reference: SecretReference, _ app: AppID, in eventID: EventID
  ) async throws(JournalFault) -> OktaAnswer? {
    guard let sealed = try await reader.sealedSecret(reference.id),
      let bytes = try? vault.open(sealed, reference, for: app, in: eventID)
    else { return nil }
    return bytes.withBytes { OktaAnswer(kept: $0) }
  }

  /// Okta's whole answer, sealed, when the caller may ask for it again.
  func keep(
    _ outcome: CallOutcome, of request: CommandRequest, in outcomeID: EventID
  ) -> (reference: SecretReference, sealed: SealedSecret)? {
    guard request.idempotencyKey != nil else { return nil }
    switch outcome {
    case .succeeded(let answer), .refused(let answer):
      guard answer.status != 429 else { return nil }
      do {
        return try vault.seal(
          Secret(bytes: answer.kept), .answer, id: environment.newID(), for: request.appID,
          in: outcomeID)
      } catch {
        logger.error("an answer could not be sealed", metadata: ["fault": "\(error)"])
        return nil
      }
    case .notSent, .unknown: return nil
    }
  }
}
