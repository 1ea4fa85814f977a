import Connections
import EventStore
import Fixtures
import Testing

@testable import Commands

@Suite(.timeLimit(.minutes(5))) struct `Hindsight's own tokens` {
  private let anna = EventContext(actor: .anna)

  @Test func `are found by their text until they are revoked`() async throws {
    try await WriteLane.lend { lane in
      let (record, token) = try await lane.access.create(
        name: "Deploy", role: .operator, context: anna)
      #expect(await lane.access.find(token) == record)
      #expect(await lane.access.find(Secret("hst_no")) == nil)
      #expect(await lane.access.find(Secret("")) == nil)

      #expect(try await lane.access.revoke(record.id, context: anna))
      #expect(await lane.access.find(token) == nil)
      #expect(try await !lane.access.revoke(record.id, context: anna))
      #expect(try await !lane.access.revoke(lane.world.newID(), context: anna))
      #expect(try await lane.events().map(\.payload.kind) == [.tokenCreated, .tokenRevoked])
    }
  }

  @Test func `come back out of the journal`() async throws {
    try await WriteLane.lend { lane in
      let (kept, text) = try await lane.access.create(name: "A", role: .admin, context: anna)
      let (gone, other) = try await lane.access.create(name: "B", role: .reviewer, context: anna)
      _ = try await lane.access.revoke(gone.id, context: anna)
      let reread = try await AccessRegistry(
        writer: lane.journal.writer, reader: lane.journal.reader, environment: lane.environment)
      #expect(await reread.find(text) == kept)
      #expect(await reread.find(other) == nil)
      #expect(await reread.all.map(\.record) == [kept, gone])
      #expect(await reread.all.map { $0.revokedAt != nil } == [false, true])
    }
  }

  @Test func `have 256 random bits and are kept as a hash alone`() async throws {
    try await WriteLane.lend { lane in
      let (_, token) = try await lane.access.create(name: "A", role: .admin, context: anna)
      let text = token.withBytes { String(decoding: $0, as: UTF8.self) }
      #expect(text.hasPrefix("hst_") && text.count == 68)
      #expect(try lane.files(with: text).isEmpty)
      #expect(try lane.files(with: String(text.dropFirst(4))).isEmpty)
      let (_, next) = try await lane.access.create(name: "A", role: .admin, context: anna)
      #expect(await lane.access.find(token) != lane.access.find(next))
    }
  }

  @Test func `leave a trace when a report does`() async throws {
    try await WriteLane.lend { lane in
      let export = Export(definition: "changes/1", from: nil, to: nil, trueAtSize: 0)
      try await lane.access.recordExport(export, context: anna)
      #expect(try await lane.events().map(\.payload) == [.exported(export)])
    }
  }

  @Test func `that are too weak leave a refusal that stands alone`() async throws {
    try await WriteLane.lend { lane in
      let id = lane.world.newID()
      try await lane.access.recordRefusal(
        .update, of: SampleApp.org2Org, status: 403, detail: "the role operator is needed",
        context: EventContext(actor: .anna, commandID: id))
      let event = try #require(try await lane.events(of: SampleApp.org2Org).first)
      #expect(event.context.commandID == id)
      #expect(try await lane.outcome().refusedKind == .update)
      // It neither opens nor ends anything.
      #expect(try await lane.change(.token("one")).word == "answered 200")
    }
  }
}
