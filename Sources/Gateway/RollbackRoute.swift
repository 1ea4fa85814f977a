import Connections

/// Going back, of one connection and of all.
enum RollbackRoute: Hashable, Sendable {
  case preview(AppID)
  case begin(AppID)
  case previewAll
  case beginAll
  /// Those that have not ended.
  case list
  case show(CommandID)
  case resume(CommandID)
  case abandon(CommandID)

  /// The routes of a path below `rollbacks`, by method.
  static func all(_ path: [String]) -> [String: RollbackRoute] {
    if path.isEmpty { return ["GET": .list, "POST": .beginAll] }
    if path == ["preview"] { return ["POST": .previewAll] }
    guard let id = CommandID(path[0]) else { return [:] }
    return switch Array(path[1...]) {
    case []: ["GET": .show(id)]
    case ["resume"]: ["POST": .resume(id)]
    case ["abandon"]: ["POST": .abandon(id)]
    default: [:]
    }
  }

  var role: Role {
    switch self {
    case .preview, .previewAll, .list, .show: .reviewer
    case .begin, .beginAll, .resume, .abandon: .operator
    }
  }

  /// It may send a change, whose answer bears an id in any case.
  var isChange: Bool { role == .operator }
}

/// What is done about recorded secrets, none of which is ever shown but by `reveal`.
enum SecretRoute: Hashable, Sendable {
  case list
  case markCompromised(fingerprint: String)
  case shred(fingerprint: String)
  /// By rule: older than so many days and not in force.
  case shredOld
  case reveal(fingerprint: String)
  case holds
  case addHold
  case releaseHold(UUIDv7)

  /// The routes of a path by method.
  static func all(_ path: [String]) -> [String: SecretRoute] {
    switch path.count {
    case 1 where path[0] == "secrets": return ["GET": .list]
    case 1: return ["GET": .holds, "POST": .addHold]
    case 2 where path == ["secrets", "shred"]: return ["POST": .shredOld]
    case 3 where path[0] == "secrets": return secret(path[1], path[2])
    case 3 where path[2] == "release":
      return UUIDv7(path[1]).map { ["POST": .releaseHold($0)] } ?? [:]
    default: return [:]
    }
  }

  private static func secret(_ fingerprint: String, _ action: String) -> [String: SecretRoute] {
    switch action {
    case "compromised": ["POST": .markCompromised(fingerprint: fingerprint)]
    case "shred": ["POST": .shred(fingerprint: fingerprint)]
    case "reveal": ["POST": .reveal(fingerprint: fingerprint)]
    default: [:]
    }
  }

  var role: Role {
    switch self {
    case .list, .holds: .reviewer
    case .markCompromised, .shred, .shredOld, .reveal, .addHold, .releaseHold: .admin
    }
  }
}
