import Commands
import Connections
import Fixtures
import OktaAPI
import Sandbox
import Testing

@Suite(.timeLimit(.minutes(5))) struct `A request with an Idempotency-Key` {
  private func update(
    _ gateway: RunningGateway, _ token: String, key: String,
    as caller: RunningGateway.Caller = .admin
  ) async throws -> RawAnswer {
    try await gateway.update(token, as: caller, headers: ["Idempotency-Key: \(key)"])
  }

  private func activate(_ gateway: RunningGateway, key: String) async throws -> RawAnswer {
    try await gateway.ask(
      "POST", RunningGateway.connection + "/lifecycle/activate", as: .admin,
      headers: ["Idempotency-Key: \(key)"])
  }

  @Test(arguments: [#""k-1""#, "k-1", #""with \"quotes\"""#])
  func `that is repeated gets the recorded answer, and Okta is not asked`(
    key: String
  ) async throws {
    try await RunningGateway.lend { gateway in
      let first = try await update(gateway, "one", key: key)
      let calls = await gateway.lane.sandbox.allCalls
      let events = try await gateway.lane.events().count
      gateway.lane.world.advance(seconds: 86_400)
      let second = try await update(gateway, "one", key: key)
      #expect(first.status == 200 && second.status == 200)
      #expect(second.body == first.body)
      for name in ["hindsight-command-id", "x-okta-request-id", "content-type"] {
        #expect(second.header(name) == first.header(name), "\(name)")
      }
      #expect(await gateway.lane.sandbox.allCalls == calls)
      #expect(try await gateway.lane.events().count == events)
    }
  }

  @Test func `that Okta refused is told the same refusal`() async throws {
    try await RunningGateway.lend { gateway in
      let first = try await update(gateway, "bad-token", key: "k")
      let second = try await update(gateway, "bad-token", key: "k")
      #expect(first.status == 400)
      #expect(second.status == 400 && second.body == first.body)
      #expect(await gateway.lane.sandbox.calls(.update) == 1)
    }
  }

  @Test func `with another payload is refused, and nothing is sent`() async throws {
    try await RunningGateway.lend { gateway in
      let first = try await update(gateway, "one", key: "k")
      let other = try await update(gateway, "two", key: "k")
      other.expectEnvelope(422, "E0000001")
      #expect(
        other.header("hindsight-command-id") == first.header("hindsight-command-id"))
      try await activate(gateway, key: "k").expectEnvelope(422, "E0000001")
      #expect(await gateway.lane.sandbox.calls(.update) == 1)
      #expect(await gateway.lane.sandbox.calls(.activate) == 0)
    }
  }

  @Test func `is its caller's own`() async throws {
    try await RunningGateway.lend { gateway in
      let mine = try await update(gateway, "one", key: "k")
      let another = try await update(gateway, "two", key: "k", as: .operator)
      #expect(mine.status == 200 && another.status == 200)
      #expect(await gateway.lane.sandbox.calls(.update) == 2)
    }
  }

  @Test func `that still runs is a conflict`() async throws {
    try await RunningGateway.lend { gateway in
      await gateway.lane.sandbox.add(SandboxFault(.hang, on: .update, isApplied: true))
      async let running = update(gateway, "one", key: "k")
      while await gateway.lane.sandbox.calls(.update) == 0 { await Task.yield() }
      try await update(gateway, "one", key: "k").expectEnvelope(409, "E0000195")
      await gateway.lane.sandbox.release()
      #expect(try await running.status == 200)
    }
  }

  @Test(arguments: [SandboxFault.Kind.rateLimit, .rateLimitWithoutHeaders])
  func `that certainly changed nothing may be tried again`(
    fault: SandboxFault.Kind
  ) async throws {
    try await RunningGateway.lend { gateway in
      await gateway.lane.sandbox.add(SandboxFault(fault, on: .update))
      let first = try await update(gateway, "one", key: "k")
      #expect(first.status == 429)
      try await update(gateway, "two", key: "k").expectEnvelope(422, "E0000001")
      let second = try await update(gateway, "one", key: "k")
      #expect(second.status == 200)
      #expect(
        second.header("hindsight-command-id") != first.header("hindsight-command-id"))
    }
  }

  @Test func `in doubt is told the present truth`() async throws {
    try await RunningGateway.lend { gateway in
      await gateway.lane.sandbox.add(SandboxFault(.cutHead, on: .update, isApplied: true))
      // What was before is not known, so a read cannot settle the token.
      let first = try await update(gateway, "one", key: "k")
      first.expectEnvelope(500, "E0000009")
      await gateway.lane.commands.drain()
      let second = try await update(gateway, "one", key: "k")
      second.expectEnvelope(500, "E0000009")
      let id = try #require(first.header("hindsight-command-id"))
      #expect(second.header("hindsight-command-id") == id)
      _ = try await gateway.native(
        "POST", "commands/\(id)/resolve", as: .operator,
        #"{"verdict":"applied","reason":"tried"}"#)
      let third = try await update(gateway, "one", key: "k")
      #expect(third.status == 200)
      #expect(third.json?["status"]?.text == "DISABLED")
      #expect(third.header("hindsight-command-id") == id)
      #expect(await gateway.lane.sandbox.calls(.update) == 1)
    }
  }

  @Test func `that a read found not applied may be tried again`() async throws {
    try await RunningGateway.lend { gateway in
      #expect(try await gateway.update("one").status == 200)
      await gateway.lane.sandbox.add(SandboxFault(.cutHead, on: .activate))
      try await activate(gateway, key: "k").expectEnvelope(500, "E0000009")
      await gateway.lane.commands.drain()
      #expect(try await activate(gateway, key: "k").status == 204)
      #expect(await gateway.lane.sandbox.calls(.activate) == 2)
    }
  }

  @Test(arguments: ["", #""""#, #""open"#, "caf\u{E9}", String(repeating: "k", count: 256)])
  func `that is no string is refused`(key: String) async throws {
    try await RunningGateway.lend { gateway in
      let answer = try await update(gateway, "one", key: key)
      #expect(answer.status == 400, "\(answer.text)")
      #expect(await gateway.lane.sandbox.calls(.update) == 0)
    }
  }
}
