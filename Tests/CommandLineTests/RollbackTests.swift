import Fixtures
import Testing

extension `The command line` {
  @Suite(.timeLimit(.minutes(5))) struct `The rollback command` {
    @Test func `shows the plan, and carries it out when told to`() async throws {
      try await SteeredSandbox.lend { sandbox in
        let directory = try TemporaryDirectory()
        let served = try await Served.start(
          on: directory,
          ["--upstream", sandbox.origin, "--upstream-auth", try sandbox.credential(in: directory)])
        #expect(try await served.update("first-token").status == 200)
        #expect(try await served.update("second-token").status == 200)
        let words = [
          "rollback", Served.app, "--to", "3", "--server", "http://127.0.0.1:\(served.port)",
          "--reason", "it broke",
        ]
        let environment = ["HINDSIGHT_TOKEN": served.token]
        let shown = try await Program.run(words, environment: environment)
        #expect(shown.exitCode == 0, "\(shown.errors)")
        #expect(shown.output.contains("update"))
        #expect(shown.output.contains("Nothing was sent."))
        #expect(try await sandbox.holds("second-token"))

        let done = try await Program.run(words + ["--yes"], environment: environment)
        #expect(done.exitCode == 0, "\(done.errors)")
        #expect(done.output.contains("update succeeded"))
        #expect(!done.output.contains("first-token"))
        #expect(try await sandbox.holds("first-token"))

        let nowhere = try await Program.run(
          ["rollback", Served.app, "--to", "99", "--server", "http://127.0.0.1:\(served.port)"],
          environment: environment)
        #expect(nowhere.exitCode == 1)
        #expect(nowhere.errors.contains("no such point in its history"))
        #expect(await served.stop().exitCode == 0)
      }
    }

    @Test func `says when no server answers`() async throws {
      let result = try await Program.run(
        ["rollback", Served.app, "--to", "previous", "--server", "http://127.0.0.1:1"],
        environment: ["HINDSIGHT_TOKEN": "hst_x"])
      #expect(result.exitCode == 1)
      #expect(result.errors.contains("No Hindsight server answers at http://127.0.0.1:1"))
    }
  }
}
