import Testing

@testable import Connections

@Suite struct `Deciding to carry out a command` {
  private func intent(_ before: Reading, version: Int, retry: Retry? = nil) -> Decision {
    Decision(
      .intended(
        Intent(before: before, command: .activate, expectedVersion: version, retry: retry)))
  }

  private func observed(
    _ cause: Observation.Cause, drift: Bool, _ state: ConnectionState
  ) -> Decision {
    Decision(.observed(Observation(cause: cause, isDrift: drift, state: state)))
  }

  @Test func `records a baseline when nothing was known`() throws {
    let before = Reading.got(.plain)
    let decisions = try Story().connection.intend(.activate, before: before)
    #expect(decisions == [observed(.baseline, drift: false, .plain), intent(before, version: 0)])
  }

  @Test func `records the intent alone when all is as expected`() throws {
    let story = Story.telling { $0.baseline(.plain) }
    let before = Reading.got(.plain)
    #expect(
      try story.connection.intend(.activate, before: before) == [intent(before, version: 1)])
  }

  @Test func `records drift first when the read shows something else`() throws {
    let story = Story.telling { $0.baseline(.plain) }
    let before = Reading.got(.elsewhere)
    #expect(
      try story.connection.intend(.activate, before: before) == [
        observed(.before, drift: true, .elsewhere), intent(before, version: 1),
      ])
  }

  @Test(arguments: [
    Reading(without: "rateLimitLow"),
    Reading(source: .journal, state: .plain, readAt: Story.moment(1)),
  ])
  func `observes nothing when nothing was read`(before: Reading) throws {
    #expect(
      try Story().connection.intend(.activate, before: before) == [intent(before, version: 0)])
    let story = Story.telling { $0.baseline(.elsewhere) }
    #expect(
      try story.connection.intend(.activate, before: before) == [intent(before, version: 1)])
  }

  @Test func `keeps the client's word that it repeats itself`() throws {
    let story = Story.telling { $0.baseline(.plain) }
    let retry = Retry(requestID: "req1", attempt: 2)
    #expect(
      try story.connection.intend(
        .activate, before: .got(.plain), marks: IntentMarks(retry: retry))
        == [intent(.got(.plain), version: 1, retry: retry)])
  }

  @Test func `settles an older doubt by the read before it`() throws {
    var story = Story.telling { $0.baseline(.plain) }
    let id = story.leaveInDoubt(.activate)
    let before = Reading.got(.plain.on)
    let resolved = Decision(
      .resolved(Resolution(verdict: .applied, observed: before)), about: id)
    #expect(
      try story.connection.intend(.activate, before: before) == [
        resolved, intent(before, version: 3),
      ])
  }

  @Test func `leaves a doubt alone that may still apply`() throws {
    var story = Story.telling { $0.baseline(.plain) }
    story.leaveInDoubt(.activate)
    let before = Reading.got(.plain)
    #expect(
      try story.connection.intend(.activate, before: before, canStillApply: { _ in true })
        == [intent(before, version: 3)])
  }

  @Test func `is refused while another command has no outcome`() throws {
    var story = Story.telling { $0.baseline(.plain) }
    let id = story.intend(.deactivate)
    let connection = try story.connection
    #expect(throws: Refusal.commandInFlight(id)) {
      try connection.intend(.activate, before: .got(.plain))
    }
  }
}

@Suite struct `Deciding how a command ended` {
  let call = CallRecord(status: 200, requestID: "req1")
  let after = Reading.got(.plain.on)

  @Test func `records each verdict as it is`() throws {
    var story = Story.telling { $0.baseline(.plain) }
    let id = story.intend(.activate)
    let connection = try story.connection
    func payloads(_ verdict: CallVerdict) -> [EventPayload] {
      connection.conclude(id, verdict: verdict, after: after).map(\.payload)
    }
    #expect(payloads(.succeeded(call)) == [.succeeded(Outcome(call: call, after: after))])
    #expect(payloads(.refused(call)) == [.refused(Outcome(call: call, after: after))])
    #expect(payloads(.notSent(call)) == [.notSent(Outcome(call: call))])
    #expect(payloads(.unknown(call)) == [.inDoubt(Outcome(call: call))])
  }

