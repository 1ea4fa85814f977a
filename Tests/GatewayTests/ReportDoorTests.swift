import Commands
import Connections
import EventStore
import Fixtures
import OktaAPI
import Sandbox
import Testing
import TransparencyLog
import Vault

@Suite(.timeLimit(.minutes(5))) struct `The report of changes at the door` {
  private func rows(_ answer: RawAnswer) -> [[String]] {
    answer.text.split(separator: "\r\n").map {
      $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }
  }

  @Test func `has a header and a row for each command`() async throws {
    try await RunningGateway.lend { gateway in
      var ids: [String?] = []
      await gateway.lane.sandbox.add(SandboxFault(.cutHead, on: .update, skip: 1))
      for (token, caller) in [
        ("one", RunningGateway.Caller.operator), ("two", .operator), ("three", .reviewer),
        ("bad-token", .admin),
      ] {
        let answer = try await gateway.update(token, as: caller)
        ids.append(answer.header("hindsight-command-id"))
        await gateway.lane.commands.drain()
      }
      let report = try await gateway.native("GET", "reports/changes.csv")
      #expect(report.status == 200)
      #expect(report.header("content-type")?.hasPrefix("text/csv") == true)
      #expect(report.header("content-disposition")?.contains("changes.csv") == true)
      #expect(report.text.hasSuffix("\r\n"))
      let rows = rows(report)
      let header = try #require(rows.first)
      let command = try #require(header.firstIndex(of: "command_id"))
      let outcome = try #require(header.firstIndex(of: "outcome"))
      #expect(rows.dropFirst().map { $0[command] } == ids)
      #expect(
        rows.dropFirst().map { $0[outcome] } == ["succeeded", "inDoubt", "refused", "refused"])
      #expect(!report.text.contains("bad-token"))
    }
  }

  @Test func `can be of a period`() async throws {
    try await RunningGateway.lend { gateway in
      for token in ["one", "two", "three"] {
        _ = try await gateway.update(token)
        gateway.lane.world.advance(seconds: 60)
      }
      for (query, count) in [
        ("from=2026-11-23T08:01:00Z", 2), ("to=2026-11-23T08:01:00Z", 1),
        ("from=2026-11-23T08:01:00Z&to=2026-11-23T08:02:00Z", 1),
      ] {
        let report = try await gateway.native("GET", "reports/changes.csv?" + query)
        #expect(rows(report).count == 1 + count, "\(query)")
      }
    }
  }

  @Test func `leaves a trace of who took it`() async throws {
    try await RunningGateway.lend { gateway in
      _ = try await gateway.update("one")
      let size = try await gateway.lane.events().count
      _ = try await gateway.native("GET", "reports/changes.csv?from=2026-01-01T00:00:00Z")
      let event = try #require(try await gateway.lane.events().last)
      var export = Export(
        definition: "changes/5", from: "2026-01-01T00:00:00.000000Z", to: nil, trueAtSize: size)
      export.asOf = "\(size - 1)"
      #expect(event.payload == .exported(export))
      #expect(event.context.actor.display == "reviewer")
      _ = try await gateway.native("GET", "reports/sample.csv?n=7&seed=\(UInt64.max)")
      let sample = try #require(try await gateway.lane.events().last)
      guard case .exported(let made) = sample.payload else { throw NotExported() }
      #expect(made.count == 7 && made.seed == .max && made.asOf == "\(size)")
    }
  }

  private struct NotExported: Error {}

  /// What takes a file leaves a trace in the journal, and still the file and its manifest are of
  /// one point.
  @Test(arguments: [
    "changes", "current-state", "state-as-of", "credential-ages", "doubts", "rollbacks", "access",
    "coverage", "drift", "sample",
  ])
  func `names the manifest of its very rows`(name: String) async throws {
    try await RunningGateway.lend { gateway in
      for token in ["one", "two", "three"] { _ = try await gateway.update(token) }
      gateway.lane.world.advance(seconds: 3_600)
      let point = name == "state-as-of" ? "?asOf=now" : ""
      let file = try await gateway.native("GET", "reports/\(name).csv\(point)")
      #expect(file.status == 200, "\(file.text)")
      let link = try #require(file.header("link"))
      let target = try #require(link.firstMatch(of: /^<([^>]+)>; rel="describedby"$/)).output.1
      gateway.lane.world.advance(seconds: 86_400)
      _ = try await gateway.update("four")
      let answer = try await gateway.ask("GET", String(target), as: .reviewer)
      #expect(answer.status == 200, "\(answer.text)")
      let files = answer.json?["files"]?["\(name).csv"]
      #expect(files?["sha256"]?.text == ContentDigest.hex(file.body), "\(target)")
      #expect(files?["bytes"]?.integer == file.body.count)
      let size = try #require(answer.json?["trueAt"]?["size"]?.integer)
      let root = try await gateway.lane.journal.reader.root(ofFirst: size)
      #expect(answer.json?["trueAt"]?["root"]?.text == root?.description)
      #expect(root != nil)
    }
  }
}
