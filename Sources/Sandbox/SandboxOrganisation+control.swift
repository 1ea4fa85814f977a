package import Connections
import OktaAPI

/// A change made past whoever watches: in the Admin Console, say. What is `nil` stays as it is.
package struct SandboxDrift: Sendable {
  package var status: String?
  package var authScheme: String?
  package var baseURL: String?
  package var clientID: String?
  package var rotationMode: String?
  package var token: Secret?

  package init(
    status: String? = nil, authScheme: String? = nil, baseURL: String? = nil,
    clientID: String? = nil, rotationMode: String? = nil, token: Secret? = nil
  ) {
    self.status = status
    self.authScheme = authScheme
    self.baseURL = baseURL
    self.clientID = clientID
    self.rotationMode = rotationMode
    self.token = token
  }
}

extension SandboxOrganisation {
  /// Changes a connection out of band; nothing is verified.
  ///
  /// - Returns: whether there is such an app.
  @discardableResult
  package func drift(_ app: AppID, _ drift: SandboxDrift) -> Bool {
    guard var connection = connection(of: app) else { return false }
    let state = connection.state
    connection.state.status = drift.status ?? state.status
    connection.state.authScheme = drift.authScheme ?? state.authScheme
    connection.state.baseURL = drift.baseURL ?? state.baseURL
    connection.state.clientID = drift.clientID ?? state.clientID
    connection.state.rotationMode = drift.rotationMode ?? state.rotationMode
    connection.token = drift.token ?? connection.token
    connections[app] = connection
    return true
  }

  /// Answers the routes by which tests and demonstrations steer the sandbox. None needs a
  /// credential.
  func control(_ request: SandboxRequest) -> SandboxAnswer {
    do throws(OktaError) {
      switch (request.method, request.segments.dropFirst().joined(separator: "/")) {
      case ("POST", "faults"):
        add(try SandboxFault(parsing: Self.parse(request)))
        return .json(["waiting": .init(faults.waiting.count)])
      case ("DELETE", "faults"):
        removeFaults()
        return .noContent
      case ("GET", "switches"): return .json(switches.shown)
      case ("POST", "switches"):
        set(try switches.changed(by: Self.parse(request)))
        return .json(switches.shown)
      case ("POST", "release"): return .json(["released": .init(release())])
      case ("GET", "state"): return .json(stateOfApps)
      case ("GET", "calls"): return .json(callsShown)
      case ("POST", "drift"): return try drift(Self.parse(request))
      case ("POST", "holds"): return try holds(Self.parse(request))
      default: throw .pathNotFound
      }
    } catch {
      return .failure(error, request)
    }
  }

  private var callsShown: JSONValue {
    .object(SandboxOperation.allCases.map { .init($0.rawValue, .init(calls($0))) })
  }

  private var stateOfApps: JSONValue {
    let shown = apps.keys.sorted().compactMap { id -> JSONValue? in
      guard let app = app(id), let connection = connection(of: id) else { return nil }
      let state = connection.state
      return [
        "appId": .string(id.description), "name": .string(app.kind.rawValue),
        "status": .string(state.status), "authScheme": .string(state.authScheme),
        "baseUrl": .init(state.baseURL), "clientId": .init(state.clientID),
        "rotationMode": .init(state.rotationMode),
        "holdsToken": .boolean(connection.token != nil),
        "holdsPassword": .boolean(connection.adminPassword != nil),
        "hasConsent": .boolean(connection.hasConsent),
      ]
    }
    return ["apps": .array(shown)]
  }

  private func drift(_ value: JSONValue) throws(OktaError) -> SandboxAnswer {
    let app = try Self.app(value)
    let drift = SandboxDrift(
      status: value["status"]?.text, authScheme: value["authScheme"]?.text,
      baseURL: value["baseUrl"]?.text, clientID: value["clientId"]?.text,
      rotationMode: value["rotationMode"]?.text, token: value["token"]?.text.map { Secret($0) })
    guard self.drift(app, drift) else { throw .notFound("\(app)") }
    return .noContent
  }

  /// Says whether a token is the one that is held, without ever saying which one is.
  private func holds(_ value: JSONValue) throws(OktaError) -> SandboxAnswer {
    let app = try Self.app(value)
    guard let token = value["token"]?.text else {
      throw .validation("token", cause: "token: The field cannot be left blank")
    }
    return .json(["holds": .boolean(self.token(ofApp: app)?.isSame(as: Secret(token)) == true)])
  }

  private static func app(_ value: JSONValue) throws(OktaError) -> AppID {
    guard let app = value["appId"]?.text.flatMap({ AppID($0) }) else {
      throw .validation("appId", cause: "appId: The field cannot be left blank")
    }
    return app
  }

  private static func parse(_ request: SandboxRequest) throws(OktaError) -> JSONValue {
    do throws(JSONFault) { return try JSONValue(parsing: request.body) } catch {
      throw .malformedBody.because("\(error)")
    }
  }
}
