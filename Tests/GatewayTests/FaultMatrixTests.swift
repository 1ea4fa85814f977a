import Connections
import EventStore
import Fixtures
import OktaAPI
import Sandbox
import Testing

/// One row after another, and the changes side by side: enough to keep two cores busy, and little
/// enough for a time of one second to be over only where it is meant to be.
@Suite(.timeLimit(.minutes(5))) struct `Every fault` {
  @Test(.serialized, arguments: FaultMatrix.rows)
  func `at an update of the token`(row: FaultMatrix.Row) async throws {
    try await row.strike(.token)
  }

  @Test(.serialized, arguments: FaultMatrix.rows)
  func `at an update that shows`(row: FaultMatrix.Row) async throws {
    try await row.strike(.scheme)
  }

  @Test(.serialized, arguments: FaultMatrix.rows)
  func `at an activation`(row: FaultMatrix.Row) async throws {
    try await row.strike(.activate)
  }

  @Test(.serialized, arguments: FaultMatrix.rows)
  func `at a deactivation`(row: FaultMatrix.Row) async throws {
    try await row.strike(.deactivate)
  }

  @Test(.serialized, arguments: FaultMatrix.rows)
  func `at a verify`(row: FaultMatrix.Row) async throws {
    try await row.strike(.verify)
  }

  /// Why there is no connection to Okta.
  enum NoConnection: CaseIterable {
    case unknownName, refused, noTLS

    func origin(_ other: RunningSandbox) -> String {
      switch self {
      case .unknownName: "http://no-such-host.invalid"
      case .refused: "http://127.0.0.1:1"
      case .noTLS: "https://127.0.0.1:\(other.port)"
      }
    }
  }

  @Test(.serialized, arguments: NoConnection.allCases, FaultMatrix.Change.allCases)
  func `before a connection stands leaves nothing sent`(
    reason: NoConnection, change: FaultMatrix.Change
  ) async throws {
    try await RunningSandbox.lend { other in
      try await expectNotSent(change, to: reason.origin(other))
      #expect(await other.organisation.allCalls == 0)
    }
  }

  @Test(.serialized, arguments: FaultMatrix.Change.allCases)
  func `of a certificate that nobody vouches for leaves nothing sent`(
    change: FaultMatrix.Change
  ) async throws {
    try await UntrustedOkta.lend { okta in
      try await expectNotSent(change, to: okta.origin)
      #expect(okta.heard == 0)
    }
  }

  private func expectNotSent(_ change: FaultMatrix.Change, to origin: String) async throws {
    var setup = RunningGateway.Setup()
    setup.lane.origin = origin
    try await RunningGateway.lend(setup) { gateway in
      let status = change == .deactivate ? "ENABLED" : "DISABLED"
      await gateway.lane.sandbox.drift(change.app, SandboxDrift(status: status))
      try await gateway.observeLongAgo(change.app)
      try await FaultMatrix.Expectation(change: change, end: .notSent, happens: false)
        .hold(change.request(), gateway)
    }
  }

  /// A look that shows nothing yet proves nothing: Okta may still be at it.
  @Test(.serialized, arguments: FaultMatrix.Change.allCases)
  func `that lets a change happen after our deadline`(change: FaultMatrix.Change) async throws {
    let alarm = Alarm()
    var setup = RunningGateway.Setup()
    setup.lane.timeoutSeconds = 3
    setup.lane.sleep = alarm.sleep
    try await RunningGateway.lend(setup) { gateway in
      let request = try await change.prepare(gateway)
      let sandbox = gateway.lane.sandbox
      await sandbox.add(SandboxFault(.latency(milliseconds: 6_000), on: change.operation))
      let end = FaultMatrix.End.inDoubt(change.isVisible ? .applied : nil)
      try await FaultMatrix.Expectation(change: change, end: end, happens: true)
        .hold(request, gateway) {
          // It has looked once, and waits until Okta is certainly done.
          _ = await alarm.whenAsleep()
          #expect(await !change.happened(at: sandbox))
          #expect(try await gateway.kinds(of: change.app).last == .inDoubt)
          while await !change.happened(at: sandbox) { try await Task.sleep(for: .milliseconds(5)) }
          gateway.lane.world.advance(seconds: 11)
          alarm.ring()
        }
    }
  }

  /// Okta's refusal is believed, and the next read tells better.
  @Test(.serialized, arguments: FaultMatrix.Change.allCases.filter { $0 != .verify })
  func `that says no of what happened comes to light as drift`(
    change: FaultMatrix.Change
  ) async throws {
    try await RunningGateway.lend { gateway in
      let request = try await change.prepare(gateway)
      await gateway.lane.sandbox.add(
        SandboxFault(.forbidden, on: change.operation, isApplied: true))
      #expect(try await gateway.ask("POST", request.target, request.body).status == 403)
      #expect(try await gateway.ask("GET", RunningGateway.path(change.app)).status == 200)

      let last = try #require(try await gateway.lane.events(of: change.app).last)
      guard case .observed(let observation) = last.payload else {
        Issue.record("nothing was observed")
        return
      }
      #expect(observation.isDrift)
      let view = try await gateway.native("GET", "connections/\(change.app)").json
      let state = await gateway.lane.sandbox.state(ofApp: change.app)
      #expect(view?["status"]?.text == state?.status)
      #expect(view?["clientId"]?.text == state?.clientID)
    }
  }
}

extension RunningGateway {
  /// Leaves in the journal what Okta shows now, as something that was seen too long ago to count.
  fileprivate func observeLongAgo(_ app: AppID) async throws {
    let state = try #require(await lane.sandbox.state(ofApp: app))
    let observation = Observation(cause: .baseline, isDrift: false, state: state)
    _ = try await lane.journal.writer.append(
      AppendBatch(to: .connection(app), at: .exactly(0), [lane.world.draft(.observed(observation))])
    )
    lane.world.advance(seconds: 60)
  }
}
