import Foundation

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
        let plan = report.plans
        report.plans += 1
        let dry = try await run(RoundName(plan: plan, kind: .none, boundary: 0), on: stage)
        report.failures += [dry.failure].compactMap(\.self)
        let names = names(of: plan, boundaries: dry.boundaries, atMost: max(rounds / 8, 25))
          .prefix(rounds - report.rounds)
        for name in names where report.failures.count < Self.mostFailures {
          let outcome = try await run(name, on: stage)
          report.rounds += 1
          if name.kind == .cut { report.powerCuts += 1 } else { report.diskErrors += 1 }
          report.failures += [outcome.failure].compactMap(\.self)
          progress(report.rounds)
        }
      }
      return report
    }
  }

  /// Runs one round.
  package func run(_ name: RoundName) async throws -> Report {
    try await Stage.lend(in: directory) { stage in
      var report = Report(plans: 1, rounds: 1)
      report.failures = [try await run(name, on: stage).failure].compactMap(\.self)
      return report
    }
  }

  /// A power cut at each boundary, and a failing disk at some; evenly thinned out where these are
  /// more than a plan's share.
  private func names(of plan: Int, boundaries: Int, atMost limit: Int) -> [RoundName] {
    var dice = Dice(seed: seed, plan, 3)
    var names: [RoundName] = []
    for boundary in 1...max(1, boundaries) {
      names.append(RoundName(plan: plan, kind: .cut, boundary: boundary))
      guard dice.chance(30) else { continue }
      names.append(
        RoundName(plan: plan, kind: dice.pick([.io, .full]), boundary: boundary))
    }
    guard names.count > limit else { return names }
    let start = dice.below(names.count)
    return (0..<limit).map { names[(start + $0 * names.count / limit) % names.count] }
  }

  private func run(
    _ name: RoundName, on stage: Stage
  ) async throws -> (boundaries: Int, failure: Failure?) {
    let round = try Round(name, of: seed, liesAboutSync: liesAboutSync, on: stage)
    let result = try await round.run()
    stage.witness.forget(round.apps)
    guard result.broken.isEmpty else {
      return (
        result.boundaries,
        Failure(
          round: name, broken: result.broken, directory: result.directory,
          isConcurrent: round.plan.isConcurrent)
      )
    }
    try Files.delete(result.directory)
    return (result.boundaries, nil)
  }
}
