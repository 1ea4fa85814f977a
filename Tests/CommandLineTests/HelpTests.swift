import Fixtures
import Testing

extension `The command line` {
  @Suite(.timeLimit(.minutes(5))) struct `Help` {
    @Test(arguments: [
      "", "serve", "sandbox", "demo", "connections", "history", "show", "changes", "diff", "blame",
      "find", "doubts", "resolve", "rollback", "rollback begin", "rollback list", "rollback show",
      "rollback resume", "rollback abandon", "report", "rebuild", "verify", "log", "log key",
      "log export", "log proof", "log check", "log absence", "evidence", "witness", "selftest",
      "token", "token create", "token list", "token revoke", "secrets", "secrets compromised",
      "secrets shred", "secrets reveal", "hold", "hold add", "hold release", "key", "key rotate",
    ])
    func `says what each command does`(command: String) async throws {
      let words = command.split(separator: " ").map(String.init)
      let result = try await Program.run(words + ["--help"])
      #expect(result.exitCode == 0)
      #expect(result.errors.isEmpty)
      let name = (["help"] + words).joined(separator: "-") + ".txt"
      let difference = try Snapshot.difference(of: result.output, from: name)
      #expect(difference == nil)
    }

    @Test func `of serve names the options that others rely on`() async throws {
      let help = try await Program.run(["serve", "--help"]).output
      for option in [
        "--data", "--listen", "--upstream", "--upstream-auth", "--upstream-credential",
        "--upstream-timeout", "--connection-wait", "--log-level",
      ] {
        #expect(help.contains(option + " <"), "\(option)")
      }
    }

    @Test(arguments: [["frobnicate"], ["serve", "--frobnicate"], ["show"], ["token", "revoke"]])
    func `is what a wrong command is answered with`(words: [String]) async throws {
      let result = try await Program.run(words)
      #expect(result.exitCode == 64)
      #expect(result.output.isEmpty)
      #expect(result.errors.contains("Usage: hindsight"))
    }
  }
}
