import Connections

/// The pages under `/hindsight/`, and what their forms do.
enum ConsoleRoute: Hashable, Sendable {
  case asset(Asset)
  case signInPage
  case signIn
  case signOut
  case theme
  case overview
  case find
  case connection(AppID)
  case change(CommandID)
  case rule(CommandID)
  case rollbackPage(AppID)
  case rollBack(AppID)
  case rollback(CommandID)
  case resume(CommandID)
  case abandon(CommandID)
  case reports
  case takeReport
  case log
  case verify
  case proof(Int)
  /// An address that a person follows and that is none of ours.
  case missing

  enum Asset: String, CaseIterable, Sendable {
    case style = "hindsight.css"
    case script = "console.js"
    case icon = "icon.svg"
  }

  /// The routes of a path below `/hindsight` by method.
  static func all(_ path: [String]) -> [String: ConsoleRoute] {
    switch path.count {
    case 0: return ["GET": .overview]
    case 1:
      if let asset = Asset(rawValue: path[0]) { return ["GET": .asset(asset)] }
      return single(path[0])
    case 2 where path[0] == "connections":
      return AppID(path[1]).map { ["GET": .connection($0)] } ?? [:]
    case 2 where path[0] == "changes":
      return CommandID(path[1]).map { ["GET": .change($0)] } ?? [:]
    case 2 where path[0] == "rollbacks":
      return CommandID(path[1]).map { ["GET": .rollback($0)] } ?? [:]
    case 3 where path[0] == "rollbacks" && path[2] == "resume":
      return CommandID(path[1]).map { ["POST": .resume($0)] } ?? [:]
    case 3 where path[0] == "rollbacks" && path[2] == "abandon":
      return CommandID(path[1]).map { ["POST": .abandon($0)] } ?? [:]
    case 2 where path == ["log", "verify"]: return ["POST": .verify]
    case 3 where path[0] == "log" && path[1] == "proof":
      guard case .proof(let index?)? = LogRoute(Array(path.dropFirst())) else { return [:] }
      return ["GET": .proof(index)]
    case 3 where path[0] == "changes" && path[2] == "ruling":
      return CommandID(path[1]).map { ["POST": .rule($0)] } ?? [:]
    case 3 where path[0] == "connections" && path[2] == "rollback":
      return AppID(path[1]).map { ["GET": .rollbackPage($0), "POST": .rollBack($0)] } ?? [:]
    default: return [:]
    }
  }

  private static func single(_ name: String) -> [String: ConsoleRoute] {
    switch name {
    case "signin": ["GET": .signInPage, "POST": .signIn]
    case "signout": ["POST": .signOut]
    case "theme": ["POST": .theme]
    case "find": ["GET": .find]
    case "reports": ["GET": .reports, "POST": .takeReport]
    case "log": ["GET": .log]
    default: [:]
    }
  }

  /// What it takes in its query; a name that is none of them is mistyped, and what it was to ask
  /// would be as if nobody had.
  var parameters: Set<String> {
    switch self {
    case .overview:
      [
        "text", "scheme", "status", "mark", "fingerprint", "olderThanDays", "asOf", "sort", "page",
      ]
    case .find: ["q", "before"]
    case .connection: ["asOf", "moment", "at", "knew", "from", "to", "before"]
    case .rollbackPage: ["target", "value"]
    case .reports: ["name", "from", "to", "asOf", "n", "seed"]
    default: []
    }
  }

  /// The page to go back to when a form was not taken.
  var page: String {
    switch self {
    case .rule(let id): "/hindsight/changes/\(id)"
    case .rollBack(let app): "/hindsight/connections/\(app)/rollback"
    case .resume(let id), .abandon(let id): "/hindsight/rollbacks/\(id)"
    case .takeReport: "/hindsight/reports"
    case .verify: "/hindsight/log"
    default: "/hindsight/"
    }
  }

  /// The least role that may use it; `nil` for what anyone may.
  var role: Role? {
    switch self {
    case .asset, .signInPage, .signIn, .signOut, .theme, .missing: nil
    case .overview, .find, .connection, .change, .rollbackPage, .rollback, .reports,
      .takeReport, .log, .verify, .proof:
      .reviewer
    case .rule, .rollBack, .resume, .abandon: .operator
    }
  }
}
