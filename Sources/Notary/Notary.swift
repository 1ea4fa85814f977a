package import EventStore
package import TransparencyLog

/// Signs the heads of the journal, one after the other, and never two that contradict each other.
package actor Notary {
  private let reader: SQLiteJournalReader
  private let writer: SQLiteJournalWriter
  private let signer: any NoteSigner
  private let signedHead: SignedHead
  /// The last one that was let out.
  package private(set) var last: CheckedCheckpoint?
  /// What is in the journal beside the events, and the head that is written down with it.
  private var kept: SignedHead.Kept
  private var written: JournalHead?
  /// One signing at a time.
  private var signing: Task<CheckedCheckpoint?, any Error>?

  /// - Throws: when the last checkpoint of the journal is not by this signer.
  package init(
    of journal: SQLiteJournal, signer: any NoteSigner, directory: String
  ) async throws {
    reader = journal.reader
    writer = journal.writer
    self.signer = signer
    signedHead = SignedHead(directory: directory)
    last = try await journal.reader.lastCheckpoint().map {
      try CheckedCheckpoint($0.note, log: signer.key)
    }
    kept = try await journal.reader.keptStatements()
    written = last.map { JournalHead(size: $0.checkpoint.size, root: $0.checkpoint.root) }
  }

  /// Keeps a witness's line under a checkpoint, and counts it, so that it is missed where it is
  /// taken out.
  package func keep(
    _ signature: NoteSignature, by witness: VerificationKey, size: Int
  ) async throws(JournalFault) {
    guard try await writer.addCosignature(signature, by: witness, size: size) else { return }
    kept.cosignatures += 1
    // Where this fails, it is missed once the next head is signed.
    if let written { try? signedHead.write(written, kept) }
  }

  /// Signs the present head, if it is not signed yet.
  ///
  /// - Returns: the new checkpoint; `nil` when there is nothing new.
  /// - Throws: `HistoryChanged` when the head does not contain the one that was signed before.
  @discardableResult
  package func sign() async throws -> CheckedCheckpoint? {
    while let other = signing { _ = try? await other.value }
    let task = Task {
      defer { signing = nil }
      return try await signHead()
    }
    signing = task
    return try await task.value
  }

  private func signHead() async throws -> CheckedCheckpoint? {
    let head = try await reader.head()
    if let last = last?.checkpoint {
      guard try await reader.root(ofFirst: last.size) == last.root else {
        throw HistoryChanged(signed: last, found: head)
      }
      guard head.size > last.size else { return nil }
    }
    let checkpoint = Checkpoint(origin: signer.key.name, size: head.size, root: head.root)
    // The events of this head are on the disk, for a reader sees what was synced. From here on the
    // head is on the disk as signed, too, and only now the signature is made: whatever a crash
    // leaves, nobody holds a signature that the next start does not know of.
    try signedHead.write(head, kept)
    written = head
    let signature = try await signer.sign(checkpoint.text)
    let note = SignedNote(text: checkpoint.text, signatures: [signature])
    // What we would let out is what anybody would take: the pair to the check at the reader.
    let checked = try CheckedCheckpoint(note.bytes, log: signer.key)
    // Durable when it returns, and seen by readers: this is where the signature is let out.
    try await writer.addCheckpoint(CheckpointRecord(size: head.size, note: note.bytes))
    last = checked
    kept.checkpoints += 1
    // Where this fails, one that is taken out is missed once the next one is signed.
    try? signedHead.write(head, kept)
    return checked
  }
}

/// The journal no longer has the events that were signed.
package struct HistoryChanged: Error, Hashable, Sendable {
  package var signed: Checkpoint
  package var found: JournalHead
}
