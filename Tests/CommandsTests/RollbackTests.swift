import Connections
import Fixtures
import Sandbox
import Testing

@testable import Commands

extension WriteLane {
  @discardableResult
  func rollBack(
    _ app: AppID = SampleApp.org2Org, to target: RollbackTarget, digest: String? = nil
  ) async throws -> RollbackReport {
    try await commands.rollBack(
      app, target, digest: digest,
      context: EventContext(actor: .anna, reason: "back again", ticket: "T-1"),
      rollbackID: world.newID())
  }

  /// The version of the stream after what happened so far: what a rollback to now would name.
  func here(_ app: AppID = SampleApp.org2Org) async throws -> RollbackTarget {
    .version(try await events(of: app).count)
  }
}

@Suite(.timeLimit(.minutes(5))) struct `Rolling back` {
  @Test func `gives Okta the first token again`() async throws {
    try await WriteLane.lend { lane in
      try await lane.change(.token("first-token"))
      let first = try await lane.here()
      try await lane.change(.token("second-token"))
      let result = try await lane.rollBack(to: first)
      #expect(result.isCompleted)
      #expect(result.commands.map(\.kind) == [.update])
      #expect(await lane.sandbox.holds("first-token", for: SampleApp.org2Org))
      #expect(try lane.files(with: "first-token").isEmpty)
      // The same secret has the same fingerprint, so a reviewer can see that it is back.
      let prints = try await lane.intents().map { $0.command.updateContent?.token?.fingerprint }
      #expect(prints[0] == prints[2] && prints[0] != prints[1])
    }
  }

  @Test func `is told as a start, ordinary commands that name it, and an end`() async throws {
    try await WriteLane.lend { lane in
      try await lane.change(.token("one"))
      let first = try await lane.here()
      try await lane.change(.token("two"))
      let result = try await lane.rollBack(to: first)
      let events = Array(try await lane.events(of: SampleApp.org2Org).suffix(4))
      #expect(
        events.map(\.payload.kind) == [
          .rollbackStarted, .intended, .succeeded, .rollbackCompleted,
        ])
      let start = events[0]
      #expect(start.context.commandID == result.id)
      #expect(events.map(\.context.correlationID) == Array(repeating: result.id, count: 4))
      #expect(events.map(\.context.causationID) == [nil, start.id, start.id, nil])
      #expect(events.map(\.context.reason) == Array(repeating: "back again", count: 4))
      #expect(events.map(\.context.ticket) == Array(repeating: "T-1", count: 4))
      #expect(events[1].context.commandID == result.commands.first?.id)
      #expect(
        events[3].payload
          == .rollback(.completed(RollbackEnd(startedBy: start.id, stepsDone: 1))))
      guard case .rollback(.started(let started)) = start.payload else { return }
      #expect(started.planDigest == result.start.planDigest)
      #expect(started.steps == [.update])
    }
  }

  @Test func `restores a scheme, both ways`() async throws {
    try await WriteLane.lend { lane in
      try await lane.change(.token("one"))
      let token = try await lane.here()
      try await lane.change(
        .body(
          #"{"profile":{"authScheme":"OAUTH2","clientId":"0oaService","#
            + #""signing":{"rotationMode":"AUTO"}}}"#, activate: true))
      let client = try await lane.here()

      #expect(try await lane.rollBack(to: token).isCompleted)
      #expect(await lane.sandbox.holds("one", for: SampleApp.org2Org))
      var state = try #require(await lane.sandbox.state(ofApp: SampleApp.org2Org))
      #expect(state.authScheme == "TOKEN" && !state.isEnabled)

      #expect(try await lane.rollBack(to: client).isCompleted)
      state = try #require(await lane.sandbox.state(ofApp: SampleApp.org2Org))
      #expect(state.authScheme == "OAUTH2" && state.clientID == "0oaService")
      #expect(state.rotationMode == "AUTO" && state.isEnabled)
    }
  }

  @Test func `restores a status alone`() async throws {
    try await WriteLane.lend { lane in
      try await lane.change(.token("one"))
      let off = try await lane.here()
      try await lane.change(.activate)
      let on = try await lane.here()
      #expect(try await lane.rollBack(to: off).commands.map(\.kind) == [.deactivate])
      #expect(await lane.sandbox.state(ofApp: SampleApp.org2Org)?.isEnabled == false)
      #expect(try await lane.rollBack(to: on).commands.map(\.kind) == [.activate])
      #expect(await lane.sandbox.state(ofApp: SampleApp.org2Org)?.isEnabled == true)
      #expect(await lane.sandbox.calls(.update) == 1)
    }
  }

  @Test func `restores token and status in one`() async throws {
    try await WriteLane.lend { lane in
      try await lane.change(.token("one", activate: true))
      let first = try await lane.here()
      try await lane.change(.token("two"))
      #expect(try await lane.rollBack(to: first).commands.map(\.kind) == [.update])
      #expect(await lane.sandbox.state(ofApp: SampleApp.org2Org)?.isEnabled == true)
      #expect(await lane.sandbox.holds("one", for: SampleApp.org2Org))
    }
  }

  @Test func `restores a base URL`() async throws {
    try await WriteLane.lend { lane in
      let zscaler = SampleApp.zscaler
      try await lane.change(
        .body(SampleBody.token("z", baseURL: "https://scim.example/1")), of: zscaler)
      let first = try await lane.here(zscaler)
      try await lane.change(
        .body(SampleBody.token("z", baseURL: "https://scim.example/2")), of: zscaler)
      #expect(try await lane.rollBack(zscaler, to: first).isCompleted)
      let state = await lane.sandbox.state(ofApp: zscaler)
      #expect(state?.baseURL == "https://scim.example/1")
    }
  }

  @Test func `finds its target by event, by time and as what was before`() async throws {
    try await WriteLane.lend { lane in
      try await lane.change(.token("one"))
      let event = try #require(try await lane.events(of: SampleApp.org2Org).last)
      let moment = lane.world.now
      lane.world.advance(seconds: 60)
      try await lane.change(.token("two"))
      let two = try await lane.here()
      for target in [RollbackTarget.event(event.id), .asOf(moment), .previous] {
        #expect(try await lane.rollBack(to: target).isCompleted)
        #expect(await lane.sandbox.holds("one", for: SampleApp.org2Org), "\(target)")
        try await lane.rollBack(to: two)
      }
    }
  }

  @Test func `to where it is sends nothing`() async throws {
    try await WriteLane.lend { lane in
      try await lane.change(.token("one"))
      let result = try await lane.rollBack(to: try await lane.here())
      #expect(result.isCompleted && result.commands.isEmpty)
      #expect(await lane.sandbox.calls(.update) == 1)
      #expect(try await lane.kinds().suffix(2) == [.rollbackStarted, .rollbackCompleted])
    }
  }

  @Test(arguments: [true, false])
  func `takes as many calls as its plan says`(hasUpdate: Bool) async throws {
    try await WriteLane.lend { lane in
      try await lane.change(.token("one", activate: true))
      let first = try await lane.here()
      try await lane.change(hasUpdate ? .token("two") : .deactivate)
      lane.world.advance(seconds: 60)
      let preview = try await lane.commands.preview(SampleApp.org2Org, first)
      let calls = await lane.sandbox.allCalls
      #expect(try await lane.rollBack(to: first, digest: preview.digest).isCompleted)
      #expect(await lane.sandbox.allCalls == calls + preview.plan.calls)
      #expect(preview.plan.calls == (hasUpdate ? 2 : 3))
      // What was read for the plan is what the step stands on.
      #expect(try await lane.intents().last?.before.source == .get)
    }
  }

  @Test func `stops at a step that fails`() async throws {
    try await WriteLane.lend { lane in
      try await lane.change(.token("one"))
      let first = try await lane.here()
      try await lane.change(.token("two"))
      await lane.sandbox.add(SandboxFault(.forbidden, on: .update))
      let result = try await lane.rollBack(to: first)
      #expect(result.outcome == .stopped)
      #expect(result.commands.map(\.end) == [.refused])
      let events = try await lane.events(of: SampleApp.org2Org)
      #expect(
        events.suffix(4).map(\.payload.kind) == [
          .rollbackStarted, .intended, .refused, .rollbackStopped,
        ])
      guard case .rollback(.stopped(let stop))? = events.last?.payload else { return }
      #expect(stop.stepsDone == 0 && !stop.isInDoubt && stop.commandID == result.commands[0].id)
      #expect(stop.detail == "The update was answered 403, E0000006.")
      #expect(await lane.sandbox.holds("two", for: SampleApp.org2Org))
    }
  }

  @Test func `in doubt is settled like any other doubt`() async throws {
    try await WriteLane.lend { lane in
      try await lane.change(.token("one", activate: true))
      let on = try await lane.here()
      try await lane.change(.deactivate)
      await lane.sandbox.add(SandboxFault(.cutHead, on: .activate, isApplied: true))
      let result = try await lane.rollBack(to: on)
      #expect(result.outcome == .inDoubt)
      await lane.commands.drain()
      #expect(try await lane.resolutions().map(\.verdict) == [.applied])
    }
  }

  @Test func `can itself be rolled back`() async throws {
    try await WriteLane.lend { lane in
      try await lane.change(.token("one"))
      let first = try await lane.here()
      try await lane.change(.token("two"))
      let second = try await lane.here()
      try await lane.rollBack(to: first)
      try await lane.rollBack(to: second)
      #expect(await lane.sandbox.holds("two", for: SampleApp.org2Org))
    }
  }

  @Test func `is told to whoever would take it back`() async throws {
    try await WriteLane.lend { lane in
      try await lane.change(.token("one"))
      let first = try await lane.here()
      try await lane.change(.token("two"))
      func cautions() async throws -> [RollbackPlan.Caution] {
        try await lane.commands.preview(SampleApp.org2Org, .previous).plan.cautions
      }
      #expect(try await !cautions().contains(.undoesRollback))
      #expect(try await lane.rollBack(to: first).isCompleted)
      #expect(try await cautions().contains(.undoesRollback))
      try await lane.change(.token("three"))
      #expect(try await !cautions().contains(.undoesRollback))
    }
  }
}

extension RollbackReport {
  var isCompleted: Bool { outcome == .completed }
}
