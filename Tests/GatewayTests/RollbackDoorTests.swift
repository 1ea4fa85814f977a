import Connections
import Fixtures
import OktaAPI
import Sandbox
import Testing

@Suite(.timeLimit(.minutes(5))) struct `A rollback at the door` {
  private static let path = "connections/\(SampleApp.org2Org)/rollback"

  /// Two tokens; the first was in force at version 3.
  private func lend(
    _ setup: RunningGateway.Setup = .init(), _ body: (RunningGateway) async throws -> Void
  ) async throws {
    try await RunningGateway.lend(setup) { gateway in
      for token in ["first-token", "second-token"] {
        let body = SampleBody.token(token)
        _ = try await gateway.send(
          [
            "POST \(RunningGateway.connection) HTTP/1.1", "Host: x",
            "Authorization: SSWS "
              + (setup.relays ? "00own" : gateway.token(of: .operator)),
            "Content-Length: \(body.utf8.count)",
          ], body)
        gateway.lane.world.advance(seconds: 60)
      }
      try await body(gateway)
    }
  }

  private func target(_ name: String, _ gateway: RunningGateway) async throws -> String {
    let events = try await gateway.lane.events(of: SampleApp.org2Org)
    return switch name {
    case "version": #"{"version":3}"#
    case "event": #"{"event":"\#(events[2].id)"}"#
    case "asOf": #"{"asOf":"2026-11-23T08:00:30Z"}"#
    default: #""previous""#
    }
  }

  @Test(arguments: ["version", "event", "asOf", "previous"])
  func `is shown first and then carried out`(name: String) async throws {
    try await lend { gateway in
      let to = try await target(name, gateway)
      let calls = await gateway.lane.sandbox.allCalls
      let preview = try await gateway.native(
        "POST", Self.path + "/preview", as: .reviewer, #"{"to":\#(to)}"#)
      #expect(preview.status == 200, "\(preview.text)")
      let plan = try #require(preview.json)
      #expect(plan["presentVersion"]?.integer == 5 && plan["targetVersion"]?.integer == 3)
      let steps = try #require(plan["steps"]?.elements)
      #expect(steps.map { $0["command"]?.text } == ["update"])
      #expect(steps.first?["usesRecordedSecret"]?.boolean == true)
      #expect(plan["risks"]?.elements?.map { $0["code"]?.text } == ["secretMayBeRevoked"])
      #expect(plan["unknowable"]?.elements?.isEmpty == true)
      #expect(plan["needsConsent"]?.boolean == false && plan["calls"]?.integer == 2)
      let secret = try #require(plan["secrets"]?.elements?.first)
      #expect(secret["sameAsPresent"]?.boolean == false && secret["ageDays"]?.integer == 0)
      #expect(await gateway.lane.sandbox.allCalls == calls)

      let digest = try #require(plan["digest"]?.text)
      let done = try await gateway.native(
        "POST", Self.path, as: .operator,
        #"{"to":\#(to),"digest":"\#(digest)","reason":"it broke","ticket":"T-9"}"#)
      #expect(done.status == 200, "\(done.text)")
      #expect(done.json?["outcome"]?.text == "completed")
      #expect(done.json?["commands"]?.elements?.map { $0["outcome"]?.text } == ["succeeded"])
      #expect(done.header("hindsight-command-id") == done.json?["rollbackId"]?.text)
      #expect(done.json?["connection"]?["version"]?.integer == 9)
      #expect(await gateway.lane.sandbox.holds("first-token", for: SampleApp.org2Org))
      #expect(!preview.text.contains("first-token") && !done.text.contains("first-token"))

      let last = try #require(try await gateway.lane.events(of: SampleApp.org2Org).last)
      #expect(last.context.reason == "it broke" && last.context.ticket == "T-9")
      #expect(last.context.actor.display == "operator")
    }
  }

  @Test func `on a plan that is void is a conflict`() async throws {
    try await lend { gateway in
      let body = #"{"to":{"version":3},"digest":"\#(String(repeating: "0", count: 64))"}"#
      try await gateway.native("POST", Self.path, as: .operator, body)
        .expectProblem(409, "plan-is-void")
      #expect(await gateway.lane.sandbox.holds("second-token", for: SampleApp.org2Org))
    }
  }

  @Test(arguments: [
    (#"{"to":{"version":99}}"#, 404, "targetNotFound"),
    (#"{"to":{"event":"0192f0c1-2f3a-7bbb-8ccc-1234567890ab"}}"#, 404, "targetNotFound"),
    (#"{"to":{"version":1}}"#, 422, "secretNeverRecorded"),
    (#"{"to":{"asOf":"2020-01-01T00:00:00Z"}}"#, 422, "targetStateUnknown"),
  ])
  func `that cannot be says why, and sends nothing`(
    body: String, status: Int, blocker: String
  ) async throws {
    try await lend { gateway in
      let events = try await gateway.lane.events().count
      for path in [Self.path + "/preview", Self.path] {
        let answer = try await gateway.native("POST", path, as: .operator, body)
        answer.expectProblem(status, "rollback-blocked")
        #expect(answer.json?["blocker"]?.text == blocker)
        #expect(answer.json?["detail"]?.text?.hasSuffix("Nothing was sent to Okta.") == true)
      }
      #expect(await gateway.lane.sandbox.calls(.update) == 2)
      // The attempt to change leaves a trace, looking does not.
      #expect(try await gateway.lane.events().count == events + 1)
      #expect(
        try await gateway.lane.events(of: SampleApp.org2Org).last?.payload.kind == .rollbackRefused)
    }
  }

  @Test(arguments: [
    "", "{", "[]", "{}", #"{"to":null}"#, #"{"to":"next"}"#, #"{"to":{"version":0}}"#,
    #"{"to":{"version":-1}}"#, #"{"to":{"version":1.5}}"#, #"{"to":{"version":"3"}}"#,
    #"{"to":{"event":"x"}}"#, #"{"to":{"asOf":"yesterday"}}"#, #"{"to":{}}"#,
    #"{"to":{"version":3,"event":"x"}}"#, #"{"to":{"state":3}}"#,
    #"{"to":"previous","to":"previous"}"#,
  ])
  func `to nowhere is refused`(body: String) async throws {
    try await lend { gateway in
      for path in [Self.path + "/preview", Self.path] {
        try await gateway.native("POST", path, as: .operator, body)
          .expectProblem(400, "bad-input")
      }
      #expect(await gateway.lane.sandbox.calls(.update) == 2)
    }
  }

  @Test func `with too long a reason is refused`() async throws {
    try await lend { gateway in
      for (field, limit) in [("reason", 2_000), ("ticket", 200)] {
        let text = String(repeating: "x", count: limit + 1)
        try await gateway.native(
          "POST", Self.path, as: .operator, #"{"to":"previous","\#(field)":"\#(text)"}"#
        ).expectProblem(400, "bad-input")
      }
      #expect(await gateway.lane.sandbox.calls(.update) == 2)
    }
  }

  @Test func `that stops says at which step`() async throws {
    try await lend { gateway in
      await gateway.lane.sandbox.add(SandboxFault(.forbidden, on: .update))
      let answer = try await gateway.native(
        "POST", Self.path, as: .operator, #"{"to":"previous"}"#)
      #expect(answer.status == 200, "\(answer.text)")
      #expect(answer.json?["outcome"]?.text == "stopped")
      #expect(answer.json?["detail"]?.text == "The update was answered 403, E0000006.")
      #expect(answer.json?["commands"]?.elements?.map { $0["outcome"]?.text } == ["refused"])
    }
  }

  @Test func `needs a credential of our own, and names the remedy`() async throws {
    var setup = RunningGateway.Setup()
    setup.relays = true
    setup.lane.ownCredential = nil
    try await lend(setup) { gateway in
      let answer = try await gateway.native(
        "POST", Self.path, as: .operator, #"{"to":"previous"}"#)
      answer.expectProblem(409, "no-upstream-credential")
      #expect(answer.text.contains("--upstream-credential"))
      #expect(await gateway.lane.sandbox.calls(.update) == 2)
    }
  }

  @Test func `works beside relay with a credential of our own`() async throws {
    var setup = RunningGateway.Setup()
    setup.relays = true
    try await lend(setup) { gateway in
      let answer = try await gateway.native(
        "POST", Self.path, as: .operator, #"{"to":"previous"}"#)
      #expect(answer.status == 200, "\(answer.text)")
      #expect(await gateway.lane.sandbox.holds("first-token", for: SampleApp.org2Org))
    }
  }
}
