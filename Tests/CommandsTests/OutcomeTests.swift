import Connections
import Fixtures
import Sandbox
import Synchronization
import Testing

@testable import Commands

@Suite(.timeLimit(.minutes(5))) struct `An outcome` {
  @Test(arguments: [SandboxOperation.get, .update])
  func `is recorded although the caller has gone`(during operation: SandboxOperation) async throws {
    try await WriteLane.lend { lane in
      await lane.sandbox.add(SandboxFault(.hang, on: operation, isApplied: true))
      let request = try lane.request(.token("one"))
      let caller = Task { await lane.commands.carryOut(request) }
      try await lane.sandbox.untilCalled(operation)
      caller.cancel()
      await lane.sandbox.release()
      await lane.commands.drain()
      #expect(try await lane.kinds() == [.observed, .intended, .succeeded])
      #expect(await caller.value.word == "answered 200")
    }
  }

  @Test func `is what the end waits for`() async throws {
    try await WriteLane.lend { lane in
      let order = Mutex<[String]>([])
      await lane.sandbox.add(SandboxFault(.hang, on: .activate, isApplied: true))
      try await lane.change(.token("one"))
      async let answer = lane.change(.activate)
      try await lane.sandbox.untilCalled(.activate)
      async let drained: Void = {
        await lane.commands.drain()
        order.withLock { $0.append("drained") }
      }()
      order.withLock { $0.append("released") }
      await lane.sandbox.release()
      await drained
      #expect(order.withLock { $0 } == ["released", "drained"])
      #expect(try await lane.kinds().last == .succeeded)
      #expect(try await answer.word == "answered 204")
    }
  }

  @Test func `of a rollback is recorded although the caller has gone`() async throws {
    try await WriteLane.lend { lane in
      try await lane.change(.token("one"))
      try await lane.change(.token("two"))
      await lane.sandbox.add(SandboxFault(.hang, on: .update, isApplied: true))
      let caller = Task { try await lane.rollBack(to: .version(3)) }
      try await lane.sandbox.untilCalled(.update, times: 3)
      caller.cancel()
      await lane.sandbox.release()
      await lane.commands.drain()
      #expect(try await lane.kinds().last == .rollbackCompleted)
      #expect(await lane.sandbox.holds("one", for: SampleApp.org2Org))
    }
  }
}
