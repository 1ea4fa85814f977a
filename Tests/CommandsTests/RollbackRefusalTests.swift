import Connections
import Fixtures
import OktaAPI
import Sandbox
import Testing

@testable import Commands

@Suite(.timeLimit(.minutes(5))) struct `A rollback that cannot be` {
  /// Expects a refusal by which nothing is sent; the attempt is recorded where there is a
  /// connection.
  private func expectBlocked(
    _ lane: WriteLane, _ app: AppID = SampleApp.org2Org, to target: RollbackTarget,
    _ blocker: RollbackBlocker, _ location: SourceLocation = #_sourceLocation
  ) async throws {
    let calls = await lane.sandbox.allCalls
    let events = try await lane.events()
    do {
      try await lane.rollBack(app, to: target)
      Issue.record("it was not refused", sourceLocation: location)
    } catch RollbackRefusal.blocked(let found) {
      #expect(found == blocker, sourceLocation: location)
    }
    #expect(await lane.sandbox.allCalls == calls, sourceLocation: location)
    let added = try await lane.events().dropFirst(events.count)
    let isKnown = try await !lane.events(of: app).isEmpty
    #expect(
      added.map(\.payload.kind) == (isKnown ? [.rollbackRefused] : []), sourceLocation: location)
    if case .rollback(.refused(let refused))? = added.first?.payload {
      #expect(refused.blocker == blocker.word && refused.target == target)
    }
  }

  @Test func `to go on over what somebody else set since it stopped`() async throws {
    try await WriteLane.lend { lane in
      try await lane.change(.token("one"))
      let first = try await lane.here()
      try await lane.change(.token("two"))
      await lane.sandbox.add(SandboxFault(.forbidden, on: .update))
      let stopped = try await lane.rollBack(to: first)
      let again = EventContext(actor: .anna, reason: "on")
      try await lane.change(.token("three"))
      let later = try #require(try await lane.connection(SampleApp.org2Org).lastIntended?.commandID)
      await #expect(throws: RollbackRefusal.blocked(.overtaken(by: later))) {
        try await lane.commands.resumeRollback(stopped.id, context: again)
      }
      #expect(try await lane.kinds().last == .rollbackRefused)
      #expect(await lane.sandbox.holds("three", for: SampleApp.org2Org))
      let given = try await lane.commands.abandonRollback(stopped.id, context: again)
      #expect(given.outcome == .abandoned)
      #expect(try await lane.rollBack(to: first).outcome == .completed)
    }
  }

  @Test func `for its token was never recorded is refused first`() async throws {
    try await WriteLane.lend { lane in
      await lane.sandbox.drift(SampleApp.org2Org, SandboxDrift(token: Secret("from-before")))
      try await lane.look()
      try await lane.change(.token("one"))
      try await expectBlocked(lane, to: .version(1), .secretNeverRecorded)
    }
  }

  @Test func `for its token was set past Hindsight is refused first`() async throws {
    try await WriteLane.lend { lane in
      try await lane.change(.body(SampleBody.token("one", baseURL: "https://a.example")))
      await lane.sandbox.drift(
        SampleApp.org2Org, SandboxDrift(baseURL: "https://b.example", token: Secret("two")))
      try await lane.look()
      let drifted = try await lane.here()
      try await lane.change(.token("three"))
      try await expectBlocked(lane, to: drifted, .secretNeverRecorded)
    }
  }

  @Test func `for the app has no connection is refused first`() async throws {
    try await WriteLane.lend { lane in
      try await lane.look(at: SampleApp.bookmark)
      try await lane.change(.activate, of: SampleApp.bookmark)
      try await expectBlocked(lane, SampleApp.bookmark, to: .version(1), .unsupportedApp)
    }
  }

  @Test func `for its target is no point of the history is refused first`() async throws {
    try await WriteLane.lend { lane in
      try await expectBlocked(lane, to: .previous, .connectionNotKnown)
      try await lane.change(.token("one"))
      try await lane.change(.token("two"), of: SampleApp.zscaler)
      let others = try #require(try await lane.events(of: SampleApp.zscaler).last)
      for target in [RollbackTarget.version(4), .event(others.id), .event(lane.world.newID())] {
        try await expectBlocked(lane, to: target, .targetNotFound)
      }
      let before = lane.world.now.adding(seconds: -60)
      try await expectBlocked(lane, to: .asOf(before), .targetStateUnknown)
    }
  }

  @Test func `for the connection has moved since the preview is refused first`() async throws {
    try await WriteLane.lend { lane in
      try await lane.change(.token("one"))
      let first = try await lane.here()
      try await lane.change(.token("two"))
      let preview = try await lane.commands.preview(SampleApp.org2Org, first)
      try await lane.change(.activate)
      do {
        try await lane.rollBack(to: first, digest: preview.digest)
        Issue.record("it was not refused")
      } catch RollbackRefusal.planIsVoid(let expected, let found) {
        #expect(expected == preview.digest && found != preview.digest)
      }
      #expect(await lane.sandbox.holds("two", for: SampleApp.org2Org))

      let next = try await lane.commands.preview(SampleApp.org2Org, first)
      // An attempt of somebody else that is refused moves nothing.
      await #expect(throws: RollbackRefusal.self) {
        try await lane.rollBack(to: first, digest: preview.digest)
      }
      #expect(try await lane.rollBack(to: first, digest: next.digest).isCompleted)
    }
  }

  @Test(arguments: [true, false])
  func `for Okta does not show what is so now is refused first`(isBudgetLow: Bool) async throws {
    try await WriteLane.lend { lane in
      try await lane.change(.token("one"))
      let first = try await lane.here()
      try await lane.change(.token("two"))
      lane.world.advance(seconds: 60)
      if isBudgetLow {
        let reset = Int(lane.world.now.epochSeconds) + 55
        await lane.commands.note(
          RateLimit(limit: 50, remaining: 2, resetEpochSeconds: reset), of: .sandboxAdmin)
      } else {
        await lane.sandbox.add(SandboxFault(.status(500), on: .get))
      }
      do {
        try await lane.rollBack(to: first)
        Issue.record("it was not refused")
      } catch RollbackRefusal.notRead(let why) {
        #expect(why == (isBudgetLow ? "rateLimitLow" : "status 500"))
      }
      #expect(await lane.sandbox.calls(.update) == 2)
      #expect(try await lane.kinds().last == .rollbackRefused)
      lane.world.advance(seconds: 60)
      #expect(try await lane.rollBack(to: first).isCompleted)
    }
  }

  @Test func `for its sealed secret does not open is refused first`() async throws {
    try await WriteLane.lend { lane in
      try await lane.change(.token("one"))
      let first = try await lane.here()
      try await lane.change(.token("two"))
      let events = try await lane.events()
      let calls = await lane.sandbox.allCalls
      // The same keys, and a journal of another name: what was sealed is bound to the first one.
      let foreign = lane.restarted(
        ownCredential: .sandboxAdmin, vault: try .still(lane.world, journalID: "another"))
      do {
        _ = try await foreign.rollBack(
          SampleApp.org2Org, first, digest: nil, context: EventContext(actor: .anna),
          rollbackID: lane.world.newID())
        Issue.record("it was not refused")
      } catch RollbackRefusal.secretDoesNotOpen {}
      // The read that the plan stands on, and nothing else.
      #expect(await lane.sandbox.allCalls == calls + 1)
      #expect(try await lane.events().dropLast() == events[...])
      #expect(try await lane.kinds().last == .rollbackRefused)
    }
  }

  @Test func `for we hold no credential is refused first`() async throws {
    var setup = WriteLane.Setup()
    setup.ownCredential = nil
    try await WriteLane.lend(setup) { lane in
      try await lane.change(.token("one"))
      let first = try await lane.here()
      try await lane.change(.token("two"))
      let events = try await lane.events()
      do {
        try await lane.rollBack(to: first)
        Issue.record("it was not refused")
      } catch RollbackRefusal.noCredential {}
      #expect(try await lane.events().dropLast() == events[...])
      #expect(try await lane.kinds().last == .rollbackRefused)
      #expect(await lane.sandbox.holds("two", for: SampleApp.org2Org))
    }
  }

  @Test func `for another command runs is refused after a wait`() async throws {
    try await WriteLane.lend { lane in
      try await lane.change(.token("one"))
      await lane.sandbox.add(SandboxFault(.hang, on: .activate, isApplied: true))
      async let running = lane.change(.activate)
      try await lane.sandbox.untilCalled(.activate)
      do {
        try await lane.rollBack(to: .version(3))
        Issue.record("it was not refused")
      } catch RollbackRefusal.busy(let waited) {
        #expect(waited == .seconds(30))
      }
      await lane.sandbox.release()
      #expect(try await running.word == "answered 204")
    }
  }

  @Test func `is told by its preview, which neither sends nor records`() async throws {
    try await WriteLane.lend { lane in
      try await lane.change(.token("one", activate: true))
      let first = try await lane.here()
      try await lane.change(.token("two"))
      let calls = await lane.sandbox.allCalls
      let events = try await lane.events()
      let preview = try await lane.commands.preview(SampleApp.org2Org, first)
      #expect(preview.plan.steps.map(\.command.kind) == [.update])
      #expect(preview.plan.steps.last?.leaves.isEnabled == true)
      #expect(preview.plan.cautions == [.secretMayBeRevoked])
      #expect(preview.digest.count == 64)
      #expect(try await lane.commands.preview(SampleApp.org2Org, first).digest == preview.digest)
      #expect(await lane.sandbox.allCalls == calls)
      #expect(try await lane.events() == events)
    }
  }
}
