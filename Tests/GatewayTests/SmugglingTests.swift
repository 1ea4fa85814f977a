import Connections
import Fixtures
import OktaAPI
import Testing

/// Requests that two readers could take for one and for two, or end at different places. Each is
/// refused and its connection closed, so that nothing after it is read as a request.
@Suite(.timeLimit(.minutes(5))) struct `A request whose end is not certain` {
  private static let body = SampleBody.token("t")
  private static let length = body.utf8.count
  private static let chunk = String(length, radix: 16) + "\r\n" + body + "\r\n"
  private static let chunked = chunk + "0\r\n\r\n"

  /// What is read after it by whoever ends it too soon.
  private static let follower = "GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n"

  struct Row: Sendable, CustomTestStringConvertible {
    var lines: [String]
    var body: String

    init(_ lines: String..., body: String = chunked) {
      self.lines = lines
      self.body = body
    }

    var testDescription: String {
      lines.map { $0.debugDescription.prefix(60) }.joined(separator: " ")
    }
  }

  private static let heads = [
    Row("Content-Length: \(length)", "Transfer-Encoding: chunked"),
    Row("Transfer-Encoding: chunked", "Content-Length: \(length)"),
    Row("Transfer-Encoding: chunked", "Content-Length: 0"),
    Row("Content-Length: \(length)", "Content-Length: \(length + 1)", body: body),
    Row("Content-Length: \(length)", "Content-Length: \(length)", body: body),
    Row("Content-Length: \(length), \(length)", body: body),
    Row("Content-Length: -5", body: body), Row("Content-Length: +\(length)", body: body),
    Row("Content-Length: 0x2e", body: body), Row("Content-Length: 4 6", body: body),
    Row("Content-Length:", body: body), Row("Content-Length: 1e2", body: body),
    Row("Content-Length: \(String(repeating: "9", count: 23))", body: body),
    Row("Content-Length : \(length)", body: body), Row("Transfer-Encoding : chunked"),
    Row("Transfer-Encoding: chunked, identity"), Row("Transfer-Encoding: \u{0B}chunked"),
    Row("Transfer-Encoding: chunked", "Transfer-Encoding: identity"),
    Row("Transfer-Encoding: chunked", "Transfer-Encoding: chunked"),
    Row("Transfer-Encoding:\r\n chunked"), Row("X-Folded: a\r\n\tb", "Content-Length: \(length)"),
    Row("X-Bare: a\nContent-Length: \(length)", body: body),
    Row("X-Bare: a\rContent-Length: \(length)", body: body),
    Row("X-Null: a\0b", "Content-Length: \(length)", body: body),
    Row("X\0: a", "Content-Length: \(length)", body: body),
    Row("X Y: a", "Content-Length: \(length)", body: body),
    Row(": a", "Content-Length: \(length)", body: body),
    Row("no colon", "Content-Length: \(length)", body: body),
  ]

  @Test(arguments: heads, ["POST", "GET"])
  func `by its head is refused as a whole`(row: Row, method: String) async throws {
    try await RunningGateway.lend { gateway in
      let events = try await gateway.lane.events().count
      let said = try await gateway.converse(
        gateway.request(
          method, RunningGateway.connection, row.lines, row.body + Self.follower))
      #expect(said.statuses == [400], "\(said.text)")
      try await gateway.expectUnmoved(since: events)
    }
  }

  private static let framings = [
    Row("Transfer-Encoding: identity"), Row("Transfer-Encoding: xchunked"),
    Row("Transfer-Encoding: \"chunked\""), Row("Transfer-Encoding: chunked;a=b"),
    Row("Transfer-Encoding: gzip"),
    Row("Transfer-Encoding: chunked", body: "zz\r\n"),
    Row("Transfer-Encoding: chunked", body: "-" + chunked),
    Row("Transfer-Encoding: chunked", body: "+" + chunked),
    Row("Transfer-Encoding: chunked", body: "0x" + chunked),
    Row("Transfer-Encoding: chunked", body: "\r\n" + chunked),
    Row("Transfer-Encoding: chunked", body: String(repeating: "f", count: 18) + "\r\n" + body),
    Row("Transfer-Encoding: chunked", body: "5\r\n" + body + "\r\n0\r\n\r\n"),
    Row("Transfer-Encoding: chunked", body: chunk.replacing("\r\n", with: "\n") + "0\n\n"),
    Row("Transfer-Encoding: chunked", body: "5 \r\n" + body),
    Row("Transfer-Encoding: chunked", body: "5;a\nb"),
    Row("Transfer-Encoding: chunked", body: "\(length)\r\n\(body)0\r\n\r\n"),
    Row("Transfer-Encoding: chunked", body: chunk + "0\r\nContent-Length: 5\r\n\r\n"),
    Row("Transfer-Encoding: chunked", body: chunk + "0\r\nbroken trailer\r\n\r\n"),
  ]

  @Test(
    arguments: framings,
    [
      RunningGateway.connection, RunningGateway.connection + "/lifecycle/activate",
      RunningGateway.connection + "/lifecycle/deactivate",
      "/api/v1/apps/slack/\(SampleApp.slack)/oauth2/callback?code=good&state=x",
    ])
  func `by its body is not carried out, and is answered once`(
    row: Row, target: String
  ) async throws {
    try await RunningGateway.lend { gateway in
      let events = try await gateway.lane.events().count
      let said = try await gateway.converse(
        gateway.request("POST", target, row.lines, row.body + Self.follower))
      #expect(said.statuses == [400], "\(said.text)")
      #expect(said.text.contains("\"errorCode\":\"E0000003\""), "\(said.text)")
      try await gateway.expectUnmoved(since: events)
    }
  }

  @Test(arguments: [
    Row("Transfer-Encoding: gzip, chunked"),
    Row("Transfer-Encoding: identity", "Transfer-Encoding: chunked"),
  ])
  func `by its codings is not carried out`(row: Row) async throws {
    try await RunningGateway.lend { gateway in
      let events = try await gateway.lane.events().count
      for target in [
        RunningGateway.connection, RunningGateway.connection + "/lifecycle/activate",
        "/api/v1/echo",
      ] {
        let said = try await gateway.converse(
          gateway.request("POST", target, row.lines + ["Connection: close"], row.body))
        #expect(said.statuses == [400], "\(said.text)")
      }
      try await gateway.expectUnmoved(since: events)
    }
  }

  @Test(arguments: [
    RunningGateway.connection, RunningGateway.connection + "/lifecycle/activate", "/api/v1/echo",
    "/hindsight/v1/tokens",
  ])
  func `by a length beyond all bounds is refused at once`(target: String) async throws {
    try await RunningGateway.lend { gateway in
      let events = try await gateway.lane.events().count
      let said = try await gateway.converse(
        gateway.request(
          "POST", target, ["Content-Length: \(UInt64.max)", "Connection: close"], Self.body))
      #expect([400, 413].contains(said.statuses.first), "\(said.text)")
      try await gateway.expectUnmoved(since: events)
    }
  }

  @Test(arguments: [
    Row("Transfer-Encoding: chunked", body: chunk + "0;name=\"value\"\r\n\r\n"),
    Row("Transfer-Encoding: CHUNKED"), Row("transfer-encoding:\tchunked"),
    Row("Transfer-Encoding: chunked", body: chunk.uppercaseSize + "0\r\nX-Trailer: a\r\n\r\n"),
    Row("Content-Length: 000\(length)", body: body),
  ])
  func `only at first sight is carried out`(row: Row) async throws {
    try await RunningGateway.lend { gateway in
      let said = try await gateway.converse(
        gateway.update(row.lines + ["Connection: close"], row.body))
      #expect(said.statuses == [200], "\(said.text)")
      #expect(await gateway.lane.sandbox.holds("t", for: SampleApp.org2Org))
    }
  }
}

extension String {
  /// The chunk's size in capital digits.
  fileprivate var uppercaseSize: String {
    let size = prefix { $0 != "\r\n" }
    return size.uppercased() + dropFirst(size.count)
  }
}
