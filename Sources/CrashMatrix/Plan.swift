import Connections
import OktaAPI
import Sandbox

/// What a program does in a round, drawn from a seed: the same plan is stopped at each of its
/// boundaries in turn.
struct Plan: Sendable {
  let number: Int
  let seed: UInt64
  let beginning: Beginning
  let steps: [Step]
  /// So that some of it runs at once, and a boundary need not be the same one in the next run.
  var isConcurrent: Bool {
    steps.contains { if case .together = $0 { true } else { false } }
  }

  /// What the program finds when it starts.
  enum Beginning: Sendable {
    /// It starts for the first time.
    case nothing
    case history
    /// A write-ahead log that SQLite will soon move into the database by itself.
    case longLog
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
    /// A person rules on the oldest doubt of a connection, if there is one.
    case rule(app: Int, Resolution.Verdict)
    /// Goes back by the last change of a connection.
    case rollBack(app: Int, SandboxFault?)
    /// Forbids to shred what a connection had.
    case hold(app: Int)
    /// Shreds the first secret of a connection that is not in force.
    case shred(app: Int)
  }

  /// One change that a caller asks for.
  struct Order: Sendable {
    /// Found again in the intent's reason and in the query that arrives.
    var mark: String
    /// There is no connection to Okta when it is to be sent.
    var isUnreachable = false
    /// 0 or 1: the round's first or second connection.
    var app: Int
    var operation: Operation
    var fault: SandboxFault?
    var idempotencyKey: String?
    /// Which asking for the same it is; what is sent is the same each time.
    var asking = "first"
    /// By this the journal and the caller know it.
    var name: String { asking == "first" ? mark : "\(mark) \(asking)" }
  }

  enum Operation: Sendable {
    /// The token is the round's canary with this ending; `isBad` ones are refused.
    case update(baseURL: String?, isBad: Bool, activate: Bool)
    /// Sets an administrator's name and password.
    case password(activate: Bool)
    case activate, deactivate
    /// Its code and state are the round's canary, which no organisation takes for good.
    case verify

    var sandbox: SandboxOperation {
      switch self {
      case .update, .password: .update
      case .activate: .activate
      case .deactivate: .deactivate
      case .verify: .verify
      }
    }
  }

  init(number: Int, of seed: UInt64) {
    var dice = Dice(seed: seed, number)
    self.number = number
    self.seed = dice.next()
    beginning = dice.pick([.nothing, .history, .history, .history, .longLog])
    var steps: [Step] = []
    var orders = 0
    func order(_ app: Int) -> Order {
      orders += 1
      return Order(drawing: &dice, number: orders, app: app)
    }
    for _ in 0..<(beginning == .history ? 3 : 2) {
      if dice.chance(25) {
        steps.append(.together(order(0), order(1)))
      } else {
        steps.append(.order(order(dice.below(2))))
      }
      if dice.chance(40), let again = Self.keyed(in: steps).last {
        steps.append(.order(again.again("again \(orders).\(steps.count)")))
      }
      if dice.chance(30) { steps.append(.followViews) }
      if dice.chance(40) { steps.append(.checkpoint(restarts: dice.chance(50))) }
      if dice.chance(30) { steps.append(.pause) }
      if dice.chance(25) {
        steps.append(.rule(app: dice.below(2), dice.pick([.applied, .notApplied])))
      }
    }
    if dice.chance(35) { steps += Self.wayBack(drawing: &dice, after: orders) }
    self.steps = steps
  }

  /// Two changes that go well, and the way back by the second one, whose secret is then in force no
  /// more.
  private static func wayBack(drawing dice: inout Dice, after orders: Int) -> [Step] {
    let app = dice.below(2)
    let changes = (1...2).map { number in
      var order = Order(drawing: &dice, number: orders + number, app: app)
      order.operation = .update(
        baseURL: "https://scim.example/back/\(number)", isBad: false, activate: dice.chance(60))
      order.isUnreachable = false
      order.fault = nil
      return Step.order(order)
    }
    var fault: SandboxFault?
    if dice.chance(50) {
      let kind = dice.pick([
        SandboxFault.Kind.status(500), .reset, .cutHead, .cutBody, .forbidden,
      ])
      fault = SandboxFault(kind, on: .update, isApplied: dice.chance(50) && kind != .forbidden)
    }
    var steps = changes + [.rollBack(app: app, fault)]
    if dice.chance(50) {
      if dice.chance(30) { steps.append(.hold(app: app)) }
      steps.append(.shred(app: app))
    }
    return steps
  }

  /// The orders with a key of the caller's own, as they were asked for first.
  static func keyed(in steps: [Step]) -> [Order] {
    steps.flatMap { step -> [Order] in
      switch step {
      case .order(let order): [order]
      case .together(let one, let other): [one, other]
      default: []
      }
    }.filter { $0.idempotencyKey != nil && $0.asking == "first" }
  }
}
