import Connections
import Fixtures
import OktaAPI
import Sandbox
import Testing

@Suite(.timeLimit(.minutes(5))) struct `The bytes of a real client` {
  private let path = RunningGateway.connection

  @Test func `of the Python SDK update, without a space after SSWS`() async throws {
    try await RunningGateway.lend { gateway in
      let body =
        #"{"baseUrl": "https://scim.x/1", "profile": {"authScheme": "TOKEN", "token": "s3cret"}}"#
      let answer = try await gateway.send(
        [
          "POST \(path)?activate=true HTTP/1.1", "Host: 127.0.0.1:\(gateway.port)",
          "User-Agent: OpenAPI-Generator/1.0.0/python", "Accept: application/json",
          "Authorization: SSWS\(gateway.token(of: .operator))", "Content-Type: application/json",
          "Accept-Encoding: gzip, deflate", "Content-Length: \(body.utf8.count)",
        ], body)
      #expect(answer.status == 200)
      #expect(answer.all("content-type") == ["application/json"])
      #expect(answer.json?["status"]?.text == "ENABLED")
      #expect(answer.json?["baseUrl"]?.text == "https://scim.x/1")
      #expect(await gateway.lane.sandbox.holds("s3cret", for: SampleApp.org2Org))
    }
  }

  @Test(arguments: ["activate", "deactivate"])
  func `of the Python SDK change the status with an empty octet stream`(
    operation: String
  ) async throws {
    try await RunningGateway.lend { gateway in
      _ = try await gateway.update("one")
      let answer = try await gateway.send([
        "POST \(path)/lifecycle/\(operation) HTTP/1.1", "Host: 127.0.0.1:\(gateway.port)",
        "User-Agent: OpenAPI-Generator/1.0.0/python", "Accept: application/json",
        "Authorization: SSWS\(gateway.token(of: .operator))",
        "Content-Type: application/octet-stream", "Accept-Encoding: gzip, deflate",
        "Content-Length: 0",
      ])
      answer.expectEmpty()
      let state = await gateway.lane.sandbox.state(ofApp: SampleApp.org2Org)
      #expect(state?.isEnabled == (operation == "activate"))
    }
  }

  @Test func `of the Python SDK with a slash at the end of its address`() async throws {
    try await RunningGateway.lend { gateway in
      let answer = try await gateway.ask("GET", "/" + path)
      #expect(answer.status == 200)
      #expect(try await gateway.kinds() == [.observed])
      #expect(try await gateway.ask("POST", "/" + path + "/lifecycle/activate").status == 400)
      #expect(try await gateway.kinds().suffix(2) == [.intended, .refused])
    }
  }

  @Test(arguments: [
    ("http://127.0.0.1", "127.0.0.1"), ("http://127.0.0.1:8080", "127.0.0.1:8080"),
    ("http://org.okta.example/", "org.okta.example"), ("HTTP://127.0.0.1", "127.0.0.1"),
  ])
  func `of the Go SDK behind a proxy name the whole address`(
    origin: String, host: String
  ) async throws {
    try await RunningGateway.lend { gateway in
      let body = #"{"profile":{"authScheme":"TOKEN","token":"s3cret"}}"# + "\n"
      let answer = try await gateway.send(
        [
          "POST \(origin)\(path)?activate=true HTTP/1.1", "Host: \(host)",
          "User-Agent: okta-sdk-golang/5.0.0 golang/go1.27.3 linux/amd64",
          "Content-Length: \(body.utf8.count)", "Accept: application/json",
          "Authorization: SSWS \(gateway.token(of: .operator))", "Content-Type: application/json",
          "Accept-Encoding: gzip", "Proxy-Authorization: Basic Og==",
        ], body)
      #expect(answer.status == 200)
      #expect(try await gateway.kinds() == [.observed, .intended, .succeeded])
    }
  }

  @Test func `of the Go SDK change the status without a content type`() async throws {
    try await RunningGateway.lend { gateway in
      _ = try await gateway.update("one")
      let answer = try await gateway.send([
        "POST http://127.0.0.1\(path)/lifecycle/activate HTTP/1.1", "Host: 127.0.0.1",
        "User-Agent: okta-sdk-golang/5.0.0 golang/go1.27.3 linux/amd64", "Content-Length: 0",
        "Accept: application/json", "Authorization: SSWS \(gateway.token(of: .operator))",
        "Accept-Encoding: gzip", "Proxy-Authorization: Basic Og==",
      ])
      answer.expectEmpty()
    }
  }

  @Test func `without any length change the status, too`() async throws {
    try await RunningGateway.lend { gateway in
      let answer = try await gateway.send([
        "POST \(path)/lifecycle/deactivate HTTP/1.1", "Host: x",
        "Authorization: SSWS \(gateway.token(of: .operator))",
      ])
      answer.expectEmpty()
    }
  }

  @Test(arguments: [
    "SSWS ", "SSWS", "ssws ", "Ssws", "SSWS   ", "Bearer ", "Bearer", "bearer ", "bEaReR",
    "SSWS\t",
  ])
  func `name their scheme in many ways`(scheme: String) async throws {
    try await RunningGateway.lend { gateway in
      let answer = try await gateway.send([
        "GET \(path) HTTP/1.1", "Host: x",
        "Authorization: \(scheme)\(gateway.token(of: .reviewer))",
      ])
      #expect(answer.status == 200)
    }
  }

  @Test(arguments: [("true", true), ("TRUE", true), ("True", true), ("false", false), ("", false)])
  func `ask for the activation in upper and lower case`(
    value: String, isEnabled: Bool
  ) async throws {
    try await RunningGateway.lend { gateway in
      let answer = try await gateway.update("one", query: "?activate=\(value)")
      #expect(answer.status == 200)
      #expect(answer.json?["status"]?.text == (isEnabled ? "ENABLED" : "DISABLED"))
      let events = try await gateway.lane.events(of: SampleApp.org2Org)
      guard case .intended(let intent) = events[1].payload else { return }
      #expect(intent.command.updateContent?.activate == isEnabled)
    }
  }

  @Test func `mark a second try by headers that may stand twice`() async throws {
    try await RunningGateway.lend { gateway in
      await gateway.lane.sandbox.add(.init(.rateLimit, on: .update))
      let first = try await gateway.update("one")
      #expect(first.status == 429)
      let id = try #require(first.header("x-okta-request-id"))
      let second = try await gateway.update(
        "one",
        headers: [
          "X-Okta-Retry-For: \(id)", "X-Okta-Retry-Count: 1", "X-Okta-Retry-For: \(id)",
          "X-Okta-Retry-Count: 2",
        ])
      #expect(second.status == 200)
      let intended = try await gateway.lane.events(of: SampleApp.org2Org)
        .filter { $0.payload.kind == .intended }
      #expect(
        intended.last?.context.correlationID?.description == first.header("hindsight-command-id"))
      guard case .intended(let intent)? = intended.last?.payload else { return }
      #expect(intent.attempt == 2 && intent.retryFor == id)
    }
  }
}
