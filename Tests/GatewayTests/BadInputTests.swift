import Commands
import Connections
import EventStore
import Fixtures
import OktaAPI
import Sandbox
import Testing

@Suite(.timeLimit(.minutes(5))) struct `Bad input` {
  private static let path = RunningGateway.connection
  private static let limit = 1 << 20

  /// Expects that neither Okta nor the journal has heard of it.
  private func expectNothing(
    _ gateway: RunningGateway, _ location: SourceLocation = #_sourceLocation
  ) async throws {
    #expect(await gateway.lane.sandbox.allCalls == 0, sourceLocation: location)
    #expect(
      try await gateway.lane.events(of: SampleApp.org2Org) == [], sourceLocation: location)
  }

  @Test(arguments: [
    "", " ", "{", "{\"profile\":", "null", "[]", "7", "\"text\"", "{}x", "{'a':1}", "{\"a\":01}",
    "\u{FEFF}{}", #"{"profile":{"authScheme":"TOKEN","authScheme":"OAUTH2"}}"#,
    #"{"profile":{},"profile":{}}"#, #"{"a":"\ud800"}"#, #"{"a":tru}"#,
  ])
  func `that is no JSON object is refused before anything`(body: String) async throws {
    try await RunningGateway.lend { gateway in
      try await gateway.ask("POST", Self.path, body).expectEnvelope(400, "E0000003")
      try await expectNothing(gateway)
    }
  }

  @Test(arguments: [
    ("activate=true&activate=false", 400), ("activate=FALSE&activate=true", 400),
    ("activate=true&activate=TRUE", 200),
  ])
  func `that is given twice with two values is refused before anything`(
    query: String, status: Int
  ) async throws {
    try await RunningGateway.lend { gateway in
      let answer = try await gateway.update("one", query: "?" + query)
      #expect(answer.status == status)
      guard status == 400 else { return }
      answer.expectEnvelope(400, "E0000001")
      try await expectNothing(gateway)
    }
  }

  @Test func `that is no text is refused before anything`() async throws {
    try await RunningGateway.lend { gateway in
      let head = [
        "POST \(Self.path) HTTP/1.1", "Host: x", "Content-Length: 13",
        "Authorization: SSWS \(gateway.token(of: .operator))",
      ].joined(separator: "\r\n")
      let body: [UInt8] = Array(#"{"profile":""#.utf8) + [0xFF]
      let answer = try await RawSocket.send(
        Array((head + "\r\n\r\n").utf8) + body, to: gateway.port)
      answer.expectEnvelope(400, "E0000003")
      try await expectNothing(gateway)
    }
  }

  @Test func `nested without end is refused`() async throws {
    try await RunningGateway.lend { gateway in
      let deep = String(repeating: #"{"a":["#, count: 100_000)
      try await gateway.ask("POST", Self.path, deep).expectEnvelope(400, "E0000003")
      try await expectNothing(gateway)
    }
  }

  @Test func `with a field that is too long is refused`() async throws {
    try await RunningGateway.lend { gateway in
      let url = "https://" + String(repeating: "x", count: 4_096)
      let body = SampleBody.token("t", baseURL: url)
      try await gateway.ask("POST", Self.path, body).expectEnvelope(400, "E0000001")
      try await expectNothing(gateway)
    }
  }

  @Test func `with a length beyond the limit is refused unread`() async throws {
    try await RunningGateway.lend { gateway in
      let answer = try await gateway.send([
        "POST \(Self.path) HTTP/1.1", "Host: x", "Content-Length: \(Self.limit + 1)",
        "Authorization: SSWS \(gateway.token(of: .operator))",
      ])
      answer.expectEnvelope(413, "E0000003")
      #expect(answer.header("hindsight-command-id") != nil)
      try await expectNothing(gateway)
    }
  }

  @Test(arguments: [true, false])
  func `longer than the limit is refused, with and without a length`(
    chunked: Bool
  ) async throws {
    try await RunningGateway.lend { gateway in
      let text = String(repeating: " ", count: Self.limit + 1)
      let length = chunked ? "Transfer-Encoding: chunked" : "Content-Length: \(text.utf8.count)"
      let chunk = String(text.utf8.count, radix: 16) + "\r\n" + text + "\r\n0\r\n\r\n"
      let answer = try await gateway.send(
        [
          "POST \(Self.path) HTTP/1.1", "Host: x", length,
          "Authorization: SSWS \(gateway.token(of: .operator))",
        ], chunked ? chunk : text)
      answer.expectEnvelope(413, "E0000003")
      try await expectNothing(gateway)
    }
  }

  @Test func `of exactly the limit is taken`() async throws {
    try await RunningGateway.lend { gateway in
      let body = SampleBody.token("t")
      let padded = body + String(repeating: " ", count: Self.limit - body.utf8.count)
      let answer = try await gateway.ask("POST", Self.path, padded)
      #expect(answer.status == 200)
      #expect(await gateway.lane.sandbox.holds("t", for: SampleApp.org2Org))
    }
  }

  @Test(arguments: ["Content-Length: 100", "Transfer-Encoding: chunked"])
  func `that ends too soon is not sent on`(length: String) async throws {
    try await RunningGateway.lend { gateway in
      let chunked = length.hasPrefix("Transfer")
      let body = SampleBody.token("t")
      let head = [
        "POST \(Self.path) HTTP/1.1", "Host: x", length,
        "Authorization: SSWS \(gateway.token(of: .operator))",
      ].joined(separator: "\r\n")
      let part = chunked ? String(body.utf8.count, radix: 16) + "\r\n" + body + "\r\n" : body
      let answer = try await RawSocket.sendAndHangUp(
        (head + "\r\n\r\n" + part).utf8, to: gateway.port)
      if let answer { #expect(answer.status == 400) }
      await gateway.lane.commands.drain()
      try await expectNothing(gateway)
    }
  }

  @Test(arguments: [
    ("PUT", RunningGateway.connection), ("DELETE", RunningGateway.connection),
    ("PATCH", RunningGateway.connection), ("OPTIONS", RunningGateway.connection),
    ("PUT", RunningGateway.connection + "/lifecycle/activate"),
    ("GET", RunningGateway.connection + "/lifecycle/deactivate"),
    ("PUT", "/api/v1/apps/slack/\(SampleApp.slack)/oauth2/callback"),
  ])
  func `with another method on a connection goes nowhere`(
    method: String, target: String
  ) async throws {
    try await RunningGateway.lend { gateway in
      for caller in [RunningGateway.Caller.admin, .nobody] {
        try await gateway.ask(method, target, as: caller, "{}").expectEnvelope(405, "E0000022")
      }
      try await expectNothing(gateway)
    }
  }

  @Test func `that is no HTTP is refused`() async throws {
    try await RunningGateway.lend { gateway in
      for text in ["NONSENSE\r\n\r\n", "GET  HTTP/1.1\r\n\r\n", "\u{16}\u{3}\u{1}\r\n\r\n"] {
        let answer = try await RawSocket.sendAndHangUp(text.utf8, to: gateway.port)
        #expect(answer.map { $0.status == 400 } ?? true)
      }
      try await expectNothing(gateway)
    }
  }

  @Test func `names an unknown or unsupported app`() async throws {
    try await RunningGateway.lend { gateway in
      let unknown = try await gateway.ask(
        "POST", RunningGateway.path(SampleApp.nowhere), SampleBody.token("t"))
      unknown.expectEnvelope(404, "E0000007")
      #expect(unknown.text.contains(SampleApp.nowhere.description))
      let activate = RunningGateway.path(SampleApp.bookmark, "/lifecycle/activate")
      try await gateway.ask("POST", activate).expectEmpty()
      let kinds = try await gateway.kinds(of: SampleApp.bookmark)
      #expect(kinds == [.observed, .intended, .succeeded])
    }
  }
}
