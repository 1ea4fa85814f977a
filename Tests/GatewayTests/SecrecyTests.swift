import Commands
import Connections
import EventStore
import Fixtures
import OktaAPI
import Sandbox
import Testing

@testable import CrashMatrix

@Suite(.timeLimit(.minutes(5))) struct `A secret` {
  private static let faults: [SandboxFault.Kind] = [
    .cutHead, .cutHeaders, .cutBody, .status(500), .status(503), .notJSON, .empty, .reset,
    .resetEarly, .rateLimit, .rateLimitWithoutHeaders, .forbidden,
  ]

  /// Everything that can hold one, once with success and once without.
  private func plantAll(_ gateway: RunningGateway) async throws -> [RawAnswer] {
    let office = RunningGateway.path(SampleApp.office365)
    let callback = "/api/v1/apps/office365/\(SampleApp.office365)/oauth2/callback"
    let query = "?code=\(Planted.code)&state=\(Planted.state)"
    let sandbox = gateway.lane.sandbox
    var answers = [
      try await gateway.update(Planted.token, query: "?activate=true"),
      try await gateway.ask("POST", office, SampleBody.password(Planted.password)),
      try await gateway.ask("POST", callback + query),
      try await gateway.update("bad-" + Planted.token),
      try await gateway.ask("POST", RunningGateway.connection, "{\"token\":\"\(Planted.token)\""),
      try await gateway.update(
        Planted.token,
        headers: ["Proxy-Authorization: Basic \(Planted.password)", "Cookie: \(Planted.state)"]),
    ]
    for fault in Self.faults {
      for isApplied in [true, false] where !isApplied || fault != .resetEarly {
        await sandbox.add(SandboxFault(fault, on: .update, isApplied: isApplied))
        answers.append(try await gateway.update(Planted.token))
        await gateway.lane.commands.drain()
      }
    }
    answers.append(
      try await gateway.native(
        "POST", "connections/\(SampleApp.org2Org)/rollback", as: .operator,
        #"{"to":{"version":3}}"#))
    for path in [
      "events?limit=1000", "connections", "connections/\(SampleApp.org2Org)/history",
      "connections/\(SampleApp.office365)/history", "reports/changes.csv",
    ] {
      let answer = try await gateway.native("GET", path)
      #expect(answer.status == 200)
      answers.append(answer)
    }
    return answers
  }

  /// In clear, in Base64, in hex, or as part of a URL.
  @Test func `stands in no dress in any file or answer`() async throws {
    try await RunningGateway.lend { gateway in
      let answers = try await plantAll(gateway)
      let planted = Canary(Planted.all)
      for answer in answers {
        #expect(planted.finds(in: [answer.rawText: Array(answer.rawText.utf8)]) == [])
      }
      let callers = RunningGateway.Caller.allCases.filter { $0 != .nobody }
      let tokens = callers.map { gateway.token(of: $0) }
      let directory = gateway.lane.directory
      let files = try Dictionary(
        uniqueKeysWithValues: directory.names().map { ($0, try directory.bytes(of: $0)) })
      #expect(files.count > 1)
      #expect(planted.finds(in: files) == [])
      #expect(Canary(tokens).finds(in: files) == [])
    }
  }

  /// Each route is asked as it should be, and once with a secret wherever a caller can put one.
  @Test func `is not told by any route, and recorded by none in the wrong place`() async throws {
    try await RunningGateway.lend { gateway in
      _ = try await plantAll(gateway)
      let planted = Canary(Planted.all)
      let secret = "?code=\(Planted.code)&state=\(Planted.state)"
      let body = #"{"token":"\#(Planted.token)","reason":"x","to":"\#(Planted.password)"}"#
      for row in RouteRow.native + RouteRow.okta where row.target != "/api/v1/echo" {
        let answer = try await gateway.ask(row.method, row.target, as: .admin, row.body)
        #expect(planted.finds(in: [row.target: Array(answer.rawText.utf8)]) == [])
        let separator = row.target.contains("?") ? "/" : ""
        _ = try await gateway.ask(row.method, row.target + separator + secret, as: .admin, body)
        _ = try await gateway.ask(
          row.method, row.target + "/" + Planted.token, as: .reviewer, body)
      }
      for name in [Planted.token, Planted.password] {
        for deed in ["compromised", "shred", "reveal"] {
          _ = try await gateway.native("POST", "secrets/\(name)/\(deed)", as: .admin, body)
          _ = try await gateway.native("POST", "secrets/\(name)/\(deed)", as: .reviewer, body)
        }
      }
      let directory = gateway.lane.directory
      let files = try Dictionary(
        uniqueKeysWithValues: directory.names().map { ($0, try directory.bytes(of: $0)) })
      #expect(planted.finds(in: files) == [])
    }
  }

  @Test func `that Okta repeats in an error is not recorded`() async throws {
    let envelope =
      #"{"errorCode":"E0000001","errorSummary":"Api validation failed: planted-token","#
      + #""errorCauses":[{"errorSummary":"00sandboxAdminToken is odd"}]}"#
    let script = ScriptedOkta.answer(400, ["Content-Type: application/json"], envelope)
    try await ScriptedOkta.lend { _ in
      script
    } _: { okta in
      var setup = RunningGateway.Setup()
      setup.lane.origin = okta.origin
      try await RunningGateway.lend(setup) { gateway in
        let answer = try await gateway.update(Planted.token)
        #expect(answer.status == 400)
        for secret in Planted.all {
          #expect(try gateway.lane.files(with: secret).isEmpty, "\(secret)")
        }
        let report = try await gateway.native("GET", "reports/changes.csv")
        #expect(report.text.contains("refused,,400,E0000001,(redacted),"))
      }
    }
  }

  @Test func `of a field that nobody knows is recorded by the field's name alone`() async throws {
    try await RunningGateway.lend { gateway in
      let body =
        #"{"profile":{"authScheme":"TOKEN","token":"t","apiKey":"planted-password"},"#
        + #""pin":"planted-token"}"#
      let answer = try await gateway.ask("POST", RunningGateway.connection, body)
      #expect(answer.status == 200)
      let events = try await gateway.lane.events(of: SampleApp.org2Org)
      guard case .intended(let intent) = events[1].payload else {
        Issue.record("\(events[1].payload.kind)")
        return
      }
      #expect(intent.command.updateContent?.unknownFields == ["profile.apiKey", "pin"])
      for secret in Planted.all { #expect(try gateway.lane.files(with: secret).isEmpty) }
    }
  }
}
