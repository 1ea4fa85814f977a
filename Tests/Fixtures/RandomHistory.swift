package import Connections
package import EventStore
import Vault

/// A history that could have happened, the same for the same seed: several connections, some of
/// which change past Hindsight; commands that succeed, are refused, are lost or left open by a
/// crash; doubts and their ends; rollbacks; and access events between them. Every decision is made
/// by the functions that make it in earnest, so that no history is one that Hindsight would not
/// have written.
package struct RandomHistory: Sendable {
  package let apps: [AppID]
  package let world: StillLife
  var random: SeededGenerator
  let vault: Vault
  /// What Okta holds, known to nobody but Okta; absent for an app that it does not know.
  var truth: [AppID: ConnectionState] = [:]
  private var connections: [AppID: Connection] = [:]
  private var accessVersion = 0
  private var lastToken: UUIDv7?

  package init(seed: UInt64, apps count: Int = 4) throws {
    world = StillLife()
    random = SeededGenerator(seed: seed)
    vault = try .still(world)
    var apps: [AppID] = []
    for number in 0..<count {
      guard let app = AppID("0oa\(seed)app\(number)") else { continue }
      apps.append(app)
      connections[app] = Connection(appID: app)
      // Okta does not know the last one.
      if number < max(1, count - 1) {
        truth[app] = ConnectionState(status: "DISABLED", authScheme: "TOKEN")
      }
    }
    self.apps = apps
  }

  /// What the history says of a connection so far.
  package func connection(_ app: AppID) -> Connection? { connections[app] }

  /// Appends that many batches.
  package mutating func extend(_ journal: any JournalWriter, steps: Int) async throws {
    for _ in 0..<steps {
      let batch = try nextBatch()
      for event in try await journal.append(batch) { try take(event) }
    }
  }

  /// The next batch. It must be appended, and its events taken, before another is asked for.
  package mutating func nextBatch() throws -> AppendBatch {
    while true {
      world.advance(seconds: Int64(random.below(90)))
      if random.chance(5) { return accessBatch() }
      let app = random.pick(apps)
      guard let connection = connections[app] else { continue }
      let (drafts, secrets) = try step(of: connection)
      guard !drafts.isEmpty else { continue }
      return AppendBatch(
        to: .connection(app), at: .exactly(connection.version), drafts, secrets: secrets)
    }
  }

  package mutating func take(_ event: Event) throws {
    switch event.stream {
    case .access: accessVersion = event.streamVersion
    case .secrets, .organisation: break
    case .connection(let app):
      var connection = connections[app] ?? Connection(appID: app)
      try connection.apply(event)
      connections[app] = connection
    }
  }

  private mutating func step(of connection: Connection) throws -> ([EventDraft], [SealedSecret]) {
    if let open = connection.openIntents.first {
      return (conclusion(of: open, in: connection), [])
    }
    switch random.below(20) {
    case 0..<11: return try intent(in: connection)
    case 11..<14:
      guard let reading = reading(of: connection.appID, source: .get) else { return ([], []) }
      let cause: Observation.Cause = connection.doubts.isEmpty ? .client : .doubt
      return (drafts(connection.observe(reading, cause: cause), about: nil), [])
    case 14..<17:
      changeElsewhere(connection.appID)
      return ([], [])
    case 17..<19: return ([policyRefusal()], [])
    default: return (rollback(to: connection.version), [])
    }
  }

  private func drafts(_ decisions: [Decision], about command: CommandID?) -> [EventDraft] {
    decisions.map { world.draft($0.payload, command: $0.commandID ?? command) }
  }

  private mutating func conclusion(
    of open: Connection.OpenCommand, in connection: Connection
  ) -> [EventDraft] {
    if random.chance(10) { return drafts(connection.recover(), about: open.commandID) }
    let verdict = verdict()
    var isApplied = false
    switch verdict {
    case .succeeded: isApplied = true
    case .unknown: isApplied = random.chance(50)
    case .refused, .notSent: break
    }
    if isApplied { apply(open.intent.command, to: connection.appID) }
    let after = random.chance(70) ? reading(of: connection.appID, source: .answer) : nil
    return drafts(
      connection.conclude(open.commandID, verdict: verdict, after: after), about: open.commandID)
  }

  private mutating func verdict() -> CallVerdict {
    let duration = 1_000 + random.below(900_000)
    switch random.below(10) {
    case 0..<6: return .succeeded(CallRecord(status: 200, durationMicroseconds: duration))
    case 6:
      return .refused(
        CallRecord(status: 400, errorCode: "E0000001", durationMicroseconds: duration))
    case 7: return .notSent(CallRecord(detail: "The name could not be found."))
    default: return .unknown(CallRecord(durationMicroseconds: duration, detail: "No answer came."))
    }
  }

  private func policyRefusal() -> EventDraft {
    world.draft(.policyRefusal, command: world.newID())
  }

  private mutating func rollback(to version: Int) -> [EventDraft] {
    let command = world.newID()
    let start = world.draft(
      .rollback(
        .started(
          RollbackStart(
            planDigest: "00", steps: [.update], target: .version(max(1, version)),
            targetVersion: max(1, version)))), command: command, reason: "back again")
    let isCompleted = random.chance(50)
    let end = RollbackEnd(
      startedBy: start.id, stepsDone: isCompleted ? 1 : 0,
      detail: isCompleted ? nil : "the update did not succeed")
    return [
      start,
      world.draft(
        .rollback(isCompleted ? .completed(end) : .failed(end)), command: command),
    ]
  }

  private mutating func accessBatch() -> AppendBatch {
    let payload: EventPayload
    if let token = lastToken {
      payload = .tokenRevoked(tokenID: token)
      lastToken = nil
    } else if random.chance(50) {
      payload = .exported(
        Export(definition: "changes/1", from: nil, to: nil, trueAtSize: random.below(100)))
    } else {
      let id = world.newID()
      payload = .tokenCreated(TokenRecord(id: id, name: "Anna", role: .operator, hash: "00"))
      lastToken = id
    }
    return AppendBatch(to: .access, at: .exactly(accessVersion), [world.draft(payload)])
  }
}
