import Connections
import Fixtures
import Notary
import Testing
import TransparencyLog
import Vault

@testable import EventStore

extension SignedJournal {
  /// Keeps a key for fingerprints, and appends the intent of an update with a sealed token.
  ///
  /// - Returns: the id of the command.
  func appendSealedUpdate(to journal: SQLiteJournal) async throws -> CommandID {
    let keyring = try Vault.makeKeyring(master: MasterKey(Secret(bytes: Array(0..<32)))) {
      Array(repeating: 7, count: $0)
    }
    try await journal.writer.addKeyringEntry(
      KeyringEntry(wrapped: keyring.wrappedFingerprintKey, masterKeyID: keyring.masterKeyID),
      name: "fingerprint")
    let command = life.newID()
    _ = try await journal.writer.append(
      try life.sealedUpdate(of: .app("a"), token: "first", command: command))
    return command
  }

  /// Signs what is there, and has a witness cosign it.
  func cosign(_ notary: Notary) async throws {
    let checkpoint = try #require(try await notary.sign()).checkpoint
    let witness = try Cosigner(name: "w", seed: Array(2...33)) { 1_790_000_000 }
    try await notary.keep(
      try witness.sign(checkpoint.text), by: witness.key, size: checkpoint.size)
  }
}
