import Connections
import OktaAPI
import Sandbox

/// What a program does in a round, drawn from a seed: the same plan is stopped at each of its
/// boundaries in turn.
struct Plan: Sendable {
  let seed: UInt64
  /// The boundaries of the very first start count, too.
  let isFirstStart: Bool
  let steps: [Step]
  /// So that some of it runs at once, and a boundary need not be the same one in the next run.
  var isConcurrent: Bool {
    steps.contains { if case .together = $0 { true } else { false } }
  }

  enum Step: Sendable {
    case order(Order)
    /// On two connections at the same time.
    case together(Order, Order)
    /// The projections follow.
    case followViews
    /// Another process moves the write-ahead log into the database.
    case checkpoint(restarts: Bool)
    /// What is known of the connections grows old.
    case pause
  }

  /// One change that a caller asks for.
  struct Order: Sendable {
    /// Found again in the intent's reason and in the query that arrives.
    var mark: String
    /// 0 or 1: the round's first or second connection.
    var app: Int
    var operation: Operation
    var fault: SandboxFault?
    var idempotencyKey: String?
  }

  enum Operation: Sendable {
    /// The token is the round's canary with this ending; `isBad` ones are refused.
    case update(baseURL: String?, isBad: Bool, activate: Bool)
    case activate, deactivate

    var sandbox: SandboxOperation {
      switch self {
      case .update: .update
      case .activate: .activate
      case .deactivate: .deactivate
      }
    }
  }

  init(number: Int, of seed: UInt64) {
    var dice = Dice(seed: seed, number)
    self.seed = dice.next()
    isFirstStart = dice.chance(25)
    var steps: [Step] = []
    var orders = 0
    func order(_ app: Int) -> Order {
      orders += 1
      return Order(drawing: &dice, number: orders, app: app)
    }
    for _ in 0..<(isFirstStart ? 2 : 3) {
      if dice.chance(25) {
        steps.append(.together(order(0), order(1)))
      } else {
        steps.append(.order(order(dice.below(2))))
      }
      if dice.chance(30) { steps.append(.followViews) }
      if dice.chance(40) { steps.append(.checkpoint(restarts: dice.chance(50))) }
      if dice.chance(30) { steps.append(.pause) }
    }
    self.steps = steps
  }
}
