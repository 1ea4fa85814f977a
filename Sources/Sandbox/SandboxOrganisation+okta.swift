import Connections
import OktaAPI

extension SandboxOrganisation {
  /// Answers as Okta would.
  func okta(_ request: SandboxRequest, _ route: OktaRoute) -> SandboxAnswer {
    let segments = request.segments
    switch (request.method, segments) {
    case ("GET", [".well-known", "okta-organization"]):
      return SandboxAnswer.json(organisation(origin(request))).stamped(request, nil)
    case ("POST", ["oauth2", "v1", "token"]): return issue(request).stamped(request, nil)
    default: break
    }
    guard segments.starts(with: ["api", "v1"]) else {
      return SandboxAnswer.failure(.pathNotFound, request).stamped(request, rate(request))
    }
    if let refusal = refusal(of: request.authorization, route) {
      return SandboxAnswer.failure(refusal, request).stamped(request, rate(request))
    }
    if case .methodNotAllowed = route {
      return SandboxAnswer.failure(.methodNotAllowed, request).unrouted()
    }
    guard let rate = charge(request) else {
      return SandboxAnswer.failure(.tooManyRequests, request)
        .stamped(request, self.rate(request, isExhausted: true))
    }
    do throws(OktaError) {
      return try operate(request, route).stamped(request, rate)
    } catch {
      return SandboxAnswer.failure(error, request).stamped(request, rate)
    }
  }

  private func operate(
    _ request: SandboxRequest, _ route: OktaRoute
  ) throws(OktaError) -> SandboxAnswer {
    guard let id = route.appID else { return try elsewhere(request) }
    guard let app = app(id), var connection = connection(of: id) else { throw .notFound("\(id)") }
    var shown: SandboxConnection?
    switch route {
    case .updateConnection(_, let activate):
      let update = try UpdateRequest(parsing: request.body, activate: activate)
      try connection.update(
        update, switches: switches, newConsentState: request.newConsentState)
      shown = connection.answering(update.content, switches: switches)
    case .activate: try connection.activate(switches: switches)
    case .deactivate: try connection.deactivate(switches: switches)
    case .verify(let appName, _, let query):
      let code = OktaRoute.parameters("code", in: query).last
      let state = OktaRoute.parameters("state", in: query).last
      guard connection.verify(appName: appName, code: code, state: state) else {
        throw badCode(id)
      }
    case .jwks: return try keys(of: app, connection)
    case .getConnection, .methodNotAllowed, .unknownConnectionPath, .other: break
    }
    connections[id] = connection
    switch route {
    case .activate, .deactivate, .verify: return .noContent
    default:
      let body = (shown ?? connection).shown(
        of: id, origin: origin(request), switches: switches)
      return .json(body, status: shown == nil ? 200 : switches.updateStatus)
    }
  }

  private func keys(
    of app: SandboxApp, _ connection: SandboxConnection
  ) throws(OktaError) -> SandboxAnswer {
    let hasKeys =
      app.kind == .org2Org && connection.state.authScheme == ConnectionState.Word.oauth2
    if hasKeys {
      return .json(switches.jwksIsWrapped ? ["jwks": SandboxKeys.shown] : SandboxKeys.shown)
    }
    switch switches.jwksWithoutKeysStatus {
    case 200: return .json(switches.jwksIsWrapped ? ["jwks": nil] : ["keys": []])
    case 400: throw .validation("jwks", cause: "The connection has no keys.")
    case 401: throw .featureOff
    default: throw .notFound("\(app.id)")
    }
  }

