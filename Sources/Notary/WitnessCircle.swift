package import EventStore
import Logging
package import TransparencyLog

/// Has the witnesses put their names under the last checkpoint, and knows whether enough of them
/// did.
package actor WitnessCircle {
  private let reader: SQLiteJournalReader
  private let writer: SQLiteJournalWriter
  private let witnesses: [WitnessClient]
  private let log: VerificationKey
  /// How many of them are needed.
  private let quorum: Int
  /// What each saw last, as far as we know.
  private var sizes: [VerificationKey: Int] = [:]
  /// Those that cosigned the last checkpoint that was shown to them.
  private var cosigned: Set<VerificationKey> = []
  private var size: Int?
  /// What the others said, in words.
  package private(set) var complaints: [String: String] = [:]

  package init(
    _ witnesses: [WitnessClient], quorum: Int, of journal: SQLiteJournal, log: VerificationKey
  ) {
    self.witnesses = witnesses
    self.quorum = quorum
    self.log = log
    reader = journal.reader
    writer = journal.writer
  }

  /// Whether the last checkpoint that was shown has enough names under it; so it is before the
  /// first.
  package var hasQuorum: Bool { size == nil || cosigned.count >= quorum }

  /// Shows a checkpoint to every witness that has not cosigned it yet.
  ///
  /// - Throws: `WitnessedOtherwise` when a witness holds a checkpoint of this very key that this
  ///   journal did not grow out of: then an older copy was restored, or history was changed.
  package func show(_ checkpoint: CheckedCheckpoint) async throws {
    let size = checkpoint.checkpoint.size
    guard size > 0 else { return }
    if self.size != size {
      cosigned = []
      self.size = size
    }
    // Side by side: one that is slow to answer holds up no other.
    try await withThrowingTaskGroup(of: (WitnessClient, WitnessClient.Answer).self) { group in
      for witness in witnesses where !cosigned.contains(witness.key) {
        group.addTask { (witness, try await self.ask(witness, checkpoint)) }
      }
      for try await (witness, answer) in group { try await take(answer, of: witness, size) }
    }
  }

  private func take(
    _ answer: WitnessClient.Answer, of witness: WitnessClient, _ size: Int
  ) async throws {
    switch answer {
    case .cosigned(let signature):
      try await writer.addCosignature(signature, by: witness.key, size: size)
      cosigned.insert(witness.key)
      sizes[witness.key] = size
      complaints[witness.key.name] = nil
    case .conflict(let seen):
      complaints[witness.key.name] = "it says that it saw \(seen) events last"
    case .refused(let reason), .unreachable(let reason):
      complaints[witness.key.name] = reason
    }
  }

  private func ask(
    _ witness: WitnessClient, _ checkpoint: CheckedCheckpoint
  ) async throws -> WitnessClient.Answer {
    let size = checkpoint.checkpoint.size
    let known = try await lastSize(of: witness)
    var answer = try await ask(witness, checkpoint, from: min(known, size))
    // It knows better what it saw; what it says is believed only as far as it can be proved. It has
    // seen this very size where its answer to us was lost.
    if case .conflict(let seen) = answer, seen <= size {
      answer = try await ask(witness, checkpoint, from: seen)
    }
    if case .conflict = answer { try await look(at: witness, checkpoint) }
    return answer
  }

  private func ask(
    _ witness: WitnessClient, _ checkpoint: CheckedCheckpoint, from old: Int
  ) async throws -> WitnessClient.Answer {
    let size = checkpoint.checkpoint.size
    guard let proof = try await reader.consistencyProof(from: old, to: size) else {
      return .refused("the journal gives no proof from \(old) to \(size)")
    }
    let answer = await witness.ask(
      WitnessRequest(oldSize: old, proof: proof.hashes, checkpoint: checkpoint.note.bytes))
    if case .refused = answer { try await look(at: witness, checkpoint) }
    return answer
  }

  private func lastSize(of witness: WitnessClient) async throws -> Int {
    if let size = sizes[witness.key] { return size }
    return try await reader.lastSize(cosignedBy: witness.key.description) ?? 0
  }

  /// Whether what the witness saw can be reconciled with what we have.
  private func look(at witness: WitnessClient, _ ours: CheckedCheckpoint) async throws {
    guard let bytes = await witness.lastCheckpoint(of: log.name),
      let theirs = try? CheckedCheckpoint(bytes, log: log)
    else { return }
    let root = try await reader.root(ofFirst: theirs.checkpoint.size)
    guard root != theirs.checkpoint.root else { return }
    throw WitnessedOtherwise(witness: witness.key.name, theirs: theirs, ours: ours)
  }
}

/// A witness holds a checkpoint with our own signature that does not go with this journal.
package struct WitnessedOtherwise: Error, Hashable, Sendable {
  package var witness: String
  package var theirs: CheckedCheckpoint
  package var ours: CheckedCheckpoint
}
