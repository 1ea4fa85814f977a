/// Who asked. In *own* mode the holder of a Hindsight token; in *relay* mode an Okta credential, of
/// which only a keyed fingerprint is kept.
package struct ActorIdentity: Hashable, Sendable {
  package enum Kind: String, Sendable {
    /// The holder of a Hindsight token; `id` is the token's id.
    case token
    /// The holder of an Okta credential that is relayed; `id` is its fingerprint.
    case oktaCredential
    /// A person at the command line of the machine that holds the data directory.
    case local
    /// Hindsight itself, in recovery and reconciliation.
    case hindsight
  }

  package var kind: Kind
  package var id: String
  package var display: String
  package var roles: [Role]
  package var sourceAddress: String?
  package var userAgent: String?

  package init(
    kind: Kind, id: String, display: String, roles: [Role] = [], sourceAddress: String? = nil,
    userAgent: String? = nil
  ) {
    self.kind = kind
    self.id = id
    self.display = display
    self.roles = roles
    self.sourceAddress = sourceAddress
    self.userAgent = userAgent
  }

  /// Recovery and reconciliation act in Hindsight's own name.
  package static let hindsight = ActorIdentity(
    kind: .hindsight, id: "hindsight", display: "Hindsight")
}

/// What a Hindsight token may do. Each role includes those below it.
package enum Role: String, Sendable, CaseIterable, Comparable {
  /// Reads the history and makes reports.
  case reviewer
  /// Also changes connections and rolls back.
  case `operator`
  /// Also manages tokens and secrets.
  case admin

  package static func < (left: Role, right: Role) -> Bool { left.rank < right.rank }

  private var rank: Int {
    switch self {
    case .reviewer: 0
    case .operator: 1
    case .admin: 2
    }
  }
}
