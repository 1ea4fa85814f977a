import Commands
import Connections
package import OktaAPI

/// How callers of Okta's routes prove who they are, and with what Okta is called.
package enum UpstreamAuthentication: Sendable {
  /// The caller's own Okta credential is passed on.
  case relay
  /// Callers hold Hindsight tokens; Hindsight holds the one Okta credential.
  case own(OktaCredential)
}

/// Tells who is at the door, and whether the role is enough.
struct Doorkeeper: Sendable {
  let identity: Gateway.Identity
  let access: AccessRegistry
  let commands: CommandHandler
  let budget: CallerBudget
  let proven = ProvenCallers()
  let now: @Sendable () -> Instant

  var authentication: UpstreamAuthentication { identity.authentication }

  /// Who asks, and with what Okta is to be called for it.
  struct Caller: Sendable {
    var actor: ActorIdentity
    var credential: OktaCredential

    /// In *relay* mode Okta decides.
    var mayChange: Bool { actor.kind != .token || actor.roles.contains { $0 >= .operator } }
  }

  enum Denial: Error {
    case unknown
    case roleTooSmall(ActorIdentity, needed: Role)
    /// This caller, or all from its address that Okta has not accepted yet, has asked for too much
    /// in this minute.
    case overBudget(RateLimit)
  }

  /// For Okta's routes.
  func admit(_ request: GatewayRequest, needing role: Role) async throws(Denial) -> Caller {
    guard let credential = credential(of: request) else { throw .unknown }
    switch authentication {
    case .relay:
      // A Hindsight token says nothing to Okta, and is not Okta's to see: nor is one that was
      // revoked, or belongs to another Hindsight.
      guard !AccessRegistry.isToken(credential.secret) else { throw .unknown }
      let actor = placed(commands.identify(credential), request)
      // Whoever invents a credential for each request would have a budget for each.
      let payer = proven.contains(actor) ? actor.id : "from \(actor.sourceAddress ?? "")"
      try charge(payer)
      return Caller(actor: actor, credential: credential)
    case .own(let upstream):
      return Caller(
        actor: try await admitToken(request, needing: role), credential: upstream)
    }
  }

  /// What Okta thinks of a caller, by its answer.
  func note(_ answer: OktaAnswer, to caller: Caller) {
    if case .relay = authentication { proven.note(caller.actor, status: answer.status) }
  }

  /// For Hindsight's own routes, in both modes.
  func admitToken(
    _ request: GatewayRequest, needing role: Role
  ) async throws(Denial) -> ActorIdentity {
    guard let credential = credential(of: request),
      let token = await access.find(credential.secret)
    else { throw .unknown }
    let actor = placed(
      ActorIdentity(
        kind: .token, id: token.id.description, display: token.name, roles: [token.role]), request)
    try charge(actor.id)
    guard token.role >= role else { throw .roleTooSmall(actor, needed: role) }
    return actor
  }

  /// For a session of the console: the token that began it must be valid still.
  func admit(
    _ tokenID: UUIDv7, _ request: GatewayRequest
  ) async throws(Denial) -> ActorIdentity {
    guard let token = await access.valid(tokenID) else { throw .unknown }
    let actor = placed(
      ActorIdentity(
        kind: .token, id: token.id.description, display: token.name, roles: [token.role]), request)
    try charge(actor.id)
    return actor
  }

  private func charge(_ payer: String) throws(Denial) {
    if let exceeded = budget.take(payer, at: now()) { throw .overBudget(exceeded) }
  }

  /// Of one `Authorization` alone: who asks must not depend on which line one reads.
  func credential(of request: GatewayRequest) -> OktaCredential? {
    let found = request.headers.filter { $0.name.lowercased() == "authorization" }
    guard found.count == 1 else { return nil }
    return found.first.flatMap { OktaCredential(header: $0.value) }
  }

  private func placed(_ actor: ActorIdentity, _ request: GatewayRequest) -> ActorIdentity {
    var actor = actor
    actor.sourceAddress = sourceAddress(of: request)
    actor.userAgent = request.header("user-agent").map { String($0.prefix(256)) }
    return actor
  }

  /// `X-Forwarded-For` counts only when a configured proxy says it: the last address that is none.
  private func sourceAddress(of request: GatewayRequest) -> String? {
    guard let remote = request.remoteAddress, identity.trustedProxies.contains(remote) else {
      return request.remoteAddress
    }
    let addresses = request.headers.filter { $0.name.lowercased() == "x-forwarded-for" }
      .flatMap { $0.value.split(separator: ",") }
      .map { String($0.filter { !$0.isWhitespace }) }
    let origin = addresses.last { !identity.trustedProxies.contains($0) }
    return origin.map { String($0.prefix(64)) } ?? remote
  }
}
