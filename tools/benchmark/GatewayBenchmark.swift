import ArgumentParser
import AsyncHTTPClient
import Commands
import Connections
import Foundation
import NIOCore
import NIOHTTP1

/// A command through the gateway beside the same call straight to the sandbox. Both servers are
/// processes of their own.
struct GatewayBenchmark: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "gateway")

  /// The sandbox and the gateway in front of it, relaying.
  @Option var sandbox: String
  @Option var gateway: String
  @Option var count = 400

  func run() async throws {
    var direct: [Double] = []
    var through: [Double] = []
    for turn in 0..<count {
      let app = MadeHistory.app(turn % 100)
      direct.append(try await seconds { try await update(sandbox, app) })
      through.append(try await seconds { try await update(gateway, app) })
    }
    row(
      "update straight to the sandbox", "median \(number(median(direct) * 1e6)) us",
      "p99 \(number(percentile(direct, 0.99) * 1e6)) us")
    row(
      "update through the gateway", "median \(number(median(through) * 1e6)) us",
      "p99 \(number(percentile(through, 0.99) * 1e6)) us")
    row(
      "median overhead", "\(number((median(through) - median(direct)) * 1e6)) us",
      "ratio \(number(median(through) / median(direct)))")
    let alone = try await rate(sandbox)
    let audited = try await rate(gateway)
    row("64 clients straight to the sandbox", "\(number(alone)) commands/s")
    row(
      "64 clients through the gateway", "\(number(audited)) commands/s",
      "ratio \(number(audited / alone))")
  }

  private func rate(_ origin: String) async throws -> Double {
    let each = 40
    let taken = try await seconds {
      try await withThrowingTaskGroup(of: Void.self) { group in
        for client in 0..<64 {
          group.addTask {
            for _ in 0..<each { try await update(origin, MadeHistory.app(200 + client)) }
          }
        }
        try await group.waitForAll()
      }
    }
    return Double(64 * each) / taken
  }

  private func update(_ origin: String, _ app: AppID) async throws {
    var request = HTTPClientRequest(
      url: "\(origin)/api/v1/apps/\(app)/connections/default?activate=true")
    request.method = .POST
    request.headers = [
      "Authorization": "SSWS 00sandboxAdminToken", "Content-Type": "application/json",
    ]
    request.body = .bytes(
      ByteBuffer(string: #"{"profile":{"authScheme":"TOKEN","token":"00token"}}"#))
    let response = try await HTTPClient.shared.execute(request, timeout: .seconds(30))
    _ = try await response.body.collect(upTo: 1 << 20)
    guard response.status == .ok else {
      throw ValidationError("\(origin) answered \(response.status.code)")
    }
  }
}
