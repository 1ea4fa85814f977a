import Connections
import EventStore
import Fixtures
import Testing

@testable import Commands

@Suite(.timeLimit(.minutes(5))) struct `A log that cannot be cut` {
  private let why = EventContext(actor: .anna, reason: "retention")

  private func lend(
    _ body: (WriteLane, WatchedJournal.Saboteur) async throws -> Void
  ) async throws {
    let saboteur = WatchedJournal.Saboteur()
    var setup = WriteLane.Setup()
    setup.wrapping = { WatchedJournal(base: $0, saboteur: saboteur) }
    try await WriteLane.lend(setup) { lane in
      try await lane.change(.token("old"))
      lane.world.advance(seconds: 100 * 86_400)
      try await lane.change(.token("new"))
      try await body(lane, saboteur)
    }
  }

  @Test func `takes nothing back of a shredding, which says so`() async throws {
    try await lend { lane, saboteur in
      saboteur.failScrub()
      let result = try await lane.commands.shredOlder(thanDays: 90, context: why)
      #expect(result.copies.count == 1 && !result.isScrubbed)
      #expect(try await lane.commands.knownSecrets().map(\.isShredded) == [true, false])
    }
  }

  @Test func `is cut when the shredding is asked for again`() async throws {
    try await lend { lane, saboteur in
      let sealed = try #require(try await lane.intents().first?.command.updateContent?.token)
      let copy = try #require(try await lane.journal.reader.sealedSecret(sealed.id))
      let isThere = {
        try lane.directory.names().contains {
          try lane.directory.bytes(of: $0).firstRange(of: copy.wrappedKey) != nil
        }
      }
      saboteur.failScrub(times: 3)
      #expect(
        try await lane.commands.shred(sealed.fingerprint, context: why).isScrubbed == false)
      await #expect(throws: SecretFault.shreddedBefore(isScrubbed: false)) {
        try await lane.commands.shred(sealed.fingerprint, context: why)
      }
      #expect(
        try await lane.commands.shredOlder(thanDays: 90, context: why).isScrubbed == false)
      #expect(try isThere())
      #expect(try await lane.commands.shredOlder(thanDays: 90, context: why).isScrubbed)
      #expect(try !isThere())
    }
  }
}

@Suite(.timeLimit(.minutes(5))) struct `A hold` {
  private let why = EventContext(actor: .anna, reason: "a case")

  @Test func `that would cover nothing is refused`() async throws {
    try await WriteLane.lend { lane in
      try await lane.change(.token("one"))
      await #expect(throws: SecretFault.notKnown) {
        try await lane.commands.addHold(
          over: .secret(fingerprint: String(repeating: "0", count: 32)), context: why)
      }
      await #expect(throws: SecretFault.connectionNotKnown) {
        try await lane.commands.addHold(over: .connection(SampleApp.nowhere), context: why)
      }
      #expect(try await lane.commands.holds().isEmpty)
    }
  }
}
