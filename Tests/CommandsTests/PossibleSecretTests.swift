import Connections
import EventStore
import Fixtures
import Sandbox
import Testing

@testable import Commands

/// A token of an update in doubt may be the one in force.
@Suite(.timeLimit(.minutes(5))) struct `A secret of which nobody knows whether it is in force` {
  private let why = EventContext(actor: .anna, reason: "retention")

  @Test func `is not shredded by rule, and its connection may hold it`() async throws {
    try await WriteLane.lend { lane in
      try await lane.change(.token("certain"))
      await lane.sandbox.add(SandboxFault(.cutHead, on: .update, isApplied: true))
      #expect(try await lane.change(.token("perhaps")).word == "inDoubt")
      await lane.commands.drain()
      lane.world.advance(seconds: 100 * 86_400)
      let result = try await lane.commands.shredOlder(thanDays: 90, context: why)
      #expect(result.copies.isEmpty)
      let known = try await lane.commands.knownSecrets()
      #expect(known.map(\.isCurrent) == [true, false])
      #expect(known.map(\.mayBeCurrent) == [false, true])
      let perhaps = try await lane.commands.markCompromised(known[1].fingerprint, context: why)
        .holders
      #expect(perhaps == SecretHolders(possible: [SampleApp.org2Org]))
      let certain = try await lane.commands.markCompromised(known[0].fingerprint, context: why)
        .holders
      #expect(certain == SecretHolders(certain: [SampleApp.org2Org]))
    }
  }

  @Test func `is told while its update is on its way`() async throws {
    try await WriteLane.lend { lane in
      try await lane.change(.token("certain"))
      await lane.sandbox.add(SandboxFault(.hang, on: .update, isApplied: true))
      let request = try lane.request(.token("perhaps"))
      let answer = Task { await lane.commands.carryOut(request) }
      try await lane.sandbox.untilCalled(.update, times: 2)
      let known = try await lane.commands.knownSecrets()
      #expect(known.map(\.mayBeCurrent) == [false, true])
      await lane.sandbox.release()
      #expect(await answer.value.word == "answered 200")
      let after = try await lane.commands.knownSecrets()
      #expect(after.map(\.isCurrent) == [false, true])
      #expect(after.map(\.mayBeCurrent) == [false, false])
    }
  }
}

@Suite(.timeLimit(.minutes(5))) struct `A question about secrets` {
  @Test func `reads what is new, and nothing twice`() async throws {
    try await WriteLane.lend { lane in
      let copies = RecordedCopies(reader: lane.journal.reader)
      for number in 1...5 {
        try await lane.change(.token("token-\(number)"))
        #expect(try await copies.all().count == number)
        let size = try await lane.journal.reader.head().size
        #expect(await copies.size == size)
      }
      try await lane.change(.token("token-6"))
      async let one = copies.all().map(\.copy)
      async let other = copies.all().map(\.copy)
      let anew = try await RecordedCopies(reader: lane.journal.reader).all().map(\.copy)
      #expect(anew.count == 6)
      #expect(try await [one, other] == [anew, anew])
    }
  }
}
