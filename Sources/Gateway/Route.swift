import Connections
import OktaAPI

/// Everything that the gateway answers to. What a role may do is said here and nowhere else.
enum Route: Hashable, Sendable {
  case okta(OktaRoute)
  /// A path of Okta's that is passed on: below `/api/v1`, `/oauth2` or `/.well-known`.
  case forward(needsCredential: Bool)
  case native(NativeRoute)
  case live
  case ready
  case openAPI
  case notFound
  /// Below `/hindsight`, where errors are problems and not Okta's envelopes.
  case nativeNotFound
  /// One of Hindsight's own paths with a method that it does not have.
  case methodNotAllowed(allowed: [String])

  init(method: String, target: String) {
    let segments = OktaRoute.segments(OktaRoute.split(target).path)
    switch segments.first {
    case "hindsight": self = Self.native(method, Array(segments.dropFirst()))
    case "health":
      switch segments.dropFirst().first {
      case "live" where segments.count == 2: self = Self.readable(.live, method)
      case "ready" where segments.count == 2: self = Self.readable(.ready, method)
      default: self = .notFound
      }
    default:
      let route = OktaRoute(method: method, target: target)
      guard route == .other else {
        self = .okta(route)
        return
      }
      if segments.starts(with: ["api", "v1"]) {
        self = .forward(needsCredential: true)
      } else if segments.first == "oauth2" || segments.first == ".well-known" {
        self = .forward(needsCredential: false)
      } else {
        self = .notFound
      }
    }
  }

  private static func native(_ method: String, _ segments: [String]) -> Route {
    guard segments.first == "v1" else { return .nativeNotFound }
    let path = Array(segments.dropFirst())
    if path == ["openapi.json"] { return readable(.openAPI, method) }
    let found = NativeRoute.all(path)
    guard !found.isEmpty else { return .nativeNotFound }
    return found[method].map(Route.native) ?? .methodNotAllowed(allowed: found.keys.sorted())
  }

  /// What can only be read.
  private static func readable(_ route: Route, _ method: String) -> Route {
    ["GET", "HEAD"].contains(method) ? route : .methodNotAllowed(allowed: ["GET", "HEAD"])
  }

  /// The least role that may use it in *own* mode; `nil` for what anyone may.
  var role: Role? {
    switch self {
    case .okta(.getConnection), .okta(.jwks): .reviewer
    case .okta(.updateConnection), .okta(.activate), .okta(.deactivate), .okta(.verify): .operator
    case .okta(.methodNotAllowed), .okta(.unknownConnectionPath), .okta(.other): .reviewer
    // Hindsight's own Okta credential would open the whole organisation to whoever may forward.
    case .forward(let needsCredential): needsCredential ? .operator : nil
    case .native(let route): route.role
    case .live, .ready, .openAPI, .notFound, .nativeNotFound, .methodNotAllowed: nil
    }
  }
}

/// The native API under `/hindsight/v1/`.
enum NativeRoute: Hashable, Sendable {
  case connections
  case connection(AppID)
  case history(AppID)
  case events
  case command(CommandID)
  case doubts
  case resolve(CommandID)
  case limits
  case previewRollback(AppID)
  case rollBack(AppID)
  case changesReport
  case tokens
  case createToken
  case revokeToken(UUIDv7)
  case markCompromised(fingerprint: String)

  /// The routes of a path by method.
  static func all(_ path: [String]) -> [String: NativeRoute] {
    switch path.count {
    case 1 where path[0] == "connections": return ["GET": .connections]
    case 1 where path[0] == "events": return ["GET": .events]
    case 1 where path[0] == "doubts": return ["GET": .doubts]
    case 1 where path[0] == "limits": return ["GET": .limits]
    case 1 where path[0] == "tokens": return ["GET": .tokens, "POST": .createToken]
    case 2 where path == ["reports", "changes.csv"]: return ["GET": .changesReport]
    case 2 where path[0] == "commands":
      return CommandID(path[1]).map { ["GET": .command($0)] } ?? [:]
    case 3 where path[0] == "commands" && path[2] == "resolve":
      return CommandID(path[1]).map { ["POST": .resolve($0)] } ?? [:]
    case 2 where path[0] == "tokens":
      return UUIDv7(path[1]).map { ["DELETE": .revokeToken($0)] } ?? [:]
    case 3 where path[0] == "secrets": return secret(path[1], path[2])
    case 2...4 where path[0] == "connections":
      guard let app = AppID(path[1]) else { return [:] }
      switch Array(path[2...]) {
      case []: return ["GET": .connection(app)]
      case ["history"]: return ["GET": .history(app)]
      case ["rollback"]: return ["POST": .rollBack(app)]
      case ["rollback", "preview"]: return ["POST": .previewRollback(app)]
      default: return [:]
      }
    default: return [:]
    }
  }

  private static func secret(_ fingerprint: String, _ action: String) -> [String: NativeRoute] {
    switch action {
    case "compromised": ["POST": .markCompromised(fingerprint: fingerprint)]
    default: [:]
    }
  }

  var role: Role {
    switch self {
    case .connections, .connection, .history, .events, .command, .doubts, .limits,
      .previewRollback, .changesReport:
      .reviewer
    case .rollBack, .resolve: .operator
    case .tokens, .createToken, .revokeToken, .markCompromised: .admin
    }
  }
}
