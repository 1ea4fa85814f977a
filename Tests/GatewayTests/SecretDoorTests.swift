import Commands
import Connections
import EventStore
import Fixtures
import OktaAPI
import Testing

@testable import Gateway

extension RunningGateway {
  /// The fingerprint of the secret of the last update of a connection.
  func fingerprint(of app: AppID = SampleApp.org2Org) async throws -> String {
    let secrets = try await lane.connection(app).credential.content?.secrets
    return try #require(secrets?.first).fingerprint
  }

  func facts() async throws -> [SecretEvent] {
    try await lane.journal.reader.events(in: .secrets, after: 0).compactMap { event in
      if case .secret(let fact) = event.payload { fact } else { nil }
    }
  }
}

@Suite(.timeLimit(.minutes(5))) struct `A compromised secret` {
  private static let why = #"{"reason":"seen in a chat","ticket":"SEC-1"}"#

  @Test func `is marked once, with who and why, and its holders are named`() async throws {
    try await RunningGateway.lend { gateway in
      _ = try await gateway.update("one")
      let first = try await gateway.fingerprint()
      let path = "secrets/\(first)/compromised"
      let told = try await gateway.native("POST", path, as: .admin, Self.why)
      #expect(told.status == 200, "\(told.text)")
      #expect(told.json?["fingerprint"]?.text == first)
      #expect(
        told.json?["heldBy"]?.elements?.compactMap(\.text) == [SampleApp.org2Org.description])
      _ = try await gateway.update("two")
      let again = try await gateway.native("POST", path, as: .admin, #"{"reason":"again"}"#)
      #expect(again.json?["heldBy"]?.elements?.isEmpty == true)

      let events = try await gateway.lane.journal.reader.events(in: .secrets, after: 0)
      #expect(events.map(\.payload) == [.secret(.markedCompromised(fingerprint: first))])
      #expect(events.first?.context.actor.display == "admin")
      #expect(events.first?.context.reason == "seen in a chat")
      #expect(events.first?.context.ticket == "SEC-1")
      #expect(try await gateway.lane.commands.secrets.standing().isCompromised(first))
    }
  }

  @Test func `is named by its first digits, where no other begins so`() async throws {
    try await RunningGateway.lend { gateway in
      _ = try await gateway.update("one")
      let first = try await gateway.fingerprint()
      let path = "secrets/\(first.prefix(8).uppercased())/compromised"
      let told = try await gateway.native("POST", path, as: .admin, Self.why)
      #expect(told.json?["fingerprint"]?.text == first)
      #expect(try await gateway.facts() == [.markedCompromised(fingerprint: first)])
      let short = "secrets/\(first.prefix(7))/compromised"
      try await gateway.native("POST", short, as: .admin, Self.why)
        .expectProblem(404, "secret-not-known")
      // What Okta goes on with is told when it is shredded.
      let shred = "secrets/\(first.prefix(12))/shred"
      let shredded = try await gateway.native("POST", shred, as: .admin, Self.why)
      #expect(
        shredded.json?["inForceIn"]?.elements?.compactMap(\.text)
          == [SampleApp.org2Org.description])
    }
    let two = ["0123456789ab", "0123456789ac"]
    #expect(throws: Gateway.InputFault.self) { try Gateway.fingerprint("01234567", among: two) }
    #expect(try Gateway.fingerprint("0123456789AB", among: two + two) == two[0])
  }

  @Test(arguments: ["00112233445566778899aabbccddeeff", "x", "%7E"])
  func `is one that was recorded`(fingerprint: String) async throws {
    try await RunningGateway.lend { gateway in
      _ = try await gateway.update("one")
      try await gateway.native(
        "POST", "secrets/\(fingerprint)/compromised", as: .admin, Self.why
      ).expectProblem(404, "secret-not-known")
      #expect(try await gateway.facts() == [])
    }
  }

  @Test(arguments: ["", "{}", #"{"reason":""}"#, #"{"reason":7}"#, #"{"reason":"x","force":true}"#])
  func `is not marked without a reason`(body: String) async throws {
    try await RunningGateway.lend { gateway in
      _ = try await gateway.update("one")
      let path = "secrets/\(try await gateway.fingerprint())/compromised"
      try await gateway.native("POST", path, as: .admin, body).expectProblem(400, "bad-input")
      #expect(try await gateway.facts() == [])
    }
  }
}
