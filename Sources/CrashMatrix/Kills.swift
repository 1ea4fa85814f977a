/// Real kills of a real server.
package struct Kills: Sendable {
  let seed: UInt64
  let executable: String
  /// The data directories lie below it.
  let directory: String
  /// How often one data directory is killed and started again.
  private static let perDirectory = 25

  /// - Parameter executable: the program that has the `serve` command.
  package init(seed: UInt64, executable: String, directory: String) {
    self.seed = seed
    self.executable = executable
    self.directory = directory
  }

  package struct Report: Sendable {
    package var kills = 0
    /// Changes that callers asked for.
    package var orders = 0
    package var broken: [BrokenPromise] = []
    /// What was left for a person to look at, if a promise was broken.
    package var directory: String?
  }

  /// Kills so many times, and ends after the first data directory with a broken promise.
  ///
  /// - Parameter progress: called with the number of kills done.
  package func run(
    kills: Int, progress: @escaping @Sendable (Int) -> Void
  ) async throws -> Report {
    try await Stage.lend(in: directory) { stage in
      var report = Report()
      var number = 0
      while report.kills < kills, report.broken.isEmpty {
        let series = KillSeries(number, of: seed, executable: executable, on: stage)
        let done = report.kills
        let outcome = try await series.run(kills: min(Self.perDirectory, kills - done)) {
          progress(done + $0)
        }
        report.kills += outcome.kills
        report.orders += outcome.orders
        report.broken = outcome.broken
        if outcome.broken.isEmpty {
          try Files.delete(series.directory)
        } else {
          report.directory = series.directory
        }
        number += 1
      }
      return report
    }
  }
}
