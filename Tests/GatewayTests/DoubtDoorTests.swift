import Commands
import Connections
import Fixtures
import Gateway
import OktaAPI
import Sandbox
import Testing

@Suite(.timeLimit(.minutes(5))) struct `A doubt, at the door` {
  /// Leaves an update in doubt that no read can settle.
  private func leave(_ gateway: RunningGateway) async throws -> String {
    #expect(try await gateway.update("one").status == 200)
    await gateway.lane.sandbox.add(SandboxFault(.cutHead, on: .update, isApplied: true))
    let answer = try await gateway.update("two")
    answer.expectEnvelope(500, "E0000009")
    await gateway.lane.commands.drain()
    return try #require(answer.header("hindsight-command-id"))
  }

  private func resolve(
    _ gateway: RunningGateway, _ command: String, _ body: String, as caller: RunningGateway.Caller
  ) async throws -> RawAnswer {
    try await gateway.native("POST", "commands/\(command)/resolve", as: caller, body)
  }

  @Test func `is listed with what is known, what settles it and what to do`() async throws {
    try await RunningGateway.lend { gateway in
      let id = try await leave(gateway)
      let answer = try await gateway.native("GET", "doubts")
      #expect(answer.status == 200)
      let doubt = try #require(answer.json?["doubts"]?.elements?.first)
      #expect(doubt["commandId"]?.text == id)
      #expect(doubt["kind"]?.text == "update")
      #expect(doubt["settles"]?.text?.contains("never shows a token") == true)
      #expect(doubt["whatToDo"]?.text?.contains("hindsight resolve \(id)") == true)
      #expect(doubt["state"]?["status"]?.text == "DISABLED")
      #expect(answer.json?["asOf"]?["index"]?.integer != nil)
    }
  }

  @Test func `ends by an operator's ruling, with name and reason`() async throws {
    try await RunningGateway.lend { gateway in
      let id = try await leave(gateway)
      let calls = await gateway.lane.sandbox.allCalls
      let answer = try await resolve(
        gateway, id, #"{"verdict":"applied","reason":"tried it","ticket":"T-1"}"#, as: .operator)
      #expect(answer.status == 200, "\(answer.text)")
      #expect(answer.json?["outcome"]?.text == "resolved: applied")
      let last = try #require(try await gateway.lane.events(of: SampleApp.org2Org).last)
      #expect(last.payload == .resolved(Resolution(verdict: .applied, isRuling: true)))
      #expect(last.context.actor.display == "operator")
      #expect(last.context.reason == "tried it" && last.context.ticket == "T-1")
      #expect(await gateway.lane.sandbox.allCalls == calls)
      #expect(try await gateway.native("GET", "doubts").json?["doubts"]?.elements == [])
      let shown = try await gateway.native("GET", "connections/\(SampleApp.org2Org)")
      #expect(shown.json?["ruledBy"]?.text == id)
      let history = try await gateway.native("GET", "connections/\(SampleApp.org2Org)/history")
      let items = try #require(history.json?["items"]?.elements)
      #expect(items.filter { $0["ruled"]?.boolean == true }.map { $0["commandId"]?.text } == [id])
      let again = try await resolve(
        gateway, id, #"{"verdict":"notApplied","reason":"no"}"#, as: .operator)
      #expect(again.status == 409)
    }
  }

  @Test(arguments: [
    "{}", #"{"verdict":"applied"}"#, #"{"verdict":"maybe","reason":"x"}"#,
    #"{"verdict":"applied","reason":""}"#, #"{"verdict":"applied","reason":7}"#,
    #"{"verdict":"applied","reason":"x","note":"y"}"#, "[]", "",
  ])
  func `takes no ruling that is not whole`(body: String) async throws {
    try await RunningGateway.lend { gateway in
      let id = try await leave(gateway)
      let events = try await gateway.lane.events().count
      #expect(try await resolve(gateway, id, body, as: .operator).status == 400)
      #expect(try await gateway.lane.events().count == events)
    }
  }

  @Test func `is not known where no command is`() async throws {
    try await RunningGateway.lend { gateway in
      let id = gateway.lane.world.newID().description
      let answer = try await resolve(
        gateway, id, #"{"verdict":"applied","reason":"x"}"#, as: .operator)
      #expect(answer.status == 404)
    }
  }
}

@Suite(.timeLimit(.minutes(5))) struct `One caller` {
  @Test func `may ask so often in a minute, and others are not held up`() async throws {
    var setup = RunningGateway.Setup()
    setup.limits.requestsPerMinute = 2
    try await RunningGateway.lend(setup) { gateway in
      #expect(try await gateway.update("one").status == 200)
      #expect(try await gateway.update("two").status == 200)
      let events = try await gateway.lane.events().count
      let answer = try await gateway.update("three")
      answer.expectEnvelope(429, "E0000047")
      #expect(answer.all("x-rate-limit-limit") == ["2"])
      #expect(answer.all("x-rate-limit-remaining") == ["0"])
      let reset = try #require(answer.header("x-rate-limit-reset").flatMap(Int.init))
      #expect(reset > Int(gateway.lane.world.now.epochSeconds))
      #expect(answer.header("date") != nil && answer.header("x-okta-request-id") != nil)
      #expect(try await gateway.lane.events().count == events)
      let native = try await gateway.native("GET", "connections", as: .operator)
      #expect(native.status == 429 && native.all("x-rate-limit-limit") == ["2"])

      #expect(try await gateway.native("GET", "connections", as: .reviewer).status == 200)
      gateway.lane.world.advance(seconds: 60)
      #expect(try await gateway.update("three").status == 200)
    }
  }

  @Test func `can read what it may do`() async throws {
    try await RunningGateway.lend { gateway in
      let answer = try await gateway.native("GET", "limits")
      #expect(answer.json?["requestsPerMinute"]?.integer == 100_000)
      #expect(answer.json?["idempotencyKeySeconds"]?.integer == 86_400)
    }
  }
}
