import Connections
import Fixtures
import OktaAPI
import Testing

@Suite(.timeLimit(.minutes(5))) struct `The body of an answer` {
  /// As no program writes it: white space, fields of the future, escapes, large numbers.
  private static let odd = """
    { "status" : "ENABLED",\t"future": [1.50, 1e400, null, {"a":"\\u0041\\/"}],
      "profile":{"authScheme":"TOKEN", "x" : true},
      "_links":{"self":{"href":"https://org.okta.example/api/v1/apps/a/connections/default?x=1",
      "hints":{"allow":["POST","GET"]}},
      "deactivate":{"href":"https:\\/\\/org.okta.example/deactivate"},
      "authorize":{"href":"https://idp.example/oauth?state=1"},"logo":{"href":"https://cdn/x"}} }
    """

  @Test func `is Okta's, byte for byte, but for the links that lead past Hindsight`() async throws {
    let link = "/api/v1/apps/a/connections/default>; rel=\"self\""
    let body = ScriptedOkta.answer(
      200, ["Content-Type: application/json", "Link: <https://org.okta.example\(link)"], Self.odd)
    try await ScriptedOkta.lend { _ in
      body
    } _: { okta in
      var setup = RunningGateway.Setup()
      setup.lane.origin = okta.origin
      try await RunningGateway.lend(setup) { gateway in
        let own = "http://127.0.0.1:\(gateway.port)"
        let expected = Self.odd
          .replacing("https://org.okta.example", with: own)
          .replacing("https:\\/\\/org.okta.example", with: own)
        let read = try await gateway.ask("GET", RunningGateway.connection)
        #expect(read.text == expected)
        let update = try await gateway.update("one")
        #expect(update.text == expected)
        #expect([read, update].allSatisfy { $0.all("link") == ["<\(own)\(link)"] })
      }
    }
  }

  @Test func `leads a client that follows its links through the gateway`() async throws {
    try await RunningGateway.lend { gateway in
      let links = try #require(try await gateway.update("one").json?["_links"])
      let activate = try #require(links["activate"]?["href"]?.text)
      #expect(activate.hasPrefix("http://127.0.0.1:\(gateway.port)/"))
      try await gateway.ask("POST", activate).expectEmpty()
      #expect(try await gateway.kinds().last == .succeeded)
    }
  }

  @Test func `names the public address where one is set`() async throws {
    var setup = RunningGateway.Setup()
    setup.publicOrigin = "https://hindsight.example:8443"
    try await RunningGateway.lend(setup) { gateway in
      let links = try await gateway.ask("GET", RunningGateway.connection).json?["_links"]
      #expect(
        links?["self"]?["href"]?.text
          == "https://hindsight.example:8443" + RunningGateway.connection)
    }
  }

  @Test func `of an error of Okta's is Okta's`() async throws {
    let envelope = #"{"errorCode":"E0000001","errorSummary":"x","errorCauses":[],"more":1}"#
    let body = ScriptedOkta.answer(400, ["Content-Type: application/json"], envelope)
    try await ScriptedOkta.lend { _ in
      body
    } _: { okta in
      var setup = RunningGateway.Setup()
      setup.lane.origin = okta.origin
      try await RunningGateway.lend(setup) { gateway in
        let answer = try await gateway.update("one")
        #expect(answer.status == 400)
        #expect(answer.text == envelope)
      }
    }
  }
}

@Suite(.timeLimit(.minutes(5))) struct `The next page of a list` {
  private static let list = ScriptedOkta.answer(
    200,
    [
      "Content-Type: application/json",
      #"Link: <https://org.okta.example/api/v1/apps?limit=2>; rel="self""#,
      #"Link: <https://org.okta.example/api/v1/apps?after=x&limit=2>; rel="next""#,
    ], "[]")

  @Test(arguments: [true, false])
  func `leads through the gateway, so that no token of ours goes to Okta`(
    relays: Bool
  ) async throws {
    let list = Self.list
    try await ScriptedOkta.lend { _ in
      list
    } _: { okta in
      var setup = RunningGateway.Setup()
      setup.relays = relays
      setup.lane.origin = okta.origin
      try await RunningGateway.lend(setup) { gateway in
        let credential = relays ? "00own" : gateway.token(of: .operator)
        func get(_ target: String) async throws -> RawAnswer {
          try await gateway.send([
            "GET \(target) HTTP/1.1", "Host: 127.0.0.1:\(gateway.port)",
            "Authorization: SSWS \(credential)",
          ])
        }
        let answer = try await get("/api/v1/apps?limit=2")
        let own = "http://127.0.0.1:\(gateway.port)"
        #expect(
          answer.all("link") == [
            #"<\#(own)/api/v1/apps?limit=2>; rel="self""#,
            #"<\#(own)/api/v1/apps?after=x&limit=2>; rel="next""#,
          ])
        _ = try await get("/api/v1/apps?after=x&limit=2")
        #expect(okta.requests.last?.hasPrefix("GET /api/v1/apps?after=x&limit=2 ") == true)
        #expect(okta.requests.allSatisfy { !$0.contains("hst_") })
      }
    }
  }
}
