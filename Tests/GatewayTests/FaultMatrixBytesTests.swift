import Connections
import Fixtures
import Sandbox
import Testing

/// Where the bytes were, and what they were.
@Suite(.timeLimit(.minutes(5))) struct `A fault to the byte` {
  /// The body is longer than the buffers between us and a far side that reads none of it.
  @Test func `that cuts an update in the middle of its body is in doubt`() async throws {
    try await RunningGateway.lend { gateway in
      var request = try await FaultMatrix.Change.scheme.prepare(gateway)
      request.body? += String(repeating: " ", count: 1_000_000)
      await gateway.lane.sandbox.add(SandboxFault(.resetEarly, on: .update))
      try await FaultMatrix.Expectation(
        change: .scheme, end: .inDoubt(.notApplied), happens: false
      ).hold(request, gateway)
    }
  }

  private static let refusals = [
    ScriptedOkta.answer(
      422, ["Content-Type: application/json", "X-Okta-Request-Id: abc"],
      #"{"errorCode":"E9999999", "errorCauses":null, "ünknown":[1,2.50]}"#),
    ScriptedOkta.answer(403, ["Content-Type: application/json"], #"{"errorCode":"E1"}"#),
  ]

  /// Of whatever stands before Okta.
  private static let strangers = [
    ScriptedOkta.answer(403, ["Content-Type: text/html"], "<html>Not by this door</html>"),
    ScriptedOkta.answer(451, []),
  ]

  @Test(.serialized, arguments: strangers, FaultMatrix.Change.allCases)
  func `that is nobody's refusal keeps its status, in Okta's envelope`(
    refusal: String, change: FaultMatrix.Change
  ) async throws {
    let state = #"{"status":"DISABLED","profile":{"authScheme":"TOKEN"}}"#
    try await ScriptedOkta.lend { request in
      request.hasPrefix("GET")
        ? ScriptedOkta.answer(200, ["Content-Type: application/json"], state) : refusal
    } _: { okta in
      var setup = RunningGateway.Setup()
      setup.lane.origin = okta.origin
      try await RunningGateway.lend(setup) { gateway in
        let request = change.request()
        let answer = try await gateway.ask("POST", request.target, request.body)
        #expect(refusal.hasPrefix("HTTP/1.1 \(answer.status) "))
        answer.expectEnvelope(answer.status, answer.status == 403 ? "E0000006" : "E0000001")
        #expect(try await gateway.kinds(of: change.app) == [.observed, .intended, .refused])
      }
    }
  }

  @Test(.serialized, arguments: refusals, FaultMatrix.Change.allCases)
  func `that is Okta's refusal reaches the caller as Okta sent it`(
    refusal: String, change: FaultMatrix.Change
  ) async throws {
    let state = #"{"status":"DISABLED","profile":{"authScheme":"TOKEN"}}"#
    try await ScriptedOkta.lend { request in
      request.hasPrefix("GET")
        ? ScriptedOkta.answer(200, ["Content-Type: application/json"], state) : refusal
    } _: { okta in
      var setup = RunningGateway.Setup()
      setup.lane.origin = okta.origin
      try await RunningGateway.lend(setup) { gateway in
        let request = change.request()
        let answer = try await gateway.ask("POST", request.target, request.body)
        let lines = refusal.split(separator: "\r\n", omittingEmptySubsequences: false)
        #expect(lines[0].hasPrefix("HTTP/1.1 \(answer.status) "))
        #expect(answer.text == lines.last.map { String($0) })
        for name in ["Content-Type", "X-Okta-Request-Id"] {
          let sent = lines.first { $0.hasPrefix(name + ": ") }?.dropFirst(name.count + 2)
          #expect(answer.header(name) == sent.map { String($0) })
        }
        #expect(try await gateway.kinds(of: change.app) == [.observed, .intended, .refused])
        #expect(okta.requests.filter { $0.hasPrefix("POST") }.count == 1)
      }
    }
  }
}
