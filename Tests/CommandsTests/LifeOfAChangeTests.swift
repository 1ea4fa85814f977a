import Connections
import EventStore
import Fixtures
import OktaAPI
import Sandbox
import Testing

@testable import Commands

@Suite(.timeLimit(.minutes(5))) struct `The life of a change` {
  @Test func `is a first look, an intent and an outcome`() async throws {
    try await WriteLane.lend { lane in
      let request = try lane.request(.token("first-token", activate: true))
      #expect(await lane.commands.carryOut(request).word == "answered 200")

      let events = try await lane.events(of: SampleApp.org2Org)
      #expect(events.map(\.payload.kind) == [.observed, .intended, .succeeded])
      #expect(events.map(\.context.commandID) == [nil, request.commandID, request.commandID])
      #expect(events.map(\.context.actor) == [.anna, .anna, .anna])
      #expect(events[1].context.reason == "why")
      let baseline = try #require(try await lane.observations().first)
      #expect(baseline.cause == .baseline && !baseline.isDrift)

      let intent = try #require(try await lane.intents().first)
      #expect(intent.before.source == .get)
      #expect(intent.before.state == ConnectionState(status: "DISABLED", authScheme: "TOKEN"))
      #expect(intent.expectedVersion == 0)
      let content = try #require(intent.command.updateContent)
      #expect(content.activate && content.token?.field == .token)

      let outcome = try await lane.outcome()
      #expect(outcome.call.status == 200)
      #expect(outcome.call.requestID?.count == 32)
      #expect(outcome.call.rateLimit?.remaining == 598)
      #expect(outcome.after?.source == .answer)
      #expect(outcome.after?.state?.isEnabled == true)
      #expect(await lane.sandbox.holds("first-token", for: SampleApp.org2Org))
    }
  }

  @Test(arguments: [(CommandRequest.Operation.activate, true), (.deactivate, false)])
  func `without a body ends with what a read shows`(
    operation: CommandRequest.Operation, isEnabled: Bool
  ) async throws {
    try await WriteLane.lend { lane in
      try await lane.change(.token("one", activate: !isEnabled))
      #expect(try await lane.change(operation).word == "answered 204")
      let intent = try #require(try await lane.intents().last)
      #expect(intent.before.source == .journal)
      #expect(intent.before.state?.isEnabled == !isEnabled)
      let after = try #require(try await lane.outcome().after)
      #expect(after.source == .get)
      #expect(after.state?.isEnabled == isEnabled)
      #expect(await lane.sandbox.calls(.get) == 2)
    }
  }

  @Test func `says of a 204 that changed nothing what a read shows`() async throws {
    try await WriteLane.lend { lane in
      #expect(try await lane.change(.activate, of: SampleApp.bookmark).word == "answered 204")
      let after = try #require(try await lane.outcome(of: SampleApp.bookmark).after?.state)
      #expect(after.isUnsupported)
    }
  }

  @Test func `takes a verify without its code and state`() async throws {
    try await WriteLane.lend { lane in
      try await lane.change(.body(SampleBody.consent), of: SampleApp.slack)
      let answer = try await lane.change(
        .verify(appName: "slack"), of: SampleApp.slack, query: "code=the-code&state=the-state")
      #expect(answer.word == "answered 403")
      #expect(try await lane.kinds(of: SampleApp.slack).suffix(2) == [.intended, .refused])
      #expect(
        try await lane.intents(of: SampleApp.slack).last?.command == .verify(appName: "slack"))
      #expect(try lane.files(with: "the-code").isEmpty)
      #expect(try lane.files(with: "the-state").isEmpty)
    }
  }

  @Test func `ends as Okta's refusal with Okta's words`() async throws {
    try await WriteLane.lend { lane in
      #expect(try await lane.change(.token("bad-token")).word == "answered 400")
      let outcome = try await lane.outcome()
      #expect(try await lane.kinds() == [.observed, .intended, .refused])
      #expect(outcome.call.errorCode == "E0000001")
      #expect(outcome.call.errorSummary?.contains("Verification failed") == true)
      #expect(outcome.after == nil)
    }
  }

  /// A field that nobody knows may be a secret, and Okta may quote it.
  @Test(arguments: [("key-of-nobody-knows", false), ("0oaSERVICE0000000001", true)])
  func `keeps Okta's words unless they quote what is not kept`(
    quoted: String, isKept: Bool
  ) async throws {
    let words = "Api validation failed: \(quoted) is not good"
    try await ScriptedOkta.lend { request in
      guard request.hasPrefix("POST") else { return ScriptedOkta.answer(404) }
      return ScriptedOkta.answer(
        400, ["Content-Type: application/json"],
        #"{"errorCode":"E0000001","errorSummary":"\#(words)","errorCauses":[]}"#)
    } _: { okta in
      var setup = WriteLane.Setup()
      setup.origin = okta.origin
      try await WriteLane.lend(setup) { lane in
        try await lane.change(
          .body(
            #"{"profile":{"authScheme":"OAUTH2","clientId":"0oaSERVICE0000000001","#
              + #""keys":[{"new":"key-of-nobody-knows"}]}}"#))
        let call = try await lane.outcome().call
        #expect(call.errorCode == "E0000001")
        #expect(call.errorSummary == (isKept ? words : nil))
        #expect(try lane.files(with: "key-of-nobody-knows").isEmpty)
      }
    }
  }

  @Test func `tells a configuration that somebody else set meanwhile as drift`() async throws {
    try await WriteLane.lend { lane in
      let app = SampleApp.zscaler
      try await lane.change(.body(SampleBody.token("one", baseURL: "https://a.example")), of: app)
      await lane.sandbox.drift(app, SandboxDrift(baseURL: "https://b.example"))
      // The last read is fresh, so only the read after it can show it.
      #expect(try await lane.change(.activate, of: app).word == "answered 204")
      #expect(
        try await lane.kinds(of: app).suffix(3) == [.intended, .observed, .succeeded])
      let seen = try #require(try await lane.observations(of: app).last)
      #expect(seen.cause == .after && seen.isDrift)
      #expect(seen.state.baseURL == "https://b.example")
      #expect(try await !lane.connection(app).isCredentialCertain)
    }
  }

  @Test func `leaves no secret in any file`() async throws {
    try await WriteLane.lend { lane in
      try await lane.change(.token("first-token"))
      try await lane.change(.body(SampleBody.password("pass-word")), of: SampleApp.office365)
      #expect(try lane.files(with: "svc@corp.example") != [])
      for secret in ["first-token", "pass-word", "00sandboxAdminToken"] {
        #expect(try lane.files(with: secret).isEmpty, "\(secret) stands in clear")
      }
    }
  }

  @Test func `has the intent on the disk when the call arrives`() async throws {
    let journal = Promised<SQLiteJournalReader>()
    let seen = Promised<[EventPayload.Kind]>()
    try await ScriptedOkta.lend { request in
      guard request.hasPrefix("POST") else { return ScriptedOkta.answer(404) }
      let events = try? await journal.value.events(EventSelection(limit: .max))
      seen.keep(events?.map(\.payload.kind) ?? [])
      return ScriptedOkta.answer(204)
    } _: { okta in
      var setup = WriteLane.Setup()
      setup.origin = okta.origin
      try await WriteLane.lend(setup) { lane in
        // Another reader, as another process would have it: it sees what is committed.
        journal.keep(try SQLiteJournal.openForReading(directory: lane.directory.path).reader)
        try await lane.change(.activate)
        #expect(await seen.value == [.intended])
      }
    }
  }
}
