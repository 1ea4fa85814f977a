import Fixtures
import Foundation
import Testing

extension `The command line` {
  @Suite(.timeLimit(.minutes(5))) struct `An option` {
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

    @Test func `that says where the server is comes from there as well`() async throws {
      let directory = try TemporaryDirectory()
      let served = try await Served.start(on: directory)
      let origin = "http://127.0.0.1:\(served.port)"
      try directory.write(Array((served.token + "\n").utf8), to: "token")
      let settings = #"{"server":"\#(origin)","tokenFile":"\#(directory.file("token"))"}"#
      try directory.write(Array(settings.utf8), to: "hindsight.json")
      let places: [(words: [String], environment: [String: String])] = [
        ([], ["HINDSIGHT_SERVER": origin, "HINDSIGHT_TOKEN": served.token]),
        ([], ["HINDSIGHT_SERVER": origin, "HINDSIGHT_TOKEN_FILE": directory.file("token")]),
        ([], ["HINDSIGHT_CONFIG": directory.file("hindsight.json")]),
        (["--config", directory.file("hindsight.json")], [:]),
        (["--server", origin, "--token-file", directory.file("token")], [:]),
      ]
      for place in places {
        let listed = try await Program.run(
          ["token", "list", "--format", "json"] + place.words, environment: place.environment)
        #expect(listed.output.hasPrefix(#"{"tokens":[{"id":""#), "\(place): \(listed.errors)")
      }
      // A directory that is named on the command line goes before a server of the environment.
      let other = try TemporaryDirectory()
      _ = try await Program.run(
        ["token", "create", "--data", other.path], environment: ["HINDSIGHT_SERVER": origin])
      #expect(other.exists("journal.sqlite"))
      _ = await served.stop()
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
      (["--trusted-proxies", "127.0.0.1,proxy.example"], "no names and no ranges: proxy.example"),
      (["--trusted-proxies", "10.0.0.0/8"], "no names and no ranges: 10.0.0.0/8"),
      (["--witness-required"], "There is no --witness"),
      (["--witness-quorum", "2"], "There is no --witness"),
      (["--witness", "x"], "--witness must be URL=VKEY"),
    ])
    func `that does not fit is refused before anything is made`(
      words: [String], sentence: String
    ) async throws {
      let parent = try TemporaryDirectory()
      let result = try await Program.run(["serve", "--data", parent.file("data")] + words)
      #expect(result.exitCode != 0)
      #expect(result.output.isEmpty)
      #expect(result.errors.contains(sentence), "\(result.errors)")
      #expect(!result.errors.contains("Usage:"))
      #expect(try parent.names() == [])
    }

    /// What is set and not in force is worse than what is refused.
    @Test(arguments: [
      (#"{"listen": null}"#, "sets listen to what is no text"),
      (#"{"listen": {"host": "x"}}"#, "sets listen to what is no text"),
      (#"{"callerRate": 5.5}"#, "sets callerRate to what is no text"),
      (#"{"trustedProxies": ["127.0.0.1", 5]}"#, "sets trustedProxies to what is no text"),
      (#"{"trustedProxies": ["127.0.0.1", "here"]}"#, "no ranges: here"),
      (#"{"witness": ["a"]}"#, "--witness must be URL=VKEY: a"),
      (#"{"witnessRequired": true}"#, "There is no --witness"),
      (#"{"allowReveal": 1}"#, "--allow-reveal must be true or false: 1"),
      (#"{"listen": "x""#, "holds no JSON object"),
      (#"["listen"]"#, "holds no JSON object"),
    ])
    func `of a file is in force or refused`(text: String, sentence: String) async throws {
      let directory = try TemporaryDirectory()
      try directory.write(Array(text.utf8), to: "settings.json")
      let result = try await Program.run([
        "serve", "--data", directory.file("data"), "--config", directory.file("settings.json"),
      ])
      #expect(result.exitCode != 0)
      #expect(result.errors.contains(sentence), "\(result.errors)")
      #expect(!directory.exists("data"))
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
  @Suite(.timeLimit(.minutes(5))) struct `A data directory` {
    @Test(arguments: [["token", "create"], ["serve", "--listen", "127.0.0.1:0"]])
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
      ["token", "list"], ["token", "revoke", "0192f0c1-2f3a-7bbb-8ccc-1234567890ab"],
      ["rebuild"],
    ])
    func `that is not there is made by none that needs it`(words: [String]) async throws {
      let parent = try TemporaryDirectory()
      let result = try await Program.run(words + ["--data", parent.file("data")])
      #expect(result.exitCode == 1)
      #expect(result.errors.contains("There is no journal at"), "\(result.errors)")
      #expect(try parent.names() == [])
    }

    @Test(arguments: [["token", "create"], ["serve", "--listen", "127.0.0.1:0"]])
    func `that is read-only is named, and stays as it is`(words: [String]) async throws {
      let directory = try TemporaryDirectory()
      let path = directory.path
      try FileManager.default.setAttributes([.posixPermissions: 0o555], ofItemAtPath: path)
      defer {
        try? FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
      }
      let result = try await Program.runPowerless(words + ["--data", path])
      #expect(result.exitCode == 1)
      #expect(result.output.isEmpty)
      #expect(result.errors.contains("\(path) cannot be written"), "\(result.errors)")
      #expect(result.errors.contains("Nothing was changed"))
      #expect(try directory.names() == [])
    }

    @Test(arguments: [["history", "x"], ["verify"], ["token", "create"]])
    func `that is closed to whoever asks is not taken for an empty one`(
      words: [String]
    ) async throws {
      let directory = try TemporaryDirectory()
      _ = try await Served.makeToken(directory, role: "reviewer")
      for name in try directory.names() {
        try FileManager.default.setAttributes(
          [.posixPermissions: 0o000], ofItemAtPath: directory.file(name))
      }
      // Whoever may write to the directory is still not let in.
      try FileManager.default.setAttributes(
        [.posixPermissions: 0o777], ofItemAtPath: directory.path)
      let before = try directory.names()
      let result = try await Program.runPowerless(words + ["--data", directory.path])
      #expect(result.exitCode == 1)
      #expect(result.errors.contains("cannot be"), "\(result.errors)")
      #expect(result.errors.contains("Permission denied"), "\(result.errors)")
      #expect(!result.errors.contains("There is no journal"))
      #expect(try directory.names() == before)
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
