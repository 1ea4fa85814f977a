import Connections
import EventStore
import Fixtures
import OktaAPI
import Sandbox
import Testing

/// A route, and the least role that it takes.
struct RouteRow: Sendable, CustomTestStringConvertible {
  var method: String
  var target: String
  /// `nil`: anyone.
  var role: Role?
  var body: String?
  /// A change of a connection: its refusal leaves a trace.
  var kind: ConnectionCommand.Kind?

  init(
    _ method: String, _ target: String, _ role: Role?, body: String? = nil,
    kind: ConnectionCommand.Kind? = nil
  ) {
    self.method = method
    self.target = target
    self.role = role
    self.body = body
    self.kind = kind
  }

  var testDescription: String { "\(method) \(target)" }

  func admits(_ caller: RunningGateway.Caller) -> Bool {
    guard let role else { return true }
    return Role(rawValue: caller.rawValue).map { $0 >= role } ?? false
  }

  private static let connection = RunningGateway.connection
  private static let own = "/hindsight/v1/connections/\(SampleApp.org2Org)"
  private static let someID = "0192f0c1-2f3a-7bbb-8ccc-1234567890ab"

  static let okta: [RouteRow] = [
    .init("GET", connection, .reviewer),
    .init("HEAD", connection, .reviewer),
    .init("GET", connection + "/jwks", .reviewer),
    .init("POST", connection, .operator, body: SampleBody.token("t"), kind: .update),
    .init("POST", connection + "/lifecycle/activate", .operator, kind: .activate),
    .init("POST", connection + "/lifecycle/deactivate", .operator, kind: .deactivate),
    .init(
      "POST", "/api/v1/apps/okta_org2org/\(SampleApp.org2Org)/oauth2/callback?code=1&state=2",
      .operator, kind: .verify),
    .init("GET", "/api/v1/users/me", .operator),
    .init("POST", "/api/v1/echo", .operator, body: "{}"),
    .init("DELETE", "/api/v1/apps/\(SampleApp.org2Org)", .operator),
    .init("GET", "/.well-known/okta-organization", nil),
    .init("POST", "/oauth2/v1/token", nil, body: "grant_type=client_credentials"),
  ]

