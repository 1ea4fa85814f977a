import Foundation
import Testing

extension `The command line` {
  @Suite(.timeLimit(.minutes(2))) struct `The self-test` {
    /// Where the files of a failed round lie; they are deleted here.
    private func clearAway(_ output: String) throws {
      let found = try #require(output.firstMatch(of: /its files  (\S+)\/round-/))
      try FileManager.default.removeItem(atPath: String(found.output.1))
    }

    @Test func `keeps every promise`() async throws {
      let result = try await Program.run(
        ["selftest", "--seed", "11", "--rounds", "150", "--kills", "7"])
      #expect(result.exitCode == 0, "\(result.output)\(result.errors)")
      #expect(result.output.contains("150 rounds of "))
      #expect(result.output.contains("and 7 kills under "))
      #expect(result.output.contains("Seed 11, "))
      #expect(result.errors.isEmpty)
    }

    @Test func `can fail, and says how to see it again`() async throws {
      let result = try await Program.run(
        ["selftest", "--seed", "11", "--rounds", "20", "--lie-about-sync"])
      #expect(result.exitCode == 1)
      #expect(result.output.contains("nothing reaches Okta without an earlier intent"))
      try clearAway(result.output)
      let line = try #require(result.output.firstMatch(of: /once more  hindsight (.+)/))
      let again = try await Program.run(line.output.1.split(separator: " ").map(String.init))
      #expect(again.exitCode == 1)
      try clearAway(again.output)
    }

    @Test(arguments: [["--round", "soon"], ["--rounds", "-1"], ["--kills", "many"]])
    func `refuses what it cannot read`(words: [String]) async throws {
      let result = try await Program.run(["selftest"] + words)
      #expect(result.exitCode == 64)
      #expect(result.output.isEmpty)
    }
  }
}
