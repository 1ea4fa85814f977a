import Connections
import EventStore
import Fixtures
import Sandbox
import Testing

@testable import Commands

@Suite(.timeLimit(.minutes(5))) struct `An outcome that cannot be recorded` {
  private let saboteur = WatchedJournal.Saboteur()

  private func lend(
    _ alarm: Alarm? = nil, _ body: (WriteLane) async throws -> Void
  ) async throws {
    var setup = WriteLane.Setup()
    setup.wrapping = { [saboteur] in WatchedJournal(base: $0, saboteur: saboteur) }
    setup.sleep = alarm?.sleep
    try await WriteLane.lend(setup, body)
  }

  @Test func `is told at once, kept, and recorded when it can be`() async throws {
    let alarm = Alarm()
    try await lend(alarm) { lane in
      saboteur.fail(.succeeded)
      var request = try lane.request(.token("one"))
      request.idempotencyKey = "k"
      #expect(await lane.commands.carryOut(request).word == "outcomeNotRecorded")
      #expect(try await lane.kinds() == [.observed, .intended])
      #expect(await alarm.whenAsleep() == .seconds(1))
      // No other command runs on a history that lacks it.
      #expect(await lane.commands.turns.quietCount(SampleApp.org2Org) == nil)

      alarm.ring()
      await lane.commands.drain()
      #expect(try await lane.kinds() == [.observed, .intended, .succeeded])
      #expect(try await lane.outcome().after?.state?.status == "DISABLED")
      // Nobody heard Okta's answer, and whoever asks again does.
      var again = try lane.request(.token("one"))
      again.idempotencyKey = "k"
      #expect(await lane.commands.carryOut(again).word == "replayed 200")
      #expect(try await lane.change(.activate).word == "answered 204")
      #expect(try await lane.kinds().suffix(2) == [.intended, .succeeded])
      #expect(await lane.sandbox.calls(.update) == 1)
    }
  }

  @Test func `is tried again and again, with longer pauses`() async throws {
    let alarm = Alarm()
    try await lend(alarm) { lane in
      saboteur.fail(.succeeded, times: 5)
      #expect(try await lane.change(.token("one")).word == "outcomeNotRecorded")
      for seconds in [1, 2, 4, 8, 16] {
        #expect(await alarm.whenAsleep() == .seconds(seconds))
        #expect(try await lane.kinds() == [.observed, .intended])
        alarm.ring()
      }
      while try await lane.kinds().count < 3 { await Task.yield() }
      #expect(try await lane.kinds() == [.observed, .intended, .succeeded])
    }
  }

  @Test func `is settled after it where it is a doubt`() async throws {
    try await lend { lane in
      try await lane.change(.token("one"))
      await lane.sandbox.add(SandboxFault(.cutHead, on: .activate, isApplied: true))
      saboteur.fail(.inDoubt)
      #expect(try await lane.change(.activate).word == "outcomeNotRecorded")
      while try await lane.resolutions().isEmpty { await Task.yield() }
      #expect(try await lane.resolutions().map(\.verdict) == [.applied])
      #expect(try await lane.kinds().suffix(3) == [.intended, .inDoubt, .resolved])
    }
  }

  @Test func `is left to the next start by the end of the process`() async throws {
    try await lend { lane in
      saboteur.fail(.succeeded, times: .max)
      #expect(try await lane.change(.token("one")).word == "outcomeNotRecorded")
      await lane.commands.drain()
      #expect(try await lane.kinds() == [.observed, .intended])
      #expect(await lane.commands.turns.quietCount(SampleApp.org2Org) != nil)

      let restarted = lane.restarted(ownCredential: nil)
      try await restarted.recover()
      let detail = try await lane.outcome().call.detail
      #expect(detail == "Hindsight ended before the outcome of this command was recorded.")
      #expect(await lane.sandbox.calls(.update) == 1)
    }
  }

  @Test func `of a rollback's step is looked at by nobody until it is recorded`() async throws {
    let alarm = Alarm()
    try await lend(alarm) { lane in
      try await lane.change(.token("one"))
      let off = try await lane.here()
      try await lane.change(.activate)
      let reads = await lane.sandbox.calls(.get)
      saboteur.fail(.succeeded)
      #expect(try await lane.rollBack(to: off).outcome == .inDoubt)
      #expect(await alarm.whenAsleep() == .seconds(1))
      alarm.ring()
      await lane.commands.drain()
      #expect(try await lane.kinds().suffix(3) == [.intended, .rollbackStopped, .succeeded])
      // A read before and one after the step: to another, our own change would have been drift.
      #expect(await lane.sandbox.calls(.get) == reads + 2)
      #expect(try await lane.observations().map(\.isDrift) == [false])
    }
  }

  @Test func `of a whole rollback leaves one that can be resumed`() async throws {
    try await lend { lane in
      try await lane.change(.token("one"))
      let off = try await lane.here()
      try await lane.change(.activate)
      saboteur.fail(.rollbackCompleted)
      var id: CommandID?
      do { try await lane.rollBack(to: off) } catch RollbackRefusal.cut(let cut, _) { id = cut }
      let cut = try #require(id)
      #expect(try await lane.commands.rollback(cut)?.outcome == .stopped)
      #expect(try await lane.commands.openRollbacks().map(\.id) == [cut])
      let context = EventContext(actor: .hindsight, reason: "go on")
      #expect(try await lane.commands.resumeRollback(cut, context: context).isCompleted)
      #expect(try await lane.commands.openRollbacks().isEmpty)
      #expect(await lane.sandbox.calls(.deactivate) == 1)
    }
  }

  @Test func `because it is too large is recorded without the state`() async throws {
    try await lend { lane in
      saboteur.fail(.succeeded, with: .eventTooLarge(bytes: 70_000))
      let answer = try await lane.change(.token("one"))
      #expect(answer.word == "answered 200")
      #expect(try await lane.outcome().after == Reading(without: "tooLarge"))
      #expect(try await lane.connection(SampleApp.org2Org).isUnconfirmed)
    }
  }
}
