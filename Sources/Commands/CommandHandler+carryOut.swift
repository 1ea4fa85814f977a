import Connections
import EventStore
import Logging
import OktaAPI
import Upstream
import Vault

extension CommandHandler {
  /// Carries out one change from intent to outcome, or tells what became of it when the caller asks
  /// for it again.
  package func carryOut(_ request: CommandRequest) async -> CommandAnswer {
    var request = request
    if let first = original(of: request) {
      // Marked by the client as the same logical command: told as one.
      request.context.correlationID = first
    }
    let marked = request
    let mark = mark(of: request)
    return await runToTheEnd {
      guard let mark else { return await self.perform(marked) }
      return await self.performOnce(marked, mark)
    }
  }

  func perform(_ request: CommandRequest) async -> CommandAnswer {
    guard await turns.take(request.appID, waitingAtMost: limits.connectionWait) else {
      let running = try? await load(request.appID).openIntents.first?.commandID
      return .busy(waited: limits.connectionWait, by: running)
    }
    let (answer, connection) = await performInTurn(request)
    if case .inDoubt = answer, let connection {
      // The caller is answered now; the turn goes on to whoever settles the doubt, so that the next
      // command of this connection finds it settled if it can be.
      track {
        await self.settle(connection, with: request.credential, headers: request.headers)
        await self.turns.release(request.appID)
      }
    } else {
      await turns.release(request.appID)
    }
    return answer
  }

  /// - Parameter before: what the caller has read for this; absent reads it where that is due.
  func performInTurn(
    _ request: CommandRequest, before read: Reading? = nil
  ) async -> (CommandAnswer, Connection?) {
    var connection: Connection
    do throws(JournalFault) { connection = try await load(request.appID) } catch {
      return (notRecorded(error, request), nil)
    }
    do throws(AppendFault) {
      try await append(to: &connection, context: recoveryContext) { $0.recover() }
      // What is sent now could be overtaken by a call that Okta still carries out.
      guard await outlast(connection.doubts) else {
        let doubt = connection.doubts.last?.commandID
        return (.busy(waited: .seconds(CommandLimits.settleSeconds), by: doubt), nil)
      }
      try await refuseCompromised(request)
      let before: Reading
      if let read { before = read } else { before = await readBefore(connection, request) }
      try await recordIntent(request, before: before, in: &connection)
    } catch {
      switch error {
      case .refused(let refusal): return (.refused(refusal), nil)
      case .journal(let fault): return (notRecorded(fault, request), nil)
      }
    }

    // The intent is durable: only from here on may a byte leave.
    let outcome = await upstream.send(request.call)

    let (verdict, after) = await verdict(of: outcome, request)
    let outcomeID = environment.newID()
    let conclusion = Conclusion(
      request: request, verdict: verdict, after: after, outcomeID: outcomeID,
      kept: keep(outcome, of: request, in: outcomeID))
    do throws(AppendFault) { try await record(conclusion, in: &connection) } catch {
      logger.critical(
        "the outcome of a command could not be recorded yet",
        metadata: ["command": "\(request.commandID)", "fault": "\(error)"])
      await keepRecording(conclusion)
      return (.outcomeNotRecorded, nil)
    }
    // The outcome is durable: only now is the caller answered.
    return (CommandAnswer(outcome), connection)
  }

  private func notRecorded(_ fault: JournalFault, _ request: CommandRequest) -> CommandAnswer {
    logger.error(
      "an intent could not be recorded, and nothing was sent",
      metadata: ["command": "\(request.commandID)", "fault": "\(fault)"])
    return .notRecorded(RecordingFault(fault))
  }

  // MARK: - Before

