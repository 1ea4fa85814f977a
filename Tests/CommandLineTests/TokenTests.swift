import Fixtures
import Testing

extension `The command line` {
  @Suite(.timeLimit(.minutes(5))) struct `The token command` {
    @Test func `makes a token in a new directory and prints it alone`() async throws {
      let parent = try TemporaryDirectory()
      let directory = parent.file("a/b/data")
      let result = try await Program.run(["token", "create", "--data", directory])
      #expect(result.exitCode == 0)
      #expect(result.errors.isEmpty)
      #expect(result.output.wholeMatch(of: /hst_[0-9a-f]{64}\n/) != nil)
      #expect(parent.exists("a/b/data/journal.sqlite"))
    }

    @Test func `tells programs all of it as JSON`() async throws {
      let directory = try TemporaryDirectory()
      let place = ["--data", directory.path, "--format", "json"]
      let made = try await Program.run(
        ["token", "create", "--name", "ci", "--role", "operator"] + place)
      let id = try #require(made.output.firstMatch(of: /"id":"([^"]+)"/)).output.1
      let token = try #require(made.output.firstMatch(of: /"token":"(hst_[0-9a-f]+)"/)).output.1
      #expect(
        made.output
          == #"{"id":"\#(id)","name":"ci","role":"operator","token":"\#(token)"}"# + "\n")
      let revoked = try await Program.run(["token", "revoke", String(id)] + place)
      #expect(revoked.output == #"{"id":"\#(id)","revoked":true}"# + "\n")
      let rebuilt = try await Program.run(["rebuild"] + place)
      #expect(rebuilt.output == #"{"events":2}"# + "\n")
    }

    @Test func `lists and revokes`() async throws {
      let directory = try TemporaryDirectory()
      let token = try await Served.makeToken(directory, role: "operator")
      let listed = try await Program.run(
        ["token", "list", "--data", directory.path, "--format", "json"])
      #expect(listed.exitCode == 0)
      #expect(!listed.output.contains(token))
      let id = try #require(listed.output.firstMatch(of: /"id":"([^"]+)"/)).output.1
      #expect(listed.output.contains(#""name":"operator","role":"operator""#))

      let words = ["token", "revoke", String(id), "--data", directory.path]
      #expect(try await Program.run(words).exitCode == 0)
      let again = try await Program.run(words)
      #expect(again.exitCode != 0)
      #expect(again.errors.contains("revoked before"))
      let table = try await Program.run(["token", "list", "--data", directory.path]).output
      #expect(table.hasPrefix("ID "))
      #expect(table.contains("operator"))
    }

    @Test(arguments: [["--role", "god"], ["--role", ""]])
    func `knows three roles`(words: [String]) async throws {
      let directory = try TemporaryDirectory()
      let result = try await Program.run(["token", "create", "--data", directory.path] + words)
      #expect(result.exitCode == 64)
      #expect(result.output.isEmpty)
      #expect(try directory.names() == [])
    }

    @Test func `speaks to a running server when it is named`() async throws {
      let directory = try TemporaryDirectory()
      let served = try await Served.start(on: directory)
      let place = ["--server", "http://127.0.0.1:\(served.port)"]
      let made = try await Program.run(
        ["token", "create", "--role", "reviewer"] + place,
        environment: ["HINDSIGHT_TOKEN": served.token])
      #expect(made.output.wholeMatch(of: /hst_[0-9a-f]{64}\n/) != nil, "\(made.errors)")
      let refused = try await Program.run(
        ["token", "create"] + place,
        environment: ["HINDSIGHT_TOKEN": made.output.filter { $0 != "\n" }])
      #expect(refused.exitCode == 1)
      #expect(refused.errors.contains("403"))
      let without = try await Program.run(["token", "create"] + place)
      #expect(without.errors.contains("HINDSIGHT_TOKEN"))
      #expect(await served.stop().exitCode == 0)
    }

    @Test func `leaves the directory of a running server to the server`() async throws {
      let directory = try TemporaryDirectory()
      let served = try await Served.start(on: directory)
      let refused = try await Program.run(["token", "create", "--data", directory.path])
      #expect(refused.exitCode == 1)
      #expect(refused.errors.contains("Another Hindsight process writes"))
      #expect(refused.output.isEmpty)
      _ = await served.stop()
    }
  }
}
