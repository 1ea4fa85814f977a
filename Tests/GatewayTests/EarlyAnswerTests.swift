import Fixtures
import NIOCore
import Testing

/// A connection is read by one at a time: two readers at once end the process.
@Suite(.timeLimit(.minutes(5))) struct `An answer before the end of the request` {
  private static let answers = [
    ScriptedOkta.answer(413, ["Content-Type: application/json"], "{}"),
    ScriptedOkta.answer(200, ["Content-Type: text/plain"], "early"),
    ScriptedOkta.answer(204, []),
    // Nothing at all.
    "",
  ]

  @Test(arguments: answers, ["Content-Length: 1000", "Transfer-Encoding: chunked"])
  func `comes back, and the rest of the request is not waited for`(
    answer: String, length: String
  ) async throws {
    try await ScriptedOkta.lend({ _ in answer }, answersHeads: true) { okta in
      var setup = RunningGateway.Setup()
      setup.lane.origin = okta.origin
      try await RunningGateway.lend(setup) { gateway in
        let head = gateway.request("POST", "/api/v1/groups", [length], "5\r\nfirst")
        try await RawSocket.connect(to: gateway.port).executeThenClose { inbound, outbound in
          try await outbound.write(ByteBuffer(bytes: head))
          var heard = ""
          for try await part in inbound { heard += String(buffer: part) }
          let line = answer.isEmpty ? "HTTP/1.1 500" : String(answer.prefix(12))
          #expect(heard.hasPrefix(line), "\(heard)")
          #expect(heard.hasSuffix("early") || !answer.contains("early"))
        }
        #expect(try await gateway.ask("GET", "/health/live").status == 200)
      }
    }
  }

  /// The client goes away while Okta waits for the rest.
  @Test(arguments: ["Content-Length: 1000", "Transfer-Encoding: chunked"])
  func `is of no use to a client that hung up`(length: String) async throws {
    try await ScriptedOkta.lend { _ in
      ""
    } _: { okta in
      var setup = RunningGateway.Setup()
      setup.lane.origin = okta.origin
      try await RunningGateway.lend(setup) { gateway in
        for _ in 0..<20 {
          let head = gateway.request("POST", "/api/v1/groups", [length], "5\r\nfirst")
          _ = try await RawSocket.sendAndHangUp(head, to: gateway.port)
        }
        #expect(try await gateway.ask("GET", "/health/live").status == 200)
      }
    }
  }
}