  /// The few paths of Okta's beside the connections.
  private func elsewhere(_ request: SandboxRequest) throws(OktaError) -> SandboxAnswer {
    let path = request.segments.dropFirst(2)
    let isRead = request.method == "GET" || request.method == "HEAD"
    if request.isEcho { return SandboxAnswer(status: 200, delivery: .echo) }
    if isRead, path.elementsEqual(["users", "me"]) { return .json(Self.administrator) }
    if isRead, path.elementsEqual(["apps"]) {
      return .json(.array(apps.values.sorted { $0.id < $1.id }.map(\.shown)))
    }
    if isRead, path.count == 2, path.first == "apps", let id = path.last.flatMap({ AppID($0) }) {
      guard let app = app(id) else { throw .notFound("\(id)") }
      return .json(app.shown)
    }
    throw .pathNotFound
  }

  private func badCode(_ app: AppID) -> OktaError {
    switch switches.verifyBadCodeStatus {
    case 400: .validation("code", cause: "The code or the state is not valid.")
    case 404: .notFound("\(app)")
    default: .forbidden
    }
  }

  /// Why a request may not go on, if it may not.
  private func refusal(of authorization: String?, _ route: OktaRoute) -> OktaError? {
    if case .jwks = route, !switches.jwksNeedsCredential { return nil }
    guard let authorization, !authorization.isEmpty else {
      var error =
        switches.missingAuthorizationCode == OktaError.invalidToken.code
        ? OktaError.invalidToken : .invalidSession
      error.status = switches.missingAuthorizationStatus
      return error
    }
    return accepts(authorization) ? nil : .invalidToken
  }

  /// The sandbox's own credentials; and, by a switch, any that looks like one of Okta's: an API
  /// token begins with `00`, an access token is a JWT and begins with `eyJ`. `00bad…` is never
  /// accepted.
  private func accepts(_ header: String) -> Bool {
    guard let credential = OktaCredential(header: header) else { return false }
    let follows = header.drop(while: \.isWhitespace).dropFirst(credential.scheme.rawValue.count)
    guard switches.acceptsCredentialWithoutSpace || follows.first?.isWhitespace == true else {
      return false
    }
    let known: Secret
    let prefix: String
    switch credential.scheme {
    case .ssws: (known, prefix) = (Secret(Self.adminToken), "00")
    case .bearer: (known, prefix) = (Secret(Self.accessToken), "eyJ")
    case .dpop: return false
    }
    if credential.secret.isSame(as: known) { return true }
    return switches.acceptsWellFormedCredentials
      && credential.secret.begins(with: prefix) && !credential.secret.begins(with: "00bad")
  }

  /// Scheme and authority for links.
  private func origin(_ request: SandboxRequest) -> String {
    switches.fixedOrigin ?? "http://" + (request.host ?? "127.0.0.1")
  }

  private static let administrator: JSONValue = [
    "id": "00uSANDBOX0000000001", "status": "ACTIVE",
    "profile": [
      "firstName": "Sandbox", "lastName": "Admin", "login": "admin@org.okta.example",
      "email": "admin@org.okta.example",
    ],
  ]

  private func organisation(_ origin: String) -> JSONValue {
    [
      "id": "00oSANDBOX0000000001", "pipeline": "idx",
      "_links": ["organization": ["href": .string(origin)]],
    ]
  }

  /// An access token for whoever asks; an assertion is not checked. Errors have the form of
  /// OAuth 2.0 (RFC 6749 section 5.2).
  private func issue(_ request: SandboxRequest) -> SandboxAnswer {
    let form = String(decoding: request.body, as: UTF8.self)
    guard OktaRoute.parameters("grant_type", in: form) == ["client_credentials"] else {
      return .json(
        [
          "error": "unsupported_grant_type",
          "error_description": "The sandbox grants client_credentials alone.",
        ], status: 400)
    }
    return .json([
      "token_type": "Bearer", "expires_in": 3600, "access_token": .string(Self.accessToken),
      "scope": .string(OktaRoute.parameters("scope", in: form).first ?? ""),
    ])
  }
}

extension OktaError {
  fileprivate static let invalidSession = OktaError(
    status: 403, code: "E0000005", summary: "Invalid session")
  fileprivate static let featureOff = OktaError(
    status: 401, code: "E0000015",
    summary: "You do not have permission to access the feature you are requesting")
}
