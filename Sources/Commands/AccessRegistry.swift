package import Connections
package import EventStore
import OktaAPI
import Vault

/// Hindsight's own tokens: created and revoked by events, known by their hashes alone.
package actor AccessRegistry {
  private let writer: any JournalWriter
  private let environment: CommandEnvironment
  private var tokens = AccessTokens()

  /// Reads the tokens out of the journal.
  package init(
    writer: any JournalWriter, reader: any JournalReader, environment: CommandEnvironment
  ) async throws(JournalFault) {
    self.writer = writer
    self.environment = environment
    for event in try await reader.events(in: .access, after: 0) { tokens.apply(event) }
  }

  /// The valid token with this text.
  package func find(_ token: Secret) -> TokenRecord? {
    tokens.valid(hash: Self.hash(token))
  }

  /// The token of this id, unless it was revoked.
  package func valid(_ id: UUIDv7) -> TokenRecord? {
    tokens.all[id].flatMap { $0.revokedAt == nil ? $0.record : nil }
  }

  /// What each token of any Hindsight begins with, and no credential of Okta's.
  private static let prefix = "hst_"

  /// Whether it looks like a token of Hindsight's: valid, revoked or somebody else's.
  package static func isToken(_ secret: Secret) -> Bool {
    secret.withBytes { $0.starts(with: prefix.utf8) }
  }

  package var all: [AccessTokens.Entry] {
    tokens.all.values.sorted { $0.record.id.description < $1.record.id.description }
  }

  /// Makes a token of 256 random bits. Its text exists in the answer and nowhere else.
  package func create(
    name: String, role: Role, context: EventContext
  ) async throws(JournalFault) -> (record: TokenRecord, token: Secret) {
    let token = Secret(Self.prefix + Hex.encode(environment.random(32)))
    let record = TokenRecord(
      id: environment.newID(), name: name, role: role, hash: Self.hash(token))
    try await append(.tokenCreated(record), context)
    return (record, token)
  }

  /// - Returns: `false` when there is no such token or it was revoked already.
  package func revoke(_ id: UUIDv7, context: EventContext) async throws(JournalFault) -> Bool {
    guard let entry = tokens.all[id], entry.revokedAt == nil else { return false }
    try await append(.tokenRevoked(tokenID: id), context)
    return true
  }

  /// Records that a report left the house.
  package func recordExport(_ export: Export, context: EventContext) async throws(JournalFault) {
    try await append(.exported(export), context)
  }

  /// Records what happened beside the changes: a signing in, a gap, an app's label.
  package func record(_ notice: Notice, context: EventContext) async throws(JournalFault) {
    try await append(.notice(notice), context)
  }

  /// Records that a change was refused by our own policy: nothing was sent.
  package func recordRefusal(
    _ kind: ConnectionCommand.Kind, of appID: AppID, status: Int, detail: String,
    context: EventContext
  ) async throws(JournalFault) {
    _ = try await writer.append(
      AppendBatch(
        to: .connection(appID), at: .any,
        [
          draft(
            .refused(
              Outcome(call: CallRecord(status: status, detail: detail), refusedKind: kind)), context
          )
        ]))
  }

  private func append(
    _ payload: EventPayload, _ context: EventContext
  ) async throws(JournalFault) {
    let batch = AppendBatch(to: .access, at: .any, [draft(payload, context)])
    for event in try await writer.append(batch) { tokens.apply(event) }
  }

  private func draft(_ payload: EventPayload, _ context: EventContext) -> EventDraft {
    EventDraft(
      id: environment.newID(), recordedAt: environment.now(), context: context, payload: payload)
  }

  private static func hash(_ token: Secret) -> String {
    token.withBytes { ContentDigest.hex($0) }
  }
}
