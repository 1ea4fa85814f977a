import Foundation
import Sandbox

/// The crash matrix: plans drawn from a seed, and each stopped at each of its boundaries.
package struct Matrix: Sendable {
  let seed: UInt64
  /// Rounds work and fail below it.
  let directory: String
  let liesAboutSync: Bool

  package init(seed: UInt64, directory: String, liesAboutSync: Bool = false) {
    self.seed = seed
    self.directory = directory
    self.liesAboutSync = liesAboutSync
  }

  package struct Report: Sendable {
    package var plans = 0
    package var rounds = 0
    /// Among the rounds.
    package var powerCuts = 0
    package var diskErrors = 0
    package var failures: [Failure] = []
  }

  package struct Failure: Sendable {
    package var round: RoundName
    package var broken: [BrokenPromise]
    /// What was left for a person to look at.
    package var directory: String
    /// Its steps ran at once: another run may go past the boundary at another place.
    package var isConcurrent: Bool
  }

  private static let mostFailures = 5

  /// Runs so many rounds, and ends early when several have failed.
  ///
  /// - Parameter progress: called with the number of rounds done.
  package func run(
    rounds: Int, progress: @escaping @Sendable (Int) -> Void
  ) async throws -> Report {
    try await Stage.lend(in: directory) { stage in
      var report = Report()
      while report.rounds < rounds, report.failures.count < Self.mostFailures {
        let ground = try await ground(report.plans, on: stage)
        report.plans += 1
        let dry = try await run(
          RoundName(plan: ground.plan.number, kind: .none, boundary: 0), on: ground, of: stage)
        report.failures += [dry.failure].compactMap(\.self)
        let names = names(of: ground.plan, dry, atMost: max(rounds / 8, 25))
          .prefix(rounds - report.rounds)
        try await run(Array(names), on: ground, of: stage, into: &report, progress)
        // What was to go wrong with calls that never came.
        await stage.organisation.removeFaults()
      }
      report.failures.sort { $0.round < $1.round }
      return report
    }
  }

  /// Runs one round.
  package func run(_ name: RoundName) async throws -> Report {
    try await Stage.lend(in: directory) { stage in
      var report = Report(plans: 1, rounds: 1)
      let outcome = try await run(name, on: try await ground(name.plan, on: stage), of: stage)
      report.failures = [outcome.failure].compactMap(\.self)
      return report
    }
  }

  private func ground(_ plan: Int, on stage: Stage) async throws -> Ground {
    try await Ground.prepare(Plan(number: plan, of: seed), on: stage)
  }

  /// A power cut at each boundary, and a failing disk at some; evenly thinned out where these are
  /// more than a plan's share.
  private func names(of plan: Plan, _ dry: Outcome, atMost limit: Int) -> [RoundName] {
    var dice = Dice(seed: plan.seed, 3)
    func name(_ kind: Mishap.Kind, _ boundary: Int) -> RoundName {
      RoundName(plan: plan.number, kind: kind, boundary: boundary)
    }
    var names: [RoundName] = []
    for boundary in 0..<dry.boundaries {
      names.append(name(.cut, boundary + 1))
      if dice.chance(30) { names.append(name(dice.pick([.io, .full]), boundary + 1)) }
    }
    for read in 0..<dry.reads where dice.chance(15) { names.append(name(.read, read + 1)) }
    guard names.count > limit else { return names }
    let start = dice.below(names.count)
    return (0..<limit).map { names[(start + $0 * names.count / limit) % names.count] }
  }

  // MARK: - Rounds

  private struct Outcome: Sendable {
    var name: RoundName
    var boundaries: Int
    var reads: Int
    var failure: Failure?
  }

  /// As many at a time as there are processors: each has its own disks, connections and clock.
  private func run(
    _ names: [RoundName], on ground: Ground, of stage: Stage, into report: inout Report,
    _ progress: @Sendable (Int) -> Void
  ) async throws {
    try await withThrowingTaskGroup(of: Outcome.self) { running in
      var waiting = names.makeIterator()
      func startNext() {
        guard let name = waiting.next() else { return }
        running.addTask { try await run(name, on: ground, of: stage) }
      }
      for _ in 0..<ProcessInfo.processInfo.activeProcessorCount { startNext() }
      while let outcome = try await running.next() {
        report.add(outcome.name, outcome.failure)
        progress(report.rounds)
        if report.failures.count < Self.mostFailures { startNext() }
      }
    }
  }

  private func run(
    _ name: RoundName, on ground: Ground, of stage: Stage
  ) async throws -> Outcome {
    let round = Round(name, on: ground, of: stage, liesAboutSync: liesAboutSync)
    let result = try await round.run()
    stage.witness.forget(round.apps)
    var outcome = Outcome(name: name, boundaries: result.boundaries, reads: result.reads)
    if result.broken.isEmpty {
      try Files.delete(result.directory)
    } else {
      outcome.failure = Failure(
        round: name, broken: result.broken, directory: result.directory,
        isConcurrent: ground.plan.isConcurrent)
    }
    return outcome
  }
}

extension Matrix.Report {
  fileprivate mutating func add(_ name: RoundName, _ failure: Matrix.Failure?) {
    rounds += 1
    if name.kind == .cut { powerCuts += 1 } else { diskErrors += 1 }
    if let failure { failures.append(failure) }
  }
}
