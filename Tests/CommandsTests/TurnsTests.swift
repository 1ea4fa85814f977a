import Connections
import EventStore
import Fixtures
import OktaAPI
import Sandbox
import Synchronization
import Testing

@testable import Commands

@Suite(.timeLimit(.minutes(5))) struct `One connection` {
  @Test func `has one command in flight; another waits, and then is refused`() async throws {
    let alarm = Alarm()
    var setup = WriteLane.Setup()
    setup.sleep = alarm.sleep
    try await WriteLane.lend(setup) { lane in
      await lane.sandbox.add(SandboxFault(.hang, on: .update, isApplied: true))
      async let first = lane.change(.token("one"))
      try await lane.sandbox.untilCalled(.update)
      async let second = lane.change(.token("two"))
      #expect(await alarm.whenAsleep() == .seconds(30))
      alarm.ring()
      let answer = try await second
      guard case .busy(let waited, _) = answer else {
        Issue.record("\(answer.word)")
        return
      }
      #expect(waited == .seconds(30))
      await lane.sandbox.release()
      #expect(try await first.word == "answered 200")
      #expect(await lane.sandbox.calls(.update) == 1)
      #expect(try await lane.intents().count == 1)
    }
  }

  @Test func `lets the next one go on as soon as the first has its outcome`() async throws {
    let alarm = Alarm()
    var setup = WriteLane.Setup()
    setup.sleep = alarm.sleep
    try await WriteLane.lend(setup) { lane in
      await lane.sandbox.add(SandboxFault(.hang, on: .update, isApplied: true))
      async let first = lane.change(.token("one"))
      try await lane.sandbox.untilCalled(.update)
      async let second = lane.change(.token("two"))
      _ = await alarm.whenAsleep()
      await lane.sandbox.release()
      #expect(try await first.word == "answered 200")
      #expect(try await second.word == "answered 200")
      #expect(
        try await lane.kinds() == [.observed, .intended, .succeeded, .intended, .succeeded])
    }
  }

  @Test func `does not hold up another connection`() async throws {
    try await WriteLane.lend { lane in
      await lane.sandbox.add(SandboxFault(.hang, on: .update, isApplied: true))
      async let first = lane.change(.token("one"))
      try await lane.sandbox.untilCalled(.update)
      #expect(try await lane.change(.token("two"), of: SampleApp.zscaler).word == "answered 200")
      #expect(try await lane.kinds() == [.observed, .intended])
      await lane.sandbox.release()
      #expect(try await first.word == "answered 200")
    }
  }

  @Test func `keeps the outcome although policy refused somebody meanwhile`() async throws {
    try await WriteLane.lend { lane in
      await lane.sandbox.add(SandboxFault(.hang, on: .update, isApplied: true))
      async let first = lane.change(.token("one"))
      try await lane.sandbox.untilCalled(.update)
      try await lane.access.recordRefusal(
        .deactivate, of: SampleApp.org2Org, status: 403, detail: "the role operator is needed",
        context: EventContext(actor: .anna, commandID: lane.world.newID()))
      await lane.sandbox.release()
      #expect(try await first.word == "answered 200")
      #expect(try await lane.kinds() == [.observed, .intended, .refused, .succeeded])
      #expect(try await lane.connection(SampleApp.org2Org).openIntents == [])
    }
  }
}

@Suite(.timeLimit(.minutes(5))) struct `A turn` {
  private let app = SampleApp.org2Org

  @Test func `goes in the order of asking`() async {
    let (order, turn) = AsyncStream<Int>.makeStream()
    let turns = ConnectionTurns(sleep: Alarm().sleep)
    let app = app
    _ = await turns.take(app, waitingAtMost: .seconds(1))
    await withTaskGroup(of: Void.self) { group in
      for number in 1...5 {
        group.addTask {
          guard await turns.take(app, waitingAtMost: .seconds(1)) else { return }
          turn.yield(number)
          await turns.release(app)
        }
        while await turns.waitingCount(app) < number { await Task.yield() }
      }
      await turns.release(app)
    }
    turn.finish()
    #expect(await order.reduce(into: []) { $0.append($1) } == [1, 2, 3, 4, 5])
  }

  @Test func `is not lost to a wait that ended before`() async {
    // The first sleep ends late: after its waiter had the turn.
    let late = Promised<Void>()
    let sleeps = Mutex<Int>(0)
    let turns = ConnectionTurns { _ in
      let number = sleeps.withLock { sleeps in
        sleeps += 1
        return sleeps
      }
      if number == 1 { await late.value } else { try await Task.sleep(for: .seconds(600)) }
    }
    _ = await turns.take(app, waitingAtMost: .seconds(1))
    async let first = turns.take(app, waitingAtMost: .seconds(1))
    while await turns.waitingCount(app) < 1 || sleeps.withLock({ $0 }) < 1 { await Task.yield() }
    await turns.release(app)
    #expect(await first)

    async let second = turns.take(app, waitingAtMost: .seconds(600))
    while await turns.waitingCount(app) < 1 || sleeps.withLock({ $0 }) < 2 { await Task.yield() }
    late.keep(())
    // Whatever the late sleeper does, it has time to do it.
    for _ in 0..<1_000 { await Task.yield() }
    #expect(await turns.waitingCount(app) == 1)
    await turns.release(app)
    #expect(await second)
  }

  @Test func `tells a reader whether one was taken meanwhile`() async {
    let turns = ConnectionTurns(sleep: Alarm().sleep)
    let quiet = await turns.quietCount(app)
    #expect(quiet == 0)
    #expect(await turns.take(app, waitingAtMost: .seconds(1)))
    #expect(await turns.quietCount(app) == nil)
    await turns.release(app)
    #expect(await !turns.take(app, ifStillAt: 0))
    #expect(await turns.take(app, ifStillAt: 1))
  }

  @Test func `leaves nothing behind where there is no end of apps`() async throws {
    let turns = ConnectionTurns(sleep: Alarm().sleep)
    let held = try #require(AppID("held"))
    #expect(await turns.take(held, waitingAtMost: .seconds(1)))
    let readBefore = await turns.quietCount(app)
    for number in 0..<5_000 {
      let other = try #require(AppID("0oa\(number)"))
      #expect(await turns.take(other, waitingAtMost: .seconds(1)))
      await turns.release(other)
      #expect(await turns.rememberedCount <= 1_025)
    }
    // What is held is not forgotten.
    #expect(await !turns.takeNow(held))
    // A reader who began before is told that he may be late, and the next one is not.
    #expect(await !turns.take(app, ifStillAt: readBefore ?? -1))
    let readNow = try #require(await turns.quietCount(app))
    #expect(await turns.take(app, ifStillAt: readNow))
  }

  @Test func `that was given and forgotten is not taken for none`() async throws {
    let turns = ConnectionTurns(sleep: Alarm().sleep)
    let read = try #require(await turns.quietCount(app))
    #expect(await turns.take(app, waitingAtMost: .seconds(1)))
    await turns.release(app)
    for number in 0..<1_024 {
      let other = try #require(AppID("0oa\(number)"))
      _ = await turns.take(other, waitingAtMost: .seconds(1))
      await turns.release(other)
    }
    #expect(await turns.rememberedCount < 1_024)
    #expect(await !turns.take(app, ifStillAt: read))
  }
}
