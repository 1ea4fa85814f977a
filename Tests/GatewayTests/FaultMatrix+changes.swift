import Connections
import Fixtures
import OktaAPI
import Sandbox
import Testing

extension FaultMatrix {
  /// What a fault can strike: Okta's four operations, the update in two ways.
  enum Change: String, Sendable, CaseIterable {
    /// An update of the token alone.
    case token
    /// An update of the scheme, which Okta shows.
    case scheme
    case activate, deactivate, verify

    var app: AppID { self == .verify ? SampleApp.slack : SampleApp.org2Org }
    var isUpdate: Bool { operation == .update }

    var operation: SandboxOperation {
      switch self {
      case .token, .scheme: .update
      case .activate: .activate
      case .deactivate: .deactivate
      case .verify: .verify
      }
    }

    /// A read can tell whether it happened.
    var isVisible: Bool { self != .token && self != .verify }
  }

  struct Request: Sendable {
    var target: String
    var body: String?
  }
}

extension FaultMatrix.Change {
  /// The change as a client asks for it.
  ///
  /// - Parameter consent: the state of the link for consent, which a verify brings back.
  func request(consent: String = "any") -> FaultMatrix.Request {
    let path = RunningGateway.path(app)
    return switch self {
    case .token: .init(target: path, body: SampleBody.token("two"))
    case .scheme: .init(target: path, body: SampleBody.client("0oaService"))
    case .activate, .deactivate: .init(target: path + "/lifecycle/\(rawValue)")
    case .verify:
      .init(target: "/api/v1/apps/slack/\(app)/oauth2/callback?code=good&state=\(consent)")
    }
  }

  /// Brings the connection to where the change makes a difference.
  func prepare(_ gateway: RunningGateway) async throws -> FaultMatrix.Request {
    guard self == .verify else {
      // An activation needs one that is off; whatever else shows best on one that is on.
      let query = self == .activate ? "" : "?activate=true"
      #expect(try await gateway.update("one", query: query).status == 200)
      return request()
    }
    let update = try await gateway.ask("POST", RunningGateway.path(app), SampleBody.consent)
    let link = try #require(update.json?["_links"]?["authorize"]?["href"]?.text)
    let states = OktaRoute.parameters("state", in: OktaRoute.split(link).query)
    return request(consent: try #require(states.first))
  }

  /// Whether it took effect at Okta.
  func happened(at sandbox: SandboxOrganisation) async -> Bool {
    let state = await sandbox.state(ofApp: app)
    return switch self {
    case .token: await sandbox.holds("two", for: app)
    case .scheme: state?.clientID == "0oaService"
    case .activate: state?.isEnabled == true
    case .deactivate: state?.isEnabled == false
    case .verify: await sandbox.hasConsent(ofApp: app)
    }
  }
}
