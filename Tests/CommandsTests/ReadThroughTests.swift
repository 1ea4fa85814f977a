import Connections
import Fixtures
import Sandbox
import Testing

@testable import Commands

@Suite(.timeLimit(.minutes(5))) struct `A client's own read` {
  @Test func `is the baseline when it is the first`() async throws {
    try await WriteLane.lend { lane in
      #expect(try await lane.look())
      let event = try #require(try await lane.events(of: SampleApp.org2Org).first)
      #expect(
        event.payload
          == .observed(
            Observation(
              cause: .baseline, isDrift: false,
              state: ConnectionState(status: "DISABLED", authScheme: "TOKEN"))))
      #expect(event.context.actor == .anna)
      #expect(event.context.commandID == nil)
    }
  }

  @Test func `that shows what was expected leaves nothing`() async throws {
    try await WriteLane.lend { lane in
      for _ in 1...3 { try await lane.look() }
      try await lane.change(.token("one"))
      try await lane.look()
      #expect(try await lane.kinds() == [.observed, .intended, .succeeded])
    }
  }

  @Test func `shows drift`() async throws {
    try await WriteLane.lend { lane in
      try await lane.change(.token("one"))
      await lane.sandbox.drift(SampleApp.org2Org, SandboxDrift(status: "ENABLED"))
      try await lane.look()
      let last = try #require(try await lane.observations().last)
      #expect(last.cause == .client && last.isDrift && last.state.isEnabled)
      #expect(try await lane.connection(SampleApp.org2Org).hasDriftedSinceUpdate)
    }
  }

  @Test func `shows drift before a command, too`() async throws {
    try await WriteLane.lend { lane in
      try await lane.change(.token("one"))
      await lane.sandbox.drift(SampleApp.org2Org, SandboxDrift(status: "ENABLED"))
      lane.world.advance(seconds: 60)
      try await lane.change(.deactivate)
      let kinds: [EventPayload.Kind] = [
        .observed, .intended, .succeeded, .observed, .intended, .succeeded,
      ]
      #expect(try await lane.kinds() == kinds)
      let last = try #require(try await lane.observations().last)
      #expect(last.cause == .before && last.isDrift)
    }
  }

  @Test func `says nothing when a command ran meanwhile`() async throws {
    try await WriteLane.lend { lane in
      try await lane.change(.token("one"))
      // The answer is made now and comes late.
      await lane.sandbox.add(SandboxFault(.hang, on: .get, isApplied: true))
      async let read = lane.look()
      try await lane.sandbox.untilCalled(.get, times: 2)
      try await lane.change(.token("two", activate: true))
      await lane.sandbox.release()
      #expect(try await read)
      #expect(try await lane.observations().map(\.cause) == [.baseline])
    }
  }

  @Test func `says nothing when a command began first`() async throws {
    try await WriteLane.lend { lane in
      try await lane.change(.token("one"))
      await lane.sandbox.add(SandboxFault(.hang, on: .activate, isApplied: true))
      async let answer = lane.change(.activate)
      try await lane.sandbox.untilCalled(.activate)
      try await lane.look()
      await lane.sandbox.release()
      #expect(try await answer.word == "answered 204")
      #expect(try await lane.observations().map(\.cause) == [.baseline])
    }
  }

  @Test func `of an app that Okta does not know leaves nothing`() async throws {
    try await WriteLane.lend { lane in
      let isThere = try await lane.look(at: SampleApp.nowhere)
      #expect(!isThere)
      #expect(try await lane.events() == [])
    }
  }
}
