import Connections
package import EventStore
package import TransparencyLog
package import Vault

/// The key with which the log signs: made at the first start, sealed by the master key, and with
/// its public half in the journal, so that whoever only reads can tell it.
package enum LogKey {
  /// Its name in the keyring.
  package static let name = "log"

  /// Opens the key of a journal, or makes it.
  ///
  /// - Parameters:
  ///   - origin: the log's name, fixed when its key is made.
  ///   - isAsked: the origin was given and is not a default: then it must be that of the key.
  package static func signer(
    for journal: SQLiteJournal, _ vault: Vault, origin: String, isAsked: Bool
  ) async throws -> LogSigner {
    let sealed = try await journal.writer.keyringEntry(name)
    guard let record = try await journal.reader.logKey() else {
      guard sealed == nil else { throw LogKeyFault.publicHalfMissing }
      return try await make(for: journal, vault, origin: origin)
    }
    guard let sealed else { throw LogKeyFault.missing }
    let seed = try vault.openKey(sealed.wrapped, named: name)
    let key: VerificationKey
    do throws(VerificationKeyFault) { key = try VerificationKey(record.vkey) } catch {
      throw LogKeyFault.altered("\(error)")
    }
    guard key.name == origin || !isAsked else {
      throw LogKeyFault.otherOrigin(found: key.name, asked: origin)
    }
    let signer = try seed.withBytes { try LogSigner(name: key.name, seed: $0) }
    guard signer.key == key else {
      throw LogKeyFault.altered("the sealed key is not the one whose public half is kept")
    }
    guard record.states(journal.identity, by: key) else {
      throw LogKeyFault.altered("the journal bears another name than the one that it has signed")
    }
    return signer
  }

  private static func make(
    for journal: SQLiteJournal, _ vault: Vault, origin: String
  ) async throws -> LogSigner {
    let seed = vault.newKey()
    let signer = try seed.withBytes { try LogSigner(name: origin, seed: $0) }
    let text = LogKeyRecord.statement(of: journal.identity, origin: origin)
    let statement = SignedNote(text: text, signatures: [try signer.sign(text)])
    try await journal.writer.addLogKey(
      LogKeyRecord(vkey: signer.key.description, statement: statement.bytes),
      sealed: KeyringEntry(
        wrapped: try vault.sealKey(seed, named: name), masterKeyID: vault.masterKeyID),
      name: name)
    return signer
  }
}

package enum LogKeyFault: Error, Hashable, Sendable, CustomStringConvertible {
  /// The public half is there, and the sealed one is not.
  case missing
  /// The sealed half is there, and the public one is not.
  case publicHalfMissing
  case altered(String)
  case otherOrigin(found: String, asked: String)

  package var description: String {
    switch self {
    case .missing:
      """
      The sealed key of the log is gone from the journal, and its public half is there. Nothing \
      was changed. Run `hindsight verify`, and restore the last good backup.
      """
    case .publicHalfMissing:
      """
      The public half of the log's key is gone from the journal, and its sealed one is there. \
      Nothing was changed. Run `hindsight verify`, and restore the last good backup.
      """
    case .altered(let reason):
      """
      The key of the log was altered: \(reason). Nothing was changed. Run `hindsight verify`, and \
      restore the last good backup.
      """
    case .otherOrigin(let found, let asked):
      """
      The log of this journal is called \(found), for ever: its checkpoints say so, and \
      --log-origin says \(asked). Nothing was changed.
      """
    }
  }
}
