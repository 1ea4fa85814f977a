import Connections
import Fixtures
import OktaAPI
import Sandbox
import Testing

@Suite(.timeLimit(.minutes(5))) struct `Whoever asks is told` {
  /// Otherwise callers renew the wrong token.
  @Test func `whose token it is that Okta refuses`() async throws {
    try await RunningGateway.lend { gateway in
      for operation in [SandboxOperation.update, .get] {
        await gateway.lane.sandbox.add(SandboxFault(.status(401), on: operation))
        let answer =
          operation == .get
          ? try await gateway.ask("GET", RunningGateway.connection)
          : try await gateway.update("one")
        answer.expectEnvelope(401, "E0000011")
        #expect(answer.text.contains("Hindsight itself holds"), "\(answer.text)")
      }
      let stranger = try await gateway.ask("GET", RunningGateway.connection, as: .stranger)
      stranger.expectEnvelope(401, "E0000011")
      #expect(!stranger.text.contains("Hindsight itself holds"))
    }
  }

  /// Some server may take it for a text, and nobody would have kept it.
  @Test(arguments: ["987654321", "true", "[\"t\"]", "{\"t\":1}"])
  func `that a token must be a text, and nothing is sent`(token: String) async throws {
    try await RunningGateway.lend { gateway in
      let events = try await gateway.lane.events().count
      let answer = try await gateway.ask(
        "POST", RunningGateway.connection,
        "{\"profile\":{\"authScheme\":\"TOKEN\",\"token\":\(token)}}")
      answer.expectEnvelope(400, "E0000001")
      #expect(answer.text.contains("profile.token must be a text. Nothing was sent."))
      try await gateway.expectUnmoved(since: events)
    }
  }

  @Test func `the length that a GET would have`() async throws {
    try await RunningGateway.lend { gateway in
      let got = try await gateway.ask("GET", "/api/v1/apps")
      let asked = try await gateway.ask("HEAD", "/api/v1/apps")
      #expect(asked.header("content-length").flatMap { Int($0) } == got.body.count)
    }
  }

  @Test func `of what a role does not allow, and why it was wanted`() async throws {
    try await RunningGateway.lend { gateway in
      _ = try await gateway.update("one")
      _ = try await gateway.ask(
        "POST", "\(RunningGateway.connection)/lifecycle/deactivate", as: .reviewer,
        headers: ["Hindsight-Reason: may I?", "Hindsight-Ticket: CHG-1"])
      let last = try #require(try await gateway.lane.events().last)
      #expect(last.payload.kind == .refused)
      #expect(last.context.reason == "may I?" && last.context.ticket == "CHG-1")
    }
  }
}
