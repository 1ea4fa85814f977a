import Fixtures
import Testing

extension `The command line` {
  @Suite(.timeLimit(.minutes(1))) struct `An option` {
    @Test func `comes from the command line, the environment or a file, in this order`()
      async throws
    {
      let (first, second, third) = (
        try TemporaryDirectory(), try TemporaryDirectory(), try TemporaryDirectory()
      )
      try third.write(Array(#"{"data":"\#(third.path)"}"#.utf8), to: "hindsight.json")
      let config = ["--config", third.file("hindsight.json")]
      let environment = ["HINDSIGHT_DATA": second.path]

      _ = try await Program.run(
        ["token", "create", "--data", first.path] + config, environment: environment)
      #expect(first.exists("journal.sqlite"))
      #expect(!second.exists("journal.sqlite") && !third.exists("journal.sqlite"))
      _ = try await Program.run(["token", "create"] + config, environment: environment)
      #expect(second.exists("journal.sqlite") && !third.exists("journal.sqlite"))
      _ = try await Program.run(["token", "create"] + config)
      #expect(third.exists("journal.sqlite"))
    }

    @Test func `of the server comes from the environment and from a file, too`() async throws {
      let directory = try TemporaryDirectory()
      let settings = #"{"listen":"127.0.0.1:0","upstreamTimeout":7,"logLevel":"critical"}"#
      try directory.write(Array(settings.utf8), to: "hindsight.json")
      let program = try RunningProgram(
        ["serve"],
        environment: [
          "HINDSIGHT_CONFIG": directory.file("hindsight.json"), "HINDSIGHT_DATA": directory.path,
        ])
      #expect(try await Served.port(of: program) > 0)
      program.send(15)
      #expect(await program.whenEnded().exitCode == 0)
    }

    @Test(arguments: [
      (["--listen", "nowhere"], "--listen must be HOST:PORT"),
      (["--listen", "127.0.0.1:99999"], "--listen must be HOST:PORT"),
      (["--upstream", "example.okta.com"], "--upstream must be scheme and host"),
      (["--upstream", "https://example.okta.com/path"], "--upstream must be scheme and host"),
      (["--upstream-auth", "password"], "--upstream-auth must be relay or ssws-file:PATH"),
      (["--upstream-auth", "ssws-file:/nonexistent"], "cannot be read"),
      (["--upstream-credential", "relay"], "--upstream-credential"),
      (["--upstream-timeout", "0"], "--upstream-timeout must be a whole number of seconds"),
      (["--connection-wait", "86401"], "--connection-wait must be a whole number of seconds"),
      (["--log-level", "loud"], "--log-level is not one of the levels"),
      (
        ["--config", "/nonexistent.json"], "The configuration file /nonexistent.json cannot be read"
      ),
      (["--public-url", "hindsight.example"], "--public-url must be scheme and host"),
    ])
    func `that does not fit is refused before anything is made`(
      words: [String], sentence: String
    ) async throws {
      let parent = try TemporaryDirectory()
      let result = try await Program.run(["serve", "--data", parent.file("data")] + words)
      #expect(result.exitCode != 0)
      #expect(result.output.isEmpty)
      #expect(result.errors.contains(sentence), "\(result.errors)")
      #expect(try parent.names() == [])
    }

    @Test func `with a secret in a file wants one token there`() async throws {
      let directory = try TemporaryDirectory()
      for text in ["", "\n", "two words\n", "line\nline\n"] {
        try directory.write(Array(text.utf8), to: "token")
        let result = try await Program.run([
          "serve", "--data", directory.file("data"), "--upstream-auth",
          "ssws-file:" + directory.file("token"),
        ])
        #expect(result.exitCode != 0)
        #expect(result.errors.contains("does not hold one API token"), "\(result.errors)")
        #expect(!result.errors.contains("two words"))
      }
    }
  }
}

extension `The command line` {
  @Suite(.timeLimit(.minutes(1))) struct `A data directory` {
    @Test(arguments: [["token", "create"], ["serve", "--listen", "127.0.0.1:0"], ["rebuild"]])
    func `that cannot be made is named`(words: [String]) async throws {
      let directory = try TemporaryDirectory()
      try directory.write([], to: "file")
      let path = directory.file("file/data")
      let result = try await Program.run(words + ["--data", path])
      #expect(result.exitCode == 1)
      #expect(result.output.isEmpty)
      #expect(result.errors.contains("\(path) cannot be written"), "\(result.errors)")
      #expect(result.errors.contains("Nothing was changed"))
    }

    @Test(arguments: [
      ["connections"], ["history", "x"], ["show", "x"], ["verify"], ["report", "changes"],
      ["token", "list"],
    ])
    func `that is not there is not made by looking`(words: [String]) async throws {
      let parent = try TemporaryDirectory()
      let result = try await Program.run(words + ["--data", parent.file("data")])
      #expect(result.exitCode == 1)
      #expect(result.errors.contains("There is no journal at"), "\(result.errors)")
      #expect(try parent.names() == [])
    }

    @Test func `of another program is left alone`() async throws {
      let directory = try TemporaryDirectory()
      let bytes = Array(String(repeating: "not a journal ", count: 20).utf8)
      try directory.write(bytes, to: "journal.sqlite")
      let result = try await Program.run(["token", "create", "--data", directory.path])
      #expect(result.exitCode == 1)
      #expect(result.errors.contains("is not a Hindsight journal"))
      #expect(try directory.bytes(of: "journal.sqlite") == bytes)
    }
  }
}
