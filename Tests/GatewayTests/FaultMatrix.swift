import Connections
import Fixtures
import Sandbox
import Testing

/// Every fault by every change. A fault comes twice where it can: what failed did not happen, and
/// what failed did happen.
enum FaultMatrix {
  struct Row: Sendable, CustomTestStringConvertible {
    var fault: SandboxFault.Kind
    var isApplied: Bool
    var meaning: Meaning
    var testDescription: String { "\(fault), \(isApplied ? "applied" : "not applied")" }
  }

  /// What the answer, or that there is none, tells of a change.
  enum Meaning: Sendable {
    /// Nothing: it may have happened.
    case nothing
    /// A success that shows no connection. Okta's word for all but an update.
    case bareSuccess
    /// Okta's word that it did not do it.
    case refusal(Int, String)
  }

  static let rows =
    pairs(
      [
        .reset, .cutHead, .cutHeaders, .cutBody, .dripBody, .hang, .status(500), .status(501),
        .status(502), .status(503), .status(504),
      ], .nothing)
    + [
      Row(fault: .resetEarly, isApplied: false, meaning: .nothing),
      Row(fault: .latency(milliseconds: 1_300), isApplied: true, meaning: .nothing),
    ]
    + pairs([.notJSON, .empty], .bareSuccess)
    + pairs([.status(400)], .refusal(400, "E0000001"))
    + pairs([.status(401)], .refusal(401, "E0000011"))
    + pairs([.status(403)], .refusal(403, "E0000006"))
    + pairs([.status(404)], .refusal(404, "E0000008"))
    + pairs([.status(405)], .refusal(405, "E0000022"))
    + pairs([.status(409)], .refusal(409, "E0000195"))
    + pairs([.status(411)], .refusal(411, "E0000001"))
    + pairs([.status(422)], .refusal(422, "E0000001"))
    + pairs([.status(423)], .refusal(423, "E0000239"))
    + pairs([.rateLimit, .rateLimitWithoutHeaders], .refusal(429, "E0000047"))

  private static func pairs(_ faults: [SandboxFault.Kind], _ meaning: Meaning) -> [Row] {
    faults.flatMap { fault in
      [false, true].map { Row(fault: fault, isApplied: $0, meaning: meaning) }
    }
  }
}

extension FaultMatrix.Row {
  /// Only what takes too long needs a time that is soon over.
  private var timeoutSeconds: Int {
    switch fault {
    case .hang, .latency, .dripBody: 1
    default: 20
    }
  }

  private func end(of change: FaultMatrix.Change) -> FaultMatrix.End {
    switch meaning {
    case .refusal(let status, let code): .refused(status, code)
    case .bareSuccess where !change.isUpdate: .succeeded
    case .nothing, .bareSuccess:
      .inDoubt(change.isVisible ? (isApplied ? .applied : .notApplied) : nil)
    }
  }

  /// Lets the fault strike the change, and holds what came of it against what it means.
  func strike(_ change: FaultMatrix.Change) async throws {
    var setup = RunningGateway.Setup()
    setup.lane.timeoutSeconds = timeoutSeconds
    try await RunningGateway.lend(setup) { gateway in
      let request = try await change.prepare(gateway)
      await gateway.lane.sandbox.add(
        SandboxFault(fault, on: change.operation, isApplied: isApplied))
      try await FaultMatrix.Expectation(change: change, end: end(of: change), happens: isApplied)
        .hold(request, gateway)
    }
  }
}
