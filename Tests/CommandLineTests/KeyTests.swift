import Fixtures
import Foundation
import GRDB
import Testing

extension `The command line` {
  @Suite(.timeLimit(.minutes(5))) struct `The key command` {
    @Test func `rotates to a new key, by which the server starts, and by the old one not`()
      async throws
    {
      try await SteeredSandbox.lend { sandbox in
        let directory = try TemporaryDirectory()
        let upstream = [
          "--upstream", sandbox.origin, "--upstream-auth", try sandbox.credential(in: directory),
        ]
        let data = try TemporaryDirectory()
        let served = try await Served.start(on: data, upstream)
        #expect(try await served.update("first-token").status == 200)
        #expect(try await served.update("second-token").status == 200)
        let running = try await Program.run([
          "key", "rotate", "--data", data.path, "--new-key-file", directory.file("new.key"),
        ])
        #expect(running.exitCode == 1, "a server holds the directory")
        #expect(await served.stop().exitCode == 0)

        let rotated = try await Program.run([
          "key", "rotate", "--data", data.path, "--new-key-file", directory.file("new.key"),
          "--reason", "yearly",
        ])
        #expect(rotated.exitCode == 0, "\(rotated.errors)")
        #expect(rotated.output.hasPrefix("Wrapped 2 data keys"))
        let mode = try FileManager.default.attributesOfItem(atPath: directory.file("new.key"))
        #expect(mode[.posixPermissions] as? Int == 0o600)

        let old = try await Program.run(["serve", "--data", data.path, "--listen", "127.0.0.1:0"])
        #expect(old.exitCode == 1 && old.errors.contains("not the master key of this journal"))
        let again = try await Served.start(
          on: data,
          upstream + ["--master-key-command", "cat '\(directory.file("new.key"))'"],
          token: served.token)
        let back = try await again.ask(
          "POST", "/hindsight/v1/connections/\(Served.app)/rollback", #"{"to":{"version":3}}"#)
        #expect(back.text.contains(#""outcome":"completed""#), "\(back.text)")
        #expect(try await sandbox.holds("first-token"))
        #expect(await again.stop().exitCode == 0)
        let verified = try await Program.run([
          "verify", "--data", data.path, "--master-key-file", directory.file("new.key"),
        ])
        #expect(verified.exitCode == 0, "\(verified.output) \(verified.errors)")
      }
    }

    @Test func `says when somebody keeps what the old key opens from being cut out`() async throws {
      try await SteeredSandbox.lend { sandbox in
        let directory = try TemporaryDirectory()
        let data = try TemporaryDirectory()
        let served = try await Served.start(
          on: data,
          ["--upstream", sandbox.origin, "--upstream-auth", try sandbox.credential(in: directory)])
        #expect(try await served.update("first-token").status == 200)
        #expect(await served.stop().exitCode == 0)

        var configuration = Configuration()
        configuration.allowsUnsafeTransactions = true
        let reader = try DatabaseQueue(
          path: data.file("journal.sqlite"), configuration: configuration)
        try await reader.writeWithoutTransaction { database in
          try database.execute(sql: "BEGIN")
          _ = try Int.fetchOne(database, sql: "SELECT count(*) FROM events")
        }
        let rotated = try await Program.run([
          "key", "rotate", "--data", data.path, "--new-key-file", directory.file("new.key"),
        ])
        #expect(rotated.exitCode == 0, "\(rotated.errors)")
        #expect(rotated.output.contains("write-ahead log still keeps keys that the old one opens"))
        try await reader.writeWithoutTransaction { try $0.execute(sql: "ROLLBACK") }
        try reader.close()
      }
    }

    @Test func `makes nothing where there is no journal`() async throws {
      let data = try TemporaryDirectory()
      let result = try await Program.run([
        "key", "rotate", "--data", data.path, "--new-key-file", data.file("new.key"),
      ])
      #expect(result.exitCode == 1)
      #expect(try data.names().isEmpty)
    }

    @Test func `leaves no core dump`() async throws {
      let data = try TemporaryDirectory()
      let served = try await Served.start(on: data)
      let limits = try String(
        contentsOfFile: "/proc/\(served.program.processID)/limits", encoding: .utf8)
      let found = limits.split(separator: "\n").first { $0.contains("core file") }
      let line = try #require(found)
      #expect(line.split(separator: " ").dropFirst(4).prefix(2) == ["0", "0"])
      #expect(await served.stop().exitCode == 0)
    }
  }
}
