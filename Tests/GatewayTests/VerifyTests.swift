import Connections
import Fixtures
import OktaAPI
import Sandbox
import Testing

@Suite(.timeLimit(.minutes(5))) struct `A verify` {
  private func callback(_ query: String) -> String {
    "/api/v1/apps/slack/\(SampleApp.slack)/oauth2/callback" + query
  }

  /// The whole consent: an update, what a person's browser brings back, a verify, an activation.
  @Test(arguments: ["good", "%67ood", "go%6Fd"])
  func `completes a consent`(code: String) async throws {
    try await RunningGateway.lend { gateway in
      let path = RunningGateway.path(SampleApp.slack)
      let update = try await gateway.ask("POST", path, SampleBody.consent)
      #expect(update.status == 200)
      let link = try #require(update.json?["_links"]?["authorize"]?["href"]?.text)
      #expect(link.hasPrefix("https://slack.example/"))
      let state = try #require(
        OktaRoute.parameters("state", in: OktaRoute.split(link).query).first)

      try await gateway.ask("POST", callback("?code=\(code)&state=\(state)")).expectEmpty()
      try await gateway.ask("POST", path + "/lifecycle/activate").expectEmpty()
      #expect(await gateway.lane.sandbox.state(ofApp: SampleApp.slack)?.isEnabled == true)
      #expect(try gateway.lane.files(with: state).isEmpty)
    }
  }

  @Test(arguments: [
    "?code=a%20b%26c&state=st/1", "?code=a+b%26c&state=st%2F1", "?code=%C3%A9&state=", "?code=1",
    "", "?state=1&code=2&code=3",
  ])
  func `reaches Okta with the very query of the client`(query: String) async throws {
    try await ScriptedOkta.lend { request in
      request.hasPrefix("GET")
        ? ScriptedOkta.answer(200, ["Content-Type: application/json"], unknown)
        : ScriptedOkta.answer(204, [])
    } _: { okta in
      var setup = RunningGateway.Setup()
      setup.lane.origin = okta.origin
      try await RunningGateway.lend(setup) { gateway in
        let answer = try await gateway.send([
          "POST \(callback(query)) HTTP/1.1", "Host: x",
          "Authorization: SSWS\(gateway.token(of: .operator))",
          "Content-Type: application/octet-stream", "Content-Length: 0",
        ])
        answer.expectEmpty()
        let sent = okta.requests.filter { $0.hasPrefix("POST") }
        #expect(sent.count == 1)
        #expect(sent.first?.hasPrefix("POST \(callback(query)) HTTP/1.1\r\n") == true)
      }
    }
  }

  @Test func `with a wrong code is Okta's refusal`() async throws {
    try await RunningGateway.lend { gateway in
      let answer = try await gateway.ask("POST", callback("?code=no&state=no"))
      answer.expectEnvelope(403, "E0000006")
      #expect(try await gateway.kinds(of: SampleApp.slack).last == .refused)
    }
  }

  private let unknown = #"{"status":"UNKNOWN","profile":{"authScheme":"UNKNOWN"}}"#
}
