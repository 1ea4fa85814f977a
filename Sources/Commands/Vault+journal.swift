import Connections
package import EventStore
package import Vault

extension Vault {
  /// Under which name a journal keeps its fingerprint key.
  private static let fingerprintName = "fingerprint"

  /// Opens the vault of a journal; the first time its fingerprint key is made and kept.
  ///
  /// - Parameters:
  ///   - allowsRotation: goes on where a rotation was cut; otherwise that is an error.
  ///   - masterKey: told whether nothing was sealed yet, so that a key may be made.
  /// - Throws: `MasterKeyFault` for a wrong key or an unfinished rotation; `JournalFault`.
  package static func open(
    _ journal: SQLiteJournal, allowsRotation: Bool = false,
    random: @escaping @Sendable (Int) -> [UInt8],
    masterKey: (_ isNew: Bool) async throws -> MasterKey
  ) async throws -> Vault {
    let entries = try await journal.writer.keyring()
    if !allowsRotation, let begun = entries[KeyRotator.mark] {
      throw MasterKeyFault.rotationUnfinished(newID: begun.masterKeyID)
    }
    let kept = entries[fingerprintName]
    let master = try await masterKey(kept == nil)
    let keyring: Keyring
    if let kept {
      keyring = Keyring(masterKeyID: kept.masterKeyID, wrappedFingerprintKey: kept.wrapped)
    } else {
      keyring = try makeKeyring(master: master, random: random)
      try await journal.writer.addKeyringEntry(
        KeyringEntry(wrapped: keyring.wrappedFingerprintKey, masterKeyID: keyring.masterKeyID),
        name: fingerprintName)
    }
    return try Vault(
      master: master, keyring: keyring, journalID: journal.identity.id.description, random: random)
  }
}
