import Commands
import Connections
import Fixtures
import OktaAPI
import Sandbox
import Testing

extension FaultMatrix {
  /// How a command ends.
  enum End: Hashable, Sendable {
    case succeeded
    case refused(Int, String)
    case notSent
    /// With the verdict of the looks that follow; without one it stays open.
    case inDoubt(Resolution.Verdict?)
  }

  /// All that is to be seen of one struck change: in the journal, by the caller, at Okta, in the
  /// projections.
  struct Expectation: Sendable {
    var change: Change
    var end: End
    /// It takes effect at Okta all the same.
    var happens: Bool
  }
}

extension FaultMatrix.Expectation {
  /// Asks for the change, waits until nothing runs any more, and looks.
  ///
  /// - Parameter meanwhile: between the answer and the wait.
  func hold(
    _ request: FaultMatrix.Request, _ gateway: RunningGateway,
    meanwhile: () async throws -> Void = {}
  ) async throws {
    let sandbox = gateway.lane.sandbox
    let before = await sandbox.state(ofApp: change.app)
    let calls = await sandbox.calls(change.operation)
    let answer = try await gateway.ask("POST", request.target, request.body)
    try await meanwhile()
    await gateway.lane.commands.drain()

    #expect(await sandbox.calls(change.operation) == calls + (end == .notSent ? 0 : 1))
    #expect(await change.happened(at: sandbox) == happens)
    let commandID = try await recorded(in: gateway)
    #expect(answer.all("hindsight-command-id") == [commandID.description])
    expectAnswer(answer, commandID)
    try await expectView(await shown(before, gateway), commandID, gateway)
  }

  // MARK: - The journal

  private var kinds: [EventPayload.Kind] {
    switch end {
    case .succeeded: [.intended, .succeeded]
    case .refused: [.intended, .refused]
    case .notSent: [.intended, .notSent]
    case .inDoubt(let verdict): [.intended, .inDoubt] + (verdict == nil ? [] : [.resolved])
    }
  }

  /// - Returns: the command, which is the connection's last.
  private func recorded(in gateway: RunningGateway) async throws -> CommandID {
    let events = try await gateway.lane.events(of: change.app)
    let intent = try #require(events.last { $0.payload.kind == .intended })
    let id = try #require(intent.context.commandID)
    let own = events.filter { $0.context.commandID == id }
    #expect(own.map(\.payload.kind) == kinds)
    for event in own {
      switch event.payload {
      case .intended(let intent):
        // What could not be sent could not be read before it, either.
        #expect((intent.before.note?.hasPrefix("failed: ") == true) == (end == .notSent))
        #expect((intent.before.state == nil) == (end == .notSent))
      case .notSent(let outcome), .inDoubt(let outcome):
        let detail = try #require(outcome.call.detail)
        #expect(!detail.isEmpty && !detail.contains("127.0.0.1") && !detail.contains(".invalid"))
      case .resolved(let resolution): #expect(end == .inDoubt(resolution.verdict))
      default: break
      }
    }
    return id
  }

  // MARK: - The caller

  private func expectAnswer(_ answer: RawAnswer, _ commandID: CommandID) {
    switch end {
    case .succeeded: answer.expectEmpty()
    case .refused(let status, let code):
      answer.expectEnvelope(status, code)
      if status == 429 { answer.expectRetryHeaders() }
    case .notSent:
      answer.expectEnvelope(503, "E0000181")
      answer.expectRetryHeaders()
      #expect(answer.header("x-okta-request-id") == commandID.requestID)
    case .inDoubt: answer.expectEnvelope(500, "E0000009")
    }
  }

  // MARK: - The projections

  /// The state that can be known: what Okta showed last, whatever its status code implied.
  private func shown(
    _ before: ConnectionState?, _ gateway: RunningGateway
  ) async -> ConnectionState? {
    switch end {
    case .succeeded, .inDoubt: await gateway.lane.sandbox.state(ofApp: change.app)
    // Nothing is read after these.
    case .refused, .notSent: before
    }
  }

  private func expectView(
    _ state: ConnectionState?, _ commandID: CommandID, _ gateway: RunningGateway
  ) async throws {
    let isOpen = end == .inDoubt(nil)
    let view = try #require(try await gateway.native("GET", "connections/\(change.app)").json)
    #expect(view["status"]?.text == state?.status)
    #expect(view["authScheme"]?.text == state?.authScheme)
    #expect(view["clientId"]?.text == state?.clientID)
    #expect(view["unconfirmed"]?.boolean == false)
    #expect(
      view["doubts"]?.elements?.map(\.text) == (isOpen ? [commandID.description] : []))
    #expect(view["credential"]?["certain"]?.boolean == isCredentialCertain)
    let command = try await gateway.native("GET", "commands/\(commandID)")
    #expect(command.json?["outcome"]?.text == ending)
  }

  /// Whether Okta certainly holds what was recorded.
  private var isCredentialCertain: Bool {
    switch end {
    case .notSent: false
    case .inDoubt(nil): !change.isUpdate
    case .inDoubt, .succeeded, .refused: true
    }
  }

  private var ending: String {
    switch end {
    case .succeeded: "succeeded"
    case .refused: "refused"
    case .notSent: "notSent"
    case .inDoubt(let verdict): verdict.map { "resolved: \($0.rawValue)" } ?? "inDoubt"
    }
  }
}