  /// A secret that was marked compromised is never sent again, whoever brings it; the attempt is
  /// recorded.
  private func refuseCompromised(_ request: CommandRequest) async throws(AppendFault) {
    guard case .update(let update, _) = request.operation, !update.secrets.isEmpty else { return }
    let prints = update.secrets.values.map { vault.fingerprint($0) }
    let found: String
    do throws(JournalFault) {
      let standing = try await secrets.standing()
      guard let print = prints.first(where: standing.isCompromised) else { return }
      found = print
      let call = CallRecord(
        status: 403, detail: "the secret \(print) was marked compromised and is never used again")
      _ = try await writer.append(
        AppendBatch(
          to: .connection(request.appID), at: .any,
          [
            EventDraft(
              id: environment.newID(), recordedAt: environment.now(), context: request.context,
              payload: .refused(Outcome(call: call, refusedKind: .update)))
          ]))
    } catch { throw .journal(error) }
    throw .refused(.secretCompromised(fingerprint: found))
  }

  private func readBefore(_ connection: Connection, _ request: CommandRequest) async -> Reading {
    if let fresh = freshReading(of: connection) { return fresh }
    return await read(request.appID, with: request.credential, headers: request.headers)
  }

  /// What the journal knows, where that is certain and so recent that it need not be read again. A
  /// read of the future is one by a clock that was set back since: how old it is, nobody knows.
  func freshReading(of connection: Connection) -> Reading? {
    guard let known = connection.known, !connection.isUnconfirmed, connection.doubts.isEmpty
    else { return nil }
    let age = environment.now().microseconds - known.readAt.microseconds
    guard (0...CommandLimits.freshnessSeconds * 1_000_000).contains(age) else { return nil }
    return Reading(source: .journal, state: known.state, readAt: known.readAt)
  }

  /// A read of our own, within the budget.
  func read(
    _ appID: AppID, with credential: OktaCredential, headers: [OktaAnswer.Header]
  ) async -> Reading {
    guard allowsRead(credential) else { return Reading(without: "rateLimitLow") }
    let reading = headers.filter { $0.name.lowercased().hasSuffix("user-agent") }
    let outcome = await upstream.read(
      appID, credential: credential,
      headers: reading + [OktaAnswer.Header("Accept", "application/json")])
    return Self.reading(outcome, at: environment.now(), noting: { note($0, of: credential) })
  }

  static func reading(
    _ outcome: ReadOutcome, at now: Instant, noting note: (RateLimit?) -> Void
  ) -> Reading {
    switch outcome {
    case .failed(let reason, _): return Reading(without: "failed: \(reason)")
    case .answered(let answer):
      note(answer.rateLimit)
      if answer.status == 200, let state = answer.state {
        return Reading(source: .get, state: state, readAt: now)
      }
      return Reading(without: answer.status == 404 ? "notFound" : "status \(answer.status)")
    }
  }

  private func recordIntent(
    _ request: CommandRequest, before: Reading, in connection: inout Connection
  ) async throws(AppendFault) {
    let intentID = environment.newID()
    let command: ConnectionCommand
    let sealed: [SealedSecret]
    do { (command, sealed) = try seal(request, in: intentID) } catch {
      throw .journal(.storage(StorageFault(isFull: false, description: "the vault cannot seal")))
    }
    try await append(
      to: &connection, context: request.context,
      named: EventName(kinds: [.intended], id: intentID), secrets: sealed
    ) { (connection) throws(Refusal) in
      try connection.intend(
        command, before: before,
        marks: IntentMarks(
          retry: request.retry, idempotency: mark(of: request),
          actorID: request.context.actor.id, askedAt: environment.now()),
        canStillApply: mayStillApply)
    }
  }

  /// The command as it is recorded: each secret sealed and named by reference.
  private func seal(
    _ request: CommandRequest, in intentID: EventID
  ) throws -> (ConnectionCommand, [SealedSecret]) {
    switch request.operation {
    case .activate: return (.activate, [])
    case .deactivate: return (.deactivate, [])
    case .verify(let appName): return (.verify(appName: appName), [])
    case .update(let update, _):
      var content = update.content
      var all: [SealedSecret] = []
      for field in SecretField.allCases {
        guard let secret = update.secrets[field] else { continue }
        let (reference, sealed) = try vault.seal(
          secret, field, id: environment.newID(), for: request.appID, in: intentID)
        switch field {
        case .token: content.token = reference
        case .adminPassword: content.adminPassword = reference
        case .answer, .consentLink: continue
        }
        all.append(sealed)
      }
      return (.update(content), all)
    }
  }

