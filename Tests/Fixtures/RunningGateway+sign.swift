import EventStore
import Notary
package import TransparencyLog

extension RunningGateway {
  /// Signs what is recorded, as the server does within a second.
  package func sign() async throws -> CheckedCheckpoint? {
    let signer = try await LogKey.signer(
      for: lane.journal, lane.vault, origin: SignedJournal.origin, isAsked: false)
    return try await Notary(of: lane.journal, signer: signer, directory: lane.directory.path).sign()
  }

  /// Checks a proof with the key of the log alone.
  ///
  /// - Returns: the index of the event that it proves.
  package func check(proof bytes: [UInt8], _ checkpoint: CheckedCheckpoint) throws -> Int? {
    let proof = try LogProof(parsing: bytes)
    guard let entry = proof.extra else { return nil }
    _ = try proof.check(entry: entry, TrustPolicy(log: checkpoint.log))
    return proof.index
  }
}
