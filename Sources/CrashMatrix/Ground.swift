import Commands
import Connections
import EventStore
import Projections

/// What lies in the directory when a plan begins; the same for all its rounds.
struct Ground: Sendable {
  let plan: Plan
  let masterKey: Secret
  let files: [String: [UInt8]]

  /// Where SQLite moves the write-ahead log into the database by itself is 1,000 pages; a plan that
  /// begins just below goes past it.
  private static let longLogBytes = 985 * 4_120
  private static let mostOrders = 400

  static func prepare(_ plan: Plan, on stage: Stage) async throws -> Ground {
    var dice = Dice(seed: plan.seed, 5)
    let masterKey = Secret(bytes: dice.bytes(32))
    guard plan.beginning != .nothing,
      let app = AppID("0oaLOAD" + String(dice.next() | 1 << 63, radix: 16).suffix(12) + "G")
    else { return Ground(plan: plan, masterKey: masterKey, files: [:]) }
    let directory = try Files.make(stage.directory + "/ground-\(plan.number)")
    let program = try await Program.start(
      on: directory,
      in: Program.Surroundings(
        world: SimulatedWorld(dice: dice), origin: stage.origin,
        transport: stage.transport(above: nil), masterKey: masterKey))
    var orders = 0
    var files: [String: [UInt8]] = [:]
    let due = plan.beginning == .longLog ? longLogBytes : 1
    while files[SQLiteJournal.fileName + "-wal"]?.count ?? 0 < due, orders < mostOrders {
      orders += 1
      var order = Plan.Order(drawing: &dice, number: orders, app: 0)
      order.fault = nil
      _ = await program.carryOut(order, on: app, canary: "ground")
      if orders.isMultiple(of: 5) { files = try Files.read(directory) }
    }
    try await program.views.catchUp()
    await program.commands.drain()
    // As they are while the program runs: a log that is closed in good order is gone.
    files = try Files.read(directory).filter { $0.key.contains(".sqlite") }
    for name in files.keys where name.hasSuffix("-shm") { files[name] = nil }
    stage.witness.forget([app])
    try Files.delete(directory)
    return Ground(plan: plan, masterKey: masterKey, files: files)
  }
}
