package import EventStore
package import TransparencyLog

/// What a log shows to whoever asks: the last checkpoint that was signed, and the tiles below it
/// (c2sp.org/tlog-tiles). What is not signed yet is not shown.
package struct PublishedLog: Sendable {
  private let reader: SQLiteJournalReader

  package init(_ reader: SQLiteJournalReader) { self.reader = reader }

  package func checkpoint() async throws(JournalFault) -> [UInt8]? {
    try await reader.lastCheckpoint()?.note
  }

  /// - Returns: `nil` for a tile that the signed tree does not have, or not that much of it.
  package func contents(of path: TilePath) async throws(JournalFault) -> [UInt8]? {
    guard let size = try await reader.lastCheckpoint()?.size else { return nil }
    return try await reader.contents(of: path, in: size)
  }

  /// The root over the first events, signed or not; `nil` when there are fewer.
  package func root(ofFirst size: Int) async throws(JournalFault) -> NodeHash? {
    try await reader.root(ofFirst: size)
  }

  /// That an event is in the tree that was signed last: the proof, and what checking it shows.
  ///
  /// - Throws: `ProofFault`, and `LogExportFault` while nothing is signed.
  package func proof(of index: Int) async throws -> CheckedProof {
    let proof = try await ProofMaker(of: reader).proof(of: index)
    guard let entry = proof.extra, let record = try await reader.logKey() else {
      throw LogExportFault.nothingSigned
    }
    let opened = try proof.check(entry: entry, TrustPolicy(log: VerificationKey(record.vkey)))
    return CheckedProof(proof: proof, leaf: .leaf(entry), checkpoint: opened.checkpoint)
  }
}

/// A proof that leads from its entry to a root that the log's own key signed.
package struct CheckedProof: Sendable {
  package var proof: LogProof
  package var leaf: NodeHash
  package var checkpoint: Checkpoint
}
