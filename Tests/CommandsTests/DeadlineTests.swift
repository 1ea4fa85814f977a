import Connections
import Fixtures
import Sandbox
import Synchronization
import Testing

@testable import Commands

@Suite(.timeLimit(.minutes(5))) struct `An answer that does not end` {
  @Test func `is given the rest of the time, and no more`() async throws {
    let alarm = Alarm()
    let isArmed = Mutex(false)
    var setup = WriteLane.Setup()
    setup.deadline = { time in
      if isArmed.withLock(\.self) {
        try await alarm.sleep(time)
      } else {
        try await Alarm().sleep(time)
      }
    }
    try await WriteLane.lend(setup) { lane in
      try await lane.change(.token("one"))
      await lane.sandbox.add(SandboxFault(.dripBody, on: .activate, isApplied: true))
      isArmed.withLock { $0 = true }
      async let answer = lane.change(.activate)
      #expect(await alarm.whenAsleep() == .seconds(20))
      isArmed.withLock { $0 = false }
      alarm.ring()
      #expect(try await answer.word == "inDoubt")
      let detail = try await lane.outcome().call.detail
      #expect(detail == "the answer did not end in time, after a head with status 200")
      // Nothing is left that an end would have to wait for.
      await lane.commands.drain()
      #expect(try await lane.resolutions().map(\.verdict) == [.applied])
    }
  }
}
