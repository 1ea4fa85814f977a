import ArgumentParser
import CrashMatrix
import Foundation

struct SelftestCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "selftest",
    abstract: "Crashes Hindsight in every way it can, and checks its promises.",
    discussion: """
      Rounds run in this process, on a simulated disk below SQLite: random changes of a sandbox \
      organisation, with the power cut before and after each write, sync, send and receive, or \
      with a disk that fails or is full. Kills end a real server under load. Each time Hindsight \
      is started again and everything is held against its promises. Touches no data directory \
      and no Okta. Exit code 1 when a promise was broken.
      """)

  @Option(help: "Everything is drawn from it. Default: a new one, which is printed.")
  var seed: UInt64?

  @Option(help: "Rounds in this process.")
  var rounds = 1_500

  @Option(help: "Kills of a server process.")
  var kills = 20

  @Option(help: "One round alone, by the name that a failure prints.")
  var round: String?

  @Flag(help: "Lets the simulated disk lose what it said was synced: the checks must fail.")
  var lieAboutSync = false

  func validate() throws {
    guard rounds >= 0, kills >= 0 else {
      throw ValidationError("--rounds and --kills must not be negative.")
    }
    if let round, RoundName(round) == nil {
      throw ValidationError("--round is not the name of a round, such as 12.cut.45: \(round)")
    }
  }

  func run() async throws {
    try await Failures.told {
      let seed = seed ?? .random(in: 0..<1_000_000_000)
      let test = SelfTest(seed: seed, directory: try Self.directory())
      let isKept =
        if let name = round.flatMap({ RoundName($0) }) {
          try await test.repeats(name, liesAboutSync: lieAboutSync)
        } else {
          try await test.runs(rounds: rounds, kills: kills, liesAboutSync: lieAboutSync)
        }
      guard isKept else { throw ExitCode(1) }
      try FileManager.default.removeItem(atPath: test.directory)
    }
  }

  /// Memory is a better place than a disk: nothing here has to last.
  private static func directory() throws -> String {
    let memory = URL(filePath: "/dev/shm", directoryHint: .isDirectory)
    let isWritable = FileManager.default.isWritableFile(atPath: "/dev/shm")
    let place = isWritable ? memory : FileManager.default.temporaryDirectory
    let directory = place.resolvingSymlinksInPath().appending(
      path: "hindsight-selftest-\(ProcessInfo.processInfo.processIdentifier)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    return directory.path(percentEncoded: false)
  }
}

/// One run of the self-test, as it is told to people.
private struct SelfTest {
  let seed: UInt64
  let directory: String
  private let start = ContinuousClock.now

  init(seed: UInt64, directory: String) {
    self.seed = seed
    self.directory = directory
  }

  /// - Returns: whether every promise was kept.
  func runs(rounds: Int, kills: Int, liesAboutSync: Bool) async throws -> Bool {
    let matrix = Matrix(seed: seed, directory: directory, liesAboutSync: liesAboutSync)
    let bar = ProgressBar()
    let done = try await matrix.run(rounds: rounds) { bar.show($0, of: rounds) }
    bar.end()
    guard done.failures.isEmpty else {
      tell(done.failures, liesAboutSync)
      Output.line("\(done.failures.count) of \(done.rounds) rounds failed, \(seconds) seconds.")
      return false
    }
    let executable = Bundle.main.executablePath ?? CommandLine.arguments[0]
    let killing = Kills(seed: seed, executable: executable, directory: directory)
    let killed = try await killing.run(kills: kills) { bar.show($0, of: kills) }
    bar.end()
    guard killed.broken.isEmpty else {
      tell(killed)
      return false
    }
    Output.line(
      """
      \(done.rounds) rounds of \(done.plans) plans (\(done.powerCuts) power cuts, \
      \(done.diskErrors) disk errors) and \(killed.kills) kills under \(killed.orders) changes: \
      every promise kept.
      Seed \(seed), \(seconds) seconds.
      """)
    return true
  }

  func repeats(_ name: RoundName, liesAboutSync: Bool) async throws -> Bool {
    let matrix = Matrix(seed: seed, directory: directory, liesAboutSync: liesAboutSync)
    let done = try await matrix.run(name)
    guard done.failures.isEmpty else {
      tell(done.failures, liesAboutSync)
      return false
    }
    Output.line("Round \(name) of seed \(seed): every promise kept.")
    return true
  }

  private var seconds: String {
    String(format: "%.1f", (ContinuousClock.now - start) / .seconds(1))
  }

  private func tell(_ failures: [Matrix.Failure], _ liesAboutSync: Bool) {
    for failure in failures {
      Output.line("Round \(failure.round) of seed \(seed) broke a promise:")
      tell(failure.broken)
      let lie = liesAboutSync ? " --lie-about-sync" : ""
      Output.line("  its files  \(failure.directory)")
      Output.line("  once more  hindsight selftest --seed \(seed) --round \(failure.round)\(lie)")
      if failure.isConcurrent {
        Output.line("  It changes two connections at once: repeat it until the two meet so again.")
      }
    }
  }

  private func tell(_ report: Kills.Report) {
    Output.line("After \(report.kills) kills of seed \(seed) a promise was broken:")
    tell(report.broken)
    Output.line("  its files  \(report.directory ?? directory)")
    Output.line("  once more  hindsight selftest --seed \(seed) --rounds 0 --kills \(report.kills)")
  }

  private func tell(_ broken: [BrokenPromise]) {
    for broken in broken.prefix(5) {
      Output.line("  promised   \(broken.promise.rawValue)\n  found      \(broken.detail)")
    }
    if broken.count > 5 { Output.line("  and \(broken.count - 5) more") }
  }
}
