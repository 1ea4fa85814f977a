import Fixtures
import Logging
import Notary
import ServiceLifecycle
import Testing
import TransparencyLog

@Suite(.timeLimit(.minutes(5))) struct `The checkpoint service` {
  @Test func `signs what is new at each turn, and ends when it is told to`() async throws {
    let scene = try SignedJournal()
    try await scene.lend { journal, notary in
      let (turns, turn) = AsyncStream<Void>.makeStream()
      let (wakes, wake) = AsyncStream<Void>.makeStream()
      let service = CheckpointService(
        notary, every: .seconds(1),
        sleep: { duration in
          #expect(duration == .seconds(1))
          turn.yield()
          for await _ in wakes { return }
          try Task.checkCancellation()
        }, logger: .silent)
      let group = ServiceGroup(services: [service], logger: .silent)
      let running = Task { try await group.run() }
      var asleep = turns.makeAsyncIterator()
      await asleep.next()
      for size in [2, 4] {
        try await scene.append(2, to: journal)
        wake.yield()
        await asleep.next()
        #expect(await notary.last?.checkpoint.size == size)
      }
      await group.triggerGracefulShutdown()
      try await running.value
    }
  }
}
