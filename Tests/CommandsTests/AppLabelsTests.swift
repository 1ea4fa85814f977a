import Connections
import EventStore
import Fixtures
import OktaAPI
import Testing

@testable import Commands

@Suite(.timeLimit(.minutes(5))) struct `How apps are called` {
  private func lend(
    _ body: (WriteLane, AppLabels) async throws -> Void
  ) async throws {
    try await WriteLane.lend { lane in
      try await body(
        lane,
        try await AppLabels(
          access: lane.access, reader: lane.journal.reader, commands: lane.commands,
          upstream: lane.upstream, credential: .sandboxAdmin))
    }
  }

  @Test func `is recorded once, and again when it changes`() async throws {
    try await lend { lane, labels in
      for _ in 0..<2 { try await labels.refresh(SampleApp.org2Org) }
      #expect(await labels.isSettled(SampleApp.org2Org))
      #expect(try await lane.events().map(\.payload.kind) == [.appLabelled])
    }
  }

  @Test func `is not asked for ever of an app that has no label`() async throws {
    try await lend { lane, labels in
      #expect(await !labels.isSettled(SampleApp.nowhere))
      try await labels.refresh(SampleApp.nowhere)
      #expect(await labels.isSettled(SampleApp.nowhere))
      #expect(try await lane.events().isEmpty)
      await labels.beginRound()
      #expect(await !labels.isSettled(SampleApp.nowhere))
    }
  }

  @Test func `is asked of the app that is meant, whatever is in its id`() async throws {
    try await lend { lane, labels in
      let odd = try #require(AppID("a?b=c#d%e"))
      try await labels.refresh(odd)
      #expect(await labels.isSettled(odd))
    }
  }

  /// The callers need what is left of the window.
  @Test func `is not asked when few calls are left`() async throws {
    try await lend { lane, labels in
      let reset = Int(lane.world.now.epochSeconds) + 60
      await lane.commands.note(
        RateLimit(limit: 600, remaining: 0, resetEpochSeconds: reset), of: .sandboxAdmin)
      try await labels.refresh(SampleApp.org2Org)
      #expect(await !labels.isSettled(SampleApp.org2Org))
      lane.world.advance(seconds: 61)
      try await labels.refresh(SampleApp.org2Org)
      #expect(await labels.isSettled(SampleApp.org2Org))
    }
  }
}
