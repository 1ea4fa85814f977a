/// The Hindsight tokens that are valid: a pure fold of the access stream.
package struct AccessTokens: Sendable {
  package private(set) var all: [UUIDv7: Entry] = [:]
  private var byHash: [String: UUIDv7] = [:]

  package struct Entry: Hashable, Sendable {
    package var record: TokenRecord
    package var createdAt: Instant
    package var revokedAt: Instant?
  }

  package init() {}

  package mutating func apply(_ event: Event) {
    switch event.payload {
    case .tokenCreated(let record):
      all[record.id] = Entry(record: record, createdAt: event.recordedAt)
      byHash[record.hash] = record.id
    case .tokenRevoked(let tokenID):
      guard let entry = all[tokenID], entry.revokedAt == nil else { return }
      all[tokenID]?.revokedAt = event.recordedAt
      byHash[entry.record.hash] = nil
    default: break
    }
  }

  /// The token with this hash, unless it was revoked.
  package func valid(hash: String) -> TokenRecord? {
    byHash[hash].flatMap { all[$0]?.record }
  }
}
