import Connections
import Fixtures
import OktaAPI
import Sandbox
import Testing

@testable import Commands

@Suite(.timeLimit(.minutes(1))) struct `A retry that the client marks` {
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
