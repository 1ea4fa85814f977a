import Connections
import Vault

/// The outside of a random history: what is asked of Okta, and what Okta makes of it.
extension RandomHistory {
  mutating func intent(in connection: Connection) throws -> ([EventDraft], [SealedSecret]) {
    let app = connection.appID
    let command = world.newID()
    let intentID = world.newID()
    let (wanted, secrets) = try wantedCommand(for: app, in: intentID)
    let decisions: [Decision]
    do throws(Refusal) {
      decisions = try connection.intend(wanted, before: before(connection))
    } catch { return ([], []) }
    let drafts = decisions.map { decision in
      var draft = world.draft(
        decision.payload, command: decision.commandID ?? command, reason: "as asked")
      if decision.payload.kind == .intended { draft.id = intentID }
      return draft
    }
    return (drafts, secrets)
  }

  private mutating func before(_ connection: Connection) -> Reading {
    switch random.below(10) {
    case 0..<6: return reading(of: connection.appID, source: .get) ?? Reading(without: "notFound")
    case 6..<8:
      guard let known = connection.known else { return Reading(without: "rateLimitLow") }
      return Reading(source: .journal, state: known.state, readAt: known.readAt)
    default: return Reading(without: "rateLimitLow")
    }
  }

  func reading(of app: AppID, source: Reading.Source) -> Reading? {
    truth[app].map { Reading(source: source, state: $0, readAt: world.now) }
  }

  private mutating func wantedCommand(
    for app: AppID, in intentID: EventID
  ) throws -> (ConnectionCommand, [SealedSecret]) {
    switch random.below(8) {
    case 0..<4:
      // Few tokens, so that the same one comes again.
      let token = Secret("token-\(random.below(5))")
      let (reference, sealed) = try vault.seal(
        token, .token, id: world.newID(), for: app, in: intentID)
      let content = UpdateContent(
        authScheme: "TOKEN",
        baseURL: random.chance(30) ? "https://\(random.below(3)).example.com" : nil,
        token: reference, activate: random.chance(50))
      return (.update(content), [sealed])
    case 4:
      let content = UpdateContent(
        authScheme: "OAUTH2", clientID: "client\(random.below(3))", activate: random.chance(50),
        unknownFields: random.chance(20) ? ["profile.color"] : [])
      return (.update(content), [])
    case 5: return (.activate, [])
    case 6: return (.deactivate, [])
    default: return (.verify(appName: random.pick(["slack", "zoomus"])), [])
    }
  }

  mutating func apply(_ command: ConnectionCommand, to app: AppID) {
    guard var state = truth[app] else { return }
    switch command {
    case .activate: state.status = "ENABLED"
    case .deactivate: state.status = "DISABLED"
    case .verify: break
    case .update(let content):
      state.authScheme = content.authScheme ?? state.authScheme
      state.baseURL = content.baseURL
      state.clientID = content.clientID
      state.status = content.activate ? "ENABLED" : "DISABLED"
    }
    truth[app] = state
  }

  /// Somebody uses Okta's own console.
  mutating func changeElsewhere(_ app: AppID) {
    guard var state = truth[app] else { return }
    if random.chance(50) {
      state.status = state.isEnabled ? "DISABLED" : "ENABLED"
    } else {
      state.baseURL = "https://elsewhere\(random.below(3)).example.com"
    }
    truth[app] = state
  }
}
