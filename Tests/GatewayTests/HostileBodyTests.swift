import Connections
import EventStore
import Fixtures
import OktaAPI
import Testing

@Suite(.timeLimit(.minutes(5))) struct `A body made to do harm` {
  private static func nested(_ depth: Int, _ open: String, _ close: String) -> String {
    String(repeating: open, count: depth) + "1" + String(repeating: close, count: depth)
  }

  private static let bodies: [String] = [
    nested(10_000, "[", "]"), nested(10_000, #"{"profile":"#, "}"), nested(65, "[", "]"),
    nested(10_000, " [ ", ""), #"{"profile":{"authScheme":"TOKEN","token":"a","token":"b"}}"#,
    #"{"profile":{"signing":{"rotationMode":"AUTO","rotationMode":"MANUAL"}}}"#,
    #"{"to":"previous","to":{"version":1}}"#, #"{"profile":{"authSchem\u0065":1,"authScheme":2}}"#,
    #"{"a":1e}"#, #"{"a":+1}"#, #"{"a":.5}"#, #"{"a":0x10}"#, #"{"a":NaN}"#, #"{"a":Infinity}"#,
    #"{"a":"\udc00"}"#, #"{"a":"\ud800\u0041"}"#, #"{"a":"\x41"}"#, "{\"a\":\"\t\"}",
    #"{"a":1,}"#, #"{a:1}"#, #"{"a":1}{"a":2}"#, "/* */{}", ")]}',\n{}",
  ]

  private static let octets: [[UInt8]] = [
    [0xC0, 0xAF], [0xED, 0xA0, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xE2, 0x82], [0x80], [0xFE, 0xFF],
    [0x00], [0x0A],
  ]

  @Test(arguments: bodies)
  func `is refused by the doors of Okta and of our own`(body: String) async throws {
    try await RunningGateway.lend { gateway in
      let events = try await gateway.lane.events().count
      try await gateway.ask("POST", RunningGateway.connection, body)
        .expectEnvelope(400, "E0000003")
      for path in ["tokens", "connections/x/rollback", "connections/x/rollback/preview"] {
        try await gateway.native("POST", path, as: .admin, body).expectProblem(400, "bad-input")
      }
      try await gateway.expectUnmoved(since: events)
    }
  }

  @Test(arguments: octets)
  func `is refused for octets that are no text`(octets: [UInt8]) async throws {
    try await RunningGateway.lend { gateway in
      let events = try await gateway.lane.events().count
      let body = SampleBody.token("~")
      let parts = body.utf8.split(separator: UInt8(ascii: "~"))
      let bytes = Array(parts[0]) + octets + Array(parts[1])
      let answer = try await RawSocket.send(
        gateway.update(["Content-Length: \(bytes.count)"]) + bytes, to: gateway.port)
      answer.expectEnvelope(400, "E0000003")
      try await gateway.expectUnmoved(since: events)
    }
  }

  @Test(arguments: ["utf-16", "utf-32"])
  func `is refused in another encoding`(encoding: String) async throws {
    try await RunningGateway.lend { gateway in
      let events = try await gateway.lane.events().count
      let width = encoding == "utf-16" ? 2 : 4
      let bytes: [UInt8] = SampleBody.token("t").utf8.flatMap { byte in
        [byte] + Array(repeating: 0, count: width - 1)
      }
      let answer = try await RawSocket.send(
        gateway.update(["Content-Length: \(bytes.count)"]) + bytes, to: gateway.port)
      answer.expectEnvelope(400, "E0000003")
      try await gateway.expectUnmoved(since: events)
    }
  }

  /// A number is passed on in its own characters, and never counted with.
  @Test(arguments: ["1e99999", "-0.0000001e-99999", String(repeating: "9", count: 5_000)])
  func `with a number that nobody can hold harms nobody`(number: String) async throws {
    try await RunningGateway.lend { gateway in
      let body = #"{"profile":{"authScheme":"TOKEN","token":"t"},"x":\#(number)}"#
      #expect(try await gateway.ask("POST", RunningGateway.connection, body).status == 200)
      let recorded = try await gateway.lane.events(of: SampleApp.org2Org)
      let contents = recorded.compactMap { event -> UpdateContent? in
        guard case .intended(let intent) = event.payload else { return nil }
        return intent.command.updateContent
      }
      #expect(contents.map(\.unknownFields) == [["x"]])
      let version = try await gateway.native(
        "POST", "connections/\(SampleApp.org2Org)/rollback/preview",
        #"{"to":{"version":\#(number)}}"#)
      version.expectProblem(400, "bad-input")
    }
  }

  @Test func `of the deepest that is read is read`() async throws {
    try await RunningGateway.lend { gateway in
      let deep = Self.nested(62, "[", "]")
      let body = #"{"profile":{"authScheme":"TOKEN","token":"t"},"x":\#(deep)}"#
      let answer = try await gateway.ask("POST", RunningGateway.connection, body)
      #expect(answer.status == 200, "\(answer.text)")
    }
  }
}
