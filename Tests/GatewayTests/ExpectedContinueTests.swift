import Fixtures
import NIOCore
import Testing

@Suite(.timeLimit(.minutes(5))) struct `A client that waits for a 100` {
  @Test(arguments: [RunningGateway.connection, "/api/v1/echo", "/hindsight/v1/rollbacks/preview"])
  func `gets it, then sends its body and gets its answer`(target: String) async throws {
    try await RunningGateway.lend { gateway in
      let body = #"{"profile":{"authScheme":"TOKEN","token":"x"}}"#
      let head = gateway.request(
        "POST", target, ["Content-Length: \(body.utf8.count)", "Expect: 100-continue"], "")
      try await RawSocket.connect(to: gateway.port).executeThenClose { inbound, outbound in
        try await outbound.write(ByteBuffer(bytes: head))
        var heard = ""
        for try await part in inbound {
          heard += String(buffer: part)
          if heard == "HTTP/1.1 100 Continue\r\n\r\n" {
            try await outbound.write(ByteBuffer(string: body))
          } else {
            break
          }
        }
        let answer = heard.dropFirst("HTTP/1.1 100 Continue\r\n\r\n".count)
        #expect(
          answer.hasPrefix("HTTP/1.1 200") || answer.hasPrefix("HTTP/1.1 400"), "\(heard)")
      }
    }
  }
}
