import Testing

@testable import Connections

@Suite struct `A ruling` {
  private func ruled(
    _ command: ConnectionCommand, _ verdict: Resolution.Verdict, before: ConnectionState = .plain
  ) throws -> (connection: Connection, command: CommandID) {
    var story = Story.telling { $0.baseline(before) }
    let id = story.leaveInDoubt(command)
    for decision in try story.connection.rule(on: id, verdict) {
      story.tell(decision.payload, of: decision.commandID)
    }
    return (try story.connection, id)
  }

  @Test func `ends the doubt that it names, and says that it is one`() throws {
    var story = Story.telling { $0.baseline(.plain) }
    let id = story.leaveInDoubt(.update(.token("f1")))
    let other = story.leaveInDoubt(.activate)
    #expect(
      try story.connection.rule(on: id, .applied) == [
        Decision(.resolved(Resolution(verdict: .applied, isRuling: true)), about: id)
      ])
    story.tell(.resolved(Resolution(verdict: .applied, isRuling: true)), of: id)
    #expect(try story.connection.doubts.map(\.commandID) == [other])
  }

  @Test func `is not taken on what is not in doubt`() throws {
    var story = Story.telling { $0.baseline(.plain) }
    let id = story.carryOut(.activate, after: .plain.on)
    #expect(throws: Refusal.notInDoubt(id)) { try story.connection.rule(on: id, .applied) }
  }

  @Test(
    arguments: [
      (.activate, .plain, .plain.on), (.deactivate, .plain.on, .plain),
      (.update(.token("f1", activate: true)), .plain, .plain.on),
      (.update(.token("f1", baseURL: "https://scim.example/2")), .plain.on, .elsewhere),
    ] as [(ConnectionCommand, ConnectionState, ConnectionState)])
  func `that it was applied makes the state what was asked for, on a person's word`(
    command: ConnectionCommand, before: ConnectionState, after: ConnectionState
  ) throws {
    let (connection, id) = try ruled(command, .applied, before: before)
    #expect(connection.known?.state == after)
    #expect(connection.ruledBy == id)
    #expect(ConnectionSnapshot(connection).ruledBy == id)
    #expect((connection.credential.content != nil) == (command.kind == .update))
  }

  @Test func `that it was not applied changes nothing`() throws {
    let (connection, _) = try ruled(.update(.token("f1", activate: true)), .notApplied)
    #expect(connection.known?.state == .plain)
    #expect(connection.ruledBy == nil)
    #expect(connection.credential == .neverRecorded)
  }

  @Test(arguments: [
    (Resolution.Verdict.applied, ConnectionState.plain), (.notApplied, .plain.on),
  ])
  func `that a read contradicts is answered by drift`(
    verdict: Resolution.Verdict, shown: ConnectionState
  ) throws {
    let (connection, _) = try ruled(.activate, verdict)
    #expect(
      connection.observe(.got(shown), cause: .client) == [
        Decision(.observed(Observation(cause: .client, isDrift: true, state: shown)))
      ])
  }

  @Test(arguments: [
    (Resolution.Verdict.applied, ConnectionState.plain.on), (.notApplied, .plain),
  ])
  func `that a read confirms needs no further word`(
    verdict: Resolution.Verdict, shown: ConnectionState
  ) throws {
    let (connection, _) = try ruled(.activate, verdict)
    #expect(connection.observe(.got(shown), cause: .client) == [])
  }
}

@Suite struct `Rulings in another order than their commands` {
  private func rule(
    _ story: inout Story, on id: CommandID, _ verdict: Resolution.Verdict = .applied
  ) throws {
    story.tell(try story.connection.rule(on: id, verdict))
  }

  @Test(arguments: [true, false])
  func `leave the secret of the later one`(backwards: Bool) throws {
    var story = Story.telling { $0.baseline(.plain) }
    let earlier = story.leaveInDoubt(.update(.token("f1")))
    let later = story.leaveInDoubt(.update(.token("f2")))
    for id in backwards ? [later, earlier] : [earlier, later] { try rule(&story, on: id) }
    let connection = try story.connection
    #expect(connection.credential.content?.token?.fingerprint == "f2")
    #expect(connection.doubts == [])
  }

  @Test(arguments: [true, false])
  func `leave the state of the later one`(backwards: Bool) throws {
    var story = Story.telling { $0.baseline(.plain) }
    let earlier = story.leaveInDoubt(.activate)
    let later = story.leaveInDoubt(.deactivate)
    for id in backwards ? [later, earlier] : [earlier, later] { try rule(&story, on: id) }
    let connection = try story.connection
    #expect(connection.known?.state.status == "DISABLED")
    #expect(connection.ruledBy == later)
  }

  @Test func `change no state that was read after the command`() throws {
    var story = Story.telling { $0.baseline(.plain) }
    let id = story.leaveInDoubt(.update(.token("f1", baseURL: "https://scim.example/2")))
    let shown = ConnectionState.plain.with { $0.baseURL = "https://scim.example/3" }
    story.tell(try story.connection.observe(.got(shown), cause: .client))
    try rule(&story, on: id)
    let connection = try story.connection
    #expect(connection.known?.state == shown)
    #expect(connection.ruledBy == nil)
    // It was carried out, and somebody has changed the configuration since.
    #expect(connection.credential == .changedElsewhere(version: 4))
    #expect(!connection.isCredentialCertain)
  }

