import Fixtures
import Foundation
import Testing

extension `The command line` {
  @Suite(.timeLimit(.minutes(2))) struct `The log command` {
    private func key(_ directory: TemporaryDirectory) async throws -> String {
      let key = try await Program.run(["log", "key", "--data", directory.path])
      #expect(key.exitCode == 0, "\(key.errors)")
      #expect(key.output.wholeMatch(of: /sandbox\/hindsight\+[0-9a-f]{8}\+[^ ]{44}\n/) != nil)
      return key.output.trimmingCharacters(in: .newlines)
    }

    @Test func `exports, proves and checks beside a server and on a stopped journal`() async throws
    {
      let directory = try TemporaryDirectory()
      let out = try TemporaryDirectory()
      let served = try await Served.start(on: directory)
      #expect(try await served.update("one").status == 200)
      let key = try await key(directory)
      // Signed within a second.
      var live = try await served.ask("GET", "/hindsight/v1/log/checkpoint")
      while !live.text.contains("\n5\n") {
        try await Task.sleep(for: .milliseconds(50))
        live = try await served.ask("GET", "/hindsight/v1/log/checkpoint")
      }
      #expect(live.text.hasPrefix("sandbox/hindsight\n5\n"))
      let words = ["log", "export", "--data", directory.path, "--output", out.path]
      #expect(try await Program.run(words).errors.contains("5 events, of which 5 are new"))
      #expect(try out.bytes(of: "checkpoint") == Array(live.text.utf8))
      let tile = try await served.ask("GET", "/hindsight/v1/log/tile/entries/000.p/5")
      let exported = try out.bytes(of: "tile/entries/000.p/5")
      #expect(tile.text == String(decoding: exported, as: UTF8.self))
      #expect(try await served.ask("GET", "/hindsight/v1/log/tile/0/000").status == 404)
      #expect(try await served.update("two").status == 200)
      _ = await served.stop()

      // What the last commands recorded is signed at the end.
      #expect(try await Program.run(words).errors.contains("7 events, of which 2 are new"))
      let proof = out.file("5.tlog-proof")
      let made = try await Program.run(
        ["log", "proof", "5", "--data", directory.path, "--output", proof])
      #expect(made.exitCode == 0, "\(made.errors)")
      let checked = try await Program.run(
        ["log", "check", out.path, out.file("checkpoint"), proof, "--key", key])
      #expect(checked.exitCode == 0, "\(checked.output)")
      #expect(checked.output.contains("5.tlog-proof: sound\n  event 5 is in the log\n"))
    }

    @Test func `says plainly what is wrong, and ends with 2`() async throws {
      let directory = try TemporaryDirectory()
      let served = try await Served.start(on: directory)
      #expect(try await served.update("one").status == 200)
      _ = await served.stop()
      let key = try await key(directory)
      let proof = directory.file("one.tlog-proof")
      _ = try await Program.run(["log", "proof", "1", "--data", directory.path, "--output", proof])
      let text = String(decoding: try directory.bytes(of: "one.tlog-proof"), as: UTF8.self)
      try directory.write(Array(text.replacing("index 1\n", with: "index 2\n").utf8), to: "two")
      let other = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
      for (file, key, sentence) in [
        (directory.file("two"), key, "the proof is for index 2, and the event is 1"),
        (proof, other, "this is a checkpoint of another log: of sandbox/hindsight"),
        (directory.file("nothing"), key, "there is no such file"),
      ] {
        let result = try await Program.run(["log", "check", file, "--key", key])
        #expect(result.exitCode == 2)
        #expect(result.output.contains(sentence), "\(result.output)")
      }
      for words in [["--key", "nonsense"], [], ["--policy", "nothing"]] {
        let result = try await Program.run(["log", "check", proof] + words)
        #expect(result.exitCode == 64, "\(result.errors)")
      }
      let beyond = try await Program.run(["log", "proof", "99", "--data", directory.path])
      #expect(beyond.exitCode == 1)
      #expect(beyond.errors.contains("There is no event 99"))
    }

    @Test func `has nothing to tell of a journal that no server has run on`() async throws {
      let directory = try TemporaryDirectory()
      _ = try await Served.makeToken(directory, role: "admin")
      for words in [["key"], ["export", "--output", directory.file("out")], ["proof", "0"]] {
        let result = try await Program.run(["log"] + words + ["--data", directory.path])
        #expect(result.exitCode == 1)
        #expect(result.errors.contains("Nothing of this journal is signed yet"), "\(result.errors)")
      }
    }
  }

  @Suite(.timeLimit(.minutes(2))) struct `An older copy of a journal` {
    private func journal(_ directory: TemporaryDirectory) throws -> [(String, [UInt8])] {
      try directory.names().filter { $0.hasPrefix("journal.sqlite") }
        .map { ($0, try directory.bytes(of: $0)) }
    }

    private func remove(journal directory: TemporaryDirectory) throws {
      for (name, _) in try journal(directory) { try directory.remove(name) }
    }

    @Test func `that is none at all is not begun anew`() async throws {
      let directory = try TemporaryDirectory()
      let served = try await Served.start(on: directory)
      _ = await served.stop()
      try remove(journal: directory)
      let refused = try await Program.run(
        ["serve", "--data", directory.path, "--listen", "127.0.0.1:0"])
      #expect(refused.exitCode == 1)
      #expect(refused.errors.contains("has 0 events, and a checkpoint over"), "\(refused.errors)")
      #expect(!directory.exists("journal.sqlite"))
    }

    @Test func `is not written to, and the reason is said`() async throws {
      let directory = try TemporaryDirectory()
      let first = try await Served.start(on: directory)
      #expect(try await first.update("one").status == 200)
      _ = await first.stop()
      let older = try journal(directory)
      let second = try await Served.start(on: directory, token: first.token)
      #expect(try await second.update("two").status == 200)
      _ = await second.stop()

      try remove(journal: directory)
      for (name, bytes) in older { try directory.write(bytes, to: name) }
      for words in [
        ["serve", "--listen", "127.0.0.1:0"], ["token", "create", "--name", "x"],
      ] {
        let refused = try await Program.run(words + ["--data", directory.path])
        #expect(refused.exitCode == 1)
        #expect(refused.output.isEmpty)
        #expect(refused.errors.contains("an older copy was restored"), "\(refused.errors)")
      }
      let verified = try await Program.run(["verify", "--data", directory.path])
      #expect(verified.exitCode == 2)
      #expect(verified.output.contains("this is an older copy"), "\(verified.output)")
      // It can still be read.
      let history = try await Program.run(["history", Served.app, "--data", directory.path])
      #expect(history.exitCode == 0)
    }
  }
}
