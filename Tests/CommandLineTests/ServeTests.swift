import Connections
import EventStore
import Fixtures
import Foundation
import Testing

extension `The command line` {
  @Suite(.timeLimit(.minutes(5))) struct `A server` {
    @Test func `says where it listens, serves, and ends with 0`() async throws {
      let directory = try TemporaryDirectory()
      let served = try await Served.start(on: directory)
      #expect(try await served.update("one").status == 200)
      let ready = try await served.ask("GET", "/health/ready")
      #expect(ready.text.hasPrefix(#"{"status":"ready""#))
      let ended = await served.stop()
      #expect(ended.exitCode == 0, "\(ended.errors)")
      #expect(ended.output == "listening on http://127.0.0.1:\(served.port)\n")
      for signal in [SIGINT, SIGTERM] {
        let again = try await Served.start(on: directory, token: served.token)
        again.program.send(signal)
        #expect(await again.program.whenEnded().exitCode == 0)
      }
    }

    @Test func `gives a running change its outcome before it ends`() async throws {
      try await SteeredSandbox.lend { sandbox in
        let directory = try TemporaryDirectory()
        let served = try await Served.start(
          on: directory,
          [
            "--upstream", sandbox.origin, "--upstream-auth", try sandbox.credential(in: directory),
            "--log-level", "critical",
          ])
        try await sandbox.hang("update", applied: true)
        async let answer = served.update("one")
        try await sandbox.untilCalled("update")
        served.program.send(SIGTERM)
        try await sandbox.steer("POST", "release")
        #expect(try await answer.status == 200)
        let ended = await served.program.whenEnded()
        #expect(ended.exitCode == 0, "\(ended.errors)")
        let history = try await Program.run(["history", Served.app, "--data", directory.path])
        #expect(history.output.contains("succeeded"))
      }
    }

    @Test func `is the only one on its directory`() async throws {
      let directory = try TemporaryDirectory()
      let served = try await Served.start(on: directory)
      let second = try await Program.run(
        ["serve", "--data", directory.path, "--listen", "127.0.0.1:0"])
      #expect(second.exitCode == 1)
      #expect(second.output.isEmpty)
      #expect(
        second.errors.contains(
          "Another Hindsight process writes to \(directory.path). Nothing was changed."))
      #expect(!second.errors.contains("HummingbirdCore"), "the sentence alone: \(second.errors)")
      #expect(try await served.update("one").status == 200)
      _ = await served.stop()
    }

