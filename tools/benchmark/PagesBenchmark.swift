import ArgumentParser
import AsyncHTTPClient
import Commands
import Connections
import Foundation
import NIOCore
import NIOHTTP1
import OktaAPI

/// Each page of the console, as a signed-in person gets it, of a server with a long history.
struct PagesBenchmark: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "pages")

  /// The server, and a reviewer's token.
  @Option var gateway: String
  @Option var token: String
  @Option var count = 40

  /// It follows no redirection: the cookie of a session comes with one.
  private static let client = HTTPClient(
    eventLoopGroup: HTTPClient.defaultEventLoopGroup,
    configuration: HTTPClient.Configuration(redirectConfiguration: .disallow))

  func run() async throws {
    let cookies = try await signIn()
    let app = MadeHistory.app(1)
    let pages = [
      ("overview", ""), ("connection", "connections/\(app)"),
      ("connection as of", "connections/\(app)?asOf=1000"),
      ("change", "changes/\(try await commandID())"),
      ("rollback", "connections/\(app)/rollback?target=previous"), ("find", "find?q=terraform"),
      ("reports", "reports"), ("log", "log"),
    ]
    for (name, path) in pages {
      let first = try await seconds { try await get("/hindsight/" + path, ["Cookie": cookies]) }
      var times: [Double] = []
      for _ in 0..<count {
        times.append(try await seconds { try await get("/hindsight/" + path, ["Cookie": cookies]) })
      }
      row(
        "page \(name)", "median \(number(median(times) * 1e3)) ms",
        "p99 \(number(percentile(times, 0.99) * 1e3)) ms, the first \(number(first * 1e3)) ms "
          + "(under 100)")
    }
    try await Self.client.shutdown()
  }

  /// - Returns: the cookies of a session.
  private func signIn() async throws -> String {
    let visit = String(repeating: "0", count: 64)
    var request = HTTPClientRequest(url: gateway + "/hindsight/signin")
    request.method = .POST
    request.headers = [
      "Cookie": "hindsight_visit=\(visit)", "Origin": gateway,
      "Content-Type": "application/x-www-form-urlencoded",
    ]
    request.body = .bytes(ByteBuffer(string: "csrf=\(visit)&then=%2Fhindsight%2F&token=\(token)"))
    let response = try await Self.client.execute(request, timeout: .seconds(60))
    let given = response.headers["Set-Cookie"].first { $0.hasPrefix("hindsight_session=") }
    guard let cookie = given?.prefix(while: { $0 != ";" }) else {
      throw ValidationError("signing in was answered with \(response.status.code)")
    }
    return "hindsight_visit=\(visit); \(cookie)"
  }

  private func commandID() async throws -> String {
    let body = try await get(
      "/hindsight/v1/events?type=command.succeeded&limit=1", ["Authorization": "Bearer \(token)"])
    let event = try JSONValue(parsing: body)["events"]?.elements?.first
    guard let id = event?["commandId"]?.text else { throw ValidationError("there is no command") }
    return id
  }

  @discardableResult
  private func get(_ path: String, _ headers: HTTPHeaders) async throws -> [UInt8] {
    var request = HTTPClientRequest(url: gateway + path)
    request.headers = headers
    let response = try await Self.client.execute(request, timeout: .seconds(60))
    let body = try await response.body.collect(upTo: 1 << 24)
    guard response.status == .ok else {
      throw ValidationError("\(path) was answered with \(response.status.code)")
    }
    return Array(body.readableBytesView)
  }
}
