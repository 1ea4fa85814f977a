import Connections
import TransparencyLog

@testable import EventStore

extension SQLiteJournal {
  /// Signs the first events and has a witness cosign them; the keys are the same in each run.
  func sign(_ size: Int) async throws {
    let signer = try LogSigner(name: "log.example", seed: Array(1...32))
    let statement = LogKeyRecord.statement(of: identity, origin: "log.example")
    try await writer.addLogKey(
      LogKeyRecord(
        vkey: signer.key.description,
        statement: SignedNote(text: statement, signatures: [try signer.sign(statement)]).bytes),
      sealed: KeyringEntry(wrapped: [1], masterKeyID: "one"), name: "log")
    let root = try await reader.root(ofFirst: size) ?? .emptyRoot
    let checkpoint = Checkpoint(origin: "log.example", size: size, root: root)
    let note = SignedNote(
      text: checkpoint.text, signatures: [try signer.sign(checkpoint.text)])
    try await writer.addCheckpoint(CheckpointRecord(size: size, note: note.bytes))
    let witness = try Cosigner(name: "witness.example", seed: Array(2...33)) { 1_790_000_000 }
    try await writer.addCosignature(
      try witness.sign(checkpoint.text), by: witness.key, size: size)
  }
}
