package import Connections
package import EventStore
package import Vault

extension Vault {
  /// A vault whose keys are the same in each run; none of them is used outside of tests.
  package static func still(
    _ world: StillLife, journalID: String = "0192f0c1-2f3a-7bbb-8ccc-000000000001"
  ) throws -> Vault {
    let master = try MasterKey(Secret(bytes: Array(0..<32)))
    return try Vault(
      master: master, keyring: makeKeyring(master: master) { Array(repeating: 7, count: $0) },
      journalID: journalID, random: { world.random($0) })
  }
}

extension StillLife {
  /// The intent of an update whose token is sealed as it is in earnest.
  package func sealedUpdate(
    of stream: StreamID, token: String, command: CommandID? = nil
  ) throws -> AppendBatch {
    guard case .connection(let app) = stream else { throw NoConnection() }
    var draft = draft(.seen, command: command ?? newID())
    let (reference, sealed) = try Vault.still(self).seal(
      Secret(token), .token, id: newID(), for: app, in: draft.id)
    let content = UpdateContent(authScheme: "TOKEN", token: reference)
    draft.payload = .intends(.update(content))
    return AppendBatch(to: stream, at: .any, [draft], secrets: [sealed])
  }

  private struct NoConnection: Error {}
}
