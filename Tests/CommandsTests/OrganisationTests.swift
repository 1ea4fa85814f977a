import Connections
import EventStore
import Fixtures
import Testing

@testable import Commands

@Suite(.timeLimit(.minutes(5))) struct `A journal` {
  private let here = EventContext(actor: .anna)

  private func registry(_ lane: WriteLane) -> OrganisationRegistry {
    OrganisationRegistry(
      writer: lane.journal.writer, reader: lane.journal.reader, environment: lane.environment)
  }

  private func names(_ lane: WriteLane) async throws -> [String] {
    try await lane.journal.reader.events(in: .organisation, after: 0).compactMap { event in
      if case .organisation(.named(let host)) = event.payload { host } else { nil }
    }
  }

  @Test func `is the log of the organisation that it was begun for`() async throws {
    try await WriteLane.lend { lane in
      #expect(try await registry(lane).host() == nil)
      for _ in 1...2 {
        try await registry(lane).confirm("a.okta.example", isRenamed: false, context: here)
      }
      #expect(try await names(lane) == ["a.okta.example"])
      await #expect(
        throws: OtherOrganisation(recorded: "a.okta.example", asked: "b.okta.example")
      ) {
        try await registry(lane).confirm("b.okta.example", isRenamed: false, context: here)
      }
      #expect(try await names(lane) == ["a.okta.example"])
      #expect(try await registry(lane).host() == "a.okta.example")
    }
  }

  @Test func `goes with an organisation that has a new name, once somebody says so`() async throws {
    try await WriteLane.lend { lane in
      for (host, isRenamed) in [("a.example", false), ("b.example", true), ("b.example", false)] {
        try await registry(lane).confirm(host, isRenamed: isRenamed, context: here)
      }
      #expect(try await names(lane) == ["a.example", "b.example"])
      // The old name is another one now.
      await #expect(throws: OtherOrganisation.self) {
        try await registry(lane).confirm("a.example", isRenamed: false, context: here)
      }
      let last = try await lane.journal.reader.events(in: .organisation, after: 1).first
      #expect(last?.context.actor.display == ActorIdentity.anna.display)
    }
  }
}
