import Connections
import Fixtures
import Sandbox
import Synchronization
import Testing

@testable import Commands

@Suite(.timeLimit(.minutes(5))) struct `A doubt that a read can settle` {
  private static let pauses: [Duration] = [.seconds(40), .seconds(80), .seconds(160)]

  /// Leaves an activation in doubt, looks after it in vain, and returns when it will look again.
  private func leaveInDoubt(_ lane: WriteLane, _ pauses: Pauses) async throws {
    await lane.sandbox.add(SandboxFault(.cutHead, on: .activate, isApplied: true))
    await lane.sandbox.add(SandboxFault(.status(500), on: .get, times: 2))
    #expect(try await lane.change(.activate).word == "inDoubt")
    #expect(await pauses.next() == .seconds(40))
  }

  private func lend(
    _ pauses: Pauses, _ prepare: (inout WriteLane.Setup) -> Void = { _ in },
    _ body: (WriteLane) async throws -> Void
  ) async throws {
    var setup = WriteLane.Setup()
    setup.limits.reconcilePauses = Self.pauses
    prepare(&setup)
    try await WriteLane.lend(setup) { lane in
      pauses.begin(in: lane.world)
      try await body(lane)
      await lane.commands.stopLooking()
    }
  }

  @Test func `is looked at again with pauses until it is settled`() async throws {
    let pauses = Pauses()
    try await lend(pauses, { $0.sleep = pauses.sleep }) { lane in
      try await lane.change(.token("one"))
      try await leaveInDoubt(lane, pauses)
      await lane.sandbox.add(SandboxFault(.status(500), on: .get))
      pauses.end()
      #expect(await pauses.next() == .seconds(80))
      #expect(try await lane.resolutions() == [])
      pauses.end()
      while try await lane.resolutions().isEmpty { await Task.yield() }
      #expect(try await lane.resolutions().map(\.verdict) == [.applied])
      let last = try #require(try await lane.events(of: SampleApp.org2Org).last)
      #expect(last.context.actor == .hindsight)
    }
  }

  @Test func `begins anew with the shortest pause, whatever is looked at already`() async throws {
    let pauses = Pauses()
    try await lend(pauses, { $0.sleep = pauses.sleep }) { lane in
      try await lane.change(.token("one"))
      try await leaveInDoubt(lane, pauses)
      await lane.sandbox.add(SandboxFault(.status(500), on: .get, times: 4))
      pauses.end()
      #expect(await pauses.next() == .seconds(80))
      // The read before the next change fails as well, so the first doubt stays.
      await lane.sandbox.add(SandboxFault(.cutHead, on: .deactivate, isApplied: true))
      #expect(try await lane.change(.deactivate).word == "inDoubt")
      #expect(await pauses.next() == .seconds(40))
      #expect(try await lane.connection(SampleApp.org2Org).doubts.count == 2)
    }
  }

  @Test func `yields to whoever holds the connection's turn`() async throws {
    let pauses = Pauses()
    try await lend(pauses, { $0.sleep = pauses.sleep }) { lane in
      try await lane.change(.token("one"))
      try await leaveInDoubt(lane, pauses)
      let reads = await lane.sandbox.calls(.get)
      while await !lane.commands.turns.takeNow(SampleApp.org2Org) { await Task.yield() }
      pauses.end()
      #expect(await pauses.next() == .seconds(80))
      #expect(await lane.sandbox.calls(.get) == reads)
      await lane.commands.turns.release(SampleApp.org2Org)
      pauses.end()
      while try await lane.resolutions().isEmpty { await Task.yield() }
    }
  }

  @Test func `yields to callers when few calls are left`() async throws {
    let pauses = Pauses()
    try await lend(pauses, { $0.sleep = pauses.sleep }) { lane in
      try await lane.change(.token("one"))
      try await leaveInDoubt(lane, pauses)
      await lane.commands.note(
        RateLimit(
          limit: 50, remaining: 2, resetEpochSeconds: Int(lane.world.now.epochSeconds) + 55),
        of: .sandboxAdmin)
      let reads = await lane.sandbox.calls(.get)
      pauses.end()
      #expect(await pauses.next() == .seconds(80))
      #expect(await lane.sandbox.calls(.get) == reads)
      pauses.end()
      while try await lane.resolutions().isEmpty { await Task.yield() }
    }
  }
}

/// The pauses between two looks, which end when the test says so and let the clock run on; every
/// other sleep takes no time, so none of them is as long.
private final class Pauses: Sendable {
  private let alarm = Alarm()
  private let world = Mutex<StillLife?>(nil)
  private let last = Mutex<Duration>(.zero)

  func begin(in world: StillLife) { self.world.withLock { $0 = world } }

  func sleep(_ duration: Duration) async throws {
    guard [40, 80, 160].map({ .seconds($0) }).contains(duration) else {
      world.withLock { $0?.advance(seconds: duration.components.seconds + 1) }
      return
    }
    last.withLock { $0 = duration }
    try await alarm.sleep(duration)
  }

  func next() async -> Duration? { await alarm.whenAsleep() }

  func end() {
    let seconds = last.withLock { $0.components.seconds }
    world.withLock { $0?.advance(seconds: seconds) }
    alarm.ring()
  }
}
