import Commands
import Connections
import EventStore
import Foundation
import OktaAPI
import Sandbox
import Vault

/// A real server on one data directory, killed again and again under load. Each next start is held
/// to the promises, and in the end all that is left.
struct KillSeries: Sendable {
  let number: Int
  let executable: String
  let stage: Stage
  let directory: String
  private let data: String
  private let world: SimulatedWorld
  private let masterKey: Secret
  private let canary: String
  /// What the ids of its apps begin with.
  private let name: String
  private let dice: Dice
  private let tellings = Tellings()

  init(_ number: Int, of seed: UInt64, executable: String, on stage: Stage) {
    var dice = Dice(seed: seed, number, 4)
    self.number = number
    self.executable = executable
    self.stage = stage
    directory = stage.directory + "/kills-\(number)"
    data = directory + "/data"
    masterKey = Secret(bytes: dice.bytes(32))
    let digits = String(dice.next() | 1 << 63, radix: 16)
    canary = "cnry/+" + digits.prefix(10)
    name = "0oaLOAD" + digits.suffix(6)
    world = SimulatedWorld(dice: Dice(seed: dice.next()))
    self.dice = dice
  }

  struct Outcome: Sendable {
    var kills = 0
    /// Changes that were asked for.
    var orders = 0
    var broken: [BrokenPromise] = []
  }

  func run(kills: Int, progress: @Sendable (Int) -> Void) async throws -> Outcome {
    let (token, vault) = try await prepare()
    var outcome = Outcome()
    var apps: [AppID] = []
    var dice = dice
    for kill in 0..<kills where outcome.broken.isEmpty {
      let level = Self.logLevels[kill % Self.logLevels.count]
      let server = try ChildProcess(
        executable, arguments + ["--log-level", level], log: directory + "/server.log")
      let isEarly = dice.chance(15)
      let time = Duration.milliseconds(isEarly ? dice.below(150) : 5 + dice.below(250))
      let loadDice = Dice(seed: dice.next())
      if isEarly {
        // In the middle of its start.
        try await Task.sleep(for: time)
        _ = await server.end(by: SIGKILL)
      } else if let origin = await server.origin() {
        let found = try await look(at: origin, token, vault, apps)
        if !found.isEmpty { outcome.broken = found.map { $0.after(kills: kill) } }
        let fresh = (0..<Load.callers).map { caller in
          (0..<Load.connections).compactMap { AppID("\(name)-\(kill)-\(caller)-\($0)") }
        }
        apps += fresh.joined()
        outcome.orders += try await Load(
          stage: stage, origin: origin, token: token, canary: canary, tellings: tellings,
          secrets: Canary([canary] + secrets(token))
        ).run("kill-\(kill)", on: fresh, dice: loadDice, for: time) {
          _ = await server.end(by: SIGKILL)
        }
      } else {
        _ = await server.end(by: SIGKILL)
        outcome.broken = [BrokenPromise(.comesBack, "see \(directory)/server.log")]
      }
      outcome.kills += 1
      progress(outcome.kills)
    }
    // What the last server sent arrives still, and may take effect late. The next one would wait
    // ten seconds before it believes that it does not; the clock of the aftermath does not wait.
    try await Task.sleep(for: .milliseconds(200))
    await stage.organisation.whenQuiet()
    outcome.broken += await aftermath(apps, token)
    return outcome
  }

  /// A data directory as a first start makes it, with a token for the callers.
  private func prepare() async throws -> (token: Secret, vault: Vault) {
    _ = try Files.make(data)
    _ = try MasterKey(creating: data + "/master.key") { _ in masterKey.withBytes { $0 } }
    try Files.write(
      ["okta-token": Array(SandboxOrganisation.adminToken.utf8)], to: directory)
    let program = try await Program.start(on: data, in: surroundings)
    let access = try await AccessRegistry(
      writer: program.journal.writer, reader: program.journal.reader,
      environment: world.environment)
    let token = try await access.create(
      name: "selftest", role: .operator,
      context: EventContext(
        actor: ActorIdentity(kind: .local, id: "selftest", display: "selftest"))
    ).token
    await program.commands.drain()
    return (token, program.vault)
  }

  private var surroundings: Program.Surroundings {
    Program.Surroundings(
      world: world, origin: stage.origin, transport: stage.transport(above: nil),
      masterKey: masterKey)
  }

  private var arguments: [String] {
    [
      "serve", "--data", data, "--listen", "127.0.0.1:0", "--upstream", stage.origin,
      "--upstream-auth", "ssws-file:" + directory + "/okta-token",
    ]
  }

  /// One life after another says more or less of itself, and never a secret.
  private static let logLevels = [
    "trace", "critical", "debug", "error", "info", "warning", "notice",
  ]

  // MARK: - Looking

  /// The files beside the server that has just started, and what it tells of them.
  private func look(
    at origin: String, _ token: Secret, _ vault: Vault, _ apps: [AppID]
  ) async throws -> [BrokenPromise] {
    let reader = try SQLiteJournal.openForReading(directory: data).reader
    let events = try await reader.events(EventSelection(limit: .max))
    let evidence = Evidence(
      calls: stage.witness.calls(for: apps).compactMap {
        Evidence.Call($0, fingerprint: vault.fingerprint)
      }, told: tellings.all, events: events)
    let report = try await JournalVerifier(reader).verify()
    var broken =
      evidence.judge()
      + report.findings.map { BrokenPromise(.sound, $0.problem) }
      + Canary([canary] + secrets(token)).leaks(in: try Files.read(data))
    let served = Served(origin: origin, token: token, client: stage.client)
    if !(await served.shows(last: Self.eventsAsked, of: events)) {
      broken.append(BrokenPromise(.sound, "the server shows other events than the journal holds"))
    }
    return broken
  }

  /// So many of the last events are compared with what the server shows.
  private static let eventsAsked = 500

  private func aftermath(_ apps: [AppID], _ token: Secret) async -> [BrokenPromise] {
    guard let fresh = AppID(name + "-after") else { return [] }
    defer { stage.witness.forget(apps) }
    let secrets = secrets(token)
    let log = (try? Files.read(directory))?["server.log"] ?? []
    return await Aftermath(
      directory: data, surroundings: surroundings, canary: canary, secrets: secrets,
      apps: [fresh] + apps
    ).examine(stage.witness, tellings)
      + Canary([canary] + secrets).leaks(in: ["server.log": log]) + tellings.leaks
  }

  /// Beside the canary: Hindsight's own token, and Okta's.
  private func secrets(_ token: Secret) -> [String] {
    [token.withBytes { String(decoding: $0, as: UTF8.self) }, SandboxOrganisation.adminToken]
  }
}

extension BrokenPromise {
  fileprivate func after(kills: Int) -> BrokenPromise {
    BrokenPromise(promise, detail + ", after \(kills) kills")
  }
}

extension ChildProcess {
  /// Where it listens; `nil` when it ended before.
  fileprivate func origin() async -> String? {
    guard let line = await firstLine(), let start = line.range(of: "http://") else { return nil }
    return String(line[start.lowerBound...])
  }
}
