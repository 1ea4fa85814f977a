import ArgumentParser

/// Measures Hindsight beside a limit measured in the same run. `tools/bench` puts the parts
/// together.
@main
struct Benchmark: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "hindsight-bench",
    subcommands: [
      AppendBenchmark.self, GatewayBenchmark.self, GenerateHistory.self, RebuildBenchmark.self,
      VerifyBenchmark.self, LogBenchmark.self, ReportBenchmark.self, AsOfBenchmark.self,
      PagesBenchmark.self, SoakBenchmark.self,
    ])
}
