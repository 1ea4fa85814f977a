import Connections
import Fixtures
import OktaAPI
import Testing

@Suite(.timeLimit(.minutes(5))) struct `What is not HTTP as it should be` {
  private static let body = SampleBody.token("t")
  private static let length = "Content-Length: \(body.utf8.count)"

  /// First lines, with whatever comes after them.
  private static let beginnings: [[UInt8]] =
    [
      "POST /x HTTP/1.2\r\n\r\n", "POST /x HTTP/2.0\r\n\r\n", "POST /x http/1.1\r\n\r\n",
      "POST /x HTTP/1.1 \r\n\r\n", "POST /x\r\n\r\n", "post /x HTTP/1.1\r\n\r\n",
      "P@ST /x HTTP/1.1\r\n\r\n", "FOO /x HTTP/1.1\r\n\r\n", "POST x HTTP/1.1\r\n\r\n",
      "POST ?x HTTP/1.1\r\n\r\n", "POST /a b HTTP/1.1\r\n\r\n", "POST /a\0b HTTP/1.1\r\n\r\n",
      "POST /a\u{1}b HTTP/1.1\r\n\r\n", "POST /é HTTP/1.1\r\n\r\n",
      "POST /x HTTP/1.1\n\n", "POST /x HTTP/1.1\r\nHost: x\n\n",
      "POST /x HTTP/1.1\r\n Host: x\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ].map { Array($0.utf8) } + [
      [0x16, 0x03, 0x01, 0x00, 0x2E, 0x01, 0x00], Array("POST /".utf8) + [0xFF, 0x20],
    ]

  @Test(arguments: beginnings)
  func `is refused from its first line`(bytes: [UInt8]) async throws {
    try await RunningGateway.lend { gateway in
      let events = try await gateway.lane.events().count
      let said = try await gateway.converse(bytes)
      #expect(said.statuses == [400], "\(said.text)")
      #expect(said.text.contains(#"{"errorCode":"E0000003","errorSummary":"The request was not"#))
      try await gateway.expectUnmoved(since: events)
    }
  }

  /// Text that cannot be decoded, or that decodes to what no path holds.
  private static let segments = [
    "%ff", "%c0%af", "%c0%ae%c0%ae", "%ed%a0%80", "%f5%80%80%80", "%e2%82", "%", "%4", "%zz",
    "%u0041", "a%00b", "%00", "..%00", "%0d%0aX:y", "%7f", "%01",
  ]

  @Test(arguments: segments)
  func `in a path is refused, and reaches nobody`(segment: String) async throws {
    try await RunningGateway.lend { gateway in
      let events = try await gateway.lane.events().count
      for target in [
        "/api/v1/apps/\(segment)/connections/default",
        "/api/v1/apps/\(segment)/../\(SampleApp.org2Org)/connections/default",
        "/api/v1/apps/\(SampleApp.org2Org)/connections/default\(segment)",
        "/api/v1/users/\(segment)/apps/\(SampleApp.org2Org)/connections/default",
        "/oauth2/\(segment)",
      ] {
        let answer = try await gateway.ask("POST", target, Self.body)
        #expect([400, 404].contains(answer.status), "\(target): \(answer.text)")
        #expect(answer.errorCode != nil, "\(target): \(answer.text)")
      }
      let native = try await gateway.native("GET", "connections/\(segment)")
      #expect([400, 404].contains(native.status), "\(native.text)")
      #expect(native.all("content-type") == ["application/problem+json"])
      try await gateway.expectUnmoved(since: events)
    }
  }

  @Test(arguments: [
    "Host: elsewhere.example", "Authorization: SSWS another", "Authorization: Bearer another",
  ])
  func `says twice what may be said once, and is refused`(line: String) async throws {
    try await RunningGateway.lend { gateway in
      let events = try await gateway.lane.events().count
      for target in [RunningGateway.connection, "/api/v1/echo", "/hindsight/v1/tokens"] {
        let said = try await gateway.converse(
          gateway.request("POST", target, [line, Self.length, "Connection: close"], Self.body))
        #expect([[400], [401]].contains(said.statuses), "\(said.text)")
      }
      try await gateway.expectUnmoved(since: events)
    }
  }

  @Test(arguments: ["Hindsight-Reason", "Hindsight-Ticket", "Idempotency-Key"])
  func `is a header that is not UTF-8, and is not recorded as something else`(
    name: String
  ) async throws {
    try await RunningGateway.lend { gateway in
      let events = try await gateway.lane.events().count
      let marked = gateway.update(["\(name): \"a~b\"", Self.length], Self.body)
      let bytes = marked.map { $0 == UInt8(ascii: "~") ? 0xFC : $0 }
      let answer = try await RawSocket.send(bytes, to: gateway.port)
      answer.expectEnvelope(400, "E0000001")
      try await gateway.expectUnmoved(since: events)
    }
  }

  @Test func `asks to go on with a body that is too long, and is refused before it`() async throws {
    try await RunningGateway.lend { gateway in
      let events = try await gateway.lane.events().count
      let answer = try await RawSocket.send(
        gateway.update(["Content-Length: 1048577", "Expect: 100-continue"]), to: gateway.port)
      answer.expectEnvelope(413, "E0000003")
      #expect(!answer.rawText.contains("100 Continue"))
      try await gateway.expectUnmoved(since: events)
    }
  }
}
