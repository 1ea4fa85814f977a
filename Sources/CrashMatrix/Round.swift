import Commands
import Connections
import EventStore
import Projections
import Sandbox

/// One life of a program from an empty directory to a mishap, and its next life on what the disk
/// still holds.
struct Round: Sendable {
  let name: RoundName
  let ground: Ground
  let stage: Stage
  private let mishap: Mishap
  /// In every secret of the round, so that one search finds them all.
  private let canary: String
  let apps: [AppID]

  init(_ name: RoundName, on ground: Ground, of stage: Stage, liesAboutSync: Bool) {
    self.name = name
    self.ground = ground
    self.stage = stage
    var dice = Dice(seed: ground.plan.seed, name.boundary, name.kind.number)
    mishap = Mishap(
      kind: name.kind, boundary: name.boundary, length: dice.pick([1, 2, 10, 1_000]),
      liesAboutSync: liesAboutSync)
    let number = String(dice.next() | 1 << 63, radix: 16)
    canary = "cnry/+" + number.prefix(10)
    apps = ["A", "B"].compactMap { AppID("0oaLOAD" + number.suffix(12) + $0) }
    self.dice = dice
  }

  private let dice: Dice

  struct Result: Sendable {
    var broken: [BrokenPromise]
    /// Passed in the first life.
    var boundaries: Int
    /// In the first life.
    var reads: Int
    /// What was looked at.
    var directory: String
  }

  func run() async throws -> Result {
    let directory = stage.directory + "/round-\(name)"
    let seed = ground.plan.seed
    // Some days after what lies there.
    let world = SimulatedWorld(dice: Dice(seed: seed, 1))
    world.advance(seconds: 3 * 86_400)
    let tellings = Tellings()
    let first = SimulatedDisk(
      directory: try Files.make(directory + "/first"), contents: ground.files, mishap: mishap,
      dice: Dice(seed: seed, 2, name.boundary))
    try Files.write(ground.files, to: first.directory)
    var broken = await live(on: first, in: world, telling: tellings)
    var image = first.image()
    var dice = dice
    if dice.chance(25) {
      // The power fails again, while the next life begins.
      let again = Mishap(
        kind: .cut, boundary: 1 + dice.below(120), liesAboutSync: mishap.liesAboutSync)
      image = try await interruptedStart(
        on: image, again, in: directory + "/second", world, Dice(seed: dice.next()))
    }
    let last = try Files.make(directory + "/last")
    try Files.write(image, to: last)
    broken += Canary(canary, SandboxOrganisation.adminToken).leaks(in: image)
    broken += await Aftermath(
      directory: last, surroundings: surroundings(world, above: nil), canary: canary, apps: apps,
      repeated: Plan.keyed(in: ground.plan.steps)
    ).examine(stage.witness, tellings)
    return Result(
      broken: broken, boundaries: first.boundaries, reads: first.reads, directory: directory)
  }

  private func surroundings(
    _ world: SimulatedWorld, above disk: SimulatedDisk?
  ) -> Program.Surroundings {
    Program.Surroundings(
      world: world, origin: stage.origin, transport: stage.transport(above: disk),
      masterKey: ground.masterKey)
  }

  // MARK: - Lives

  private func live(
    on disk: SimulatedDisk, in world: SimulatedWorld, telling tellings: Tellings
  ) async -> [BrokenPromise] {
    stage.disks.add(disk)
    defer { stage.disks.remove(disk) }
    do {
      let program = try await Program.start(
        on: disk.directory, in: surroundings(world, above: disk))
      for step in ground.plan.steps where disk.isPowered {
        await perform(step, program, disk, world, tellings)
      }
      await program.commands.drain()
      disk.cutPower()
      return []
    } catch {
      defer { disk.cutPower() }
      guard mishap.kind == .none else { return [] }
      return [BrokenPromise(.comesBack, "the first start failed: \(error)")]
    }
  }

  private func interruptedStart(
    on image: [String: [UInt8]], _ mishap: Mishap, in directory: String, _ world: SimulatedWorld,
    _ dice: Dice
  ) async throws -> [String: [UInt8]] {
    try Files.write(image, to: try Files.make(directory))
    let disk = SimulatedDisk(directory: directory, contents: image, mishap: mishap, dice: dice)
    stage.disks.add(disk)
    defer { stage.disks.remove(disk) }
    // Whether it came up is for the next life to tell.
    if let program = try? await Program.start(
      on: directory, in: surroundings(world, above: disk))
    {
      await program.commands.drain()
    }
    disk.cutPower()
    return disk.image()
  }

  // MARK: - Steps

  private func perform(
    _ step: Plan.Step, _ program: Program, _ disk: SimulatedDisk, _ world: SimulatedWorld,
    _ tellings: Tellings
  ) async {
    @Sendable func carryOut(_ order: Plan.Order) async {
      if var fault = order.fault {
        fault.appID = apps[order.app]
        await stage.organisation.add(fault)
      }
      tellings.noteKey(of: order)
      let told = await program.carryOut(order, on: apps[order.app], canary: canary)
      disk.whilePowered { tellings.note(told, order.name) }
    }
    switch step {
    case .order(let order): await carryOut(order)
    case .together(let one, let other):
      async let first: Void = carryOut(one)
      async let second: Void = carryOut(other)
      _ = await (first, second)
    case .followViews: _ = try? await program.views.catchUp()
    case .checkpoint(let restarts):
      Checkpoint.run(disk.directory + "/" + SQLiteJournal.fileName, restarts: restarts)
    case .pause: world.advance(seconds: 7)
    case .rule(let app, let verdict):
      if let ruled = await program.rule(verdict, on: apps[app]) {
        disk.whilePowered { tellings.noteRuling(on: ruled) }
      }
    case .rollBack(let app, let fault):
      if var fault {
        fault.appID = apps[app]
        await stage.organisation.add(fault)
      }
      if let report = await program.rollBack(apps[app]) {
        disk.whilePowered { tellings.note(report) }
      }
    case .hold(let app):
      if let hold = await program.hold(apps[app]) {
        disk.whilePowered { tellings.noteHold(hold) }
      }
    case .shred(let app):
      if let (copies, keys) = await program.shred(apps[app]) {
        disk.whilePowered { tellings.noteShredding(of: copies, keys: keys) }
      }
    }
    // What goes on behind an answer comes to its end, lest the next step meet it anywhere.
    await program.commands.drain()
  }
}
