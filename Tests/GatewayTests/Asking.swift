import Connections
import EventStore
import Fixtures
import OktaAPI
import Testing

/// Where the sandbox and the tests put a secret, it is one of these.
enum Planted {
  static let token = "planted-token"
  static let password = "planted-password"
  static let code = "planted-code"
  static let state = "planted-state"
  static let all = [token, password, code, state, "00sandboxAdminToken"]
}

extension RunningGateway {
  static let connection = path(SampleApp.org2Org)

  func update(
    _ token: String, as caller: Caller = .operator, query: String = "", headers: [String] = []
  ) async throws -> RawAnswer {
    try await ask(
      "POST", Self.connection + query, as: caller, headers: headers, SampleBody.token(token))
  }

  /// A native route.
  func native(
    _ method: String, _ path: String, as caller: Caller = .reviewer, _ body: String? = nil
  ) async throws -> RawAnswer {
    try await ask(method, "/hindsight/v1/" + path, as: caller, body)
  }

  func kinds(of app: AppID = SampleApp.org2Org) async throws -> [EventPayload.Kind] {
    try await lane.events(of: app).map(\.payload.kind)
  }
}

extension RawAnswer {
  /// Expects an error as Okta writes it, so that its clients can read it.
  func expectEnvelope(
    _ status: Int, _ code: String, _ location: SourceLocation = #_sourceLocation
  ) {
    #expect(self.status == status, "\(text)", sourceLocation: location)
    #expect(all("content-type") == ["application/json"], sourceLocation: location)
    #expect(
      json?.members?.map(\.key) == [
        "errorCode", "errorSummary", "errorLink", "errorId", "errorCauses",
      ], sourceLocation: location)
    #expect(errorCode == code, sourceLocation: location)
    #expect(json?["errorLink"]?.text == code, sourceLocation: location)
    #expect(json?["errorSummary"]?.text?.isEmpty == false, sourceLocation: location)
    #expect(
      json?["errorId"]?.text?.wholeMatch(of: /oae[A-Za-z0-9_-]{22}/) != nil,
      sourceLocation: location)
    #expect(
      json?["errorCauses"]?.elements?.allSatisfy { $0["errorSummary"]?.text != nil } == true,
      sourceLocation: location)
  }

  /// Expects a problem of RFC 9457, as the native API writes it.
  func expectProblem(
    _ status: Int, _ name: String, _ location: SourceLocation = #_sourceLocation
  ) {
    #expect(self.status == status, "\(text)", sourceLocation: location)
    #expect(all("content-type") == ["application/problem+json"], sourceLocation: location)
    #expect(json?["type"]?.text == "urn:hindsight:problem:" + name, sourceLocation: location)
    #expect(json?["status"]?.integer == status, sourceLocation: location)
    #expect(json?["title"]?.text?.isEmpty == false, sourceLocation: location)
    #expect(json?["detail"]?.text?.isEmpty == false, sourceLocation: location)
  }

  /// Expects the head of an answer after which an SDK waits or tries again: without these it
  /// crashes.
  func expectRetryHeaders(_ location: SourceLocation = #_sourceLocation) {
    #expect(all("date").count == 1, sourceLocation: location)
    let imfFixdate = /(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT/
    #expect(header("date")?.wholeMatch(of: imfFixdate) != nil, sourceLocation: location)
    for name in ["x-rate-limit-limit", "x-rate-limit-remaining", "x-rate-limit-reset"] {
      #expect(all(name).count == 1, "\(name)", sourceLocation: location)
      #expect(header(name).flatMap { Int($0) } != nil, "\(name)", sourceLocation: location)
    }
    #expect(all("x-okta-request-id").count == 1, sourceLocation: location)
    #expect(header("x-okta-request-id")?.isEmpty == false, sourceLocation: location)
  }

  /// Expects 204 with nothing after its head, and nothing in its head about it.
  func expectEmpty(_ location: SourceLocation = #_sourceLocation) {
    #expect(status == 204, "\(text)", sourceLocation: location)
    #expect(rawText.hasSuffix("\r\n\r\n"), sourceLocation: location)
    for name in ["content-type", "content-length", "transfer-encoding"] {
      #expect(all(name) == [], "\(name)", sourceLocation: location)
    }
  }
}
