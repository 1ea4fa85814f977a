import Connections
import Fixtures
import Sandbox
import Testing

@testable import Commands

@Suite(.timeLimit(.minutes(5))) struct `Reads of our own` {
  @Test(arguments: [(4, 1, Reading.Source.journal), (5, 1, .journal), (6, 2, .get), (-60, 2, .get)])
  func `are not repeated while the last one is fresh`(
    seconds: Int64, reads: Int, source: Reading.Source
  ) async throws {
    try await WriteLane.lend { lane in
      try await lane.change(.token("one"))
      lane.world.advance(seconds: seconds)
      try await lane.change(.token("two"))
      #expect(await lane.sandbox.calls(.get) == reads)
      let before = try #require(try await lane.intents().last).before
      #expect(before.source == source)
      #expect(before.state?.status == "DISABLED")
    }
  }

  @Test func `stop when few calls are left, and the journal says why`() async throws {
    var setup = WriteLane.Setup()
    setup.switches.callsPerMinute = 4
    try await WriteLane.lend(setup) { lane in
      // A read and a write leave two calls, which are not ours to spend.
      try await lane.change(.token("one"))
      #expect(try await lane.change(.activate).word == "answered 204")
      #expect(try await lane.outcome().after == Reading(without: "rateLimitLow"))
      #expect(try await lane.connection(SampleApp.org2Org).isUnconfirmed)

      #expect(try await lane.change(.deactivate).word == "answered 204")
      #expect(try await lane.intents().last?.before == Reading(without: "rateLimitLow"))
      #expect(await lane.sandbox.calls(.get) == 1)
    }
  }

  @Test func `go on when the next window begins`() async throws {
    var setup = WriteLane.Setup()
    setup.switches.callsPerMinute = 4
    try await WriteLane.lend(setup) { lane in
      try await lane.change(.token("one"))
      try await lane.change(.activate)
      lane.world.advance(seconds: 60)
      try await lane.change(.deactivate)
      #expect(try await lane.intents().last?.before.source == .get)
      // What was not read back is no drift when it is seen later.
      #expect(try await lane.observations().map(\.isDrift) == [false, false])
    }
  }

  @Test func `that fail are told and stop nothing`() async throws {
    try await WriteLane.lend { lane in
      await lane.sandbox.add(.init(.status(500), on: .get))
      let answer = try await lane.change(.token("one"))
      #expect(answer.word == "answered 200")
      #expect(try await lane.intents().first?.before == Reading(without: "status 500"))
      #expect(try await lane.kinds() == [.intended, .succeeded])
    }
  }

  @Test func `of an app that Okta does not know say so`() async throws {
    try await WriteLane.lend { lane in
      #expect(try await lane.change(.activate, of: SampleApp.nowhere).word == "answered 404")
      let intent = try #require(try await lane.intents(of: SampleApp.nowhere).first)
      #expect(intent.before == Reading(without: "notFound"))
      #expect(try await lane.kinds(of: SampleApp.nowhere) == [.intended, .refused])
    }
  }

  /// Answers overtake one another, and a window ends only once.
  @Test(
    arguments: [
      ([(7, 60), (5, 60)], 5), ([(5, 60), (7, 60)], 5), ([(5, 60), (9, 120)], 9),
      ([(9, 120), (1, 60)], 9), ([], nil),
    ] as [([(Int, Int)], Int?)])
  func `count the fewest calls that were told of the latest window`(
    told: [(remaining: Int, reset: Int)], counted: Int?
  ) async throws {
    try await WriteLane.lend { lane in
      let now = Int(lane.world.now.epochSeconds)
      for (remaining, reset) in told {
        await lane.commands.note(
          RateLimit(limit: 50, remaining: remaining, resetEpochSeconds: now + reset),
          of: .sandboxAdmin)
      }
      // Too many calls at once say nothing of the window.
      await lane.commands.note(
        RateLimit(limit: 0, remaining: 0, resetEpochSeconds: now + 500), of: .sandboxAdmin)
      #expect(await lane.commands.callsLeft(.sandboxAdmin) == counted)
    }
  }
}