  // MARK: - After

  /// What the journal says of a call, with the state that a read after it shows.
  private func verdict(
    of outcome: CallOutcome, _ request: CommandRequest
  ) async -> (CallVerdict, Reading?) {
    switch outcome {
    case .notSent(let reason):
      // Our own answer bears the command's id in the place of Okta's request id.
      remember(request.commandID.requestID, of: request)
      return (.notSent(CallRecord(detail: reason)), nil)
    case .refused(let answer): return (.refused(record(answer, request)), nil)
    case .unknown(let reason, let seen):
      var call = CallRecord()
      switch seen {
      case .nothing: break
      case .whole(let answer): call = record(answer, request)
      case .head(let answer):
        call = record(answer, request)
        // Recorded as a status, it would say that Okta was done.
        (call.status, call.durationMicroseconds) = (nil, nil)
      }
      call.detail = reason
      return (.unknown(call), nil)
    case .succeeded(let answer):
      let call = record(answer, request)
      if let state = answer.state {
        return (.succeeded(call), Reading(source: .answer, state: state, readAt: environment.now()))
      }
      // Okta answers 204 to what it does not do, too: only a read shows what is.
      let after = await read(request.appID, with: request.credential, headers: request.headers)
      return (.succeeded(call), after)
    }
  }

  private func record(_ answer: OktaAnswer, _ request: CommandRequest) -> CallRecord {
    note(answer.rateLimit, of: request.credential)
    remember(answer.requestID, of: request)
    let error = answer.error
    let summary = error.map { ([$0.summary] + $0.causes).joined(separator: " ") }
    return CallRecord(
      status: answer.status, errorCode: error.map { String($0.code.prefix(32)) },
      errorSummary: summary.flatMap { Self.harmless($0, request) }, requestID: answer.requestID,
      rateLimit: answer.rateLimit, durationMicroseconds: answer.durationMicroseconds)
  }

  /// A text of Okta's, unless it repeats a secret of the request, or what could be one: a value of
  /// a field that is recorded by name only.
  private static func harmless(_ text: String, _ request: CommandRequest) -> String? {
    var secrets = [request.credential.secret]
    var words: [String] = []
    switch request.operation {
    case .update(let update, let body):
      secrets += update.secrets.values
      let clear = update.content.clearTexts
      words += ((try? JSONValue(parsing: body))?.scalars ?? [])
        .filter { $0.count >= 8 && !clear.contains($0) }
    case .verify:
      words += ["code", "state"].flatMap { OktaRoute.parameters($0, in: request.query) }
    case .activate, .deactivate: break
    }
    words += secrets.map { $0.withBytes { String(decoding: $0, as: UTF8.self) } }
    guard words.allSatisfy({ $0.isEmpty || !text.contains($0) }) else { return nil }
    return String(decoding: text.utf8.prefix(1_000), as: UTF8.self)
  }
}

extension UpdateContent {
  /// What is recorded in clear.
  fileprivate var clearTexts: [String] {
    [authScheme, baseURL, clientID, rotationMode, adminUsername].compactMap(\.self)
  }
}

extension JSONValue {
  /// Every text and number in it, however deep.
  fileprivate var scalars: [String] {
    switch self {
    case .null, .boolean: []
    case .number(let characters): [characters]
    case .string(let text, _): [text]
    case .array(let elements): elements.flatMap(\.scalars)
    case .object(let members): members.flatMap(\.value.scalars)
    }
  }
}

extension CommandAnswer {
  init(_ outcome: CallOutcome) {
    switch outcome {
    case .succeeded(let answer), .refused(let answer): self = .answered(answer)
    case .notSent(let reason): self = .notSent(reason: reason)
    case .unknown(let reason, _): self = .inDoubt(reason: reason)
    }
  }
}
