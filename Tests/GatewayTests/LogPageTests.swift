import Connections
import EventStore
import Fixtures
import Gateway
import Testing
import TransparencyLog

@Suite(.timeLimit(.minutes(5))) struct `The page of the log` {
  @Test func `tells which witness stands behind the last checkpoint`() async throws {
    let ready = try Cosigner(name: "ready.example/w", seed: Array(2...33)) { 1_790_000_000 }
    let silent = try Cosigner(name: "silent.example/w", seed: Array(3...34)) { 1_790_000_000 }
    var setup = RunningGateway.Setup()
    setup.witnesses = [ready.key, silent.key]
    try await RunningGateway.lend(setup) { gateway in
      var browser = Browser(gateway)
      try await browser.signIn(as: .reviewer)
      let unsigned = try await browser.get("/hindsight/log").text
      #expect(unsigned.contains("others that remember what was signed"))

      let checkpoint = try #require(try await gateway.sign()).checkpoint
      try await gateway.lane.journal.writer.addCosignature(
        try ready.sign(checkpoint.text), by: ready.key, size: checkpoint.size)
      _ = try await gateway.update("one")
      let page = try await browser.get("/hindsight/log").text
      #expect(page.contains("1 of 2 witnesses cosigned the last checkpoint; 2 needed"))
      let rows = page.split(separator: "<tr>").dropFirst().filter { $0.contains(".example/w") }
      #expect(rows.count == 2)
      #expect(rows[0].contains("Cosigned the last checkpoint"))
      #expect(rows[0].contains("2026-09-21 14:13:20Z"))
      #expect(rows[1].contains("Has not cosigned"))

      _ = try await gateway.sign()
      let behind = try await browser.get("/hindsight/log").text
      #expect(behind.contains("0 of 2 witnesses cosigned the last checkpoint; 2 needed"))
      #expect(behind.contains("events behind it"))
    }
  }

  @Test func `has the overview say that the journal is not whole`() async throws {
    var setup = RunningGateway.Setup()
    setup.verifications = Verifications(now: { StillLife().now }) { _ in
      Verifications.Result(size: 9, root: "", findings: ["event 3: altered"], omissions: [])
    }
    try await RunningGateway.lend(setup) { gateway in
      _ = try await gateway.update("one")
      var browser = Browser(gateway)
      try await browser.signIn(as: .operator)
      #expect(try await browser.get("/hindsight/").text.contains("Nothing waits for a person"))
      _ = try await browser.get("/hindsight/log")
      _ = try await browser.post("/hindsight/log/verify", [:])
      while try await !browser.get("/hindsight/log").text.contains("event 3: altered") {
        await Task.yield()
      }
      let log = try await browser.get("/hindsight/log").text
      #expect(log.split(separator: "Last verification").count == 2, "told once")
      let overview = try await browser.get("/hindsight/").text
      #expect(overview.contains("The journal is not whole"))
      #expect(overview.contains("one thing is not as it was recorded"))
      #expect(!overview.contains("Nothing waits for a person"))
    }
  }
}
