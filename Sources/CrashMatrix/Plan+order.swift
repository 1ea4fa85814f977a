import Connections
import OktaAPI
import Sandbox

extension Plan.Order {
  init(drawing dice: inout Dice, number: Int, app: Int) {
    mark = "order-\(number)"
    self.app = app
    switch dice.below(12) {
    case 0, 1: operation = .activate
    case 2, 3: operation = .deactivate
    case 4: operation = .verify
    case 5: operation = .password(activate: dice.chance(50))
    default:
      operation = .update(
        baseURL: dice.chance(80) ? "https://scim.example/\(number)/\(dice.below(1_000))" : nil,
        isBad: dice.chance(10), activate: dice.chance(60))
    }
    if dice.chance(8) {
      isUnreachable = true
    } else if dice.chance(45) {
      fault = Self.fault(drawing: &dice, of: operation.sandbox)
    }
    if dice.chance(40) { idempotencyKey = "\"key-\(mark)\"" }
  }

  /// What leaves open whether the call took effect does so by the dice; what says so does not lie:
  /// Okta's own word is what a verdict rests on.
  private static func fault(
    drawing dice: inout Dice, of operation: SandboxOperation
  ) -> SandboxFault {
    let isOfRead = dice.chance(15)
    let isApplied = dice.chance(50)
    let refusals: [SandboxFault.Kind] = [.rateLimit, .rateLimitWithoutHeaders, .forbidden]
    // Only of an update is a 200 without a connection no answer.
    let empty: [SandboxFault.Kind] = operation == .update || isOfRead ? [.notJSON, .empty] : []
    let kind = dice.pick(
      [
        .status(500), .status(503), .status(504), .reset, .cutHead, .cutHeaders, .cutBody,
      ] + empty + refusals)
    return SandboxFault(
      kind, on: isOfRead ? .get : operation, isApplied: isApplied && !refusals.contains(kind))
  }

  /// The same once more, as the caller sends it who heard nothing.
  func again(_ asking: String) -> Self {
    var order = self
    order.asking = asking
    order.fault = nil
    return order
  }

  /// Carries the mark past Hindsight, which sends a query on as it is and keeps none of it.
  ///
  /// - Parameter canary: stands in the code and the state of a verify.
  func query(canary: String) -> String {
    let query = "mark=" + mark + (isUnreachable ? "&" + Self.unreachable : "")
    return switch operation {
    case .update(_, _, let activates), .password(let activates): query + "&activate=\(activates)"
    case .verify: query + "&code=\(canary)code&state=\(canary)state"
    case .activate, .deactivate: query
    }
  }

  /// Stands in the query of what must not reach anybody.
  static let unreachable = "unreachable=true"

  /// The body of an update; `nil` for the other operations.
  ///
  /// - Parameter canary: stands in the token and in the password.
  func body(canary: String) -> [UInt8]? {
    switch operation {
    case .update(let baseURL, let isBad, let activates):
      UpdateRequest.body(
        of: UpdateContent(authScheme: "TOKEN", baseURL: baseURL, activate: activates),
        secrets: [.token: Secret((isBad ? "bad" : "00") + canary + mark)])
    case .password(let activates):
      UpdateRequest.body(
        of: UpdateContent(
          authScheme: "OAUTH2", clientID: "0oaService", adminUsername: "admin@org.example",
          activate: activates),
        secrets: [.adminPassword: Secret(canary + "password" + mark)])
    case .activate, .deactivate, .verify: nil
    }
  }
}
