import Connections
import EventStore
import Fixtures
import OktaAPI
import Testing
import Upstream

@testable import Commands

extension CommandRequest.Operation {
  static func body(_ text: String, activate: Bool = false) throws -> Self {
    let bytes = Array(text.utf8)
    return .update(try UpdateRequest(parsing: bytes, activate: activate), body: bytes)
  }

  static func token(_ token: String, activate: Bool = false) throws -> Self {
    try body(SampleBody.token(token), activate: activate)
  }

  static func client(_ id: String, activate: Bool = false) throws -> Self {
    try body(SampleBody.client(id), activate: activate)
  }
}

extension WriteLane {
  func request(
    _ operation: CommandRequest.Operation, of app: AppID = SampleApp.org2Org,
    query: String? = nil, retry: Retry? = nil
  ) throws -> CommandRequest {
    var query = query
    if case .update(let update, _) = operation, update.content.activate { query = "activate=true" }
    var request = CommandRequest(
      commandID: world.newID(), appID: app, operation: operation, query: query,
      headers: [.init("Content-Type", "application/json")],
      credential: .sandboxAdmin, context: EventContext(actor: .anna, reason: "why"))
    request.retry = retry
    return request
  }

  @discardableResult
  func change(
    _ operation: CommandRequest.Operation, of app: AppID = SampleApp.org2Org,
    query: String? = nil, retry: Retry? = nil
  ) async throws -> CommandAnswer {
    await commands.carryOut(try request(operation, of: app, query: query, retry: retry))
  }

  /// A client's own GET.
  @discardableResult
  func look(at app: AppID = SampleApp.org2Org) async throws -> Bool {
    let outcome = await commands.readThrough(
      app, credential: .sandboxAdmin, headers: [],
      context: EventContext(actor: .anna))
    guard case .answered(let answer) = outcome else { return false }
    return answer.status == 200
  }

  func kinds(of app: AppID = SampleApp.org2Org) async throws -> [EventPayload.Kind] {
    try await events(of: app).map(\.payload.kind)
  }

  func intents(of app: AppID = SampleApp.org2Org) async throws -> [Intent] {
    try await events(of: app).compactMap { event in
      if case .intended(let intent) = event.payload { intent } else { nil }
    }
  }

  /// The last outcome of a connection.
  func outcome(of app: AppID = SampleApp.org2Org) async throws -> Outcome {
    let outcomes = try await events(of: app).compactMap { event in
      switch event.payload {
      case .succeeded(let outcome), .refused(let outcome), .notSent(let outcome),
        .inDoubt(let outcome):
        outcome
      default: nil
      }
    }
    return try #require(outcomes.last)
  }

  func resolutions(of app: AppID = SampleApp.org2Org) async throws -> [Resolution] {
    try await events(of: app).compactMap { event in
      if case .resolved(let resolution) = event.payload { resolution } else { nil }
    }
  }

  func observations(of app: AppID = SampleApp.org2Org) async throws -> [Observation] {
    try await events(of: app).compactMap { event in
      if case .observed(let observation) = event.payload { observation } else { nil }
    }
  }
}

extension CommandAnswer {
  /// The answer in one word, and Okta's status where there is one.
  var word: String {
    switch self {
    case .answered(let answer): "answered \(answer.status)"
    case .busy: "busy"
    case .refused: "refused"
    case .notRecorded: "notRecorded"
    case .notSent: "notSent"
    case .inDoubt: "inDoubt"
    case .outcomeNotRecorded: "outcomeNotRecorded"
    case .replayed(let answer, _): "replayed \(answer.status)"
    case .keyInUse: "keyInUse"
    case .keyUsedOtherwise: "keyUsedOtherwise"
    case .stillInDoubt: "stillInDoubt"
    case .settled(_, let resolution, _): "settled: \(resolution.verdict.rawValue)"
    case .answerNotKept: "answerNotKept"
    }
  }
}
