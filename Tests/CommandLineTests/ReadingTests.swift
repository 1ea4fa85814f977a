import Fixtures
import Foundation
import Testing

extension `The command line` {
  @Suite(.timeLimit(.minutes(5))) struct `A command that reads` {
    /// Two tokens by a server that has ended.
    private func lend(
      _ body: (TemporaryDirectory, _ commandID: String) async throws -> Void
    ) async throws {
      let directory = try TemporaryDirectory()
      let served = try await Served.start(on: directory)
      let first = try await served.update("one")
      #expect(first.status == 200)
      #expect(try await served.update("two").status == 200)
      _ = await served.stop()
      try await body(directory, try #require(first.header("hindsight-command-id")))
    }

    @Test func `shows tables to people and JSON to programs`() async throws {
      try await lend { directory, command in
        for (words, heading, field) in [
          (["connections"], "APP ", #""connections":["#),
          (["history", Served.app], "│ ", #""items":["#),
          (["show", Served.app], "App ", #""appId":"\#(Served.app)""#),
          (["show", command], "VERSION ", #""type":"command.intended""#),
        ] {
          let table = try await Program.run(words + ["--data", directory.path])
          #expect(table.exitCode == 0, "\(table.errors)")
          #expect(table.output.hasPrefix(heading), "\(table.output)")
          let json = try await Program.run(
            words + ["--data", directory.path, "--format", "json"])
          #expect(json.output.contains(field), "\(json.output)")
          #expect(
            (try? JSONSerialization.jsonObject(with: Data(json.output.utf8))) != nil)
        }
      }
    }

    @Test func `gives a list of changes page by page, from either end`() async throws {
      try await lend { directory, command in
        func page(_ words: [String]) async throws -> [String: Any] {
          let run = try await Program.run(
            ["changes", "--data", directory.path, "--format", "json", "--limit", "1"] + words)
          #expect(run.exitCode == 0, "\(run.errors)")
          let json = try JSONSerialization.jsonObject(with: Data(run.output.utf8))
          return try #require(json as? [String: Any])
        }
        func commands(_ page: [String: Any]) -> [String?] {
          (page["items"] as? [[String: Any]] ?? []).map { $0["commandId"] as? String }
        }
        let oldest = try await page([])
        let newest = try await page(["--sort=-recordedAt"])
        #expect(commands(oldest) == [command])
        let cursor = try #require(newest["nextCursor"] as? String)
        let last = try await page(["--sort=-recordedAt", "--cursor", cursor])
        #expect(commands(last) == [command] && last["nextCursor"] is NSNull)
        let other = try await Program.run(["changes", "--data", directory.path, "--cursor", cursor])
        #expect(other.exitCode == 64)
        #expect(other.errors.contains("The cursor is of another question"), "\(other.errors)")
        let table = try await Program.run(["changes", "--data", directory.path, "--limit", "1"])
        let next = try #require(oldest["nextCursor"] as? String)
        #expect(table.output.contains("go on with --cursor \(next)\n"), "\(table.output)")
      }
    }

    @Test func `shows nothing that a terminal would obey`() async throws {
      let directory = try TemporaryDirectory()
      let made = try await Program.run(
        ["token", "create", "--data", directory.path, "--name", "a\u{1B}[2J\nb\u{202E}c"])
      #expect(made.exitCode == 0, "\(made.errors)")
      let listed = try await Program.run(["token", "list", "--data", directory.path])
      #expect(listed.output.contains("  a\u{FFFD}[2J b\u{FFFD}c  "), "\(listed.output)")
    }

    @Test func `looks back`() async throws {
      try await lend { directory, _ in
        let show = ["show", Served.app, "--data", directory.path, "--format", "json"]
        // After the organisation's name, the token and the first look: nothing was set yet.
        let then = try await Program.run(show + ["--as-of", "2"])
        #expect(then.output.contains(#""kind":"neverRecorded""#), "\(then.errors)")
        let now = try await Program.run(show)
        #expect(now.output.contains(#""kind":"recorded""#))
        let odd = try await Program.run(show + ["--as-of", "yesterday"])
        #expect(odd.exitCode == 64)
        #expect(odd.errors.contains("--as-of must be a time or the index of an event"))
      }
    }

    @Test func `reads beside a running server`() async throws {
      let directory = try TemporaryDirectory()
      let served = try await Served.start(on: directory)
      #expect(try await served.update("one").status == 200)
      for words in [["history", Served.app], ["verify"], ["connections"], ["report", "changes"]] {
        let result = try await Program.run(words + ["--data", directory.path])
        #expect(result.exitCode == 0, "\(words): \(result.errors)")
      }
      _ = await served.stop()
    }

    @Test(arguments: [["history", "0oaNOWHERE"], ["show", "0oaNOWHERE"]])
    func `says when there is nothing`(words: [String]) async throws {
      try await lend { directory, _ in
        let result = try await Program.run(words + ["--data", directory.path])
        #expect(result.exitCode != 0)
        #expect(result.errors.contains("Nothing is recorded of a connection of 0oaNOWHERE"))
      }
    }

    @Test func `writes a report to standard output or to a file`() async throws {
      try await lend { directory, command in
        let words = ["report", "changes", "--data", directory.path]
        let printed = try await Program.run(words)
        #expect(printed.exitCode == 0)
        #expect(printed.output.hasPrefix("command_id,"))
        #expect(printed.output.contains("\r\n\(command),"))
        #expect(printed.output.split(separator: "\r\n").count == 3)
        #expect(printed.errors.hasPrefix("2 rows"))
        let file = directory.file("changes.csv")
        let written = try await Program.run(words + ["--output", file])
        #expect(written.output.isEmpty)
        #expect(try String(contentsOfFile: file, encoding: .utf8) == printed.output)
        // Each of them left a trace.
        let verified = try await Program.run(
          ["verify", "--data", directory.path, "--format", "json"])
        #expect(verified.output.contains(#""sound":true"#))
        #expect(verified.output.contains(#""events":9"#), "\(verified.output)")
      }
    }

    @Test func `makes the views anew`() async throws {
      try await lend { directory, _ in
        let connections = ["connections", "--data", directory.path]
        let before = try await Program.run(connections).output
        try directory.write(Array("rubbish".utf8), to: "views.sqlite")
        let rebuilt = try await Program.run(["rebuild", "--data", directory.path])
        #expect(rebuilt.output == "Rebuilt from 7 events.\n", "\(rebuilt.errors)")
        #expect(try await Program.run(connections).output == before)
        try FileManager.default.removeItem(atPath: directory.file("views.sqlite"))
        #expect(try await Program.run(connections).output == before)
      }
    }
  }
}

extension `The command line` {
  @Suite(.timeLimit(.minutes(5))) struct `The verify command` {
    @Test func `ends with 0 when all is well, and with 2 when a byte is not`() async throws {
      let directory = try TemporaryDirectory()
      let served = try await Served.start(on: directory)
      #expect(try await served.update("one").status == 200)
      _ = await served.stop()
      let verify = ["verify", "--data", directory.path]
      let sound = try await Program.run(verify)
      #expect(sound.exitCode == 0)
      #expect(sound.output.contains("events, all sound. Root "))

      // The address of whoever asked, in the body of an event, as a hand with an editor does it.
      var bytes = try directory.bytes(of: "journal.sqlite")
      let place = try #require(bytes.firstRange(of: Array("127.0.0.1".utf8)))
      bytes.replaceSubrange(place, with: Array("127.0.0.2".utf8))
      try directory.write(bytes, to: "journal.sqlite")
      let tampered = try await Program.run(verify)
      #expect(tampered.exitCode == 2)
      #expect(tampered.output.contains("event "), "\(tampered.output)")
      let json = try await Program.run(verify + ["--format", "json"])
      #expect(json.exitCode == 2)
      #expect(json.output.contains(#""sound":false"#))
    }
  }
}
