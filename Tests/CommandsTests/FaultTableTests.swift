import Connections
import Fixtures
import Sandbox
import Testing

@testable import Commands

/// A fault, what the journal says of the command that met it, and what the caller is told.
struct FaultRow: CustomTestStringConvertible {
  var fault: SandboxFault.Kind
  var recorded: EventPayload.Kind
  var told: String
  var testDescription: String { "\(fault)" }

  static let all: [FaultRow] = [
    .init(fault: .cutHead, recorded: .inDoubt, told: "inDoubt"),
    .init(fault: .cutBody, recorded: .inDoubt, told: "inDoubt"),
    .init(fault: .status(500), recorded: .inDoubt, told: "inDoubt"),
    .init(fault: .status(502), recorded: .inDoubt, told: "inDoubt"),
    .init(fault: .status(503), recorded: .inDoubt, told: "inDoubt"),
    .init(fault: .hang, recorded: .inDoubt, told: "inDoubt"),
    // Okta's word that it did not do it is taken.
    .init(fault: .rateLimit, recorded: .refused, told: "answered 429"),
    .init(fault: .forbidden, recorded: .refused, told: "answered 403"),
  ]

  /// 200 that is not Okta's word for it.
  static let oddAnswers: [FaultRow] = [
    .init(fault: .notJSON, recorded: .inDoubt, told: "inDoubt"),
    .init(fault: .empty, recorded: .inDoubt, told: "inDoubt"),
  ]
}

@Suite(.timeLimit(.minutes(2))) struct `A call that goes wrong` {
  private var setup: WriteLane.Setup {
    var setup = WriteLane.Setup()
    setup.timeoutSeconds = 1
    return setup
  }

  @Test(arguments: FaultRow.all + FaultRow.oddAnswers, [false, true])
  func `at an update leaves open what nobody can see`(row: FaultRow, applied: Bool) async throws {
    try await WriteLane.lend(setup) { lane in
      try await lane.change(.token("one"))
      await lane.sandbox.add(SandboxFault(row.fault, on: .update, isApplied: applied))
      #expect(try await lane.change(.token("two")).word == row.told)
      await lane.commands.drain()

      let kinds = try await lane.kinds()
      #expect(kinds == [.observed, .intended, .succeeded, .intended, row.recorded])
      let doubts = try await lane.connection(SampleApp.org2Org).doubts.count
      #expect(doubts == (row.recorded == .inDoubt ? 1 : 0))
      #expect(await lane.sandbox.calls(.update) == 2)
      #expect(await lane.sandbox.holds("two", for: SampleApp.org2Org) == applied)
    }
  }

  @Test(arguments: FaultRow.all, [false, true])
  func `at an activation is settled by a look`(row: FaultRow, applied: Bool) async throws {
    try await WriteLane.lend(setup) { lane in
      try await lane.change(.token("one"))
      await lane.sandbox.add(SandboxFault(row.fault, on: .activate, isApplied: applied))
      #expect(try await lane.change(.activate).word == row.told)
      await lane.commands.drain()

      let verdicts = try await lane.resolutions().map(\.verdict)
      #expect(
        verdicts == (row.recorded == .inDoubt ? [applied ? .applied : .notApplied] : []))
      #expect(try await lane.kinds().contains(row.recorded))
      #expect(try await lane.connection(SampleApp.org2Org).doubts == [])
      #expect(await lane.sandbox.calls(.activate) == 1)
      if row.recorded == .inDoubt {
        let known = try #require(try await lane.connection(SampleApp.org2Org).known)
        #expect(known.state.isEnabled == applied)
      }
    }
  }

  @Test(arguments: [false, true])
  func `at an update that shows is settled by a look`(applied: Bool) async throws {
    try await WriteLane.lend(setup) { lane in
      try await lane.change(.token("one"))
      await lane.sandbox.add(SandboxFault(.cutHead, on: .update, isApplied: applied))
      #expect(try await lane.change(.client("0oaService")).word == "inDoubt")
      await lane.commands.drain()
      #expect(
        try await lane.resolutions().map(\.verdict) == [applied ? .applied : .notApplied])
      let scheme = try await lane.connection(SampleApp.org2Org).known?.state.authScheme
      #expect(scheme == (applied ? "OAUTH2" : "TOKEN"))
    }
  }

  @Test(arguments: [
    "http://127.0.0.1:1", "http://no-such-host.invalid", "https://127.0.0.1:1",
  ])
  func `before a connection stands was never sent`(origin: String) async throws {
    var setup = setup
    setup.origin = origin
    try await WriteLane.lend(setup) { lane in
      #expect(try await lane.change(.token("one")).word == "notSent")
      #expect(try await lane.kinds() == [.intended, .notSent])
      let note = try #require(try await lane.intents().first?.before.note)
      #expect(note.hasPrefix("failed: "))
      let detail = try #require(try await lane.outcome().call.detail)
      #expect(!detail.contains("127.0.0.1") && !detail.contains("invalid"))
    }
  }

  @Test func `with a server that speaks no TLS was never sent`() async throws {
    try await RunningSandbox.lend { other in
      var setup = setup
      setup.origin = "https://127.0.0.1:\(other.port)"
      try await WriteLane.lend(setup) { lane in
        let answer = try await lane.change(.activate)
        #expect(answer.word == "notSent")
        #expect(await other.organisation.allCalls == 0)
      }
    }
  }
}
