import Connections
import EventStore
import Fixtures
import OktaAPI
import Sandbox
import Testing

@Suite(.timeLimit(.minutes(5))) struct `A path that only looks different` {
  private static let app = SampleApp.org2Org

  /// Ways to write the path of a connection that some server reads as that path.
  private static let disguises = [
    "/api/v1/apps/\(app)/connections/%64efault", "/api/v1/apps/\(app)/connections/default/",
    "/api/v1/apps/\(app)//connections/default", "//api//v1/apps/\(app)/connections/default",
    "/api/v1/apps/\(app)/connections/./default", "/api/v1/apps/x/../\(app)/connections/default",
    "/api/v1/users/../apps/\(app)/connections/default",
    "/oauth2/../api/v1/apps/\(app)/connections/default",
    "/api/v1/apps/\(app)/%63onnections/default", "/%61pi/v1/apps/\(app)/connections/default",
    "/api/v1/apps/\(app)%2Fconnections/default", "/api/v1/apps/\(app)/connections%2fdefault",
    "/api/v1/apps/\(app)/connections/default;x=1", "/api/v1/apps/\(app);x/connections;y/default",
    "/api/v1/apps/x/%2e%2e/\(app)/connections/default",
    "/api/v1/apps/x/%2E./\(app)/connections/default",
    "/api/v1/apps/x/..;/\(app)/connections/default",
    "/api/v1/apps/x/..;a=b/\(app)/connections/default",
    "/api/v1/users/%2e%2e;/apps/\(app)/connections/default",
    "/api/v1/apps/x%2F..%2F\(app)/connections/default",
    "/api/v1/users%2f..%2fapps/\(app)/connections/default",
    "/api/v1/apps/\(app)/connections/default/lifecycle/..",
  ]

  @Test(arguments: disguises)
  func `changes nothing unrecorded`(target: String) async throws {
    try await RunningGateway.lend { gateway in
      let answer = try await gateway.ask("POST", target, SampleBody.token("t"))
      let isHeld = await gateway.lane.sandbox.holds("t", for: Self.app)
      let intents = try await gateway.kinds().filter { $0 == .intended }
      #expect(intents.count == (isHeld ? 1 : 0))
      // Nor is it passed on for whoever comes next to read it in his own way.
      #expect(await gateway.lane.sandbox.calls(.other) == 0)
      #expect(answer.status == 200, "\(answer.text)")
    }
  }

  @Test(arguments: disguises)
  func `opens nothing to a reviewer`(target: String) async throws {
    try await RunningGateway.lend { gateway in
      let answer = try await gateway.ask("POST", target, as: .reviewer, SampleBody.token("t"))
      answer.expectEnvelope(403, "E0000006")
      #expect(await gateway.lane.sandbox.allCalls == 0)
    }
  }

  @Test(arguments: [
    "/api/v1/apps/\(app)/connections", "/api/v1/apps/\(app)/connections/other",
    "/api/v1/apps/\(app)/connections/default/lifecycle",
    "/api/v1/apps/\(app)/connections/default/lifecycle/delete",
    "/api/v1/apps/\(app)/connections/default/more", "/api/v1/apps/a/b/c/oauth2/callback",
    "/api/v1/apps/slack/%20/oauth2/callback",
    // In other letters: Okta might take it for the path, and might not.
    "/api/v1/Apps/\(app)/Connections/default", "/api/v1/apps/\(app)/CONNECTIONS/default",
    "/API/V1/apps/\(app)/connections/default", "/api/v1/apps/\(app)/connections/Default",
    "/api/v1/apps/\(app)/%43onnections/default/lifecycle/activate",
    "/api/v1/apps/\(app)/connections/default/lifecycle/Activate",
    "/api/v1/apps/slack/\(app)/OAuth2/Callback", "/api/v1/apPS/slack/\(app)/oauth2/callback",
  ])
  func `and is none of the six goes nowhere`(target: String) async throws {
    try await RunningGateway.lend { gateway in
      try await gateway.ask("POST", target, "{}").expectEnvelope(404, "E0000008")
      #expect(await gateway.lane.sandbox.allCalls == 0)
    }
  }

  @Test func `is sent on as the path that was recorded`() async throws {
    let script = ScriptedOkta.answer(204)
    try await ScriptedOkta.lend { _ in
      script
    } _: { okta in
      var setup = RunningGateway.Setup()
      setup.lane.origin = okta.origin
      try await RunningGateway.lend(setup) { gateway in
        _ = try await gateway.ask(
          "POST", "//api/v1/apps/x/../0oa%3Fa%25b/connections/%64efault/lifecycle/activate/")
        let sent = try #require(okta.requests.first { $0.hasPrefix("POST") })
        let path = "/api/v1/apps/0oa%3Fa%25b/connections/default/lifecycle/activate"
        #expect(sent.hasPrefix("POST \(path) HTTP/1.1\r\n"), "\(sent.prefix(100))")
      }
    }
  }

  @Test func `to the native routes opens them to nobody else`() async throws {
    try await RunningGateway.lend { gateway in
      for target in [
        "/hindsight//v1/tokens", "/hindsight/v1/%74okens", "/hindsight/v1/tokens/",
        "/api/v1/../../hindsight/v1/tokens", "/hindsight/v1/tokens;x",
        "/health/../hindsight/v1/tokens",
      ] {
        let answer = try await gateway.ask("GET", target, as: .reviewer)
        answer.expectProblem(403, "role-too-small")
      }
      #expect(await gateway.lane.sandbox.allCalls == 0)
    }
  }
}
