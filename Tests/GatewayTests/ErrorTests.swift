import Connections
import EventStore
import Fixtures
import OktaAPI
import Sandbox
import Testing

@Suite(.timeLimit(.minutes(5))) struct `An error` {
  private let path = RunningGateway.connection

  @Test(arguments: [
    ("GET", RunningGateway.connection, RunningGateway.Caller.nobody, 401, "E0000011"),
    ("POST", RunningGateway.connection + "/lifecycle/activate", .stranger, 401, "E0000011"),
    ("POST", RunningGateway.connection + "/lifecycle/activate", .reviewer, 403, "E0000006"),
    ("GET", RunningGateway.path(SampleApp.nowhere), .operator, 404, "E0000007"),
    (
      "POST", RunningGateway.path(SampleApp.nowhere, "/lifecycle/activate"), .operator, 404,
      "E0000007"
    ),
    ("GET", "/api/v1/apps/x/connections/other", .operator, 404, "E0000008"),
    ("GET", "/elsewhere", .operator, 404, "E0000008"),
    ("GET", "/", .operator, 404, "E0000008"),
    ("PUT", RunningGateway.connection, .operator, 405, "E0000022"),
    ("DELETE", RunningGateway.connection, .operator, 405, "E0000022"),
    ("PATCH", RunningGateway.connection, .operator, 405, "E0000022"),
    ("GET", RunningGateway.connection + "/lifecycle/activate", .operator, 405, "E0000022"),
    ("POST", RunningGateway.connection + "/jwks", .operator, 405, "E0000022"),
    ("GET", "/api/v1/apps/slack/x/oauth2/callback?code=1", .operator, 405, "E0000022"),
  ])
  func `on Okta's routes has Okta's whole envelope`(
    method: String, target: String, caller: RunningGateway.Caller, status: Int, code: String
  ) async throws {
    try await RunningGateway.lend { gateway in
      try await gateway.ask(method, target, as: caller).expectEnvelope(status, code)
    }
  }

  @Test func `of a busy connection is a conflict`() async throws {
    try await RunningGateway.lend { gateway in
      await gateway.lane.sandbox.add(SandboxFault(.hang, on: .update, isApplied: true))
      async let first = gateway.update("one")
      try await gateway.lane.sandbox.untilCalled(.update)
      let second = try await gateway.update("two")
      second.expectEnvelope(409, "E0000195")
      #expect(second.header("hindsight-command-id") != nil)
      await gateway.lane.sandbox.release()
      #expect(try await first.status == 200)
    }
  }

  @Test(
    arguments: [
      SandboxFault.Kind.status(500), .status(502), .status(503), .status(504), .cutHead, .cutBody,
      .notJSON, .empty,
    ], [false, true])
  func `of a write whose outcome is unknown is one that nobody retries`(
    fault: SandboxFault.Kind, applied: Bool
  ) async throws {
    try await RunningGateway.lend { gateway in
      await gateway.lane.sandbox.add(SandboxFault(fault, on: .update, isApplied: applied))
      let answer = try await gateway.update("one")
      answer.expectEnvelope(500, "E0000009")
      #expect(answer.header("hindsight-command-id") != nil)
    }
  }

  @Test func `of a write that was not sent is one that may be tried again`() async throws {
    var setup = RunningGateway.Setup()
    setup.lane.origin = "http://127.0.0.1:1"
    try await RunningGateway.lend(setup) { gateway in
      for (method, target) in [("GET", path), ("POST", path + "/lifecycle/activate")] {
        let answer = try await gateway.ask(method, target)
        answer.expectEnvelope(503, "E0000181")
        answer.expectRetryHeaders()
      }
      #expect(try await gateway.kinds() == [.intended, .notSent])
    }
  }

  @Test(
    arguments: [SandboxFault.Kind.rateLimit, .rateLimitWithoutHeaders, .status(503), .status(504)])
  func `after which a client waits has what it computes the pause from`(
    fault: SandboxFault.Kind
  ) async throws {
    try await RunningGateway.lend { gateway in
      for (operation, method, target) in [
        (SandboxOperation.get, "GET", path), (.jwks, "GET", path + "/jwks"),
        (.other, "GET", "/api/v1/users/me"),
      ] {
        await gateway.lane.sandbox.add(SandboxFault(fault, on: operation))
        let answer = try await gateway.ask(method, target)
        #expect([429, 503, 504].contains(answer.status))
        answer.expectRetryHeaders()
      }
    }
  }

  @Test(arguments: [SandboxFault.Kind.rateLimit, .rateLimitWithoutHeaders])
  func `429 of a write has it, too`(fault: SandboxFault.Kind) async throws {
    try await RunningGateway.lend { gateway in
      await gateway.lane.sandbox.add(SandboxFault(fault, on: .update))
      let answer = try await gateway.update("one")
      answer.expectEnvelope(429, "E0000047")
      answer.expectRetryHeaders()
    }
  }

  /// An empty one is taken for a success by the SDK for Python.
  @Test(
    arguments: [(400, "E0000001"), (401, "E0000011"), (403, "E0000006"), (404, "E0000008")],
    ["", "<html>Not here</html>", #"{"message":"no"}"#])
  func `of a proxy before Okta gets Okta's envelope, and keeps its status`(
    told: (status: Int, code: String), body: String
  ) async throws {
    let script = ScriptedOkta.answer(
      told.status, ["Content-Type: text/html", "X-Okta-Request-Id: r"], body)
    try await ScriptedOkta.lend { _ in
      script
    } _: { okta in
      var setup = RunningGateway.Setup()
      setup.lane.origin = okta.origin
      try await RunningGateway.lend(setup) { gateway in
        for (method, suffix) in [
          ("GET", ""), ("GET", "/jwks"), ("POST", ""), ("POST", "/lifecycle/activate"),
          ("POST", "/lifecycle/deactivate"),
        ] {
          let body = method == "POST" && suffix.isEmpty ? SampleBody.token("one") : nil
          let answer = try await gateway.ask(
            method, path + suffix, headers: ["Accept-Encoding: gzip"], body)
          answer.expectEnvelope(told.status, told.code)
          #expect(answer.header("x-okta-request-id") == "r")
        }
        #expect(okta.requests.allSatisfy { !$0.lowercased().contains("accept-encoding: gzip") })
        // What is passed on untouched stays so, but for what is our own fault.
        let forwarded = try await gateway.ask("GET", "/api/v1/users/me")
        if told.status == 401 {
          forwarded.expectEnvelope(401, "E0000011")
          #expect(forwarded.text.contains("Hindsight itself holds"))
        } else {
          #expect(forwarded.status == told.status && forwarded.text == body)
        }
      }
    }
  }

  @Test func `of a key set that breaks off has an envelope, too`() async throws {
    try await RunningGateway.lend { gateway in
      await gateway.lane.sandbox.add(SandboxFault(.status(404), on: .jwks))
      try await gateway.ask("GET", path + "/jwks").expectEnvelope(404, "E0000008")
      let head = try await gateway.ask("HEAD", path + "/jwks")
      #expect(head.status == 404)
      #expect(head.header("content-type") == "application/json")
    }
  }

  @Test func `429 in which Okta names several resets names one`() async throws {
    let limited = ScriptedOkta.answer(
      429,
      [
        "Content-Type: application/json", "X-Rate-Limit-Limit: 600", "X-Rate-Limit-Limit: 50",
        "X-Rate-Limit-Remaining: 599", "X-Rate-Limit-Remaining: 0",
        "X-Rate-Limit-Reset: 1800000000", "X-Rate-Limit-Reset: 1800000060",
        "X-Okta-Request-Id: abc",
      ], #"{"errorCode":"E0000047"}"#)
    try await ScriptedOkta.lend { _ in
      limited
    } _: { okta in
      var setup = RunningGateway.Setup()
      setup.lane.origin = okta.origin
      try await RunningGateway.lend(setup) { gateway in
        for target in [path, "/api/v1/users/me"] {
          let answer = try await gateway.ask("GET", target)
          #expect(answer.status == 429)
          answer.expectRetryHeaders()
          // The later one: before it, nothing is sure to pass.
          #expect(answer.header("x-rate-limit-reset") == "1800000060")
        }
      }
    }
  }

  @Test func `on the native routes is a problem`() async throws {
    try await RunningGateway.lend { gateway in
      try await gateway.native("GET", "connections", as: .nobody)
        .expectProblem(401, "no-valid-token")
      try await gateway.native("GET", "tokens").expectProblem(403, "role-too-small")
      try await gateway.native("DELETE", "connections").expectProblem(405, "method-not-allowed")
      try await gateway.native("GET", "connections/\(SampleApp.nowhere)")
        .expectProblem(404, "connection-not-known")
      let nowhere = try await gateway.native("GET", "nowhere")
      #expect(nowhere.status == 404)
      #expect(nowhere.all("content-type") == ["application/problem+json"])
    }
  }
}
