import Fixtures
import NIOCore
import Testing

@Suite(.timeLimit(.minutes(1))) struct `A body that does not end` {
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
}
