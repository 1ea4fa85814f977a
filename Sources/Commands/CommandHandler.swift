package import Connections
package import EventStore
package import Logging
package import OktaAPI
package import Upstream
package import Vault

/// The write lane: intent durable, call, outcome durable, in this order and for every change.
///
/// Each command runs in a task of its own, so that neither a caller who hangs up nor a shutdown can
/// cut it between the call and the outcome; `drain()` waits for all of them.
package actor CommandHandler {
  let writer: any JournalWriter
  let reader: any JournalReader
  let vault: Vault
  let upstream: UpstreamClient
  let environment: CommandEnvironment
  let limits: CommandLimits
  /// Hindsight's own Okta credential: for recovery, reconciliation and rolling back.
  package nonisolated let ownCredential: OktaCredential?
  let logger: Logger
  let turns: ConnectionTurns
  /// Which secrets may not be used, which are gone, and what is held.
  package let secrets: SecretRegistry
  let recordedCopies: RecordedCopies

  /// Folds of the streams that were used, each as far as it was read. The journal stays the truth:
  /// an append at another version is refused and the fold read again.
  private var folded: [AppID: Connection] = [:]
  /// The last `X-Rate-Limit-*` figures by the credential that they count for.
  private var rateLimits: [String: RateLimit] = [:]
  /// Which request got which `X-Okta-Request-Id`, for clients that mark their retries by it.
  var recentRequests: [String: RecentRequest] = [:]
  /// The callers' own keys, each with its command.
  var keys = IdempotencyLedger()
  /// Connections that are looked at again until their doubts are settled.
  var looking: [AppID: Task<Void, Never>] = [:]
  /// Rollbacks that end when nobody consents in time.
  var waitingForConsent: [AppID: Task<Void, Never>] = [:]
  /// Rollbacks of one connection that are being carried out.
  var courses: Set<CommandID> = []
  /// Rollbacks of all connections that are being carried out.
  var tours: [CommandID: OngoingTour] = [:]
  /// Nothing long is begun any more.
  private(set) var isEnding = false
  private var running: [UUIDv7: Task<Void, Never>] = [:]
  /// Pauses of work that must come to its end. Whoever drains ends them.
  private var pauses: [UUIDv7: Task<Void, Never>] = [:]
  /// Waits for what Okta may still be doing. They end with the process.
  private var waits: [UUIDv7: Task<Bool, Never>] = [:]
  private var isCuttingWaits = false
  /// Doubts that were waited for as long as Okta takes, where the clock, which was set back since,
  /// does not tell.
  var outlasted: Set<CommandID> = []
  private var draining = 0
  var isDraining: Bool { draining > 0 }
  private var foundFault: FoundFault?

  /// The most folds kept at once.
  static let maximumFolded = 10_000

  package init(
    writer: any JournalWriter, reader: any JournalReader, vault: Vault, upstream: UpstreamClient,
    ownCredential: OktaCredential?, limits: CommandLimits, environment: CommandEnvironment,
    logger: Logger
  ) {
    self.writer = writer
    self.reader = reader
    self.vault = vault
    self.upstream = upstream
    self.ownCredential = ownCredential
    self.limits = limits
    self.environment = environment
    self.logger = logger
    turns = ConnectionTurns(sleep: environment.sleep)
    secrets = SecretRegistry(writer: writer, reader: reader, environment: environment)
    recordedCopies = RecordedCopies(reader: reader)
  }

  /// Why no intent could be recorded now; `nil` when it could.
  ///
  /// A finding serves for a second, and one look at a time is taken: however often somebody asks,
  /// commits do not wait for it.
  package func journalFault() async -> String? {
    let now = environment.now()
    if let found = foundFault, (0..<1_000_000).contains(now.microseconds - found.at.microseconds) {
      return await found.look.value
    }
    let look = Task { await lookForFault() }
    foundFault = FoundFault(at: now, look: look)
    return await look.value
  }

  private struct FoundFault {
    var at: Instant
    var look: Task<String?, Never>
  }

  private func lookForFault() async -> String? {
    do throws(JournalFault) {
      try await writer.check()
      return nil
    } catch {
      if case .storage(let fault) = error { return fault.description }
      return "\(error)"
    }
  }

  /// Waits until no command is running: each has its outcome. What waits to be recorded is tried
  /// once more, and then left to the next start.
  package func drain() async {
    isEnding = true
    defer { isEnding = false }
    draining += 1
    defer { draining -= 1 }
    for pause in pauses.values { pause.cancel() }
    await stopLooking()
    for task in waitingForConsent.values { task.cancel() }
    waitingForConsent = [:]
    while let task = running.first?.value { await task.value }
  }

  /// Changes, and looks at what they left, that have not come to their end.
  package var underWay: Int { running.count }

  /// Ends the work of a process that ends: as `drain()`, and no wait for what Okta may still be
  /// doing holds it up. The next start looks at those doubts.
  package func end() async {
    isCuttingWaits = true
    for wait in waits.values { wait.cancel() }
    await drain()
  }

  /// Runs work that must come to its end whatever happens to the caller.
  func runToTheEnd<Value: Sendable>(
    _ body: @escaping @Sendable () async -> Value
  ) async -> Value {
    let task = Task { await body() }
    track { _ = await task.value }
    return await task.value
  }

  /// Starts work that nobody waits for but `drain()`.
  func track(_ body: @escaping @Sendable () async -> Void) {
    let id = environment.newID()
    running[id] = Task {
      await body()
      self.finished(id)
    }
  }

  private func finished(_ id: UUIDv7) { running[id] = nil }

  /// Sleeps within work that must come to its end.
  ///
  /// - Returns: `false` when the process is ending: then the next attempt is the last.
  func pause(_ duration: Duration) async -> Bool {
    guard !isDraining else { return false }
    let id = environment.newID()
    let pause = Task { _ = try? await environment.sleep(duration) }
    pauses[id] = pause
    await pause.value
    pauses[id] = nil
    return !isDraining
  }

  /// Sleeps while Okta may still be doing something.
  ///
  /// - Returns: `false` when the process is ending, which cuts it short.
  func wait(_ duration: Duration) async -> Bool {
    guard !isCuttingWaits else { return false }
    let id = environment.newID()
    let wait = Task { (try? await environment.sleep(duration)) != nil }
    waits[id] = wait
    defer { waits[id] = nil }
    return await wait.value
  }

  // MARK: - The stream

  /// The connection as the journal has it now. Call it only while holding the turn.
  func load(_ appID: AppID) async throws(JournalFault) -> Connection {
    var connection = folded[appID] ?? Connection(appID: appID)
    let newer = try await reader.events(in: .connection(appID), after: connection.version)
    for event in newer { try apply(event, to: &connection) }
    keep(connection)
    return connection
  }

  /// Decides on a connection and appends what was decided, all or none.
  ///
  /// The turn keeps commands apart; a refusal by policy is recorded without it. So the stream may
  /// have moved: then the decision is made again on what is there now.
  func append(
    to connection: inout Connection, context: EventContext, named: EventName? = nil,
    secrets: [SealedSecret] = [], _ decide: (Connection) throws(Refusal) -> [Decision]
  ) async throws(AppendFault) {
    while true {
      let decisions: [Decision]
      do throws(Refusal) { decisions = try decide(connection) } catch { throw .refused(error) }
      do throws(JournalFault) {
        try await append(
          decisions, to: &connection, context: context, named: named, secrets: secrets)
        return
      } catch {
        guard case .conflict = error else { throw .journal(error) }
      }
      do throws(JournalFault) { connection = try await load(connection.appID) } catch {
        throw .journal(error)
      }
    }
  }

  /// The id of the one event to which sealed bytes are bound, chosen before they are sealed.
  struct EventName {
    var kinds: Set<EventPayload.Kind>
    var id: EventID
  }

  enum AppendFault: Error {
    case refused(Refusal)
    case journal(JournalFault)

    var journal: JournalFault? {
      if case .journal(let fault) = self { fault } else { nil }
    }
  }

  private func append(
    _ decisions: [Decision], to connection: inout Connection, context: EventContext,
    named: EventName?, secrets: [SealedSecret]
  ) async throws(JournalFault) {
    guard !decisions.isEmpty else { return }
    let drafts = decisions.map { decision in
      var context = context
      if let about = decision.commandID { context.commandID = about }
      if case .observed = decision.payload {
        // A fact of its own: who looked is told, the reason of the command is not its reason.
        context = EventContext(actor: context.actor, correlationID: context.correlationID)
      }
      let isNamed = named?.kinds.contains(decision.payload.kind) == true
      return EventDraft(
        id: (isNamed ? named?.id : nil) ?? environment.newID(), recordedAt: environment.now(),
        context: context, payload: decision.payload)
    }
    do throws(JournalFault) {
      let events = try await writer.append(
        AppendBatch(
          to: .connection(connection.appID), at: .exactly(connection.version), drafts,
          secrets: secrets))
      for event in events { try apply(event, to: &connection) }
      keep(connection)
      for event in events { tell(event, of: connection.appID) }
    } catch {
      folded[connection.appID] = nil
      throw error
    }
  }

  /// What an operator should find in the log: a change that was not sent or may have happened, how
  /// a doubt ended, and what changed past Hindsight.
  private func tell(_ event: Event, of app: AppID) {
    let place: Logger.Metadata = [
      "app": "\(app)", "command": "\(event.context.commandID?.description ?? "none")",
      "index": "\(event.index)",
    ]
    switch event.payload {
    case .inDoubt(let outcome):
      logger.warning(
        "a change may have happened: it is in doubt",
        metadata: place.merging(["cause": "\(outcome.call.detail ?? "unknown")"]) { $1 })
    case .notSent(let outcome):
      logger.warning(
        "a change was not sent to Okta",
        metadata: place.merging(["cause": "\(outcome.call.detail ?? "unknown")"]) { $1 })
    case .resolved(let resolution):
      logger.notice(
        "a doubt has ended",
        metadata: place.merging(["verdict": "\(resolution.verdict.rawValue)"]) { $1 })
    case .observed(let observation) where observation.isDrift:
      logger.warning("a connection was changed past Hindsight", metadata: place)
    default: break
    }
  }

  private func apply(_ event: Event, to connection: inout Connection) throws(JournalFault) {
    do throws(EventFault) { try connection.apply(event) } catch {
      throw .unreadable(index: event.index, error)
    }
  }

  private func keep(_ connection: Connection) {
    if folded.count >= Self.maximumFolded { folded.removeAll() }
    folded[connection.appID] = connection
  }

  // MARK: - The rate budget

  /// Answers may come in another order than they were counted: within one window, the fewest calls
  /// left are the truth.
  package func note(_ rateLimit: RateLimit?, of credential: OktaCredential) {
    // A limit of none tells of too many calls at once, and nothing of the window.
    guard var rateLimit, rateLimit.limit > 0 else { return }
    let holder = vault.fingerprint(credential.secret)
    if let known = rateLimits[holder] {
      guard rateLimit.resetEpochSeconds >= known.resetEpochSeconds else { return }
      if rateLimit.resetEpochSeconds == known.resetEpochSeconds {
        rateLimit.remaining = min(rateLimit.remaining, known.remaining)
      }
    }
    rateLimits[holder] = rateLimit
  }

  /// Who holds an Okta credential: its keyed fingerprint is all that is kept of it.
  package nonisolated func identify(_ credential: OktaCredential) -> ActorIdentity {
    let fingerprint = vault.fingerprint(credential.secret)
    return ActorIdentity(
      kind: .oktaCredential, id: fingerprint,
      display: "\(credential.scheme.rawValue) credential \(fingerprint.prefix(8))")
  }

  /// When the next window begins, where this one has too few calls left for so many.
  func nextWindow(of credential: OktaCredential, ifShortOf calls: Int) -> Instant? {
    guard let known = rateLimits[vault.fingerprint(credential.secret)],
      environment.now().epochSeconds < Int64(known.resetEpochSeconds),
      known.remaining < calls + CommandLimits.reservedCalls
    else { return nil }
    return Instant(microseconds: Int64(known.resetEpochSeconds) * 1_000_000)
  }

  /// Whether a read of our own would leave the caller's own calls room in this window.
  func allowsRead(_ credential: OktaCredential) -> Bool {
    callsLeft(credential).map { $0 > CommandLimits.reservedCalls } ?? true
  }

  /// What Okta last told of this window; `nil` when the next one has begun.
  package func callsLeft(_ credential: OktaCredential) -> Int? {
    guard let known = rateLimits[vault.fingerprint(credential.secret)],
      environment.now().epochSeconds < Int64(known.resetEpochSeconds)
    else { return nil }
    return known.remaining
  }
}