  @Test func `take the secret where what was read after the command agrees with it`() throws {
    var story = Story.telling { $0.baseline(.plain) }
    let id = story.leaveInDoubt(.update(.token("f1")))
    story.drift(to: .plain.on)
    try rule(&story, on: id)
    let connection = try story.connection
    #expect(connection.credential.content?.token?.fingerprint == "f1")
    #expect(connection.known?.state == .plain.on)
    // Whoever changed the status may have changed the secret.
    #expect(connection.hasDriftedSinceUpdate)
  }

  @Test func `change no state that a later command left unread`() throws {
    var story = Story.telling { $0.baseline(.plain) }
    let id = story.leaveInDoubt(.activate)
    story.carryOut(.deactivate, after: nil)
    try rule(&story, on: id)
    #expect(try story.connection.isUnconfirmed)
    #expect(try story.connection.known?.state == .plain)
  }
}

@Suite struct `A ruling where nothing was ever read` {
  private func ruled(
    _ command: ConnectionCommand, _ verdict: Resolution.Verdict = .applied
  ) throws -> Story {
    var story = Story()
    let id = story.leaveInDoubt(command)
    story.tell(try story.connection.rule(on: id, verdict))
    return story
  }

  @Test(
    arguments: [
      (.activate, .plain), (.deactivate, .plain.on), (.update(.token("f1")), .elsewhere),
      (.update(.token("f1", activate: true)), .plain),
    ] as [(ConnectionCommand, ConnectionState)])
  func `is contradicted by drift`(command: ConnectionCommand, shown: ConnectionState) throws {
    var story = try ruled(command)
    #expect(try story.connection.ruledBy == .command(1))
    let decisions = try story.connection.observe(.got(shown), cause: .client)
    #expect(
      decisions == [
        Decision(.observed(Observation(cause: .client, isDrift: true, state: shown)))
      ])
    story.tell(decisions)
    let connection = try story.connection
    #expect(connection.known?.state == shown && connection.ruledBy == nil)
    #expect(!connection.isCredentialCertain)
  }

  @Test(
    arguments: [
      (.activate, .applied, .plain.on), (.update(.token("f1")), .applied, .plain),
      // What was before is not known, so this contradicts nothing.
      (.activate, .notApplied, .plain.on),
    ] as [(ConnectionCommand, Resolution.Verdict, ConnectionState)])
  func `is followed by a baseline otherwise`(
    command: ConnectionCommand, verdict: Resolution.Verdict, shown: ConnectionState
  ) throws {
    let story = try ruled(command, verdict)
    #expect(
      try story.connection.observe(.got(shown), cause: .client) == [
        Decision(.observed(Observation(cause: .baseline, isDrift: false, state: shown)))
      ])
  }

  @Test func `contradicts nothing that a later command explains`() throws {
    var story = try ruled(.activate)
    story.carryOut(.deactivate, after: nil)
    #expect(
      try story.connection.observe(.got(.plain), cause: .client) == [
        Decision(.observed(Observation(cause: .baseline, isDrift: false, state: .plain)))
      ])
  }
}

@Suite struct `A command that looks like the one before` {
  private func repeated(
    _ command: ConnectionCommand, by actor: String = "anna", after seconds: Int64 = 5,
    marks: (inout IntentMarks) -> Void = { _ in }
  ) throws -> CommandID? {
    var connection = try Story.telling { $0.baseline(.plain) }.connection
    connection.lastIntended = Connection.IntendedCommand(
      commandID: .command(1), command: .update(.token("f1")), actorID: "anna", at: Story.moment(0))
    var told = IntentMarks(actorID: actor, askedAt: Story.moment(0).adding(seconds: seconds))
    marks(&told)
    guard
      case .intended(let intent) = try connection.intend(
        command, before: Reading(without: "notFound"), marks: told
      ).last?.payload
    else { return nil }
    return intent.repeatOf
  }

  @Test func `is linked to it as a suspected repeat`() throws {
    #expect(try repeated(.update(.token("f1"))) == .command(1))
    // Another sealed copy of the same secret.
    #expect(try repeated(.update(.token("f1", copy: 2))) == .command(1))
    #expect(try repeated(.update(.token("f1")), after: 300) == .command(1))
  }

  @Test func `is not, when it asks for something else, later, or by another`() throws {
    #expect(try repeated(.update(.token("f2"))) == nil)
    #expect(try repeated(.update(.token("f1", activate: true))) == nil)
    #expect(try repeated(.activate) == nil)
    #expect(try repeated(.update(.token("f1")), by: "bert") == nil)
    #expect(try repeated(.update(.token("f1")), after: 301) == nil)
  }

  @Test func `is not, when the caller tells the two apart`() throws {
    let command = ConnectionCommand.update(.token("f1"))
    #expect(try repeated(command) { $0.retry = Retry(requestID: "r", attempt: 1) } == nil)
    #expect(
      try repeated(command) { $0.idempotency = IdempotencyMark(key: "k", payload: "p") } == nil)
  }
}
