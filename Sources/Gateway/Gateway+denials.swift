import Commands
import Connections

extension Gateway {
  /// A known actor whose role is too small leaves a trace; a stranger does not. Where it cannot be
  /// recorded the answer is the same: nothing was done.
  func recordDenial(_ actor: ActorIdentity, _ deed: String, needed: Role) async {
    try? await access.record(
      .denied(deed: deed, needed: needed), context: EventContext(actor: actor))
  }
}

// What somebody wanted, in words of ours and ids: a path may hold what must not be recorded.

extension NativeRoute {
  var deed: String {
    switch self {
    case .resolve(let id): "rule on command \(id)"
    case .tokens: "list the tokens"
    case .createToken: "create a token"
    case .revokeToken(let id): "revoke token \(id)"
    case .rollback(.begin(let app)): "roll back \(app)"
    case .rollback(.beginAll): "roll back several connections"
    case .rollback(.resume(let id)): "resume rollback \(id)"
    case .rollback(.abandon(let id)): "abandon rollback \(id)"
    case .secret(.markCompromised): "mark a secret as compromised"
    case .secret(.shred): "shred a secret"
    case .secret(.shredOld): "shred old secrets"
    case .secret(.reveal): "reveal a secret"
    case .secret(.addHold): "add a legal hold"
    case .secret(.releaseHold(let id)): "release legal hold \(id)"
    case .connections, .connection, .history, .events, .command, .doubts, .limits, .question,
      .rollback, .secret, .report:
      "read the history"
    }
  }
}

extension ConsoleRoute {
  var deed: String {
    switch self {
    case .rule(let id): NativeRoute.resolve(id).deed
    case .rollBack(let app): NativeRoute.rollback(.begin(app)).deed
    case .resume(let id): NativeRoute.rollback(.resume(id)).deed
    case .abandon(let id): NativeRoute.rollback(.abandon(id)).deed
    default: "look at the console"
    }
  }
}
