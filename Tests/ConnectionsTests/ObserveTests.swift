import Testing

@testable import Connections

@Suite struct `Observing a connection` {
  private func observed(
    _ cause: Observation.Cause, drift: Bool, _ state: ConnectionState
  ) -> [Decision] {
    [Decision(.observed(Observation(cause: cause, isDrift: drift, state: state)))]
  }

  private func drifts(_ decisions: [Decision]) -> [Decision] {
    decisions.filter {
      if case .observed(let observation) = $0.payload { observation.isDrift } else { false }
    }
  }

  private func resolved(
    _ verdict: Resolution.Verdict, _ state: ConnectionState, about id: CommandID
  ) -> Decision {
    Decision(.resolved(Resolution(verdict: verdict, observed: .got(state))), about: id)
  }

  @Test func `tells nothing when no state was read`() throws {
    #expect(try Story().connection.observe(Reading(without: "notFound"), cause: .client) == [])
  }

  @Test(arguments: [Observation.Cause.before, .client, .doubt])
  func `for the first time tells a baseline, whatever the cause`(
    cause: Observation.Cause
  ) throws {
    #expect(
      try Story().connection.observe(.got(.plain), cause: cause)
        == observed(.baseline, drift: false, .plain))
  }

  static let known = ConnectionState.service

  @Test(arguments: [
    known, known.with { $0.offersConsent = true },
  ])
  func `tells nothing when it is what was expected`(state: ConnectionState) throws {
    let story = Story.telling { $0.baseline(Self.known) }
    #expect(try story.connection.observe(.got(state), cause: .client) == [])
  }

  @Test(arguments: [
    known.on, known.with { $0.authScheme = "TOKEN" }, known.with { $0.baseURL = "https://x" },
    known.with { $0.clientID = nil }, known.with { $0.rotationMode = "MANUAL" },
    .unsupported,
  ])
  func `tells drift when anything else is shown`(state: ConnectionState) throws {
    let story = Story.telling { $0.baseline(Self.known) }
    #expect(
      try story.connection.observe(.got(state), cause: .client)
        == observed(.client, drift: true, state))
  }

  @Test func `tells a change, but no drift, after a command that nobody read back`() throws {
    var story = Story.telling { $0.baseline(.plain) }
    story.carryOut(.activate, after: nil)
    let decisions = try story.connection.observe(.got(.plain.on), cause: .before)
    #expect(decisions == observed(.before, drift: false, .plain.on))
    story.tell(decisions)
    #expect(
      try story.connection.observe(.got(.plain), cause: .before)
        == observed(.before, drift: true, .plain))
  }

  @Test func `tells no drift when an update shows that nobody read back`() throws {
    var story = Story.telling { $0.baseline(.plain) }
    story.carryOut(.update(.token("f1", baseURL: "https://scim.example/2")), after: nil)
    let decisions = try story.connection.observe(.got(.elsewhere), cause: .client)
    #expect(decisions == observed(.client, drift: false, .elsewhere))
    story.tell(decisions)
    #expect(try story.connection.isCredentialCertain)
  }

  @Test func `tells a change, but no drift, while a doubt may explain it`() throws {
    var story = Story.telling { $0.baseline(.plain.on) }
    story.leaveInDoubt(.update(.token("f1")))
    #expect(
      try story.connection.observe(.got(.plain), cause: .client)
        == observed(.client, drift: false, .plain))
  }

  @Test(arguments: [
    (ConnectionCommand.update(.token("f1").activating), ConnectionState.elsewhere.on),
    (.update(.token("f1").activating), .service), (.update(.token("f1")), .elsewhere),
    (.deactivate, .elsewhere), (.activate, .unsupported),
  ])
  func `tells drift of what the command in doubt did not ask for`(
    command: ConnectionCommand, shown: ConnectionState
  ) throws {
    var story = Story.telling { $0.carryOut(.update(.token("f0").activating), after: .plain.on) }
    story.leaveInDoubt(command)
    let drifts = drifts(try story.connection.observe(.got(shown), cause: .client))
    #expect(drifts.count == 1)
    story.tell(drifts)
    #expect(try story.connection.known?.state == shown)
  }

  @Test(
    arguments: [
      (UpdateContent(authScheme: "OAUTH2"), .service, 0), (.service, .service, 0),
      (.service, .service.with { $0.rotationMode = "MANUAL" }, 1),
    ] as [(UpdateContent, ConnectionState, Int)])
  func `tells what a new scheme brings with it to be no drift`(
    content: UpdateContent, shown: ConnectionState, count: Int
  ) throws {
    var story = Story.telling { $0.carryOut(.update(.token("f0")), after: .plain) }
    story.leaveInDoubt(.update(content))
    #expect(drifts(try story.connection.observe(.got(shown), cause: .client)).count == count)
  }

  @Test func `tells a drift that was seen with what settles a doubt`() throws {
    var story = Story.telling { $0.carryOut(.update(.token("f1")), after: .plain) }
    let moving = UpdateContent.token("f2", baseURL: "https://scim.example/2")
    story.leaveInDoubt(.update(moving))
    // It would have left provisioning off.
    story.tell(try story.connection.observe(.got(.elsewhere.on), cause: .client))
    let connection = try story.connection
    #expect(connection.doubts.isEmpty)
    #expect(connection.credential.content == moving)
    #expect(connection.hasDriftedSinceUpdate)
  }

  // MARK: - Doubts

  @Test(arguments: [
    (ConnectionCommand.activate, ConnectionState.plain.on, Resolution.Verdict.applied),
    (.activate, .plain, .notApplied), (.deactivate, .plain, .noDifference),
    (.update(.token("f1", baseURL: "https://scim.example/2")), .elsewhere, .applied),
    (.update(.token("f1", baseURL: "https://scim.example/2")), .plain, .notApplied),
  ])
  func `settles a doubt, which explains the change`(
    command: ConnectionCommand, shown: ConnectionState, verdict: Resolution.Verdict
  ) throws {
    var story = Story.telling { $0.baseline(.plain) }
    let id = story.leaveInDoubt(command)
    let decisions = try story.connection.observe(.got(shown), cause: .doubt)
    #expect(decisions == [resolved(verdict, shown, about: id)])
    story.tell(decisions)
    #expect(try story.connection.doubts.isEmpty)
    #expect(try story.connection.known?.state == shown)
    #expect(try story.connection.observe(.got(shown), cause: .doubt) == [])
  }

  @Test func `leaves a doubt open that nothing visible can settle`() throws {
    var story = Story.telling { $0.baseline(.plain) }
    story.leaveInDoubt(.update(.token("f1")))
    #expect(try story.connection.observe(.got(.plain), cause: .doubt) == [])
  }

  @Test func `settles each of several doubts that it can tell apart`() throws {
    var story = Story.telling { $0.baseline(.plain) }
    let first = story.leaveInDoubt(.activate)
    let second = story.leaveInDoubt(.deactivate)
    // The later one had no effect, so what is shown tells of the earlier one.
    #expect(
      try story.connection.observe(.got(.plain.on), cause: .doubt) == [
        resolved(.applied, .plain.on, about: first),
        resolved(.notApplied, .plain.on, about: second),
      ])
  }

  @Test func `tells a change, but no drift, while a command has no outcome yet`() throws {
    var story = Story.telling { $0.carryOut(.update(.token("f1")), after: .plain) }
    story.intend(.update(.token("f2", baseURL: "https://scim.example/2")))
    let decisions = try story.connection.observe(.got(.elsewhere), cause: .doubt)
    #expect(decisions == observed(.doubt, drift: false, .elsewhere))
    story.tell(decisions)
    #expect(try story.connection.credential.content == .token("f1"))
  }

  @Test func `settles a doubt and tells the baseline when nothing was known`() throws {
    var story = Story()
    let id = story.leaveInDoubt(.activate)
    #expect(
      try story.connection.observe(.got(.plain.on), cause: .doubt)
        == [resolved(.noDifference, .plain.on, about: id)]
        + observed(.baseline, drift: false, .plain.on))
  }

  @Test(arguments: [
    (ConnectionCommand.activate, ConnectionState.plain, false), (.deactivate, .plain, false),
    (.activate, .plain.on, true),
    (.update(.token("f1", baseURL: "https://scim.example/2")), .plain, false),
    (.update(.token("f1", baseURL: "https://scim.example/2")), .elsewhere, true),
  ])
  func `does not call unapplied what Okta may still be doing`(
    command: ConnectionCommand, shown: ConnectionState, isSettled: Bool
  ) throws {
    var story = Story.telling { $0.baseline(.plain) }
    let id = story.leaveInDoubt(command)
    let connection = try story.connection
    var asked: [CommandID] = []
    let early = connection.observe(.got(shown), cause: .doubt) { doubt in
      asked.append(doubt.commandID)
      return true
    }
    #expect(early.map(\.commandID) == (isSettled ? [id] : []))
    #expect(asked == (isSettled ? [] : [id]))
    let late = connection.observe(.got(shown), cause: .doubt) { _ in false }
    #expect(late.map(\.commandID) == [id])
  }

  @Test(arguments: [ConnectionState.elsewhere, .elsewhere.on])
  func `does not let a doubt about the status hide a drift of the configuration`(
    shown: ConnectionState
  ) throws {
    var story = Story.telling { $0.carryOut(.update(.token("f1")), after: .plain) }
    let id = story.leaveInDoubt(.activate)
    story.tell(try story.connection.observe(.got(shown), cause: .doubt))
    #expect(try story.connection.doubts.isEmpty, "\(id) is settled by the status")
    #expect(try !story.connection.isCredentialCertain)
  }
}
