import Connections
import Fixtures
import Sandbox
import Testing

@testable import Commands

@Suite(.timeLimit(.minutes(5))) struct `A doubt` {
  private func doubtful(_ lane: WriteLane) async throws -> CommandID {
    try await lane.change(.token("one"))
    await lane.sandbox.add(SandboxFault(.cutHead, on: .update, isApplied: true))
    let request = try lane.request(.token("two"))
    #expect(await lane.commands.carryOut(request).word == "inDoubt")
    await lane.commands.drain()
    return request.commandID
  }

  @Test func `about a token ends with the next update that succeeds, by name`() async throws {
    try await WriteLane.lend { lane in
      let doubted = try await doubtful(lane)
      let next = try lane.request(.token("three"))
      #expect(await lane.commands.carryOut(next).word == "answered 200")

      let event = try #require(try await lane.events(of: SampleApp.org2Org).last)
      #expect(
        event.payload
          == .resolved(
            Resolution(verdict: .superseded, supersededBy: next.commandID)))
      #expect(event.context.commandID == doubted)
      #expect(try await lane.connection(SampleApp.org2Org).doubts == [])
    }
  }

  @Test func `about a token outlives everything but that`() async throws {
    try await WriteLane.lend { lane in
      let doubted = try await doubtful(lane)
      try await lane.change(.activate)
      try await lane.change(.token("bad-token"))
      try await lane.look()
      let doubts = try await lane.connection(SampleApp.org2Org).doubts
      #expect(doubts.map(\.commandID) == [doubted])
      #expect(try await lane.resolutions() == [])
    }
  }

  @Test func `makes the next command look first, however fresh the last look`() async throws {
    try await WriteLane.lend { lane in
      _ = try await doubtful(lane)
      let reads = await lane.sandbox.calls(.get)
      try await lane.change(.token("three"))
      #expect(await lane.sandbox.calls(.get) == reads + 1)
    }
  }

  @Test func `of a call that Okta may still be carrying out is not ended too soon`() async throws {
    let alarm = Alarm()
    var setup = WriteLane.Setup()
    setup.sleep = alarm.sleep
    try await WriteLane.lend(setup) { lane in
      try await lane.change(.token("one"))
      await lane.sandbox.add(SandboxFault(.cutHead, on: .activate))
      #expect(try await lane.change(.activate).word == "inDoubt")
      // It has looked once, seen no effect, and waits until none can come any more.
      #expect(await alarm.whenAsleep() == .microseconds(10_001_000))
      #expect(try await lane.resolutions() == [])
      lane.world.advance(seconds: 11)
      alarm.ring()
      await lane.commands.drain()
      #expect(try await lane.resolutions().map(\.verdict) == [.notApplied])
    }
  }

  /// What stands between answers for an Okta that may still be at it.
  @Test(arguments: [502, 503, 504])
  func `that an intermediary leaves is not ended too soon, either`(status: Int) async throws {
    let alarm = Alarm()
    var setup = WriteLane.Setup()
    setup.sleep = alarm.sleep
    try await WriteLane.lend(setup) { lane in
      try await lane.change(.token("one"))
      await lane.sandbox.add(SandboxFault(.status(status), on: .activate))
      #expect(try await lane.change(.activate).word == "inDoubt")
      #expect(try await lane.outcome().call.status == status)
      #expect(await alarm.whenAsleep() == .microseconds(10_001_000))
      #expect(try await lane.resolutions() == [])
      lane.world.advance(seconds: 11)
      alarm.ring()
    }
  }

  @Test(arguments: [500, 501])
  func `that Okta's own answer leaves is ended by the next look`(status: Int) async throws {
    var setup = WriteLane.Setup()
    setup.sleep = Alarm().sleep
    try await WriteLane.lend(setup) { lane in
      try await lane.change(.token("one"))
      await lane.sandbox.add(SandboxFault(.status(status), on: .activate))
      #expect(try await lane.change(.activate).word == "inDoubt")
      await lane.commands.drain()
      #expect(try await lane.resolutions().map(\.verdict) == [.notApplied])
    }
  }

  @Test func `keeps the status of an answer that was cut out of its record`() async throws {
    let alarm = Alarm()
    var setup = WriteLane.Setup()
    setup.sleep = alarm.sleep
    try await WriteLane.lend(setup) { lane in
      try await lane.change(.token("one"))
      await lane.sandbox.add(SandboxFault(.cutBody, on: .activate))
      #expect(try await lane.change(.activate).word == "inDoubt")
      let call = try await lane.outcome().call
      #expect(call.status == nil && call.requestID != nil)
      #expect(call.detail == "the answer was cut, after a head with status 200")
      // So Okta may still be at it.
      #expect(await alarm.whenAsleep() == .microseconds(10_001_000))
      lane.world.advance(seconds: 11)
      alarm.ring()
    }
  }

  @Test func `is waited for no longer than that where the clock was set back`() async throws {
    let alarm = Alarm()
    var setup = WriteLane.Setup()
    setup.sleep = alarm.sleep
    try await WriteLane.lend(setup) { lane in
      try await lane.change(.token("one"))
      lane.world.advance(seconds: -3_600)
      await lane.sandbox.add(SandboxFault(.cutHead, on: .activate))
      #expect(try await lane.change(.activate).word == "inDoubt")
      #expect(await alarm.whenAsleep() == .microseconds(10_001_000))
      alarm.ring()
      await lane.commands.drain()
      #expect(try await lane.resolutions().map(\.verdict) == [.notApplied])
    }
  }

  @Test func `is left to the next start by the end of the process`() async throws {
    let alarm = Alarm()
    var setup = WriteLane.Setup()
    setup.sleep = alarm.sleep
    try await WriteLane.lend(setup) { lane in
      try await lane.change(.token("one"))
      await lane.sandbox.add(SandboxFault(.cutHead, on: .activate))
      #expect(try await lane.change(.activate).word == "inDoubt")
      #expect(await alarm.whenAsleep() != nil)
      await lane.commands.end()
      #expect(try await lane.kinds().last == .inDoubt)
      // Nothing overtakes what Okta may still be doing.
      #expect(try await lane.change(.deactivate).word == "busy")
      #expect(await lane.sandbox.calls(.deactivate) == 0)
    }
  }

  @Test func `that a client's own read answers is ended by it`() async throws {
    try await WriteLane.lend { lane in
      try await lane.change(.token("one"))
      await lane.sandbox.add(SandboxFault(.cutHead, on: .activate, isApplied: true))
      // The look after it fails as well.
      await lane.sandbox.add(SandboxFault(.status(500), on: .get, times: 2))
      #expect(try await lane.change(.activate).word == "inDoubt")
      await lane.commands.drain()
      try await lane.look()
      #expect(try await lane.resolutions().map(\.verdict) == [.applied])
      let last = try #require(try await lane.events(of: SampleApp.org2Org).last)
      #expect(last.context.actor == .anna)
    }
  }
}
