import Connections
import Crypto
import GRDB

/// The sealed secrets that a run of events names, each compared with what its event commits to.
struct SecretsOfChunk: Sendable {
  /// The ids of all that were named.
  private(set) var named: Set<UUIDv7> = []
  /// Those whose data key is gone: rightly so only where an event says that it was destroyed.
  private(set) var keyless: [(index: Int, id: UUIDv7)] = []
  /// The ids whose data keys an event destroyed.
  private(set) var shredded: Set<UUIDv7> = []
  private var due: [Due] = []

  private struct Due: Sendable {
    var index: Int
    var reference: SecretReference
    var stream: StreamID
    var eventID: EventID
  }

  mutating func note(_ event: Event) {
    for reference in event.payload.sealedReferences {
      due.append(
        Due(index: event.index, reference: reference, stream: event.stream, eventID: event.id))
    }
    shredded.formUnion(Self.shredded(by: event))
  }

  static func shredded(by event: Event) -> [UUIDv7] {
    guard case .secret(.shredded(let shredding)) = event.payload else { return [] }
    return shredding.copies.map(\.id)
  }

  mutating func check(
    _ database: Database, _ keys: WrappedKeys?, _ findings: inout [JournalVerifier.Finding]
  ) throws {
    guard !due.isEmpty else { return }
    let statement = try database.makeStatement(
      sql: """
        SELECT sealed, wrapped, master_key_id
        FROM sealed_secrets LEFT JOIN secret_keys USING (id) WHERE id = ?
        """)
    for secret in due {
      let id = secret.reference.id
      named.insert(id)
      func wrong(_ problem: String) {
        findings.append(.init(index: secret.index, problem: problem))
      }
      guard let row = try Row.fetchOne(statement, arguments: [id.description]) else {
        wrong("its sealed secret is missing")
        continue
      }
      let sealed = row.bytes(0)
      if Hex.encode(SHA256.hash(data: sealed)) != secret.reference.commitment {
        wrong("its sealed secret is not the one that it commits to")
      }
      guard let masterKeyID = row[2] as String? else {
        keyless.append((secret.index, id))
        continue
      }
      let found = SealedSecret(
        id: id, sealed: sealed, wrappedKey: row.bytes(1), masterKeyID: masterKeyID)
      check(found, secret, keys, wrong)
    }
    due = []
  }

  private func check(
    _ sealed: SealedSecret, _ secret: Due, _ keys: WrappedKeys?, _ wrong: (String) -> Void
  ) {
    guard let keys, let app = secret.stream.appID else { return }
    if sealed.masterKeyID != keys.masterKeyID {
      wrong("the key of its sealed secret is not said to be wrapped by this master key")
    }
    if !keys.opensSecret(sealed, secret.reference, app, secret.eventID) {
      wrong("the key of its sealed secret does not open it")
    }
  }
}