  @Test(arguments: [
    ConnectionCommand.verify(appName: "slack"), .update(UpdateContent(authScheme: "OAUTH2")),
  ])
  func `ends the doubt about an older consent by a newer one, and by what voids it`(
    command: ConnectionCommand
  ) throws {
    var story = Story.telling { $0.baseline(.consent) }
    let doubt = story.leaveInDoubt(.verify(appName: "slack"))
    let id = story.intend(command)
    let decisions = try story.connection.conclude(id, verdict: .succeeded(call), after: nil)
    let superseded = EventPayload.resolved(Resolution(verdict: .superseded, supersededBy: id))
    #expect(decisions.contains(Decision(superseded, about: doubt)))
    story.tell(decisions, of: id)
    #expect(try story.connection.doubts.isEmpty)
  }

  @Test func `ends the doubts about older updates by a later success`() throws {
    var story = Story.telling { $0.baseline(.plain) }
    let first = story.leaveInDoubt(.update(.token("f1")))
    story.leaveInDoubt(.activate)
    let third = story.leaveInDoubt(.update(.token("f2")))
    let id = story.intend(.update(.token("f3")))
    let decisions = try story.connection.conclude(id, verdict: .succeeded(call), after: nil)
    let superseded = EventPayload.resolved(Resolution(verdict: .superseded, supersededBy: id))
    #expect(
      decisions == [
        Decision(.succeeded(Outcome(call: call))), Decision(superseded, about: first),
        Decision(superseded, about: third),
      ])
    story.tell(decisions, of: id)
    #expect(try story.connection.doubts.map(\.intent.command) == [.activate])
    #expect(try story.connection.credential.content == .token("f3"))
    #expect(try story.connection.isCredentialCertain)
  }

  @Test(arguments: [
    (ConnectionCommand.activate, CallVerdict.succeeded(CallRecord())),
    (.verify(appName: "slack"), .succeeded(CallRecord())),
    (.update(.token("f2")), .refused(CallRecord())),
    (.update(.token("f2")), .notSent(CallRecord())),
    (.update(.token("f2")), .unknown(CallRecord())),
  ])
  func `ends no doubt otherwise`(command: ConnectionCommand, verdict: CallVerdict) throws {
    var story = Story.telling { $0.baseline(.plain) }
    let doubt = story.leaveInDoubt(.update(.token("f1")))
    let id = story.intend(command)
    let decisions = try story.connection.conclude(id, verdict: verdict, after: nil)
    #expect(decisions.count == 1)
    story.tell(decisions, of: id)
    #expect(try story.connection.doubts.map(\.commandID).contains(doubt))
  }

  // MARK: - Drift

  @Test(arguments: [ConnectionCommand.activate, .deactivate, .verify(appName: "slack")])
  func `tells drift first when another configuration is shown after it`(
    command: ConnectionCommand
  ) throws {
    var story = Story.telling { $0.carryOut(.update(.token("f1")), after: .plain) }
    let id = story.intend(command)
    let shown = Reading.got(.elsewhere.on)
    let decisions = try story.connection.conclude(id, verdict: .succeeded(call), after: shown)
    let drift = Observation(cause: .after, isDrift: true, state: .elsewhere.on)
    #expect(
      decisions == [
        Decision(.observed(drift)), Decision(.succeeded(Outcome(call: call, after: shown))),
      ])
    story.tell(decisions, of: id)
    #expect(try story.connection.credential == .changedElsewhere(version: 4))
    #expect(try story.connection.known?.state == .elsewhere.on)
  }

  @Test func `tells no drift when an update of ours may have set what is shown`() throws {
    let moved = ConnectionCommand.update(.token("f2", baseURL: "https://scim.example/2"))
    let stories: [(inout Story) -> Void] = [
      { $0.leaveInDoubt(moved) }, { $0.carryOut(moved, after: nil) },
    ]
    for tell in stories {
      var story = Story.telling { $0.carryOut(.update(.token("f1")), after: .plain) }
      tell(&story)
      let id = story.intend(.activate)
      let decisions = try story.connection.conclude(
        id, verdict: .succeeded(call), after: .got(.elsewhere.on))
      #expect(decisions.map(\.payload.kind) == [.succeeded])
    }
  }

  @Test func `puts in doubt what a stop left without an outcome`() throws {
    var story = Story.telling { $0.baseline(.plain) }
    #expect(try story.connection.recover() == [])
    let id = story.intend(.update(.token("f1")))
    let decisions = try story.connection.recover()
    #expect(decisions.map(\.commandID) == [id])
    #expect(decisions.map(\.payload.kind) == [.inDoubt])
    story.tell(decisions)
    #expect(try story.connection.openIntents.isEmpty)
    #expect(try story.connection.doubts.map(\.commandID) == [id])
    #expect(try story.connection.doubts.map(\.wasAnswered) == [false])
    #expect(try story.connection.recover() == [])
  }
}
