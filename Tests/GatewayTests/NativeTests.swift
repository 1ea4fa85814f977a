import Commands
import Connections
import EventStore
import Fixtures
import OktaAPI
import Sandbox
import Testing

@Suite(.timeLimit(.minutes(5))) struct `The native API` {
  private static let app = SampleApp.org2Org

  /// Two tokens, a refusal, and another connection, a minute apart.
  private func lend(_ body: (RunningGateway) async throws -> Void) async throws {
    try await RunningGateway.lend { gateway in
      for token in ["one", "two", "bad-token"] {
        _ = try await gateway.update(token, query: token == "two" ? "?activate=true" : "")
        gateway.lane.world.advance(seconds: 60)
      }
      _ = try await gateway.ask("GET", RunningGateway.path(SampleApp.zscaler))
      try await body(gateway)
    }
  }

  private func json(
    _ gateway: RunningGateway, _ path: String, as caller: RunningGateway.Caller = .reviewer
  ) async throws -> JSONValue {
    let answer = try await gateway.native("GET", path, as: caller)
    #expect(answer.status == 200, "\(path): \(answer.text)")
    #expect(answer.all("content-type") == ["application/json"])
    return try #require(answer.json)
  }

  @Test func `shows one connection with its state at the top`() async throws {
    try await lend { gateway in
      let shown = try await json(gateway, "connections/\(Self.app)")
      #expect(shown["appId"]?.text == Self.app.description)
      #expect(shown["status"]?.text == "ENABLED")
      #expect(shown["authScheme"]?.text == "TOKEN")
      #expect(shown["baseUrl"] == .null && shown["clientId"] == .null)
      #expect(shown["version"]?.integer == 5)
      let size = try await gateway.lane.events().count
      #expect(shown["asOf"]?["index"]?.integer == size - 1)
      #expect(shown["asOf"]?["time"]?.text.flatMap { Instant($0) } != nil)
      #expect(shown["credential"]?["kind"]?.text == "recorded")
      #expect(shown["credential"]?["fingerprint"]?.text?.count == 32)
      #expect(shown["doubts"]?.elements == [])
    }
  }

  @Test func `lists the connections by app id`() async throws {
    try await lend { gateway in
      let listed = try await json(gateway, "connections")
      let ids = listed["connections"]?.elements?.map { $0["appId"]?.text }
      #expect(ids == [Self.app.description, SampleApp.zscaler.description])
      #expect(listed["asOf"]?["index"]?.integer != nil)
    }
  }

  @Test func `refuses an index that is not recorded yet`() async throws {
    try await lend { gateway in
      let size = try await gateway.lane.events().count
      for path in [
        "connections", "connections/\(Self.app)", "connections/\(Self.app)/blame",
        "reports/changes.csv",
      ] {
        for index in [size, Int.max] {
          let answer = try await gateway.native("GET", "\(path)?asOf=\(index)")
          answer.expectProblem(400, "bad-input")
          #expect(answer.text.contains("the last event has index \(size - 1)"))
        }
      }
      #expect(try await gateway.lane.events().count == size)
    }
  }

  @Test func `answers HEAD as GET, without the body and without a trace`() async throws {
    try await lend { gateway in
      let size = try await gateway.lane.events().count
      for path in [
        "connections", "doubts", "reports/changes.csv", "reports/changes.manifest.json",
      ] {
        let answer = try await gateway.native("HEAD", path)
        #expect(answer.status == 200 && answer.body.isEmpty, "\(path)")
      }
      #expect(try await gateway.native("HEAD", "secrets/shred").status == 405)
      #expect(try await gateway.lane.events().count == size)
    }
  }

  @Test(arguments: [
    ("DELETE", "/hindsight/v1/tokens", "GET, HEAD, POST"),
    ("POST", "/hindsight/v1/events", "GET, HEAD"),
    ("POST", "/hindsight/v1/openapi.json", "GET, HEAD"), ("TRACE", "/health/ready", "GET, HEAD"),
    ("PUT", "/health/live", "GET, HEAD"), ("PUT", RunningGateway.connection, "GET, HEAD, POST"),
    ("GET", RunningGateway.connection + "/lifecycle/activate", "POST"),
  ])
  func `tells which methods a path has`(method: String, target: String, allowed: String)
    async throws
  {
    try await RunningGateway.lend { gateway in
      let answer = try await gateway.ask(method, target, as: .admin)
      #expect(answer.status == 405)
      #expect(answer.all("allow") == [allowed])
    }
  }

  @Test func `answers as of an index`() async throws {
    try await lend { gateway in
      let events = try await gateway.lane.events()
      for event in events where event.stream == .connection(Self.app) {
        let path = "connections/\(Self.app)?asOf=\(event.index)"
        let shown = try await json(gateway, path)
        #expect(shown["asOf"]?["index"]?.integer == event.index)
        #expect(shown["version"]?.integer.map { $0 <= event.streamVersion } == true)
        let isOn = event.streamVersion >= 5
        #expect(shown["status"]?.text == (isOn ? "ENABLED" : "DISABLED"))
      }
      try await gateway.native("GET", "connections/\(Self.app)?asOf=0")
        .expectProblem(404, "connection-not-known")
      #expect(try await json(gateway, "connections?asOf=0")["connections"]?.elements == [])
    }
  }

  @Test(arguments: [
    ("2026-11-23T08:00:00Z", "DISABLED"), ("2026-11-23T08:00:59.999999Z", "DISABLED"),
    ("2026-11-23T08:01:00Z", "ENABLED"), ("2026-11-23T10:01:00%2B02:00", "ENABLED"),
    ("2026-11-23T10:00:30+02:00", "DISABLED"),
  ])
  func `answers as of a time`(time: String, status: String) async throws {
    try await lend { gateway in
      let shown = try await json(gateway, "connections/\(Self.app)?asOf=\(time)")
      #expect(shown["status"]?.text == status)
      let listed = try await json(gateway, "connections?asOf=\(time)")
      #expect(listed["connections"]?.elements?.first?["status"]?.text == status)
    }
  }

  @Test func `tells a history, the oldest first`() async throws {
    try await lend { gateway in
      let history = try await json(gateway, "connections/\(Self.app)/history")
      #expect(history["appId"]?.text == Self.app.description)
      let items = try #require(history["items"]?.elements)
      #expect(items.map { $0["type"]?.text } == ["observed", "update", "update", "update"])
      #expect(
        items.map { $0["outcome"]?.text } == [nil, "succeeded", "succeeded", "refused"])
      #expect(items.map { $0["version"]?.integer } == [1, 3, 5, 7])
      #expect(items.dropFirst().allSatisfy { $0["commandId"]?.text.flatMap { UUIDv7($0) } != nil })
      #expect(items.allSatisfy { $0["recordedAt"]?.text.flatMap { Instant($0) } != nil })
      #expect(items[3]["oktaErrorCode"]?.text == "E0000001")
      #expect(items[2]["before"]?["status"]?.text == "DISABLED")
      #expect(items[2]["after"]?["status"]?.text == "ENABLED")
      try await gateway.native("GET", "connections/\(SampleApp.nowhere)/history")
        .expectProblem(404, "connection-not-known")
    }
  }

  @Test func `tells one command with its events`() async throws {
    try await lend { gateway in
      let answer = try await gateway.update("three")
      let id = try #require(answer.header("hindsight-command-id"))
      let told = try await json(gateway, "commands/\(id)")
      #expect(told["commandId"]?.text == id)
      #expect(told["type"]?.text == "update" && told["outcome"]?.text == "succeeded")
      #expect(told["appId"]?.text == Self.app.description)
      #expect(
        told["events"]?.elements?.map { $0["type"]?.text } == [
          "command.intended", "command.succeeded",
        ])
      try await gateway.native("GET", "commands/\(gateway.lane.world.newID())")
        .expectProblem(404, "command-not-known")
    }
  }

  @Test func `is alive and ready, and says how far`() async throws {
    try await lend { gateway in
      #expect(try await gateway.ask("GET", "/health/live", as: .nobody).text.contains("live"))
      let ready = try await gateway.ask("GET", "/health/ready", as: .nobody)
      #expect(ready.status == 200)
      let size = try await gateway.lane.events().count
      #expect(ready.json?["events"]?.integer == size)
    }
  }

  @Test func `shows a doubt as one`() async throws {
    try await lend { gateway in
      await gateway.lane.sandbox.add(SandboxFault(.cutHead, on: .update, isApplied: true))
      let answer = try await gateway.update("three", query: "?activate=true")
      await gateway.lane.commands.drain()
      let shown = try await json(gateway, "connections/\(Self.app)")
      #expect(
        shown["doubts"]?.elements?.map(\.text) == [answer.header("hindsight-command-id")])
      #expect(shown["credential"]?["certain"]?.boolean == false)
      let history = try await json(gateway, "connections/\(Self.app)/history")
      #expect(history["items"]?.elements?.last?["outcome"]?.text == "inDoubt")
    }
  }
}
