import Connections
import OktaAPI

/// One request, with the moment and the randomness that its answer needs. It can hold a token, and
/// so describes itself with its method alone.
struct SandboxRequest: Sendable, CustomStringConvertible, CustomReflectable {
  /// Enough for the ids of an answer.
  static let randomBytes = 54

  var method: String
  /// In origin form, raw.
  var target: String
  var authorization: String?
  var host: String?
  var body: [UInt8]
  var now: Instant
  var random: [UInt8]

  init(
    _ method: String, _ target: String, authorization: String? = nil, host: String? = nil,
    body: [UInt8] = [], now: Instant, random: [UInt8]
  ) {
    precondition(random.count == Self.randomBytes, "a request takes 54 random bytes")
    self.method = method
    self.target = target
    self.authorization = authorization
    self.host = host
    self.body = body
    self.now = now
    self.random = random
  }

  var segments: [String] { OktaRoute.segments(OktaRoute.split(target).path) }

  /// Its body goes back as it comes, and is never collected.
  var isEcho: Bool { method == "POST" && segments == ["api", "v1", "echo"] }

  /// 32 hexadecimal digits.
  var requestID: String { Hex.encode(random[..<16]) }
  var errorID: String { OktaError.errorID(random: Array(random[16..<38])) }
  var newConsentState: String { Hex.encode(random[38...]) }

  var description: String { method }
  var customMirror: Mirror { Mirror(self, children: [:]) }
}

/// What an operation of the API is called in faults and counts.
package enum SandboxOperation: String, Sendable, CaseIterable {
  case get, update, activate, deactivate, verify, jwks
  /// Any other request to Okta, tokens and refused methods included.
  case other

  init(_ route: OktaRoute) {
    switch route {
    case .getConnection: self = .get
    case .updateConnection: self = .update
    case .activate: self = .activate
    case .deactivate: self = .deactivate
    case .verify: self = .verify
    case .jwks: self = .jwks
    case .methodNotAllowed, .unknownConnectionPath, .other: self = .other
    }
  }
}
