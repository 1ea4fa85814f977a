import Connections
import OktaAPI
import Sandbox

extension Plan.Order {
  init(drawing dice: inout Dice, number: Int, app: Int) {
    mark = "order-\(number)"
    self.app = app
    switch dice.below(4) {
    case 0: operation = .activate
    case 1: operation = .deactivate
    default:
      operation = .update(
        baseURL: dice.chance(80) ? "https://scim.example/\(number)/\(dice.below(1_000))" : nil,
        isBad: dice.chance(10), activate: dice.chance(60))
    }
    if dice.chance(45) {
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
  var query: String {
    if case .update(_, _, let activates) = operation {
      return "mark=\(mark)&activate=\(activates)"
    }
    return "mark=" + mark
  }

  /// The body of an update; `nil` for the other operations.
  ///
  /// - Parameter canary: stands in the token.
  func body(canary: String) -> [UInt8]? {
    guard case .update(let baseURL, let isBad, let activates) = operation else { return nil }
    return UpdateRequest.body(
      of: UpdateContent(authScheme: "TOKEN", baseURL: baseURL, activate: activates),
      secrets: [.token: Secret((isBad ? "bad" : "00") + canary + mark)])
  }
}
