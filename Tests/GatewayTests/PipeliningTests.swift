import Connections
import EventStore
import Fixtures
import OktaAPI
import Sandbox
import Testing

@Suite(.timeLimit(.minutes(5))) struct `Requests on one connection` {
  private func update(
    _ gateway: RunningGateway, _ token: String, _ lines: [String] = []
  ) -> [UInt8] {
    let body = SampleBody.token(token)
    return gateway.update(["Content-Length: \(body.utf8.count)"] + lines, body)
  }

  private let last = ["Connection: close"]

  @Test func `are carried out and answered one after the other`() async throws {
    try await RunningGateway.lend { gateway in
      let tokens = (0..<8).map { "t\($0)" }
      var bytes: [UInt8] = []
      for token in tokens { bytes += update(gateway, token, token == "t7" ? last : []) }
      let said = try await gateway.converse(bytes)
      #expect(said.statuses == Array(repeating: 200, count: 8), "\(said.text)")
      #expect(await gateway.lane.sandbox.holds("t7", for: SampleApp.org2Org))
      // The answers name the commands in the order in which these were recorded.
      let named = said.text.matches(of: /Hindsight-Command-Id: (\S+)/).map { String($0.1) }
      let intents = try await gateway.lane.events(of: SampleApp.org2Org)
        .filter { $0.payload.kind == .intended }
      #expect(intents.compactMap { $0.context.commandID?.description } == named)
    }
  }

  @Test func `end with the first that cannot be read`() async throws {
    try await RunningGateway.lend { gateway in
      let broken = gateway.update(["Content-Length: +5"], "12345")
      let said = try await gateway.converse(
        update(gateway, "first") + broken + update(gateway, "third"))
      #expect(said.statuses == [200, 400], "\(said.text)")
      #expect(await gateway.lane.sandbox.holds("first", for: SampleApp.org2Org))
      #expect(await gateway.lane.sandbox.calls(.update) == 1)
      #expect(try await gateway.kinds().filter { $0 == .intended }.count == 1)
    }
  }

  @Test func `end where a body is longer than its length`() async throws {
    try await RunningGateway.lend { gateway in
      let body = SampleBody.token("t")
      let smuggled = "POST \(RunningGateway.connection)/lifecycle/activate HTTP/1.1"
      let bytes = gateway.update(["Content-Length: \(body.utf8.count)"], body + "xx" + smuggled)
      let said = try await gateway.converse(bytes + Array("\r\n\r\n".utf8))
      #expect(said.statuses == [200, 400], "\(said.text)")
      #expect(await gateway.lane.sandbox.calls(.activate) == 0)
    }
  }

  @Test func `go on after one that was refused for its length`() async throws {
    try await RunningGateway.lend { gateway in
      let long = String(repeating: " ", count: 1 << 20 | 1)
      let said = try await gateway.converse(
        gateway.update(["Content-Length: \(long.utf8.count)"], long)
          + update(gateway, "t", last))
      #expect(said.statuses == [413, 200], "\(said.text.prefix(2_000))")
      #expect(await gateway.lane.sandbox.holds("t", for: SampleApp.org2Org))
      #expect(await gateway.lane.sandbox.calls(.update) == 1)
    }
  }
}
