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
      fault = SandboxFault(
        dice.pick(Self.faults), on: dice.chance(15) ? .get : operation.sandbox,
        isApplied: dice.chance(50))
    }
    if dice.chance(25) { idempotencyKey = "\"key-\(mark)\"" }
  }

  private static let faults: [SandboxFault.Kind] = [
    .status(500), .status(503), .status(504), .reset, .cutHead, .cutHeaders, .cutBody, .notJSON,
    .empty, .rateLimit, .rateLimitWithoutHeaders, .forbidden,
  ]

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
