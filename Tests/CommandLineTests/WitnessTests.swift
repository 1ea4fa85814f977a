import Fixtures
import Foundation
import GRDB
import Testing

extension `The command line` {
  @Suite(.timeLimit(.minutes(2))) struct `A witness` {
    /// A witness that runs for a log, with its address and key.
    private func start(
      _ memory: TemporaryDirectory, log: String
    ) async throws -> (program: RunningProgram, url: String, key: String) {
      let program = try RunningProgram([
        "witness", "--data", memory.path, "--name", "witness.example/w", "--listen",
        "127.0.0.1:0", "--log", log,
      ])
      guard let line = await program.nextLine(), let key = await program.nextLine() else {
        throw Served.NotServing(errors: await program.whenEnded().errors)
      }
      return (program, String(line.dropFirst("listening on ".count)), String(key.dropFirst(4)))
    }

    /// The directory of a server that has ended, one of its tokens, and the key of its log.
    private func signed() async throws -> (TemporaryDirectory, token: String, log: String) {
      let directory = try TemporaryDirectory()
      let first = try await Served.start(on: directory)
      _ = await first.stop()
      let key = try await Program.run(["log", "key", "--data", directory.path]).output
      return (directory, first.token, key.trimmingCharacters(in: .newlines))
    }

    @Test func `cosigns what a server records, and a policy demands it`() async throws {
      let (directory, token, log) = try await signed()
      let memory = try TemporaryDirectory()
      let witness = try await start(memory, log: log)
      let served = try await Served.start(
        on: directory, ["--witness", "\(witness.url)=\(witness.key)"], token: token)
      #expect(try await served.update("one").status == 200)
      let ended = await served.stop()
      #expect(ended.exitCode == 0, "\(ended.errors)")
      witness.program.send(SIGTERM)
      #expect(await witness.program.whenEnded().exitCode == 0)

      let proof = directory.file("one.tlog-proof")
      _ = try await Program.run(["log", "proof", "1", "--data", directory.path, "--output", proof])
      for (quorum, code) in [("w", 0), ("none", 0)] {
        let policy = "log \(log)\nwitness w \(witness.key)\nquorum \(quorum)\n"
        try directory.write(Array(policy.utf8), to: "policy")
        let checked = try await Program.run(
          ["log", "check", proof, "--policy", directory.file("policy")])
        #expect(checked.exitCode == Int32(code), "\(checked.output)")
        #expect(checked.output.contains("cosigned by witness.example/w"))
      }
      // Another one was never asked.
      let other = "witness v other+e3b0c442+BAAA\nquorum v\n"
      try directory.write(Array("log \(log)\n\(other)".utf8), to: "policy")
      #expect(
        try await Program.run(["log", "check", proof, "--policy", directory.file("policy")])
          .exitCode == 64)
      #expect(try await Program.run(["verify", "--data", directory.path]).exitCode == 0)
    }

    @Test func `that is required keeps changes out while it is away`() async throws {
      let (directory, token, log) = try await signed()
      let memory = try TemporaryDirectory()
      let witness = try await start(memory, log: log)
      witness.program.send(SIGTERM)
      _ = await witness.program.whenEnded()
      let served = try await Served.start(
        on: directory,
        [
          "--witness", "\(witness.url)=\(witness.key)", "--witness-required", "--log-level",
          "critical",
        ], token: token)
      while try await served.ask("GET", "/health/ready").status == 200 {
        try await Task.sleep(for: .milliseconds(50))
      }
      let answer = try await served.update("one")
      #expect(answer.status == 503)
      #expect(answer.text.contains("could not be recorded"), "\(answer.text)")
      let ready = try await served.ask("GET", "/health/ready")
      #expect(ready.text.contains("too few witnesses"), "\(ready.text)")
      _ = await served.stop()
    }

    @Test func `that is away when the server starts is named in its log`() async throws {
      let (directory, token, log) = try await signed()
      let memory = try TemporaryDirectory()
      let witness = try await start(memory, log: log)
      witness.program.send(SIGTERM)
      _ = await witness.program.whenEnded()
      let served = try await Served.start(
        on: directory, ["--witness", "\(witness.url)=\(witness.key)"], token: token)
      let ended = await served.stop()
      #expect(ended.errors.contains("a witness has not cosigned"), "\(ended.errors)")
      #expect(ended.errors.contains("witness=witness.example/w"), "\(ended.errors)")
    }

