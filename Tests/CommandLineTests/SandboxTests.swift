import Fixtures
import Foundation
import Testing

extension `The command line` {
  @Suite(.timeLimit(.minutes(5))) struct `The sandbox command` {
    private func ask(_ port: Int, _ method: String, _ target: String) async throws -> RawAnswer {
      try await RawSocket.send(
        """
        \(method) \(target) HTTP/1.1\r
        Host: 127.0.0.1\r
        Content-Length: 0\r
        \r

        """.utf8, to: port)
    }

    @Test func `behaves as its switches say`() async throws {
      let program = try RunningProgram([
        "sandbox", "--listen", "127.0.0.1:0", "--switch", "missingAuthorizationStatus=403",
        "--switch", "missingAuthorizationCode=E0000005", "--switch", "plainUpdateDisables=false",
        "--calls-per-minute", "7",
      ])
      let port = try await Served.port(of: program)
      let refused = try await ask(port, "GET", Served.connection)
      #expect(refused.status == 403)
      #expect(refused.text.hasPrefix(#"{"errorCode":"E0000005""#))
      let switches = try await ask(port, "GET", "/sandbox/switches").text
      #expect(switches.hasPrefix(#"{"plainUpdateDisables":false,"#))
      #expect(switches.contains(#""callsPerMinute":7"#))
      program.send(SIGTERM)
      #expect(await program.whenEnded().exitCode == 0)
    }

    @Test(arguments: [
      ("plainUpdateDisables", "--switch must be NAME=VALUE"), ("x=1", "There is no switch x."),
      ("updateStatus=500", "The value of updateStatus does not fit."),
    ])
    func `refuses a switch that it does not have`(word: String, sentence: String) async throws {
      let result = try await Program.run(
        ["sandbox", "--listen", "127.0.0.1:0", "--switch", word])
      #expect(result.exitCode == 64)
      #expect(result.errors.contains(sentence), "\(result.errors)")
      #expect(result.output.isEmpty)
    }
  }

  @Suite(.timeLimit(.minutes(5))) struct `The demo` {
    @Test func `shows the whole job, and how to go on with this very program`() async throws {
      let directory = try TemporaryDirectory()
      let data = directory.file("data")
      let result = try await Program.run(["demo", "--data", data])
      #expect(result.exitCode == 0, "\(result.errors)")
      #expect(result.output.contains("yes, that is the first token"))
      #expect(result.output.contains("all sound"))
      // A journal is one organisation's: this one is the sandbox's for ever.
      #expect(!result.output.contains("--upstream"))
      let next = result.output.split(separator: "\n").map { $0.split(separator: " ") }
        .filter { $0.first?.hasSuffix("/hindsight") == true }
      #expect(next.count == 2)
      for words in next {
        let path = try #require(words.first.map(String.init))
        #expect(path.hasPrefix("/"))
        let again = try RunningProgram(words.dropFirst().map(String.init), executable: path)
        #expect(await again.whenEnded().exitCode == 0)
      }
    }
  }
}
