import Testing

@testable import Connections

/// What Okta shows may be the work of the later command, and then it tells nothing of the earlier.
@Suite struct `A doubt that a later command follows` {
  private static let moving = UpdateContent.token("f2", baseURL: "https://scim.example/2")

  /// The token f1, disabled; then an update in doubt that was to activate.
  private func doubtful(
    _ content: UpdateContent = .token("f2").activating
  ) -> (story: Story, doubt: CommandID) {
    var story = Story.telling { $0.carryOut(.update(.token("f1")), after: .plain) }
    let doubt = story.leaveInDoubt(.update(content))
    return (story, doubt)
  }

  private func succeed(
    _ story: inout Story, _ command: ConnectionCommand, after state: ConnectionState?
  ) throws {
    let id = story.intend(command)
    let decisions = try story.connection.conclude(
      id, verdict: .succeeded(CallRecord(status: 204)), after: state.map { .got($0) })
    story.tell(decisions, of: id)
  }

  private func resolved(
    _ verdict: Resolution.Verdict, _ state: ConnectionState, about id: CommandID
  ) -> Decision {
    Decision(.resolved(Resolution(verdict: verdict, observed: .got(state))), about: id)
  }

  @Test(arguments: [ConnectionState.plain.on, nil])
  func `is not settled by what that one set`(after: ConnectionState?) throws {
    let (given, doubt) = doubtful()
    var story = given
    try succeed(&story, .activate, after: after)
    story.tell(try story.connection.observe(.got(.plain.on), cause: .client))
    let connection = try story.connection
    #expect(connection.doubts.map(\.commandID) == [doubt])
    #expect(connection.known?.state == .plain.on)
    #expect(connection.credential.content == .token("f1"))
    #expect(!connection.isCredentialCertain)
    // Nobody looks again for what no look can tell.
    #expect(!connection.hasTellableDoubt)
    #expect(connection.doubts.flatMap { connection.tellingFields(of: $0) } == [])
  }

  @Test func `is not settled while that one has no outcome`() throws {
    var story = doubtful().story
    story.intend(.activate)
    let decisions = try story.connection.observe(.got(.plain.on), cause: .doubt)
    #expect(decisions.map(\.payload.kind) == [.observed])
  }

  @Test func `is not settled while that one is in doubt itself`() throws {
    let (given, doubt) = doubtful()
    var story = given
    let later = story.leaveInDoubt(.activate)
    let connection = try story.connection
    #expect(connection.doubts.map { connection.tellingFields(of: $0) } == [[], [.status]])
    let decisions = try story.connection.observe(.got(.plain.on), cause: .doubt)
    #expect(decisions == [resolved(.applied, .plain.on, about: later)])
    story.tell(decisions)
    #expect(try story.connection.observe(.got(.plain.on), cause: .doubt) == [])
    #expect(try story.connection.doubts.map(\.commandID) == [doubt])
  }

  @Test func `is settled once that one is known to have had no effect`() throws {
    let (given, doubt) = doubtful()
    var story = given
    let later = story.leaveInDoubt(.activate)
    #expect(
      try story.connection.observe(.got(.plain), cause: .doubt) == [
        resolved(.notApplied, .plain, about: doubt), resolved(.notApplied, .plain, about: later),
      ])
    story.tell(try story.connection.rule(on: later, .notApplied))
    #expect(
      try story.connection.observe(.got(.plain.on), cause: .doubt)
        == [resolved(.applied, .plain.on, about: doubt)])
  }

  @Test(arguments: [EventPayload.Kind.refused, .notSent])
  func `is settled where that one certainly did nothing`(kind: EventPayload.Kind) throws {
    let (given, doubt) = doubtful()
    var story = given
    let later = story.intend(.activate)
    let outcome = Outcome(call: CallRecord(status: 403))
    story.tell(kind == .refused ? .refused(outcome) : .notSent(outcome), of: later)
    #expect(
      try story.connection.observe(.got(.plain.on), cause: .client)
        == [resolved(.applied, .plain.on, about: doubt)])
  }

  @Test func `that was ruled to be carried out, is not settled by it either`() throws {
    let (given, doubt) = doubtful()
    var story = given
    let later = story.leaveInDoubt(.activate)
    story.tell(try story.connection.rule(on: later, .applied))
    #expect(try story.connection.observe(.got(.plain.on), cause: .client) == [])
    #expect(try story.connection.doubts.map(\.commandID) == [doubt])
  }

  @Test(
    arguments: [(.elsewhere.on, .applied), (.plain.on, .notApplied), (.plain, .notApplied)]
      as [(ConnectionState, Resolution.Verdict)])
  func `is settled by what only itself was to change`(
    shown: ConnectionState, verdict: Resolution.Verdict
  ) throws {
    let (given, doubt) = doubtful(Self.moving.activating)
    var story = given
    try succeed(&story, .activate, after: .plain.on)
    let decisions = try story.connection.observe(.got(shown), cause: .client)
    #expect(decisions.last == resolved(verdict, shown, about: doubt))
    // The activate after it has set the status: whoever turned it off did so past Hindsight.
    let isDrift = shown == .plain
    #expect(decisions.map(\.payload.kind) == (isDrift ? [.observed] : []) + [.resolved])
  }

  // MARK: - Made irrelevant

  @Test(arguments: [ConnectionCommand.activate, .update(.token("f2").activating)])
  func `and is about the status, is superseded once that one set it`(
    later: ConnectionCommand
  ) throws {
    var story = Story.telling { $0.carryOut(.update(.token("f1").activating), after: .plain.on) }
    let doubt = story.leaveInDoubt(.deactivate)
    let id = story.intend(later)
    let decisions = try story.connection.conclude(
      id, verdict: .succeeded(CallRecord(status: 204)), after: .got(.plain.on))
    #expect(
      decisions.dropFirst() == [
        Decision(
          .resolved(Resolution(verdict: .superseded, supersededBy: id)), about: doubt)
      ])
    story.tell(decisions, of: id)
    #expect(try story.connection.doubts.isEmpty)
  }

  @Test(arguments: [ConnectionState.plain, nil])
  func `and is about the status, stays where that is not shown`(after: ConnectionState?) throws {
    var story = Story.telling { $0.carryOut(.update(.token("f1").activating), after: .plain.on) }
    let doubt = story.leaveInDoubt(.deactivate)
    try succeed(&story, .activate, after: after)
    story.tell(try story.connection.observe(.got(.plain.on), cause: .client))
    #expect(try story.connection.doubts.map(\.commandID) == [doubt])
  }
}
