package import EventStore
import Logging
package import TransparencyLog

/// Has the witnesses put their names under the last checkpoint, and knows whether enough of them
/// did.
package actor WitnessCircle {
  private let reader: SQLiteJournalReader
  private let notary: Notary
  private let witnesses: [WitnessClient]
  private let log: VerificationKey
  /// How many of them are needed.
  private let quorum: Int
  /// What each saw last, as far as we know.
  private var sizes: [VerificationKey: Int] = [:]
  /// Of the last checkpoint that was shown to any.
  private var size: Int?
  /// Those that cosigned it.
  private var cosigned: Set<VerificationKey> = []
  /// The checkpoint that each is being asked about.
  private var asked: [VerificationKey: Int] = [:]
  /// Those who wait for the quorum.
  private var waiting: [CheckedContinuation<Bool, Never>] = []
  /// What the others said, in words.
  package private(set) var complaints: [String: String] = [:]

  package init(
    _ witnesses: [WitnessClient], quorum: Int, of journal: SQLiteJournal, notary: Notary,
    log: VerificationKey
  ) {
    self.witnesses = witnesses
    self.quorum = quorum
    self.notary = notary
    self.log = log
    reader = journal.reader
  }

  /// Whether the last checkpoint that was shown has enough names under it; so it is before the
  /// first.
  package var hasQuorum: Bool { size == nil || cosigned.count >= quorum }

  /// Some are being asked about the last checkpoint right now.
  package var isAsking: Bool { asked.values.contains { $0 == size } }

  /// Waits for those that are being asked about the last checkpoint, until enough have cosigned it
  /// or all have answered. One that still hangs over an earlier one is not waited for.
  package func reachesQuorum() async -> Bool {
    guard !hasQuorum, isAsking else { return hasQuorum }
    return await withCheckedContinuation { waiting.append($0) }
  }

  /// Those that are to be asked about a checkpoint now, each once: they have not cosigned it, and
  /// are not being asked. One that hangs holds up no other.
  package func begin(_ checkpoint: CheckedCheckpoint) -> [WitnessClient] {
    let size = checkpoint.checkpoint.size
    guard size > 0 else { return [] }
    if self.size != size {
      cosigned = []
      self.size = size
    }
    let due = witnesses.filter { !cosigned.contains($0.key) && asked[$0.key] == nil }
    for witness in due { asked[witness.key] = size }
    return due
  }

  /// Asks one of those that were begun.
  ///
  /// - Throws: `WitnessedOtherwise` when it holds a checkpoint of this very key that this journal
  ///   did not grow out of: then an older copy was restored, or history was changed.
  package func ask(_ witness: WitnessClient, _ checkpoint: CheckedCheckpoint) async throws {
    defer {
      asked[witness.key] = nil
      tell()
    }
    let answer = try await answer(of: witness, checkpoint)
    try await take(answer, of: witness, checkpoint.checkpoint.size)
  }

  /// Shows a checkpoint to all that are to be asked, side by side, and waits for their answers.
  package func show(_ checkpoint: CheckedCheckpoint) async throws {
    let due = begin(checkpoint)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for witness in due { group.addTask { try await self.ask(witness, checkpoint) } }
      try await group.waitForAll()
    }
  }

  private func tell() {
    guard hasQuorum || !isAsking else { return }
    for waiting in waiting { waiting.resume(returning: hasQuorum) }
    waiting = []
  }

  private func take(
    _ answer: WitnessClient.Answer, of witness: WitnessClient, _ size: Int
  ) async throws {
    switch answer {
    case .cosigned(let signature):
      try await notary.keep(signature, by: witness.key, size: size)
      if size == self.size { cosigned.insert(witness.key) }
      sizes[witness.key] = size
      complaints[witness.key.name] = nil
    case .conflict(let seen):
      complaints[witness.key.name] = "it says that it saw \(seen) events last"
    case .refused(let reason), .unreachable(let reason):
      complaints[witness.key.name] = reason
    }
  }

  private func answer(
    of witness: WitnessClient, _ checkpoint: CheckedCheckpoint
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
