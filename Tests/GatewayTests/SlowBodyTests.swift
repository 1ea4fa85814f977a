import Fixtures
import NIOCore
import Sandbox
import Testing

@Suite(.timeLimit(.minutes(5))) struct `A body that does not end` {
  /// Says half of a request, and listens until the connection is closed.
  private func half(
    _ request: (RunningGateway) -> [UInt8], expecting: (RawAnswer) -> Void
  ) async throws {
    let alarm = Alarm()
    var setup = RunningGateway.Setup()
    setup.sleep = alarm.sleep
    try await RunningGateway.lend(setup) { gateway in
      let events = try await gateway.lane.events().count
      let bytes = request(gateway)
      async let said = RawSocket.send(bytes, to: gateway.port)
      #expect(await alarm.whenAsleep() == .seconds(60))
      alarm.ring()
      expecting(try await said)
      #expect(await gateway.lane.sandbox.allCalls == 0)
      #expect(try await gateway.lane.events().count == events)
    }
  }

  @Test(arguments: ["Content-Length: 1000", "Transfer-Encoding: chunked"])
  func `is waited for a minute by the doors of Okta`(length: String) async throws {
    try await half {
      $0.update([length], "5\r\n{\"pro")
    } expecting: { answer in
      answer.expectEnvelope(408, "E0000003")
    }
  }

  @Test func `is waited for a minute by the native doors`() async throws {
    try await half {
      $0.request(
        "POST", "/hindsight/v1/connections/x/rollback/preview", ["Content-Length: 1000"], "{")
    } expecting: { answer in
      answer.expectProblem(408, "bad-input")
    }
  }

  /// Okta is told of it by a connection that breaks: it must not take a part for the whole.
  @Test(arguments: ["Content-Length: 1000", "Transfer-Encoding: chunked"])
  func `is passed on for a minute`(length: String) async throws {
    let alarm = Alarm()
    var setup = RunningGateway.Setup()
    setup.sleep = alarm.sleep
    try await RunningGateway.lend(setup) { gateway in
      let bytes = gateway.request("POST", "/api/v1/groups", [length], "5\r\n{\"pro")
      async let said = RawSocket.send(bytes, to: gateway.port)
      #expect(await alarm.whenAsleep() == .seconds(60))
      alarm.ring()
      let answer = try await said
      answer.expectEnvelope(408, "E0000003")
      #expect(answer.text.contains("Okta got only a part of it"))
      #expect(await gateway.lane.sandbox.allCalls == 0)
    }
  }

  @Test func `that is passed on and ends in time is not held to it`() async throws {
    let alarm = Alarm()
    var setup = RunningGateway.Setup()
    setup.sleep = alarm.sleep
    try await RunningGateway.lend(setup) { gateway in
      await gateway.lane.sandbox.add(SandboxFault(.hang, on: .other, isApplied: true))
      let bytes = gateway.request("POST", "/api/v1/apps", ["Content-Length: 2"], "{}")
      async let said = RawSocket.send(bytes, to: gateway.port)
      #expect(await alarm.whenAsleep() == .seconds(60))
      try await gateway.lane.sandbox.untilCalled(.other)
      // The answer may take its time.
      alarm.ring()
      await gateway.lane.sandbox.release()
      try await said.expectEnvelope(404, "E0000008")
    }
  }

  @Test func `has five seconds left when Hindsight is told to end`() async throws {
    let alarm = Alarm()
    var setup = RunningGateway.Setup()
    setup.sleep = alarm.sleep
    var client: Task<RawAnswer, any Error>?
    var patience: Task<Duration?, Never>?
    try await RunningGateway.lend(setup) { gateway in
      let (bytes, port) = (gateway.update(["Content-Length: 1000"], "{"), gateway.port)
      client = Task { try await RawSocket.send(bytes, to: port) }
      #expect(await alarm.whenAsleep() == .seconds(60))
      patience = Task {
        let left = await alarm.whenAsleep()
        alarm.ring()
        return left
      }
      // Here the gateway is told to end, and the client is not done.
    }
    #expect(await patience?.value == .seconds(5))
    try #require(try await client?.value).expectEnvelope(408, "E0000003")
  }
}

@Suite(.timeLimit(.minutes(5))) struct `A head that does not end` {
  private static let half = "POST /api/v1/apps/x/connections/default HTTP/1.1\r\nHost: x\r\nX-A: "

  /// Writes half a head, then a byte at a time until the connection is closed.
  ///
  /// - Parameters:
  ///   - first: goes before it, on the same connection.
  ///   - hearing: called with each part of what comes back.
  private func drip(
    to port: Int, after first: String = "", hearing: @Sendable () -> Void = {}
  ) async throws -> String {
    try await RawSocket.connect(to: port).executeThenClose { inbound, outbound in
      await withTaskGroup(of: Void.self) { group in
        group.addTask {
          do {
            try await outbound.write(ByteBuffer(string: first + Self.half))
            while true {
              try await Task.sleep(for: .milliseconds(50))
              try await outbound.write(ByteBuffer(string: "a"))
            }
          } catch {}
        }
        var heard = ""
        do {
          for try await part in inbound {
            heard += String(buffer: part)
            hearing()
          }
        } catch {}
        group.cancelAll()
        return heard
      }
    }
  }

  @Test func `is waited for so long and no longer, however steadily it comes`() async throws {
    var setup = RunningGateway.Setup()
    setup.silence = .seconds(2)
    try await RunningGateway.lend(setup) { gateway in
      let events = try await gateway.lane.events().count
      #expect(try await drip(to: gateway.port) == "")
      try await gateway.expectUnmoved(since: events)
    }
  }

  @Test func `holds up no end`() async throws {
    let (parts, part) = AsyncStream<Void>.makeStream()
    var client: Task<String, any Error>?
    try await RunningGateway.lend { gateway in
      let port = gateway.port
      let whole = "GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n"
      client = Task { try await drip(to: port, after: whole) { part.yield() } }
      // The answer to the whole one tells that the half one was begun.
      _ = await parts.first { _ in true }
    }
    let heard = try #require(try await client?.value)
    #expect(heard.matches(of: #/HTTP/1\.1 /#).count == 1)
  }
}
