import Fixtures
import Testing

@Suite(.timeLimit(.minutes(5))) struct `A head` {
  private static let body = SampleBody.token("t")
  private static let length = "Content-Length: \(body.utf8.count)"

  private static func filler(_ kibibytes: Int) -> String {
    String(repeating: "a", count: kibibytes << 10)
  }

  @Test(arguments: [
    ["X-Long: " + filler(33)], (0..<200).map { "X-\($0): a" },
    (0..<70).map { "X-\($0): " + filler(1) },
    (0..<10_000).map { "X-\($0): a" }, (0..<10_000).map { _ in "X-Same: a" },
    ["X-" + filler(33) + ": a"], ["Authorization: SSWS " + filler(33)],
  ])
  func `that is too large is refused`(lines: [String]) async throws {
    try await RunningGateway.lend { gateway in
      let events = try await gateway.lane.events().count
      let said = try await gateway.converse(gateway.update(lines + [Self.length], Self.body))
      #expect(said.statuses == [431], "\(said.text)")
      #expect(said.text.contains("The head has more than 32768 bytes in a line"))
      try await gateway.expectUnmoved(since: events)
    }
  }

  @Test(arguments: ["?x=" + filler(17), "/" + filler(17), "/" + filler(81)])
  func `with a target that is too long is refused`(suffix: String) async throws {
    try await RunningGateway.lend { gateway in
      let events = try await gateway.lane.events().count
      let said = try await gateway.converse(
        gateway.request(
          "POST", RunningGateway.connection + suffix, [Self.length, "Connection: close"], Self.body
        ))
      // What is too long for the parser never comes to us.
      #expect(said.statuses == [suffix.utf8.count > 32 << 10 ? 431 : 414], "\(said.text)")
      try await gateway.expectUnmoved(since: events)
    }
  }

  @Test func `of a usual size is taken`() async throws {
    try await RunningGateway.lend { gateway in
      let lines =
        (0..<100).map { "X-\($0): " + String(repeating: "a", count: 64) }
        + ["X-Long: " + Self.filler(8), Self.length, "Connection: close"]
      let said = try await gateway.converse(gateway.update(lines, Self.body))
      #expect(said.statuses == [200], "\(said.text)")
    }
  }
}
