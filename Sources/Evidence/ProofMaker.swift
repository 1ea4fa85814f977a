package import EventStore
package import TransparencyLog

/// Makes proofs out of a journal, for whoever takes them elsewhere.
package struct ProofMaker: Sendable {
  let reader: SQLiteJournalReader

  package init(of reader: SQLiteJournalReader) { self.reader = reader }

  /// That an event is in the log, against the last checkpoint; the event is put beside it.
  package func proof(of index: Int) async throws -> LogProof {
    guard let checkpoint = try await reader.lastCheckpoint() else {
      throw LogExportFault.nothingSigned
    }
    let size = try await reader.head().size
    guard index < size else { throw ProofFault.notThere(index: index, size: size) }
    guard let proof = try await reader.inclusionProof(of: index, in: checkpoint.size),
      let entry = try await reader.bodies(index..<index + 1).first
    else { throw ProofFault.notSigned(index: index, signed: checkpoint.size) }
    return LogProof(
      extra: entry, index: index, hashes: proof.hashes, checkpoint: checkpoint.note)
  }
}

package enum ProofFault: Error, Hashable, Sendable, CustomStringConvertible {
  case notThere(index: Int, size: Int)
  case notSigned(index: Int, signed: Int)
  case noRange(from: Int, to: Int, signed: Int)
  /// So many entries of other connections would have to be shown.
  case longTail(entries: Int)

  package var description: String {
    switch self {
    case .notThere(let index, let size):
      "There is no event \(index): the journal has \(size)."
    case .notSigned(let index, let signed):
      """
      Event \(index) is recorded and not signed yet: the last checkpoint is over \(signed) events. \
      A running server signs it within its --checkpoint-interval.
      """
    case .noRange(let from, let to, let signed):
      "From event \(from) to event \(to) is no range of the \(signed) signed events."
    case .longTail(let entries):
      """
      Nothing later of this connection closes the gap, so the proof would have to show \(entries) \
      entries of other connections. Name an earlier --to, or wait for its next event: any read \
      that tells something new, or any change, will do.
      """
    }
  }
}
