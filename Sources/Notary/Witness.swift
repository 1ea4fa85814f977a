package import Logging
package import TransparencyLog

/// Puts its name under checkpoints that grew out of the last one that it saw, and under no others
/// (c2sp.org/tlog-witness). It trusts the log in nothing, and needs no more of it than its key.
package actor Witness {
  private let cosigner: Cosigner
  private let logs: [VerificationKey]
  private let memory: WitnessMemory
  /// Tells its owner what must not be: the log's key is under it.
  private let logger: Logger

  /// - Parameter logs: whose checkpoints it cosigns.
  package init(
    _ cosigner: Cosigner, of logs: [VerificationKey], memory: WitnessMemory, logger: Logger
  ) {
    self.cosigner = cosigner
    self.logs = logs
    self.memory = memory
    self.logger = logger
  }

  package enum Answer: Hashable, Sendable {
    /// Lines to stand under the note.
    case cosigned([UInt8])
    case badRequest
    case unknownLog
    case badSignature
    /// It saw another size last, or another root at this one.
    case conflict(size: Int)
    case badProof
  }

  /// Nothing is awaited between looking at the memory and changing it: of two requests one comes
  /// first, as the standard demands.
  package func add(_ body: [UInt8]) throws -> Answer {
    guard let request = try? WitnessRequest(parsing: body),
      let note = try? SignedNote(parsing: request.checkpoint),
      let checkpoint = try? Checkpoint(text: note.text)
    else { return .badRequest }
    let named = logs.filter { $0.name.utf8.elementsEqual(checkpoint.origin.utf8) }
    guard !named.isEmpty else { return .unknownLog }
    guard named.contains(where: { note.check($0) == .valid(seconds: nil) }) else {
      return .badSignature
    }
    guard request.oldSize <= checkpoint.size else { return .badRequest }
    let seen = try memory.last(of: checkpoint.origin)
    let old = seen?.checkpoint.size ?? 0
    if let seen, old == checkpoint.size, seen.checkpoint.root != checkpoint.root {
      // The log's key is under both: that is evidence, and it is kept.
      let kept = try memory.keepDisagreement(seen.note, request.checkpoint, of: checkpoint.origin)
      warn("the log has signed two heads of one size: its history was changed", checkpoint, kept)
      return .conflict(size: old)
    }
    guard request.oldSize == old else {
      if checkpoint.size < old {
        warn("the log shows an older head than before: it may be an older copy", checkpoint)
      }
      return .conflict(size: old)
    }
    let proof = ConsistencyProof(from: old, to: checkpoint.size, hashes: request.proof)
    guard proof.leads(from: seen?.checkpoint.root ?? .emptyRoot, to: checkpoint.root) else {
      // It may be the proof that is wrong; if it is the head, this is half of the evidence.
      let kept = try memory.keepUnproved(request.checkpoint, of: checkpoint.origin)
      warn("the log has signed a head that is not proved to have grown", checkpoint, kept)
      return .badProof
    }
    // Remembered, on the disk, before a word of it leaves.
    try memory.remember(request.checkpoint, of: checkpoint.origin)
    return .cosigned(try cosigner.sign(note.text).line)
  }

  private func warn(_ what: Logger.Message, _ checkpoint: Checkpoint, _ kept: String? = nil) {
    var metadata: Logger.Metadata = [
      "log": "\(checkpoint.origin)", "events": "\(checkpoint.size)",
    ]
    if let kept { metadata["kept"] = "\(kept)" }
    logger.warning(what, metadata: metadata)
  }

  /// The last checkpoint that it saw of a log, by the hash of the log's origin in hex.
  package func checkpoint(ofOriginHash hash: String) throws -> [UInt8]? {
    let log = logs.first { WitnessMemory.name(of: $0.name) == hash }
    return try log.flatMap { try memory.last(of: $0.name)?.note }
  }
}
