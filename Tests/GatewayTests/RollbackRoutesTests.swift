import Connections
import Fixtures
import OktaAPI
import Sandbox
import Testing

@Suite(.timeLimit(.minutes(5))) struct `A rollback that was begun` {
  private static let path = "connections/\(SampleApp.org2Org)/rollback"

  /// A rollback to the first of two tokens that Okta refused once.
  private func stopped(_ gateway: RunningGateway) async throws -> String {
    _ = try await gateway.update("first-token")
    gateway.lane.world.advance(seconds: 60)
    _ = try await gateway.update("second-token")
    await gateway.lane.sandbox.add(SandboxFault(.forbidden, on: .update))
    let answer = try await gateway.native(
      "POST", Self.path, as: .operator, #"{"to":{"version":3}}"#)
    #expect(answer.json?["outcome"]?.text == "stopped", "\(answer.text)")
    return try #require(answer.json?["rollbackId"]?.text)
  }

  @Test func `is shown, is in the way of another, and is resumed`() async throws {
    try await RunningGateway.lend { gateway in
      let id = try await stopped(gateway)
      let shown = try await gateway.native("GET", "rollbacks/\(id)", as: .reviewer)
      #expect(shown.json?["outcome"]?.text == "stopped")
      #expect(shown.json?["commands"]?.elements?.count == 1)
      let other = try await gateway.native(
        "POST", Self.path, as: .operator, #"{"to":"previous"}"#)
      other.expectProblem(409, "rollback-blocked")
      #expect(other.json?["blocker"]?.text == "rollbackOpen")
      try await gateway.native("POST", "rollbacks/\(id)/resume", as: .operator, "{}")
        .expectProblem(400, "bad-input")
      let done = try await gateway.native(
        "POST", "rollbacks/\(id)/resume", as: .operator, #"{"reason":"Okta is back"}"#)
      #expect(done.json?["outcome"]?.text == "completed", "\(done.text)")
      #expect(done.header("hindsight-command-id") == id)
      try await gateway.native(
        "POST", "rollbacks/\(id)/abandon", as: .operator, #"{"reason":"late"}"#
      ).expectProblem(409, "rollback-not-open")
      #expect(await gateway.lane.sandbox.holds("first-token", for: SampleApp.org2Org))
    }
  }

  @Test func `is abandoned`() async throws {
    try await RunningGateway.lend { gateway in
      let id = try await stopped(gateway)
      let ended = try await gateway.native(
        "POST", "rollbacks/\(id)/abandon", as: .operator, #"{"reason":"leave it"}"#)
      #expect(ended.json?["outcome"]?.text == "abandoned")
      #expect(await gateway.lane.sandbox.holds("second-token", for: SampleApp.org2Org))
    }
  }

  @Test func `shows its link to those who may carry it on, and to nobody else`() async throws {
    var setup = RunningGateway.Setup()
    // No wait is over by itself.
    setup.lane.sleep = { _ in
      let (never, held) = AsyncStream<Never>.makeStream()
      for await _ in never {}
      withExtendedLifetime(held) {}
      throw CancellationError()
    }
    try await RunningGateway.lend(setup) { gateway in
      let office = SampleApp.office365
      let connection = RunningGateway.path(office)
      _ = try await gateway.ask("GET", connection)
      let begun = try await gateway.ask("POST", connection, SampleBody.password("first"))
      let offer = try #require(begun.json?["_links"]?["authorize"]?["href"]?.text)
      let query = offer.split(separator: "?").last.map(String.init)
      let state = OktaRoute.parameters("state", in: query)
      let callback = "/api/v1/apps/office365/\(office)/oauth2/callback"
      let verified = try await gateway.ask(
        "POST", callback + "?code=good&state=\(try #require(state.first))")
      #expect(verified.status == 204)
      let first = try await gateway.lane.events(of: office).count
      _ = try await gateway.ask("POST", connection, SampleBody.password("second"))
      let waiting = try await gateway.native(
        "POST", "connections/\(office)/rollback", as: .operator,
        #"{"to":{"version":\#(first)}}"#)
      #expect(waiting.json?["outcome"]?.text == "awaitingConsent", "\(waiting.text)")
      let link = try #require(waiting.json?["consent"]?["link"]?.text)
      #expect(link.hasPrefix("https://office365.example/oauth/authorize?"))
      let id = try #require(waiting.json?["rollbackId"]?.text)
      let seen = try await gateway.native("GET", "rollbacks/\(id)", as: .reviewer)
      #expect(seen.json?["consent"]?["link"] == .null && !seen.text.contains("state="))
      let again = try await gateway.native("GET", "rollbacks/\(id)", as: .operator)
      #expect(again.json?["consent"]?["link"]?.text == link)
      try await gateway.native(
        "POST", "rollbacks/\(id)/resume", as: .operator, #"{"reason":"now"}"#
      ).expectProblem(409, "consent-awaited")
      #expect(try gateway.lane.files(with: String(link.suffix(20))).isEmpty)
    }
  }

  @Test func `of all connections is planned, carried out and shown`() async throws {
    try await RunningGateway.lend { gateway in
      _ = try await gateway.update("first-token", query: "?activate=true")
      let before = gateway.lane.world.now
      gateway.lane.world.advance(seconds: 60)
      _ = try await gateway.update("second-token")
      let plan = try await gateway.native(
        "POST", "rollbacks/preview", as: .reviewer, #"{"asOf":"\#(before)"}"#)
      #expect(plan.json?["totals"]?["connections"]?.integer == 1, "\(plan.text)")
      let digest = try #require(plan.json?["digest"]?.text)
      let done = try await gateway.native(
        "POST", "rollbacks", as: .operator,
        #"{"asOf":"\#(before)","digest":"\#(digest)","reason":"that script"}"#)
      #expect(done.json?["outcome"]?.text == "completed", "\(done.text)")
      let id = try #require(done.json?["rollbackId"]?.text)
      #expect(done.header("hindsight-command-id") == id)
      let shown = try await gateway.native("GET", "rollbacks/\(id)", as: .reviewer)
      #expect(shown.json?["progress"]?["done"]?.integer == 1)
      #expect(await gateway.lane.sandbox.holds("first-token", for: SampleApp.org2Org))
    }
  }

  @Test(arguments: [
    "{}", #"{"asOf":"tomorrow"}"#, #"{"asOf":"2999-01-01T00:00:00Z"}"#, #"{"actor":"x"}"#,
    #"{"actor":"x","from":"2026-11-23T07:00:00Z","to":"2026-11-23T06:00:00Z"}"#,
    #"{"asOf":"2026-11-23T07:00:00Z","actor":"x","from":"2026-11-23T06:00:00Z"}"#,
    #"{"correlationId":"x"}"#, #"{"all":true}"#,
  ])
  func `of all connections says which changes it needs to be told`(body: String) async throws {
    try await RunningGateway.lend { gateway in
      for path in ["rollbacks/preview", "rollbacks"] {
        try await gateway.native("POST", path, as: .operator, body)
          .expectProblem(400, "bad-input")
      }
    }
  }
}

@Suite(.timeLimit(.minutes(5))) struct `A recorded secret at the door` {
  @Test func `is listed, held, shredded and never shown`() async throws {
    try await RunningGateway.lend { gateway in
      _ = try await gateway.update("first-token")
      gateway.lane.world.advance(seconds: 60)
      _ = try await gateway.update("second-token")
      let listed = try await gateway.native("GET", "secrets", as: .reviewer)
      let secrets = try #require(listed.json?["secrets"]?.elements)
      #expect(secrets.map { $0["current"]?.boolean } == [false, true])
      let print = try #require(secrets.first?["fingerprint"]?.text)
      let hold = try await gateway.native(
        "POST", "holds", as: .admin, #"{"over":{"fingerprint":"\#(print)"},"reason":"a case"}"#)
      #expect(hold.status == 201, "\(hold.text)")
      let id = try #require(hold.json?["holdId"]?.text)
      #expect(
        try await gateway.native("GET", "holds", as: .reviewer).json?["holds"]?.elements?.count
          == 1)
      let path = "secrets/\(print)/shred"
      let held = try await gateway.native("POST", path, as: .admin, #"{"reason":"old"}"#)
      held.expectProblem(409, "secret-held")
      #expect(held.json?["holds"]?.elements?.map(\.text) == [id])
      #expect(
        try await gateway.native(
          "POST", "holds/\(id)/release", as: .admin, #"{"reason":"closed"}"#
        ).status == 204)
      let shredded = try await gateway.native("POST", path, as: .admin, #"{"reason":"old"}"#)
      #expect(shredded.json?["shredded"]?.elements?.count == 1, "\(shredded.text)")
      #expect(shredded.json?["inForceIn"]?.elements == [])
      try await gateway.native(
        "POST", "secrets/\(print)/reveal", as: .admin, #"{"reason":"curious"}"#
      ).expectProblem(403, "revealing-is-off")
      let rule = try await gateway.native(
        "POST", "secrets/shred", as: .admin, #"{"olderThanDays":0,"reason":"all"}"#)
      #expect(rule.json?["shredded"]?.elements?.isEmpty == true, "\(rule.text)")
      try await gateway.native(
        "POST", "secrets/shred", as: .admin, #"{"olderThanDays":-1,"reason":"all"}"#
      ).expectProblem(400, "bad-input")
      #expect(!listed.text.contains("first-token"))
    }
  }

  @Test func `is held however its fingerprint is written`() async throws {
    try await RunningGateway.lend { gateway in
      _ = try await gateway.update("first-token")
      let print = try await gateway.fingerprint()
      let hold = try await gateway.native(
        "POST", "holds", as: .admin,
        #"{"over":{"fingerprint":"\#(print.uppercased())"},"reason":"a case"}"#)
      #expect(hold.status == 201, "\(hold.text)")
      try await gateway.native(
        "POST", "secrets/\(print)/shred", as: .admin, #"{"reason":"old"}"#
      ).expectProblem(409, "secret-held")
    }
  }

  @Test(
    arguments: [
      (#"{"fingerprint":"00112233445566778899aabbccddeeff"}"#, 404, "secret-not-known"),
      (#"{"fingerprint":"00112233445566778899aabbccddeefg"}"#, 400, "bad-input"),
      (#"{"fingerprint":"0011"}"#, 400, "bad-input"),
      (#"{"appId":"0oaNOWHERE0000000001"}"#, 404, "connection-not-known"),
    ])
  func `is not held by what would cover nothing`(
    over: String, status: Int, problem: String
  ) async throws {
    try await RunningGateway.lend { gateway in
      _ = try await gateway.update("first-token")
      try await gateway.native(
        "POST", "holds", as: .admin, #"{"over":\#(over),"reason":"a case"}"#
      ).expectProblem(status, problem)
      #expect(try await gateway.facts() == [])
    }
  }

  @Test func `that is compromised is refused when a client brings it`() async throws {
    try await RunningGateway.lend { gateway in
      _ = try await gateway.update("leaked-token")
      let print = try await gateway.fingerprint()
      _ = try await gateway.native(
        "POST", "secrets/\(print)/compromised", as: .admin, #"{"reason":"in a chat"}"#)
      let answer = try await gateway.update("leaked-token")
      #expect(answer.status == 403)
      #expect(answer.json?["errorCode"]?.text == "E0000006")
      #expect(answer.header("hindsight-command-id") != nil)
      #expect(await gateway.lane.sandbox.calls(.update) == 1)
    }
  }
}
