import Connections
import OktaAPI

/// Everything that the gateway answers to. What a role may do is said here and nowhere else.
enum Route: Hashable, Sendable {
  case okta(OktaRoute)
  /// A path of Okta's that is passed on: below `/api/v1`, `/oauth2` or `/.well-known`.
  case forward(needsCredential: Bool)
  case native(NativeRoute)
  /// A file of the transparency log.
  case log(LogRoute)
  case console(ConsoleRoute)
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
    guard segments.first == "v1" else { return console(method, segments) }
    let path = Array(segments.dropFirst())
    if path == ["openapi.json"] { return readable(.openAPI, method) }
    if path.first == "log" {
      return LogRoute(Array(path.dropFirst())).map { readable(.log($0), method) }
        ?? .nativeNotFound
    }
    let found = NativeRoute.all(path)
    guard !found.isEmpty else { return .nativeNotFound }
    // RFC 9110 section 9.3.2: what can be got can be asked for without its body.
    let asked = method == "HEAD" ? "GET" : method
    let allowed = Array(found.keys) + (found["GET"] == nil ? [] : ["HEAD"])
    return found[asked].map(Route.native) ?? .methodNotAllowed(allowed: allowed.sorted())
  }

  private static func console(_ method: String, _ path: [String]) -> Route {
    let found = ConsoleRoute.all(path)
    guard !found.isEmpty else { return .nativeNotFound }
    let asked = method == "HEAD" ? "GET" : method
    return found[asked].map(Route.console) ?? .methodNotAllowed(allowed: found.keys.sorted())
  }

  /// What can only be read.
  private static func readable(_ route: Route, _ method: String) -> Route {
    ["GET", "HEAD"].contains(method) ? route : .methodNotAllowed(allowed: ["GET", "HEAD"])
  }

  /// Whether it changes connections: then its answer names a command, whatever comes of it.
  var isChange: Bool {
    switch self {
    case .okta(.updateConnection), .okta(.activate), .okta(.deactivate), .okta(.verify),
      .native(.rollback(.begin)), .native(.rollback(.beginAll)):
      true
    default: false
    }
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
    case .log(let route): route.role
    case .console(let route): route.role
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
  case question(QuestionRoute)
  case rollback(RollbackRoute)
  case secret(SecretRoute)
  case report(ReportRoute)
  case tokens
  case createToken
  case revokeToken(UUIDv7)

  /// The routes of a path by method.
  static func all(_ path: [String]) -> [String: NativeRoute] {
    let questions = QuestionRoute.all(path)
    guard questions.isEmpty else { return questions.mapValues(NativeRoute.question) }
    switch path.count {
    case 1 where path[0] == "connections": return ["GET": .connections]
    case 1 where path[0] == "events": return ["GET": .events]
    case 1 where path[0] == "doubts": return ["GET": .doubts]
    case 1 where path[0] == "limits": return ["GET": .limits]
    case 1 where path[0] == "tokens": return ["GET": .tokens, "POST": .createToken]
    case 2 where path[0] == "reports": return ["GET": .report(ReportRoute(path[1]))]
    case 2 where path[0] == "commands":
      return CommandID(path[1]).map { ["GET": .command($0)] } ?? [:]
    case 3 where path[0] == "commands" && path[2] == "resolve":
      return CommandID(path[1]).map { ["POST": .resolve($0)] } ?? [:]
    case 2 where path[0] == "tokens":
      return UUIDv7(path[1]).map { ["DELETE": .revokeToken($0)] } ?? [:]
    case 1...3 where path[0] == "rollbacks":
      return RollbackRoute.all(Array(path[1...])).mapValues(NativeRoute.rollback)
    case 1...3 where path[0] == "secrets" || path[0] == "holds":
      return SecretRoute.all(path).mapValues(NativeRoute.secret)
    case 2...4 where path[0] == "connections":
      guard let app = AppID(path[1]) else { return [:] }
      switch Array(path[2...]) {
      case []: return ["GET": .connection(app)]
      case ["history"]: return ["GET": .history(app)]
      case ["rollback"]: return ["POST": .rollback(.begin(app))]
      case ["rollback", "preview"]: return ["POST": .rollback(.preview(app))]
      default: return [:]
      }
    default: return [:]
    }
  }

  /// What it takes in its query; `nil` where that depends on what is asked for by name.
  var parameters: Set<String>? {
    switch self {
    case .connections: ConnectionListRequest.names
    case .connection: ["asOf"]
    case .events: EventFilter.names
    case .question(let route): route.parameters
    case .report: nil
    case .history: ["sort", "limit", "cursor"]
    case .doubts: StandingList.doubts.parameters
    case .secret(.list): StandingList.secrets.parameters
    case .secret(.holds): StandingList.holds.parameters
    case .rollback(.list): StandingList.rollbacks.parameters
    case .tokens: StandingList.tokens.parameters
    case .command, .resolve, .limits, .rollback, .secret, .createToken, .revokeToken: []
    }
  }

  var role: Role {
    switch self {
    case .connections, .connection, .history, .events, .command, .doubts, .limits, .report,
      .question:
      .reviewer
    case .resolve: .operator
    case .tokens, .createToken, .revokeToken: .admin
    case .rollback(let route): route.role
    case .secret(let route): route.role
    }
  }
}
