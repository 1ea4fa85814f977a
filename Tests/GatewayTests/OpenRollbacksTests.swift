import Connections
import Fixtures
import OktaAPI
import Sandbox
import Testing

@Suite(.timeLimit(.minutes(5))) struct `Rollbacks that have not ended` {
  /// Two connections to be taken back, of which Okta refuses the first.
  private func lend(
    _ body: (inout Browser, RunningGateway, _ tour: String, _ single: String) async throws -> Void
  ) async throws {
    try await RunningGateway.lend { gateway in
      for app in [SampleApp.org2Org, SampleApp.zscaler] {
        _ = try await gateway.ask(
          "POST", RunningGateway.path(app), SampleBody.token("first"))
      }
      gateway.lane.world.advance(seconds: 60)
      let then = gateway.lane.world.now
      gateway.lane.world.advance(seconds: 60)
      for app in [SampleApp.org2Org, SampleApp.zscaler] {
        _ = try await gateway.ask(
          "POST", RunningGateway.path(app), SampleBody.token("second"))
      }
      await gateway.lane.sandbox.add(SandboxFault(.forbidden, on: .update))
      let answer = try await gateway.native(
        "POST", "rollbacks", as: .operator, #"{"asOf":"\#(then)","reason":"undo it"}"#)
      #expect(answer.json?["outcome"]?.text == "stopped", "\(answer.text)")
      let tour = try #require(answer.json?["rollbackId"]?.text)
      let single = try #require(
        answer.json?["connections"]?.elements?.first { $0["outcome"]?.text == "stopped" }?[
          "rollbackId"]?.text)
      var browser = Browser(gateway)
      try await browser.signIn(as: .operator)
      try await body(&browser, gateway, tour, single)
    }
  }

  private func listed(_ gateway: RunningGateway) async throws -> [String?] {
    let told = try await gateway.native("GET", "rollbacks", as: .reviewer)
    return (told.json?["rollbacks"]?.elements ?? []).map { $0["rollbackId"]?.text }
  }

  @Test func `are listed, each with what it is of`() async throws {
    try await lend { _, gateway, tour, single in
      let told = try await gateway.native("GET", "rollbacks?sort=appId", as: .reviewer)
      let rollbacks = try #require(told.json?["rollbacks"]?.elements)
      #expect(rollbacks.map { $0["rollbackId"]?.text } == [tour, single])
      #expect(rollbacks.map { $0["connections"]?.integer } == [2, 1])
      #expect(rollbacks.map { $0["outcome"]?.text } == ["stopped", "stopped"])
      #expect(rollbacks.first?["reason"]?.text == "undo it")
      let marked = try await gateway.native("GET", "connections?mark=rollbackOpen")
      #expect(
        marked.json?["connections"]?.elements?.map { $0["openRollback"]?.text } == [single])
    }
  }

  @Test func `wait on the overview, and are gone on with from their page`() async throws {
    try await lend { browser, gateway, tour, single in
      let overview = try await browser.get("/hindsight/").text
      #expect(overview.contains("Two things wait for a person"))
      for id in [tour, single] { #expect(overview.contains("/hindsight/rollbacks/\(id)")) }
      let page = try await browser.get("/hindsight/rollbacks/\(tour)").text
      #expect(page.contains("The rollback of several connections stopped"))
      #expect(page.contains("1 of 2 connections"))
      #expect(page.contains("action=\"/hindsight/rollbacks/\(tour)/resume\""))

      let resumed = try await browser.post(
        "/hindsight/rollbacks/\(tour)/resume", ["reason": "Okta is back"])
      #expect(resumed.status == 303)
      while try await listed(gateway) != [] { await Task.yield() }
      #expect(await gateway.lane.sandbox.holds("first", for: SampleApp.org2Org))
      let after = try await browser.get("/hindsight/rollbacks/\(tour)").text
      #expect(after.contains("Several connections are rolled back"))
      #expect(!after.contains("/resume\""))
    }
  }

  @Test func `are given up from their page, the whole one without its parts`() async throws {
    try await lend { browser, gateway, tour, single in
      _ = try await browser.get("/hindsight/")
      _ = try await browser.post("/hindsight/rollbacks/\(tour)/abandon", ["reason": "leave it"])
      #expect(try await listed(gateway) == [single])
      _ = try await browser.post("/hindsight/rollbacks/\(single)/abandon", ["reason": "it too"])
      #expect(try await listed(gateway) == [])
    }
  }
}
