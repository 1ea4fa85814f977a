import Fixtures
import Foundation
import Testing

@Suite(.timeLimit(.minutes(5))) struct `A client that speaks HTTP/1.0` {
  private func answer(_ target: String, _ lines: [String] = []) async throws -> String {
    var answer = ""
    try await RunningGateway.lend { gateway in
      let text = String(decoding: gateway.request("GET", target, lines), as: UTF8.self)
      answer = try await gateway.converse(text.replacing("HTTP/1.1", with: "HTTP/1.0").utf8).text
    }
    return answer
  }

  @Test func `gets what streams without chunks, to the end of the connection`() async throws {
    let answer = try await answer("/hindsight/v1/reports/changes.csv")
    #expect(answer.hasPrefix("HTTP/1.0 200"), "\(answer)")
    #expect(!answer.lowercased().contains("transfer-encoding"), "\(answer)")
    let body = answer.components(separatedBy: "\r\n\r\n").dropFirst().joined()
    #expect(body.hasPrefix("command_id,"), "\(answer)")
  }

  @Test func `sees the connection end, also when it would keep it`() async throws {
    let answer = try await answer(RunningGateway.connection, ["Connection: keep-alive"])
    #expect(answer.hasPrefix("HTTP/1.0 200"), "\(answer)")
    #expect(answer.contains("Content-Length: "), "\(answer)")
  }
}
