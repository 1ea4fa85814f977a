import Commands
import Connections
import Fixtures
import Sandbox
import Testing

/// Every fault by the two operations that change nothing: whatever becomes of them may be asked
/// again, and nothing of it is recorded.
enum ReadFault {
  struct Row: Sendable, CustomTestStringConvertible {
    var fault: SandboxFault.Kind
    /// `nil`: Okta could not be read.
    var passed: (status: Int, code: String?)?
    var testDescription: String { "\(fault)" }
  }

  private static func lost(_ faults: SandboxFault.Kind...) -> [Row] {
    faults.map { Row(fault: $0) }
  }

  private static func passed(_ fault: SandboxFault.Kind, _ status: Int, _ code: String?) -> Row {
    Row(fault: fault, passed: (status, code))
  }

  static let rows =
    lost(
      .reset, .resetEarly, .cutHead, .cutHeaders, .cutBody, .hang, .dripBody,
      .latency(milliseconds: 4_000))
    + [
      passed(.notJSON, 200, nil), passed(.empty, 200, nil),
      passed(.status(400), 400, "E0000001"), passed(.status(401), 401, "E0000011"),
      passed(.forbidden, 403, "E0000006"), passed(.status(404), 404, "E0000008"),
      passed(.status(405), 405, "E0000022"), passed(.status(409), 409, "E0000195"),
      passed(.status(411), 411, "E0000001"), passed(.status(422), 422, "E0000001"),
      passed(.status(423), 423, "E0000239"), passed(.rateLimit, 429, "E0000047"),
      passed(.rateLimitWithoutHeaders, 429, "E0000047"), passed(.status(500), 500, "E0000009"),
      passed(.status(502), 502, "E0000009"), passed(.status(503), 503, "E0000181"),
      passed(.status(504), 504, "E0000009"),
    ]
}

@Suite(.serialized, .timeLimit(.minutes(5))) struct `Every fault of a read` {
  private func strike(_ row: ReadFault.Row, _ operation: SandboxOperation) async throws {
    var setup = RunningGateway.Setup()
    // The calls before the fault must not meet it on a busy machine.
    setup.lane.timeoutSeconds = row.passed == nil ? 3 : 20
    try await RunningGateway.lend(setup) { gateway in
      let app = SampleApp.org2Org
      #expect(
        try await gateway.ask(
          "POST", RunningGateway.path(app), SampleBody.client("0oaService")
        ).status == 200)
      let path = RunningGateway.path(app, operation == .jwks ? "/jwks" : "")
      let whole = try await gateway.ask("GET", path, as: .reviewer)
      #expect(whole.status == 200)
      let events = try await gateway.lane.events()
      let calls = await gateway.lane.sandbox.calls(operation)

      await gateway.lane.sandbox.add(SandboxFault(row.fault, on: operation))
      let answer = try await gateway.ask("GET", path, as: .reviewer)
      #expect(await gateway.lane.sandbox.calls(operation) == calls + 1)
      expect(answer, row)
      await gateway.lane.sandbox.release()
      #expect(try await gateway.lane.events() == events)
      #expect(try await gateway.ask("GET", path, as: .reviewer).body == whole.body)
    }
  }

  private func expect(_ answer: RawAnswer, _ row: ReadFault.Row) {
    guard let (status, code) = row.passed else {
      answer.expectEnvelope(503, "E0000181")
      answer.expectRetryHeaders()
      #expect(answer.text.contains("Nothing was changed"))
      return
    }
    #expect(answer.status == status)
    guard let code else {
      #expect(answer.json == nil)
      return
    }
    answer.expectEnvelope(status, code)
    if [429, 503, 504].contains(status) { answer.expectRetryHeaders() }
  }

  @Test(.serialized, arguments: ReadFault.rows)
  func `of a connection`(row: ReadFault.Row) async throws { try await strike(row, .get) }

  @Test(.serialized, arguments: ReadFault.rows)
  func `of a key set`(row: ReadFault.Row) async throws { try await strike(row, .jwks) }
}

/// Okta counts these together with the calls about connections.
@Suite(.timeLimit(.minutes(5))) struct `The budget of the applications API` {
  @Test(arguments: [
    ("/api/v1/apps/\(SampleApp.org2Org)/connections/default/jwks", true), ("/api/v1/apps", true),
    ("//api/v1/apps?limit=2", true), ("/api/v1/apps/\(SampleApp.org2Org)", false),
    ("/api/v1/users/me", false),
  ])
  func `is told by what else is passed on`(target: String, counts: Bool) async throws {
    try await RunningGateway.lend { gateway in
      let answer = try await gateway.ask("GET", target)
      #expect(answer.header("x-rate-limit-remaining") != nil)
      let left = await gateway.lane.commands.callsLeft(.sandboxAdmin)
      #expect((left != nil) == counts)
    }
  }
}