    @Test(arguments: [
      ["--witness", "nonsense"], ["--witness", "http://x=nonsense"],
      [
        "--witness",
        "http://x=example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
      ],
      ["--witness-quorum", "2"], ["--log-origin", "a b"], ["--checkpoint-interval", "0"],
    ])
    func `is named as it should be`(words: [String]) async throws {
      let directory = try TemporaryDirectory()
      let result = try await Program.run(
        ["serve", "--data", directory.path, "--listen", "127.0.0.1:0"] + words)
      #expect(result.exitCode == 64, "\(result.errors)")
      #expect(try directory.names() == [])
    }
  }

  @Suite(.timeLimit(.minutes(2))) struct `An evidence pack` {
    @Test func `and a proof of absence are checked by whoever has the key`() async throws {
      let directory = try TemporaryDirectory()
      let served = try await Served.start(on: directory)
      for token in ["one", "two"] { #expect(try await served.update(token).status == 200) }
      let words = ["--data", directory.path, "--output"]
      let absence = directory.file("absence")
      let made = try await Program.run(
        ["log", "absence", Served.app, "--from", "0"] + words + [absence])
      #expect(made.exitCode == 0, "\(made.errors)")
      let pack = directory.file("pack.zip")
      let packed = try await Program.run(["evidence", "--app", Served.app] + words + [pack])
      #expect(packed.exitCode == 0, "\(packed.errors)")
      #expect(packed.errors.contains("not recorded in the journal"))
      let key = try await Program.run(["log", "key", "--data", directory.path]).output
        .trimmingCharacters(in: .newlines)
      let checked = try await Program.run(["log", "check", absence, pack, "--key", key])
      #expect(checked.exitCode == 0, "\(checked.output)")
      #expect(checked.output.contains("and nothing else"))

      var bytes = try directory.bytes(of: "pack.zip")
      bytes[bytes.count / 2] ^= 1
      try directory.write(bytes, to: "pack.zip")
      let refused = try await Program.run(["log", "check", pack, "--key", key])
      #expect(refused.exitCode == 2)
      _ = await served.stop()

      let again = try await Program.run(["evidence", "--app", Served.app] + words + [pack])
      #expect(again.exitCode == 0)
      let events = try await Program.run(["verify", "--data", directory.path, "--format", "json"])
      #expect(events.exitCode == 0, "\(events.output)")
      // What `evidence` recorded of itself is not signed before the next start.
      #expect(events.output.contains("no signature covers the events from"), "\(events.output)")
    }
  }

  @Suite(.timeLimit(.minutes(2))) struct `Verifying everything` {
    @Test func `finds an altered view, and what only the master key can tell`() async throws {
      let directory = try TemporaryDirectory()
      let served = try await Served.start(on: directory)
      #expect(try await served.update("one").status == 200)
      #expect(try await served.ask("GET", "/hindsight/v1/connections").status == 200)
      _ = await served.stop()
      func verify(_ words: String...) async throws -> Program.Result {
        try await Program.run(["verify", "--data", directory.path] + words)
      }
      #expect(try await verify().exitCode == 0)
      try directory.alter("views.sqlite", "UPDATE connections SET first_at = 1")
      let found = try await verify()
      #expect(found.exitCode == 2)
      #expect(found.output.contains("views: the row of connections with number"), "\(found.output)")
      #expect(try await verify("--rows-only").exitCode == 0)
      try directory.remove("master.key")
      let keyless = try await verify("--rows-only")
      #expect(keyless.exitCode == 0)
      #expect(keyless.output.contains("not checked: whether the wrapped keys open"))
    }

    @Test func `goes on where the last signed head is damaged or gone`() async throws {
      let directory = try TemporaryDirectory()
      let served = try await Served.start(on: directory)
      #expect(try await served.update("one").status == 200)
      _ = await served.stop()
      func verify() async throws -> Program.Result {
        try await Program.run(["verify", "--rows-only", "--data", directory.path])
      }
      try directory.write(Array("junk".utf8), to: "last-signed")
      let damaged = try await verify()
      #expect(damaged.exitCode == 2)
      #expect(damaged.output.contains("last-signed is not as it was written"), "\(damaged)")
      #expect(damaged.output.contains("1 thing is wrong"), "\(damaged)")
      try directory.remove("last-signed")
      let gone = try await verify()
      #expect(gone.exitCode == 0)
      #expect(gone.output.contains("not checked: whether more was signed"), "\(gone)")
    }
  }
}

extension TemporaryDirectory {
  /// Changes a database as somebody could who knows SQLite.
  func alter(_ name: String, _ sql: String) throws {
    let queue = try DatabaseQueue(path: file(name))
    try queue.writeWithoutTransaction { try $0.execute(sql: sql) }
    try queue.close()
  }
}