    @Test func `stands in front of one organisation for the life of its journal`() async throws {
      try await SteeredSandbox.lend { sandbox in
        let directory = try TemporaryDirectory()
        let upstream = [
          "--upstream", sandbox.origin, "--upstream-auth", try sandbox.credential(in: directory),
        ]
        let served = try await Served.start(on: directory, upstream)
        #expect(try await served.update("one").status == 200)
        _ = await served.stop()
        for other in ["https://other.okta.example", "sandbox"] {
          let refused = try await Program.run(
            ["serve", "--data", directory.path, "--listen", "127.0.0.1:0", "--upstream", other])
          #expect(refused.exitCode == 1)
          #expect(
            refused.errors.contains("is the log of 127.0.0.1, and --upstream names"),
            "\(refused.errors)")
        }
        let again = try await Served.start(on: directory, upstream, token: served.token)
        #expect(try await again.update("two").status == 200)
        _ = await again.stop()
        let renamed = try await Served.start(
          on: directory, ["--renamed-organisation"], token: served.token)
        let events = try await renamed.ask("GET", "/hindsight/v1/events?type=organisation.named")
        #expect(
          events.text.matches(of: /"host":"([^"]+)"/).map { String($0.output.1) } == [
            "127.0.0.1", "sandbox",
          ], "\(events.text)")
        _ = await renamed.stop()
      }
    }

    @Test func `starts where the last event cannot be read`() async throws {
      let directory = try TemporaryDirectory()
      let first = try await Served.start(on: directory)
      #expect(try await first.update("one").status == 200)
      _ = await first.stop()
      try directory.tamper(
        """
        UPDATE events SET body = replace(body, '"type":"command.', '"type":"comment.')
        WHERE "index" = (SELECT max("index") FROM events)
        """)
      let served = try await Served.start(on: directory, token: first.token)
      let other = try await served.ask(
        "GET", "/api/v1/apps/0oaZSCALER0000000001/connections/default")
      #expect(other.status == 200, "\(other.text)")
      _ = await served.stop()
    }

    @Test func `makes nothing where it cannot listen, and says why`() async throws {
      let served = try await Served.start(on: try TemporaryDirectory())
      let taken = "127.0.0.1:\(served.port)"
      for (address, why) in [
        (taken, "Address already in use"), ("nowhere.invalid:0", "there is no such host"),
      ] {
        let directory = try TemporaryDirectory()
        for words in [
          ["serve", "--data", directory.file("data")], ["sandbox"],
        ] {
          let ended = try await Program.run(words + ["--listen", address])
          #expect(ended.exitCode == 1 && ended.output.isEmpty)
          #expect(
            ended.errors == """
              Error: The address \(address) of --listen cannot be had: \(why). Nothing was \
              served. Choose another, or end what has it.

              """)
        }
        #expect(!directory.exists("data"))
      }
      _ = await served.stop()
    }

    @Test func `makes its master key once, for its owner alone`() async throws {
      let directory = try TemporaryDirectory()
      let served = try await Served.start(on: directory)
      _ = await served.stop()
      let key = directory.file("master.key")
      let attributes = try FileManager.default.attributesOfItem(atPath: key)
      #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o600)
      let before = try directory.bytes(of: "master.key")
      let again = try await Served.start(on: directory, token: served.token)
      _ = await again.stop()
      #expect(try directory.bytes(of: "master.key") == before)
    }

    /// What is done to the key file, and what the next start says.
    /// Neither a token that was made before the first start nor one that is made between two starts
    /// has watched.
    @Test func `says since when nobody watched before it`() async throws {
      let signed = try SignedJournal()
      let directory = signed.directory
      func begin() async throws {
        let writer = try signed.open().writer
        let label = Notice.appLabelled(SampleApp.org2Org, label: "Acme", name: nil)
        _ = try await writer.append(
          AppendBatch(to: .access, at: .any, [signed.life.draft(.notice(label))]))
        try await writer.check()
      }
      func startAndEnd() async throws -> String {
        let served = try await Served.start(on: directory)
        #expect(await served.stop().exitCode == 0)
        return try await Program.run(["report", "coverage", "--data", directory.path]).output
      }
      try await begin()
      let first = try await startAndEnd()
      #expect(first.contains("2026-11-23T08:00:00.000000Z,"), "\(first)")
      try directory.write(Array("2026-11-24T09:00:00.000000Z\n".utf8), to: "last-seen")
      let second = try await startAndEnd()
      #expect(second.contains("2026-11-24T09:00:00.000000Z,"), "\(second)")
    }

    enum KeyTrouble: String, CaseIterable {
      case missing
      case wrong
      case malformed
      case readableByOthers

      func befall(_ key: String) throws {
        let other = String(repeating: "ab", count: 32) + "\n"
        switch self {
        case .missing: try FileManager.default.removeItem(atPath: key)
        case .wrong: try other.write(toFile: key, atomically: false, encoding: .utf8)
        case .malformed: try "no key\n".write(toFile: key, atomically: false, encoding: .utf8)
        case .readableByOthers:
          try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: key)
        }
      }

      var sentence: String {
        switch self {
        case .missing: "is not there"
        case .wrong: "This is not the master key of this journal"
        case .malformed: "is not 64 hexadecimal digits"
        case .readableByOthers: "others can read it"
        }
      }
    }

    @Test(arguments: KeyTrouble.allCases)
    func `does not start without its master key`(trouble: KeyTrouble) async throws {
      let directory = try TemporaryDirectory()
      let served = try await Served.start(on: directory)
      #expect(try await served.update("one").status == 200)
      _ = await served.stop()
      try trouble.befall(directory.file("master.key"))
      let result = try await Program.run(
        ["serve", "--data", directory.path, "--listen", "127.0.0.1:0"])
      #expect(result.exitCode == 1)
      #expect(result.output.isEmpty)
      #expect(result.errors.contains(trouble.sentence), "\(result.errors)")
      #expect(result.errors.contains("Nothing was changed"))
      #expect(directory.exists("master.key") == (trouble != .missing))
    }

    @Test func `takes its master key from the environment or from another file`() async throws {
      let directory = try TemporaryDirectory()
      let text = String(repeating: "5c", count: 32)
      let environment = ["HINDSIGHT_MASTER_KEY": text]
      let served = try await Served.start(on: directory, environment: environment)
      #expect(try await served.update("one").status == 200)
      _ = await served.stop()
      #expect(!directory.exists("master.key"))

      try directory.write(Array((text + "\n").utf8), to: "elsewhere.key")
      let key = directory.file("elsewhere.key")
      try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: key)
      let again = try await Served.start(
        on: directory, ["--master-key-file", key], token: served.token)
      let rollback = try await again.ask(
        "POST", "/hindsight/v1/connections/\(Served.app)/rollback", #"{"to":{"version":3}}"#)
      #expect(rollback.status == 200, "\(rollback.text)")
      _ = await again.stop()
    }
  }
}
