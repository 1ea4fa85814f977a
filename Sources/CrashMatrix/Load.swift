import AsyncHTTPClient
import Connections
import NIOCore
import NIOHTTP1
import Sandbox
import Synchronization

/// Several callers at once, each with changes of its own, until the server is gone.
struct Load: Sendable {
  let stage: Stage
  let origin: String
  /// Hindsight's own, of an operator.
  let token: Secret
  let canary: String
  let tellings: Tellings
  /// What stands in no answer.
  let secrets: Canary

  static let callers = 8
  /// Of each caller.
  static let connections = 5
  /// No caller asks for more before a kill.
  private static let mostOrders = 400

  /// - Parameters:
  ///   - apps: the connections of each caller.
  ///   - kill: ends the server.
  /// - Returns: how many changes were asked for.
  func run(
    _ name: String, on apps: [[AppID]], dice: Dice, for time: Duration,
    kill: @Sendable () async -> Void
  ) async throws -> Int {
    try await withThrowingTaskGroup(of: Int.self) { callers in
      for (number, apps) in apps.enumerated() {
        var dice = dice
        for _ in 0...number { _ = dice.next() }
        let own = Dice(seed: dice.next())
        callers.addTask { await call("\(name)-\(number)", apps, own) }
      }
      try await Task.sleep(for: time)
      await kill()
      return try await callers.reduce(0, +)
    }
  }

  private func call(_ name: String, _ apps: [AppID], _ dice: Dice) async -> Int {
    var dice = dice
    var place = 0
    for number in 1...Self.mostOrders {
      let app = apps[place % apps.count]
      var order = Plan.Order(drawing: &dice, number: number, app: 0)
      order.mark = "\(name)-\(number)"
      // A server of its own reaches whom it is told to call.
      order.isUnreachable = false
      if order.idempotencyKey != nil { order.idempotencyKey = "\"key-\(order.mark)\"" }
      if dice.chance(40) { order.fault = SandboxFault(.latency(milliseconds: dice.below(40))) }
      if var fault = order.fault {
        fault.appID = app
        fault.operation = fault.operation ?? order.operation.sandbox
        await stage.organisation.add(fault)
      }
      guard let told = await ask(order, app) else { return number }
      tellings.note(told, order.mark)
      // A connection in doubt keeps the next change waiting.
      if told == .inDoubt { place += 1 }
    }
    return Self.mostOrders
  }

  /// - Returns: `nil` when no whole answer came: the server is gone.
  private func ask(_ order: Plan.Order, _ app: AppID) async -> Evidence.Told? {
    let path = "/api/v1/apps/\(app)/connections/default"
    let target =
      switch order.operation {
      case .update, .password: path
      case .activate: path + "/lifecycle/activate"
      case .deactivate: path + "/lifecycle/deactivate"
      case .verify: "/api/v1/apps/slack/\(app)/oauth2/callback"
      }
    var request = HTTPClientRequest(url: origin + target + "?" + order.query(canary: canary))
    request.method = .POST
    token.withBytes {
      request.headers.add(
        name: "Authorization", value: "SSWS " + String(decoding: $0, as: UTF8.self))
    }
    request.headers.add(name: "Hindsight-Reason", value: order.mark)
    if let key = order.idempotencyKey { request.headers.add(name: "Idempotency-Key", value: key) }
    if let body = order.body(canary: canary) {
      request.headers.add(name: "Content-Type", value: "application/json")
      request.body = .bytes(body)
    }
    guard let response = try? await stage.client.execute(request, timeout: .seconds(60)),
      let body = try? await response.body.collect(upTo: 1 << 20)
    else { return nil }
    let answer = Array("\(response.headers)".utf8) + Array(body.readableBytesView)
    tellings.note(secrets.leaks(in: ["the answer to \(order.mark)": answer]))
    switch Int(response.status.code) {
    case 409: return .nothingDone
    case 500: return .inDoubt
    case 503: return .notSent
    case let status: return .answered(status: status)
    }
  }
}
