import Connections
import Fixtures
import Gateway
import OktaAPI
import Sandbox
import Testing

@Suite(.timeLimit(.minutes(5))) struct `Who asked, and why` {
  private func lastActor(_ gateway: RunningGateway) async throws -> ActorIdentity {
    try #require(try await gateway.lane.events(of: SampleApp.org2Org).last).context.actor
  }

  @Test func `is the token's holder, with address and client`() async throws {
    try await RunningGateway.lend { gateway in
      _ = try await gateway.update("one", headers: ["User-Agent: okta-terraform/6.12.0"])
      let actor = try await lastActor(gateway)
      #expect(actor.kind == .token && actor.display == "operator")
      #expect(actor.roles == [.operator])
      #expect(actor.sourceAddress == "127.0.0.1")
      #expect(actor.userAgent == "okta-terraform/6.12.0")
    }
  }

  @Test func `is a keyed fingerprint where credentials are relayed`() async throws {
    var setup = RunningGateway.Setup()
    setup.relays = true
    try await RunningGateway.lend(setup) { gateway in
      let answers = [
        "SSWS 00own-credential", "SSWS00own-credential", "Bearer eyJ.other",
      ]
      var ids: [String] = []
      for credential in answers {
        let answer = try await gateway.send([
          "POST \(RunningGateway.connection)/lifecycle/deactivate HTTP/1.1", "Host: x",
          "Authorization: \(credential)", "Content-Length: 0",
        ])
        answer.expectEmpty()
        let actor = try await lastActor(gateway)
        #expect(actor.kind == .oktaCredential && actor.roles == [])
        ids.append(actor.id)
      }
      #expect(ids[0] == ids[1] && ids[1] != ids[2])
      #expect(ids.allSatisfy { $0.count == 32 })
      #expect(try gateway.lane.files(with: "00own-credential").isEmpty)
    }
  }

  /// Whoever invents a credential for each request would have a budget for each, and leave two
  /// events and a sealed body for each.
  @Test func `shares one caller's budget with all from its address that Okta does not know`()
    async throws
  {
    try await ScriptedOkta.lend { request in
      request.contains("SSWS known")
        ? ScriptedOkta.answer(404, [], #"{"errorCode":"E0000007"}"#)
        : ScriptedOkta.answer(401, [], #"{"errorCode":"E0000011"}"#)
    } _: { okta in
      var setup = RunningGateway.Setup()
      setup.relays = true
      setup.lane.origin = okta.origin
      setup.limits.requestsPerMinute = 20
      try await RunningGateway.lend(setup) { gateway in
        func status(_ credential: String) async throws -> Int {
          try await gateway.send([
            "POST \(RunningGateway.connection)/lifecycle/deactivate HTTP/1.1", "Host: x",
            "Authorization: SSWS \(credential)", "Content-Length: 0",
          ]).status
        }
        #expect(try await status("known") == 404)
        for number in 1..<20 { #expect(try await status("made-up-\(number)") == 401) }
        let (asked, size) = (okta.requests.count, try await gateway.lane.events().count)
        #expect(try await status("made-up-20") == 429)
        #expect(okta.requests.count == asked)
        #expect(try await gateway.lane.events().count == size)
        // Whom Okta knows does not suffer for it.
        #expect(try await status("known") == 404)
        gateway.lane.world.advance(seconds: 60)
        #expect(try await status("made-up-21") == 401)
      }
    }
  }

  @Test func `is not asked of Okta with a token of ours`() async throws {
    let script = ScriptedOkta.answer(401, ["Content-Type: application/json"], "{}")
    try await ScriptedOkta.lend { _ in
      script
    } _: { okta in
      var setup = RunningGateway.Setup()
      setup.relays = true
      setup.lane.origin = okta.origin
      try await RunningGateway.lend(setup) { gateway in
        let answers = [
          try await gateway.ask("GET", RunningGateway.connection, as: .admin),
          try await gateway.ask("GET", "/api/v1/users/me", as: .admin),
          try await gateway.update("one", as: .operator),
        ]
        #expect(answers.map(\.status) == [401, 401, 401])
        #expect(okta.requests == [])
      }
    }
  }

  /// Revoked, of another Hindsight, in every form that Okta or a server before it may read.
  @Test(arguments: [
    "SSWS hst_0", "SSWShst_0", "Bearer hst_0", "bearer\thst_0", "DPoP hst_0", "Token hst_0",
    "hst_0", "Basic aHN0XzA6", "Basic dXNlcjpoc3RfMA==", "Basic dXNlcjpoc3RfMA",
  ])
  func `is never told to Okta by what looks like a token of ours`(header: String) async throws {
    let script = ScriptedOkta.answer(401, ["Content-Type: application/json"], "{}")
    try await ScriptedOkta.lend { _ in
      script
    } _: { okta in
      var setup = RunningGateway.Setup()
      setup.relays = true
      setup.lane.origin = okta.origin
      try await RunningGateway.lend(setup) { gateway in
        for (method, target) in [
          ("GET", RunningGateway.connection), ("POST", RunningGateway.connection),
          ("GET", RunningGateway.connection + "/jwks"), ("GET", "/api/v1/users/me"),
          ("POST", "/oauth2/v1/token"), ("GET", "/.well-known/okta-organization"),
        ] {
          let answer = try await gateway.send([
            "\(method) \(target) HTTP/1.1", "Host: x", "Authorization: \(header)",
            "Content-Length: 0",
          ])
          answer.expectEnvelope(401, "E0000011")
        }
        #expect(okta.requests == [])
      }
    }
  }

  @Test(arguments: [
    (["X-Forwarded-For: 192.0.2.9"], "192.0.2.9"),
    (["X-Forwarded-For: 198.51.100.1, 192.0.2.9"], "192.0.2.9"),
    (["X-Forwarded-For: 198.51.100.1,192.0.2.9 , 10.0.0.1"], "192.0.2.9"),
    // A proxy may add a line of its own to what the client wrote.
    (["X-Forwarded-For: 198.51.100.1", "X-Forwarded-For: 192.0.2.9"], "192.0.2.9"),
    (["X-Forwarded-For: 10.0.0.1"], "127.0.0.1"),
    (["X-Forwarded-For: "], "127.0.0.1"),
    ([], "127.0.0.1"),
  ])
  func `comes from where a trusted proxy says`(headers: [String], address: String) async throws {
    var setup = RunningGateway.Setup()
    setup.trustedProxies = ["127.0.0.1", "10.0.0.1"]
    try await RunningGateway.lend(setup) { gateway in
      _ = try await gateway.update("one", headers: headers)
      #expect(try await lastActor(gateway).sourceAddress == address)
    }
  }

  @Test func `comes from nowhere else because somebody says so`() async throws {
    try await RunningGateway.lend { gateway in
      _ = try await gateway.update("one", headers: ["X-Forwarded-For: 192.0.2.9"])
      #expect(try await lastActor(gateway).sourceAddress == "127.0.0.1")
    }
  }

  @Test func `is recorded with reason and ticket`() async throws {
    try await RunningGateway.lend { gateway in
      let headers = ["Hindsight-Reason: key rotation, quarterly", "hindsight-ticket: OPS-7"]
      _ = try await gateway.update("one", headers: headers)
      let events = try await gateway.lane.events(of: SampleApp.org2Org)
      #expect(
        events.map(\.context.reason).suffix(2)
          == Array(
            repeating: "key rotation, quarterly", count: 2))
      #expect(events.map(\.context.ticket).suffix(2) == ["OPS-7", "OPS-7"])
    }
  }

  @Test(arguments: [("Hindsight-Reason", 2_000), ("Hindsight-Ticket", 200)])
  func `may be explained at some length, and no more`(header: String, limit: Int) async throws {
    try await RunningGateway.lend { gateway in
      let long = "\(header): " + String(repeating: "x", count: limit)
      #expect(try await gateway.update("one", headers: [long]).status == 200)
      try await gateway.update("two", headers: [long + "x"]).expectEnvelope(400, "E0000001")
      // Of two nobody knows which one is meant.
      try await gateway.update("two", headers: ["\(header): a", "\(header.lowercased()): b"])
        .expectEnvelope(400, "E0000001")
      #expect(await gateway.lane.sandbox.calls(.update) == 1)
    }
  }

  @Test func `reaches Okta as the client's own User-Agent`() async throws {
    let script = ScriptedOkta.answer(
      200, ["Content-Type: application/json"],
      #"{"status":"DISABLED","profile":{"authScheme":"TOKEN"}}"#)
    try await ScriptedOkta.lend { _ in
      script
    } _: { okta in
      var setup = RunningGateway.Setup()
      setup.lane.origin = okta.origin
      try await RunningGateway.lend(setup) { gateway in
        let headers = ["User-Agent: okta-sdk-golang/5.0.0", "Hindsight-Reason: secret reason"]
        _ = try await gateway.update("one", headers: headers)
        _ = try await gateway.ask("GET", RunningGateway.connection, headers: headers)
        // A read before, the write, and the client's own read.
        #expect(okta.requests.count == 3)
        for request in okta.requests {
          #expect(request.contains("User-Agent: okta-sdk-golang/5.0.0\r\n"))
          #expect(!request.lowercased().contains("hindsight-"))
          #expect(!request.contains("hst_"))
        }
      }
    }
  }
}
