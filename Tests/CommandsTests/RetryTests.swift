import Connections
import Fixtures
import OktaAPI
import Sandbox
import Testing

@testable import Commands

@Suite(.timeLimit(.minutes(5))) struct `A retry that the client marks` {
  @Test func `is told as one with the first attempt`() async throws {
    try await WriteLane.lend { lane in
      await lane.sandbox.add(SandboxFault(.rateLimit, on: .update, times: 2))
      var requests: [CommandRequest] = []
      var requestID: String?
      for attempt in 0...2 {
        let retry = requestID.map { Retry(requestID: $0, attempt: attempt) }
        let request = try lane.request(.token("one"), retry: retry)
        requests.append(request)
        guard case .answered(let answer) = await lane.commands.carryOut(request) else {
          Issue.record("not answered")
          return
        }
        requestID = answer.requestID
      }
      let intended = try await lane.events(of: SampleApp.org2Org)
        .filter { $0.payload.kind == .intended }
      let first = requests[0].commandID
      #expect(intended.map(\.context.commandID) == requests.map(\.commandID))
      #expect(intended.map(\.context.correlationID) == [nil, first, first])
      #expect(try await lane.intents().map(\.attempt) == [nil, 1, 2])
    }
  }

  @Test func `of a call that was not sent is told as one, too`() async throws {
    var setup = WriteLane.Setup()
    setup.origin = "http://127.0.0.1:1"
    try await WriteLane.lend(setup) { lane in
      let first = try lane.request(.activate)
      #expect(await lane.commands.carryOut(first).word == "notSent")
      // Where Okta was not asked, the command's own id stands for Okta's request id.
      let id = first.commandID.description.filter { $0 != "-" }
      let second = try lane.request(.activate, retry: Retry(requestID: id, attempt: 1))
      _ = await lane.commands.carryOut(second)
      let intended = try await lane.events(of: SampleApp.org2Org)
        .filter { $0.payload.kind == .intended }
      #expect(intended.map(\.context.correlationID) == [nil, first.commandID])
    }
  }

  @Test(arguments: ["actor", "app", "kind"])
  func `of what another asked, or asked otherwise, is not told as one`(other: String) async throws {
    try await WriteLane.lend { lane in
      let first = try lane.request(.activate)
      guard case .answered(let answer) = await lane.commands.carryOut(first),
        let requestID = answer.requestID
      else {
        Issue.record("not answered")
        return
      }
      for handler in [lane.commands, lane.restarted(ownCredential: nil)] {
        try await handler.remember()
        let app = other == "app" ? SampleApp.zscaler : SampleApp.org2Org
        var second = try lane.request(
          other == "kind" ? .deactivate : .activate, of: app,
          retry: Retry(requestID: requestID, attempt: 1))
        if other == "actor" { second.context.actor = .hindsight }
        _ = await handler.carryOut(second)
        let intended = try await lane.events(of: app).last { $0.payload.kind == .intended }
        #expect(intended?.context.commandID == second.commandID)
        #expect(intended?.context.correlationID == nil)
      }
      let again = try lane.request(.activate, retry: Retry(requestID: requestID, attempt: 1))
      _ = await lane.commands.carryOut(again)
      let intended = try await lane.events(of: SampleApp.org2Org)
        .last { $0.payload.kind == .intended }
      #expect(intended?.context.correlationID == first.commandID)
    }
  }

  @Test func `of something unknown is recorded as the client says`() async throws {
    try await WriteLane.lend { lane in
      try await lane.change(.token("one"), retry: Retry(requestID: "from-elsewhere", attempt: 4))
      let intent = try #require(try await lane.intents().first)
      #expect(intent.retryFor == "from-elsewhere" && intent.attempt == 4)
      let event = try #require(try await lane.events(of: SampleApp.org2Org).last)
      #expect(event.context.correlationID == nil)
    }
  }
}

@Suite(.timeLimit(.minutes(5))) struct `A caller's key` {
  @Test func `is known after a restart, too`() async throws {
    try await WriteLane.lend { lane in
      var first = try lane.request(.token("one"))
      first.idempotencyKey = "k"
      guard case .answered(let answer) = await lane.commands.carryOut(first) else {
        Issue.record("not answered")
        return
      }
      let restarted = lane.restarted(ownCredential: .sandboxAdmin)
      try await restarted.recover()
      var second = try lane.request(.token("one"))
      second.idempotencyKey = "k"
      guard case .replayed(let again, let command) = await restarted.carryOut(second) else {
        Issue.record("not replayed")
        return
      }
      #expect(again.body == answer.body && command == first.commandID)
      #expect(await lane.sandbox.calls(.update) == 1)
    }
  }

  @Test func `is forgotten after its time`() async throws {
    try await WriteLane.lend { lane in
      for expected in ["answered 200", "answered 200"] {
        var request = try lane.request(.token("one"))
        request.idempotencyKey = "k"
        #expect(await lane.commands.carryOut(request).word == expected)
        lane.world.advance(seconds: 86_401)
      }
      #expect(await lane.sandbox.calls(.update) == 2)
    }
  }

  @Test func `and its payload are recorded by fingerprint, and the answer is sealed`() async throws
  {
    try await WriteLane.lend { lane in
      var request = try lane.request(.token("one"))
      request.idempotencyKey = "a-telling-key"
      _ = await lane.commands.carryOut(request)
      let mark = try #require(try await lane.intents().last?.idempotency)
      #expect(mark.key.count == 32 && mark.payload.count == 32)
      #expect(try await lane.outcome().answer?.field == .answer)
      #expect(try lane.files(with: "a-telling-key") == [])
    }
  }
}
