package import Connections
package import EventStore
package import Vault

/// Wraps every key of a journal under a new master key. Work that was cut is gone on with: what is
/// wrapped anew already says so.
package struct KeyRotator: Sendable {
  private let journal: SQLiteJournal
  private let vault: Vault
  private let environment: CommandEnvironment

  /// The keyring's entry that stands while a rotation is under way; its master key is the new one.
  package static let mark = "rotation"
  /// Data keys wrapped in one transaction.
  private static let batch = 500

  /// - Parameter vault: opened with the old key.
  package init(journal: SQLiteJournal, vault: Vault, environment: CommandEnvironment) {
    self.journal = journal
    self.vault = vault
    self.environment = environment
  }

  package struct Result: Sendable {
    /// The data keys that the new key wraps.
    package var count: Int
    /// `false` while the write-ahead log still keeps what the old key opens. The next start tries
    /// again.
    package var isScrubbed: Bool
  }

  package func rotate(to new: MasterKey, context: EventContext) async throws -> Result {
    let writer = journal.writer
    let keyring = try await writer.keyring()
    if let begun = keyring[Self.mark], begun.masterKeyID != new.id {
      throw MasterKeyFault.rotationUnfinished(newID: begun.masterKeyID)
    }
    try await writer.setKeyring([Self.mark: KeyringEntry(wrapped: [], masterKeyID: new.id)])
    let count = try await rewrapDataKeys(under: new)

    // The journal's own keys, the end of the mark and the event that tells it: one transaction.
    var changes: [KeyChange] = [.keyring(name: Self.mark, nil)]
    for (name, entry) in keyring.sorted(by: { $0.key < $1.key }) where name != Self.mark {
      let wrapped = try vault.rewrap(entry.wrapped, named: name, under: new)
      changes.append(
        .keyring(name: name, KeyringEntry(wrapped: wrapped, masterKeyID: new.id)))
    }
    let rotation = KeyRotation(from: vault.masterKeyID, to: new.id, count: count)
    _ = try await writer.append(
      AppendBatch(
        to: .secrets, at: .any,
        [
          EventDraft(
            id: environment.newID(), recordedAt: environment.now(), context: context,
            payload: .secret(.keyRotated(rotation)))
        ], keys: changes))
    return Result(count: count, isScrubbed: (try? await writer.scrub()) ?? false)
  }

  private func rewrapDataKeys(under new: MasterKey) async throws -> Int {
    var count = 0
    var due: [(id: UUIDv7, entry: KeyringEntry)] = []
    let size = try await journal.reader.head().size
    for start in stride(from: 0, to: size, by: 5_000) {
      let page = try await journal.reader.events(
        EventSelection(after: start - 1, limit: min(5_000, size - start)))
      for event in page {
        guard let app = event.stream.appID else { continue }
        for reference in event.payload.sealedReferences {
          guard let secret = try await journal.reader.sealedSecret(reference.id) else { continue }
          count += 1
          guard secret.masterKeyID != new.id else { continue }
          let wrapped = try vault.rewrap(
            secret, reference, of: SealedPlace(appID: app, eventID: event.id), under: new)
          due.append((secret.id, KeyringEntry(wrapped: wrapped, masterKeyID: new.id)))
        }
      }
      while !due.isEmpty {
        try await journal.writer.rewrap(Array(due.prefix(Self.batch)))
        due.removeFirst(min(Self.batch, due.count))
      }
    }
    return count
  }
}