  static let native: [RouteRow] = [
    .init("GET", "/hindsight/v1/connections", .reviewer),
    .init("GET", own, .reviewer),
    .init("GET", own + "/history", .reviewer),
    .init("GET", "/hindsight/v1/events", .reviewer),
    .init("GET", "/hindsight/v1/commands/\(someID)", .reviewer),
    .init("GET", "/hindsight/v1/doubts", .reviewer),
    .init("GET", "/hindsight/v1/limits", .reviewer),
    .init(
      "POST", "/hindsight/v1/commands/\(someID)/resolve", .operator,
      body: #"{"verdict":"applied","reason":"seen"}"#),
    .init("POST", own + "/rollback/preview", .reviewer, body: #"{"to":"previous"}"#),
    .init("POST", own + "/rollback", .operator, body: #"{"to":"previous"}"#),
    .init("GET", "/hindsight/v1/reports/changes.csv", .reviewer),
    .init("GET", "/hindsight/v1/tokens", .admin),
    .init("POST", "/hindsight/v1/tokens", .admin, body: #"{"name":"x","role":"reviewer"}"#),
    .init("DELETE", "/hindsight/v1/tokens/\(someID)", .admin),
    .init(
      "POST", "/hindsight/v1/secrets/\(someID)/compromised", .admin, body: #"{"reason":"x"}"#),
    .init(
      "POST", "/hindsight/v1/rollbacks/preview", .reviewer,
      body: #"{"asOf":"2026-11-23T07:00:00Z"}"#),
    .init(
      "POST", "/hindsight/v1/rollbacks", .operator, body: #"{"asOf":"2026-11-23T07:00:00Z"}"#),
    .init("GET", "/hindsight/v1/rollbacks", .reviewer),
    .init("GET", "/hindsight/v1/rollbacks/\(someID)", .reviewer),
    .init("POST", "/hindsight/v1/rollbacks/\(someID)/resume", .operator, body: #"{"reason":"x"}"#),
    .init("POST", "/hindsight/v1/rollbacks/\(someID)/abandon", .operator, body: #"{"reason":"x"}"#),
    .init("GET", "/hindsight/v1/secrets", .reviewer),
    .init("POST", "/hindsight/v1/secrets/\(someID)/shred", .admin, body: #"{"reason":"x"}"#),
    .init("POST", "/hindsight/v1/secrets/\(someID)/reveal", .admin, body: #"{"reason":"x"}"#),
    .init(
      "POST", "/hindsight/v1/secrets/shred", .admin, body: #"{"olderThanDays":9,"reason":"x"}"#),
    .init("GET", "/hindsight/v1/holds", .reviewer),
    .init("POST", "/hindsight/v1/holds", .admin, body: #"{"over":"all","reason":"x"}"#),
    .init("POST", "/hindsight/v1/holds/\(someID)/release", .admin, body: #"{"reason":"x"}"#),
    .init("GET", "/hindsight/v1/log/checkpoint", nil),
    .init("GET", "/hindsight/v1/log/tile/0/000.p/1", nil),
    .init("GET", "/hindsight/v1/log/tile/entries/000.p/1", .reviewer),
    .init("GET", "/hindsight/v1/openapi.json", nil),
    .init("GET", "/health/live", nil),
    .init("GET", "/health/ready", nil),
  ]
}

extension Event {
  struct Denial: Hashable {
    var deed: String
    var needed: Role?
  }

  /// What somebody was not let.
  var denial: Denial? {
    guard case .notice(.denied(let deed, let needed)) = payload else { return nil }
    return Denial(deed: deed, needed: needed)
  }
}

@Suite(.timeLimit(.minutes(5))) struct `A role` {
  @Test(arguments: RouteRow.okta)
  func `opens what it may of Okta's routes, and sends nothing for anybody else`(
    row: RouteRow
  ) async throws {
    try await RunningGateway.lend { gateway in
      for caller in RunningGateway.Caller.allCases {
        let calls = await gateway.lane.sandbox.allCalls
        let events = try await gateway.lane.events().count
        let answer = try await gateway.ask(row.method, row.target, as: caller, row.body)
        let added = try await gateway.lane.events().dropFirst(events)
        if row.admits(caller) {
          // What comes from behind the door has Okta's request id; a refusal at it has not.
          #expect(answer.status != 401, "\(caller)")
          #expect(answer.header("x-okta-request-id") != nil, "\(caller)")
          #expect(await gateway.lane.sandbox.allCalls > calls, "\(caller)")
          continue
        }
        #expect(await gateway.lane.sandbox.allCalls == calls, "\(caller)")
        let isKnown = caller == .reviewer
        #expect(answer.status == (isKnown ? 403 : 401), "\(caller)")
        if row.method != "HEAD" {
          answer.expectEnvelope(isKnown ? 403 : 401, isKnown ? "E0000006" : "E0000011")
        }
        expectTrace(of: isKnown ? row.kind : nil, Array(added), answer)
      }
    }
  }

  /// A change that policy refused stands alone in the journal; a stranger leaves nothing.
  private func expectTrace(
    of kind: ConnectionCommand.Kind?, _ added: [Event], _ answer: RawAnswer
  ) {
    guard let kind else {
      #expect(added == [])
      return
    }
    #expect(added.count == 1)
    guard case .refused(let outcome)? = added.first?.payload else {
      Issue.record("\(added)")
      return
    }
    #expect(outcome.refusedKind == kind)
    #expect(outcome.call.status == 403)
    #expect(added.first?.context.actor.roles == [.reviewer])
    #expect(
      added.first?.context.commandID?.description == answer.header("hindsight-command-id"))
  }

  @Test(arguments: RouteRow.native, [false, true])
  func `opens what it may of the native routes, relayed or not`(
    row: RouteRow, relays: Bool
  ) async throws {
    var setup = RunningGateway.Setup()
    setup.relays = relays
    try await RunningGateway.lend(setup) { gateway in
      for caller in RunningGateway.Caller.allCases {
        let calls = await gateway.lane.sandbox.allCalls
        let events = try await gateway.lane.events().count
        let answer = try await gateway.ask(row.method, row.target, as: caller, row.body)
        let denials = try await gateway.lane.events().dropFirst(events).compactMap(\.denial)
        if row.admits(caller) {
          #expect(denials == [])
          #expect(![401, 403].contains(answer.status), "\(caller)")
        } else if Role(rawValue: caller.rawValue) != nil {
          answer.expectProblem(403, "role-too-small")
          #expect(denials.map(\.needed) == [row.role])
          #expect(denials.map(\.deed) != ["read the history"])
        } else {
          #expect(denials == [])
          answer.expectProblem(401, "no-valid-token")
          #expect(answer.header("www-authenticate")?.hasPrefix("Bearer") == true)
        }
        #expect(await gateway.lane.sandbox.allCalls == calls)
      }
    }
  }

  @Test func `is not asked for where credentials are relayed, but a credential is`() async throws {
    var setup = RunningGateway.Setup()
    setup.relays = true
    try await RunningGateway.lend(setup) { gateway in
      let path = RunningGateway.connection
      try await gateway.ask("GET", path, as: .nobody).expectEnvelope(401, "E0000011")
      try await gateway.update("t", as: .nobody).expectEnvelope(401, "E0000011")
      #expect(await gateway.lane.sandbox.allCalls == 0)

      let refused = try await gateway.send([
        "GET \(path) HTTP/1.1", "Host: x", "Authorization: SSWS 00badCredential",
      ])
      refused.expectEnvelope(401, "E0000011")
      #expect(refused.header("x-okta-request-id") != nil)
      #expect(try await gateway.lane.events(of: SampleApp.org2Org) == [])
    }
  }

  @Test(arguments: ["", "SSWS", "SSWS ", "Basic dXNlcjpwYXNz", "hst_x", "Bearer"])
  func `is not given for what is no credential`(header: String) async throws {
    try await RunningGateway.lend { gateway in
      let answer = try await gateway.send([
        "GET \(RunningGateway.connection) HTTP/1.1", "Host: x", "Authorization: \(header)",
      ])
      answer.expectEnvelope(401, "E0000011")
    }
  }
}
