import Connections
import Fixtures
import OktaAPI
import Sandbox
import Testing

@Suite(.timeLimit(.minutes(5))) struct `The answer to a write` {
  @Test func `names its command, whatever came of it`() async throws {
    try await RunningGateway.lend { gateway in
      let path = RunningGateway.connection
      await gateway.lane.sandbox.add(SandboxFault(.cutHead, on: .deactivate))
      let answers = [
        try await gateway.update("one"), try await gateway.update("bad-token"),
        try await gateway.update("one", as: .nobody),
        try await gateway.update("one", as: .reviewer),
        try await gateway.ask("POST", path, "{"),
        try await gateway.ask("POST", path + "/lifecycle/activate"),
        try await gateway.ask("POST", path + "/lifecycle/deactivate"),
        try await gateway.ask("POST", "/api/v1/apps/slack/\(SampleApp.slack)/oauth2/callback"),
      ]
      #expect(answers.map(\.status) == [200, 400, 401, 403, 400, 204, 500, 403])
      let ids = answers.compactMap { $0.header("hindsight-command-id") }
      #expect(Set(ids).count == answers.count)
      #expect(ids.allSatisfy { CommandID($0) != nil })
      let recorded = Set(
        try await gateway.lane.events().compactMap(\.context.commandID?.description))
      #expect(recorded == Set([0, 1, 3, 5, 6, 7].map { ids[$0] }))
    }
  }

  @Test(arguments: [
    RunningGateway.connection, RunningGateway.connection + "/lifecycle/activate",
    RunningGateway.connection + "/lifecycle/deactivate",
    "/api/v1/apps/slack/\(SampleApp.slack)/oauth2/callback",
    "/hindsight/v1/connections/\(SampleApp.org2Org)/rollback",
  ])
  func `names a command also where the request can be read in two ways`(
    target: String
  ) async throws {
    try await RunningGateway.lend { gateway in
      for (line, body) in [
        ("Host: other", ""), ("Transfer-Encoding: gzip, chunked", "0\r\n\r\n"),
      ] {
        let said = try await gateway.converse(
          gateway.request("POST", target, [line, "Connection: close"], body))
        #expect(said.statuses == [400])
        let id = said.text.lowercased().firstMatch(of: #/hindsight-command-id: (\S+)/#)
        #expect(id.flatMap { CommandID(String($0.output.1)) } != nil, "\(said.text)")
      }
      // A read has none.
      let read = try await gateway.converse(
        gateway.request("GET", target, ["Host: other", "Connection: close"]))
      #expect(!read.text.lowercased().contains("hindsight-command-id"))
    }
  }

  /// Older descriptions of Okta's have 201, of which the SDK for Python loses the connection.
  @Test(arguments: [200, 201, 202, 203])
  func `is 200 for an update, whatever success Okta tells`(status: Int) async throws {
    let body = #"{"status":"DISABLED","profile":{"authScheme":"TOKEN"},"future":1.50}"#
    let script = ScriptedOkta.answer(
      status, ["Content-Type: application/json", "X-Okta-Request-Id: r"], body)
    try await ScriptedOkta.lend { _ in
      script
    } _: { okta in
      var setup = RunningGateway.Setup()
      setup.lane.origin = okta.origin
      try await RunningGateway.lend(setup) { gateway in
        let key = ["Idempotency-Key: k"]
        let answer = try await gateway.update("one", headers: key)
        #expect(answer.status == 200)
        #expect(answer.text == body)
        #expect(answer.header("x-okta-request-id") == "r")
        let again = try await gateway.update("one", headers: key)
        #expect(again.status == 200 && again.text == body)
        #expect(okta.requests.filter { $0.hasPrefix("POST") }.count == 1)
      }
    }
  }

  @Test(arguments: [200, 201, 202, 204])
  func `is 204 with nothing in it for all others, whatever success Okta tells`(
    status: Int
  ) async throws {
    let script = ScriptedOkta.answer(
      status, ["Content-Type: application/json"], status == 204 ? "" : #"{"done":true}"#)
    try await ScriptedOkta.lend { _ in
      script
    } _: { okta in
      var setup = RunningGateway.Setup()
      setup.lane.origin = okta.origin
      try await RunningGateway.lend(setup) { gateway in
        for target in [
          RunningGateway.connection + "/lifecycle/activate",
          RunningGateway.connection + "/lifecycle/deactivate",
          "/api/v1/apps/slack/\(SampleApp.slack)/oauth2/callback?code=c&state=s",
        ] {
          try await gateway.ask("POST", target).expectEmpty()
        }
      }
    }
  }

  @Test func `is 200 with the connection for each update`() async throws {
    try await RunningGateway.lend { gateway in
      for token in ["one", "one", "two"] {
        let answer = try await gateway.update(token)
        #expect(answer.status == 200)
        #expect(answer.all("content-type") == ["application/json"])
      }
      let bookmark = try await gateway.ask(
        "POST", RunningGateway.path(SampleApp.bookmark), SampleBody.token("one"))
      #expect(bookmark.status == 200)
      #expect(bookmark.text == #"{"status":"UNKNOWN","profile":{"authScheme":"UNKNOWN"}}"#)
    }
  }

  @Test func `has Okta's request id, which the journal has as well`() async throws {
    try await RunningGateway.lend { gateway in
      let answers = [
        try await gateway.update("one"), try await gateway.update("bad-token"),
        try await gateway.ask("POST", RunningGateway.connection + "/lifecycle/activate"),
      ]
      let recorded = try await gateway.lane.events(of: SampleApp.org2Org).compactMap { event in
        switch event.payload {
        case .succeeded(let outcome), .refused(let outcome): outcome.call.requestID
        default: nil
        }
      }
      #expect(recorded.count == 3)
      #expect(recorded == answers.map { $0.header("x-okta-request-id") })
    }
  }

  @Test func `has no cookie of Okta's`() async throws {
    try await RunningGateway.lend { gateway in
      for answer in [
        try await gateway.update("one"), try await gateway.ask("GET", RunningGateway.connection),
        try await gateway.ask("GET", "/api/v1/users/me"),
        try await gateway.ask("GET", "/.well-known/okta-organization"),
      ] {
        #expect(answer.status == 200)
        #expect(answer.all("set-cookie") == [])
      }
    }
  }

  @Test func `keeps Okta's rate limit`() async throws {
    try await RunningGateway.lend { gateway in
      let answer = try await gateway.update("one")
      #expect(answer.all("x-rate-limit-limit") == ["600"])
      #expect(answer.all("x-rate-limit-remaining") == ["598"])
      #expect(answer.all("x-rate-limit-reset").count == 1)
    }
  }
}
