import Fixtures
import Foundation
import Testing

extension `The command line` {
  @Suite(.timeLimit(.minutes(2))) struct `A server that is killed` {
    private func serve(
      _ sandbox: SteeredSandbox, _ directory: TemporaryDirectory, token: String? = nil
    ) async throws -> Served {
      try await Served.start(
        on: directory,
        [
          "--upstream", sandbox.origin, "--upstream-auth", try sandbox.credential(in: directory),
          "--log-level", "critical",
        ], token: token)
    }

    /// Kills it while a call is on its way, and starts another in its place.
    private func crash(
      _ sandbox: SteeredSandbox, _ directory: TemporaryDirectory, during operation: String,
      _ send: @escaping @Sendable (Served) async throws -> RawAnswer
    ) async throws -> Served {
      let served = try await serve(sandbox, directory)
      #expect(try await served.update("one").status == 200)
      let calls = try await sandbox.calls(operation)
      try await sandbox.hang(operation, applied: true)
      let answer = Task { try await send(served) }
      try await sandbox.untilCalled(operation, times: calls + 1)
      served.program.send(SIGKILL)
      #expect(await served.program.whenEnded().exitCode == 128 + SIGKILL)
      await #expect(throws: (any Error).self) { try await answer.value }
      try await sandbox.steer("POST", "release")
      return try await serve(sandbox, directory, token: served.token)
    }

    private func outcomes(_ directory: TemporaryDirectory) async throws -> [String] {
      let history = try await Program.run(
        ["history", Served.app, "--data", directory.path, "--format", "json"])
      #expect(history.exitCode == 0, "\(history.errors)")
      return history.output.matches(of: /"outcome":"([^"]+)"/).map { String($0.output.1) }
    }

    @Test func `finds a change of status when it starts, and settles it`() async throws {
      try await SteeredSandbox.lend { sandbox in
        let directory = try TemporaryDirectory()
        let served = try await crash(sandbox, directory, during: "activate") {
          try await $0.ask("POST", Served.connection + "/lifecycle/activate")
        }
        // The next change waits until the doubt is settled.
        let next = try await served.ask("POST", Served.connection + "/lifecycle/deactivate")
        #expect(next.status == 204)
        #expect(
          try await outcomes(directory) == ["succeeded", "resolved: applied", "succeeded"])
        #expect(try await sandbox.calls("activate") == 1)
        _ = await served.stop()
        #expect(try await Program.run(["verify", "--data", directory.path]).exitCode == 0)
      }
    }

    @Test func `leaves a token in doubt and sends nothing again`() async throws {
      try await SteeredSandbox.lend { sandbox in
        let directory = try TemporaryDirectory()
        let served = try await crash(sandbox, directory, during: "update") {
          try await $0.update("two")
        }
        let shown = try await served.ask("GET", "/hindsight/v1/connections/\(Served.app)")
        #expect(!shown.text.contains(#""doubts":[]"#))
        #expect(try await outcomes(directory) == ["succeeded", "inDoubt"])
        #expect(try await sandbox.calls("update") == 2)
        #expect(try await served.update("three").status == 200)
        #expect(
          try await outcomes(directory) == ["succeeded", "resolved: superseded", "succeeded"])
        _ = await served.stop()
        #expect(try await Program.run(["verify", "--data", directory.path]).exitCode == 0)
      }
    }
  }
}

extension `The command line` {
  @Suite(.timeLimit(.minutes(5))) struct `A disk that is full` {
    @Test func `stops changes and loses none`() async throws {
      try await SteeredSandbox.lend { sandbox in
        let directory = try TemporaryDirectory()
        let token = try await Served.makeToken(directory, role: "admin")
        let credential = try sandbox.credential(in: directory)
        // No file may grow beyond 256 KiB, and whoever tries is told so instead of being killed.
        let script = """
          trap '' XFSZ
          ulimit -f 512
          exec "$0" serve --data "$1" --listen 127.0.0.1:0 --upstream "$2" --upstream-auth "$3" \
          --log-level critical
          """
        let program = try RunningProgram(
          ["-c", script, Program.path, directory.path, sandbox.origin, credential],
          executable: "/bin/sh")
        let served = Served(
          program: program, port: try await Served.port(of: program), token: token)

        var done = 0
        var refused: RawAnswer?
        while refused == nil, done < 500 {
          let answer = try await served.update("token-\(done)")
          if answer.status == 200 { done += 1 } else { refused = answer }
        }
        let answer = try #require(refused)
        #expect([500, 503].contains(answer.status), "\(answer.text)")
        #expect(answer.text.contains("could not be recorded"), "\(answer.text)")
        // Where the intent was not recorded, nothing was sent.
        let sent = try await sandbox.calls("update")
        #expect(sent == (answer.status == 503 ? done : done + 1))
        _ = await served.stop()

        let again = try await Served.start(
          on: directory, ["--upstream", sandbox.origin, "--upstream-auth", credential], token: token
        )
        #expect(try await again.update("at-last").status == 200)
        #expect(try await sandbox.holds("at-last"))
        #expect(await again.stop().exitCode == 0)
        let verified = try await Program.run(["verify", "--data", directory.path])
        #expect(verified.exitCode == 0, "\(verified.output)")
      }
    }
  }
}
